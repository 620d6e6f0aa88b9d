import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wl2nas import nasbench201, wl

SPACE = nasbench201.nasbench201()
COUNTS = {"as written": 15_625, "skips": 12_751, "zeros marked": 6_466, "function": 4_930}
SKIP_ALL = "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|none~1|none~2|"


@pytest.mark.parametrize("rule", nasbench201.RULES)
def test_distinct_expressions_are_as_many_as_published(rule):
    assert len({nasbench201.expression(ops, rule) for ops in SPACE.edge_ops}) == COUNTS[rule]


def evaluate(edge_ops, x, weights):
    """The cell as a function: every operation a fixed nonlinear map without a value at zero."""
    nodes = [x]
    for j in range(1, 4):
        total = np.zeros_like(x)
        for (a, b), op in zip(nasbench201.EDGES, edge_ops, strict=True):
            if b == j and op == nasbench201.SKIP:
                total = total + nodes[a]
            elif b == j and op != nasbench201.NONE:
                total = total + np.sinh(weights[op] @ nodes[a])
        nodes.append(total)
    return nodes[-1]


def test_the_last_rule_merges_just_the_cells_that_compute_the_same():
    """With random maps in place of the operations, all of which keep zero at zero."""
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=4), {op: 0.6 * rng.normal(size=(4, 4)) for op in range(1, 4)}
    values = np.array([evaluate(ops, x, weights) for ops in SPACE.edge_ops])
    _, same = np.unique(values.round(9) + 0.0, axis=0, return_inverse=True)
    texts = [nasbench201.expression(ops, "function") for ops in SPACE.edge_ops]
    pairs = set(zip(same.ravel().tolist(), texts, strict=True))
    assert len(pairs) == len(set(texts)) == len(set(same.ravel().tolist()))


def test_the_public_table_names_the_same_unique_cells(oracle):
    with oracle("nats_bench.csv").open() as file:
        table = list(csv.DictReader(file))
    strings = [line["ArchitectureString"] for line in table]
    assert sorted(map(SPACE.row, strings)) == list(range(15_625))
    for line in table:
        ops = nasbench201.parse(line["ArchitectureString"])
        assert nasbench201.expression(ops, "zeros marked") == line["UniqueString"]


@given(st.integers(0, 15_624))
def test_strings_and_rows_round_trip(row):
    text = SPACE[row]
    assert SPACE.row(text) == row
    assert (nasbench201.parse(text) == SPACE.edge_ops[row]).all()


def test_the_template_is_the_line_graph_of_the_edges():
    """An edge-vertex follows another if its edge starts where the other ends."""
    edges = nasbench201.EDGES
    expected = np.zeros((8, 8), bool)
    for k, (i, j) in enumerate(edges):
        expected[0, k + 1] = i == 0
        expected[k + 1, 7] = j == 3
        for other, (start, _) in enumerate(edges):
            expected[k + 1, other + 1] = start == j
    assert (expected == nasbench201.TEMPLATE).all()
    assert SPACE.adjacency.shape == (15_625, 8, 8)
    assert (SPACE.ops[:, 0] == 0).all() and (SPACE.ops[:, 7] == 6).all()


def test_colours_with_direction_tell_all_strings_apart():
    """The template has no symmetry, so that every string is another labelled graph."""
    assert wl.count_classes(SPACE, direction="both", rounds=7)[-1] == 15_625


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "three parts"),
        ("|none~0|+|none~0|none~1|", "three parts"),
        (SKIP_ALL.replace("|+|", "|+", 1), "part 2 must look like"),
        (SKIP_ALL.replace("none~2", "none~1"), "one edge from each of 0..2"),
        (SKIP_ALL.replace("none~2", "conv~2"), "unknown operation 'conv'"),
        (SKIP_ALL.replace("none~2", "output~2"), "unknown operation 'output'"),
    ],
)
def test_a_bad_string_is_named(text, message):
    with pytest.raises(ValueError, match=message):
        nasbench201.parse(text)


def test_bad_codes_and_rules_are_named():
    with pytest.raises(ValueError, match="six of the codes"):
        nasbench201.arch_string([1, 1, 1])
    with pytest.raises(ValueError, match="six of the codes"):
        nasbench201.expression([0] * 6, "skips")
    with pytest.raises(ValueError, match="unknown rule 'zero'"):
        nasbench201.expression([1] * 6, "zero")
