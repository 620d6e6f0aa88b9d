import csv
import functools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wl2nas import cells, wl
from wl2nas.cells import nasbench_201

SPACE = cells.nasbench201()
COUNTS = {"as written": 15_625, "skips": 12_751, "zeros marked": 6_466, "function": 4_930}
SKIP_ALL = "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|none~1|none~2|"


@functools.cache
def texts(rule):
    return [nasbench_201.expression(ops, rule) for ops in SPACE.ops[:, 1:-1]]


@pytest.mark.parametrize("rule", nasbench_201.RULES)
def test_distinct_expressions_are_as_many_as_published(rule):
    assert len(set(texts(rule))) == COUNTS[rule]


def split(rule, by):
    """How many texts of a rule stand for cells that another one writes differently."""
    written: dict = {}
    for text, other in zip(texts(rule), texts(by), strict=True):
        written.setdefault(text, set()).add(other)
    return sum(len(others) > 1 for others in written.values())


def test_the_last_rule_merges_what_any_other_merges_and_zeros_marked_does_not():
    assert [split(rule, "function") for rule in nasbench_201.RULES] == [0, 0, 0, 0]
    assert split("skips", "zeros marked") == 56
    one, other = (
        "|skip_connect~0|+|avg_pool_3x3~0|none~1|+|skip_connect~0|skip_connect~1|skip_connect~2|",
        "|skip_connect~0|+|skip_connect~0|none~1|+|avg_pool_3x3~0|skip_connect~1|skip_connect~2|",
    )
    for rule, merged in (("skips", True), ("zeros marked", False), ("function", True)):
        written = {texts(rule)[SPACE.row(string)] for string in (one, other)}
        assert (len(written) == 1) == merged


def test_what_skips_or_zeros_marked_merge():
    ends = ([(rule, text) for text in texts(rule)] for rule in ("skips", "zeros marked"))
    assert nx.number_connected_components(nx.Graph(list(zip(*ends, strict=True)))) == 6_424


def evaluate(edge_ops, x, weights, linear=()):
    """The cell as a function: every operation a fixed map without a value at zero.

    Those that are not ``linear`` are bent.
    """
    nodes = [x]
    for j in range(1, 4):
        total = np.zeros_like(x)
        for (a, b), op in zip(nasbench_201.EDGES, edge_ops, strict=True):
            if b == j and op == nasbench_201.SKIP:
                total = total + nodes[a]
            elif b == j and op != nasbench_201.NONE:
                mapped = weights[op] @ nodes[a]
                total = total + (mapped if op in linear else np.sinh(mapped))
        nodes.append(total)
    return nodes[-1]


def test_the_last_rule_merges_just_the_cells_that_compute_the_same():
    """With random maps in place of the operations, all of which keep zero at zero."""
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=4), {op: 0.6 * rng.normal(size=(4, 4)) for op in range(1, 4)}
    values = np.array([evaluate(ops, x, weights) for ops in SPACE.ops[:, 1:-1]])
    _, same = np.unique(values.round(9) + 0.0, axis=0, return_inverse=True)
    written = texts("function")
    pairs = set(zip(same.ravel().tolist(), written, strict=True))
    assert len(pairs) == len(set(written)) == len(set(same.ravel().tolist()))


def test_more_cells_agree_if_pooling_is_linear():
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=4), {op: 0.6 * rng.normal(size=(4, 4)) for op in range(1, 4)}
    linear = [nasbench_201.AVGPOOL]
    values = np.array([evaluate(ops, x, weights, linear) for ops in SPACE.ops[:, 1:-1]])
    assert len(np.unique(values.round(9) + 0.0, axis=0)) == 4_660


def test_the_public_table_names_the_same_unique_cells(oracle):
    with oracle("nats_bench.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    strings = [line["ArchitectureString"] for line in table]
    assert sorted(map(SPACE.row, strings)) == list(range(15_625))
    for line in table:
        ops = nasbench_201.parse(line["ArchitectureString"])
        assert nasbench_201.expression(ops, "zeros marked") == line["UniqueString"]


@given(st.integers(0, 15_624))
def test_strings_and_rows_round_trip(row):
    text = nasbench_201.arch_string(SPACE[row])
    assert SPACE.row(text) == row
    assert (nasbench_201.parse(text) == SPACE.ops[row, 1:-1]).all()


def test_the_template_is_the_line_graph_of_the_edges():
    """An edge-vertex follows another if its edge starts where the other ends."""
    edges = nasbench_201.EDGES
    expected = np.zeros((8, 8), bool)
    for k, (i, j) in enumerate(edges):
        expected[0, k + 1] = i == 0
        expected[k + 1, 7] = j == 3
        for other, (start, _) in enumerate(edges):
            expected[k + 1, other + 1] = start == j
    assert (expected == nasbench_201.TEMPLATE).all()
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
        nasbench_201.parse(text)


def test_bad_codes_and_rules_are_named():
    with pytest.raises(ValueError, match="six of the codes"):
        nasbench_201.arch_string([1, 1, 1])
    with pytest.raises(ValueError, match="six of the codes"):
        nasbench_201.expression([0] * 6, "skips")
    with pytest.raises(ValueError, match="unknown rule 'zero'"):
        nasbench_201.expression([1] * 6, "zero")
