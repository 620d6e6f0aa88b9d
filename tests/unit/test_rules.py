"""Spaces of other rules than the benchmarks': what takes a space must take any."""

import itertools

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wl2nas import cells, draw, features, generation, graphs, wl
from wl2nas.cells import channels, edits, nasbench_201
from wl2nas.features import random_networks

TINY = cells.Rules(("a", "b"), max_vertices=5, max_edges=6, name="tiny")
SWAPPED = cells.Rules(("a", "b", "c"), 4, 5, compared=("c", "a", "b"), name="swapped")
DIAMOND = cells.Template.of(("x", "y", "z"), [(0, 1), (0, 2), (1, 3), (2, 3)], name="diamond")
OWN = cells.Rules(("conv", "depthwise", "pool", "skip"), max_vertices=6, max_edges=8, name="own")
RULES = (TINY, SWAPPED, DIAMOND)
SPACES = {rules.name: cells.enumerate_cells(rules) for rules in RULES}
every_rules = pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.name)


def graph_of(cell):
    graph = nx.from_numpy_array(cell.adjacency.astype(int), create_using=nx.DiGraph)
    nx.set_node_attributes(graph, dict(enumerate(cell.names)), "op")
    return graph


def same(a, b) -> bool:
    return nx.is_isomorphic(graph_of(a), graph_of(b), node_match=lambda u, v: u == v)


def forms_by_brute_force(rules):
    """Every matrix and labelling that the definition allows, by trying all of them."""
    inner = range(1, rules.output)
    for n in range(2, rules.max_vertices + 1):
        places = list(itertools.combinations(range(n), 2))
        for bits in itertools.product((False, True), repeat=len(places)):
            edges = [pair for pair, there in zip(places, bits, strict=True) if there]
            graph = nx.DiGraph(edges)
            graph.add_nodes_from(range(n))
            if len(edges) > rules.max_edges or not nx.has_path(graph, 0, n - 1):
                continue
            on_paths = ({0} | nx.descendants(graph, 0)) & ({n - 1} | nx.ancestors(graph, n - 1))
            if len(on_paths) == n:
                for ops in itertools.product(inner, repeat=n - 2):
                    yield graphs.from_edges(n, edges), (0, *ops, rules.output)


# --- rules --------------------------------------------------------------------------------------


def test_a_space_of_one_s_own_has_the_counted_number_of_cells():
    space = cells.enumerate_cells(OWN)
    assert len(space) == len(np.unique(space.codes)) == 93_084
    assert space.legal().all()
    assert wl.count_classes(space, direction="both")[-1] == 93_084


@pytest.mark.parametrize("rules", [TINY, SWAPPED], ids=lambda rules: rules.name)
def test_the_enumeration_is_brute_force_up_to_isomorphism(rules):
    space, buckets = SPACES[rules.name], {}
    for adjacency, ops in forms_by_brute_force(rules):
        cell = cells.Cell(adjacency, ops, rules)
        key = nx.weisfeiler_lehman_graph_hash(graph_of(cell), node_attr="op")
        found = buckets.setdefault(key, [])
        if not any(same(cell, other) for other in found):
            found.append(cell)
    assert sum(map(len, buckets.values())) == len(space)


def test_a_template_has_every_labelling_that_no_symmetry_repeats():
    space = SPACES["diamond"]  # the two inner vertices can change places
    assert len(space) == 3 * 4 // 2
    assert (space.adjacency == DIAMOND.wiring).all()
    assert len(cells.nasbench201()) == 5**6


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"inner": ()}, "inner must name at least one"),
        ({"inner": "ab"}, "inner must be a tuple"),
        ({"inner": ("a", "a")}, "names of their own"),
        ({"inner": ("input", "a")}, "names of their own"),
        ({"max_vertices": 1}, "max_vertices must be a whole number from 2"),
        ({"max_vertices": True}, "max_vertices must be"),
        ({"max_edges": 0}, "max_edges must be"),
        ({"max_vertices": 12}, "bits a cell"),
        ({"compared": ("a",)}, "compared must hold"),
        ({"kernels": (1,)}, "kernels must hold"),
        ({"ends": ("in",)}, "names of their own"),
    ],
)
def test_rules_that_no_space_can_have_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        cells.Rules(**{"inner": ("a", "b"), "max_vertices": 5, "max_edges": 6} | fields)


def test_a_template_must_be_a_cell():
    with pytest.raises(ValueError, match="on no path"):
        cells.Template.of(("a",), [(0, 1), (0, 2)])


def test_rules_are_values():
    again = cells.Rules(["a", "b"], max_vertices=5, max_edges=6, name="tiny")
    assert again == TINY and hash(again) == hash(TINY) and again != SWAPPED


# --- cells --------------------------------------------------------------------------------------


@st.composite
def anything(draw_from, rules):
    """Padded arrays that may or may not be a cell."""
    v = rules.max_vertices
    bits = draw_from(st.lists(st.booleans(), min_size=v * v, max_size=v * v))
    adjacency = np.triu(np.array(bits, bool).reshape(v, v), 1)
    ops = draw_from(st.lists(st.integers(-1, rules.output), min_size=v, max_size=v))
    if draw_from(st.booleans()):
        n = draw_from(st.integers(2, v))
        ops = [0, *(max(op, 1) for op in ops[1 : n - 1]), rules.output, *[-1] * (v - n)]
        adjacency[n:] = adjacency[:, n:] = False
    return adjacency, np.array(ops, np.int8)


@every_rules
@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_legal_arrays_are_those_that_a_cell_can_be_made_of(rules, data):
    adjacency, ops = data.draw(anything(rules))
    n = int((ops >= 0).sum())
    try:
        cells.Cell(adjacency[:n, :n], ops[:n], rules)
        whole = (ops[:n] >= 0).all() and not adjacency[n:].any() and not adjacency[:, n:].any()
    except ValueError:
        whole = False
    assert rules.legal(adjacency[None], ops[None]).tolist() == [bool(whole)]


@every_rules
def test_a_cell_is_a_value_and_found_in_any_order(rules):
    space = SPACES[rules.name]
    for row in range(0, len(space), 7):
        cell = space[row]
        again = cells.Cell(cell.adjacency.copy(), cell.names, rules)
        assert cell == again and hash(cell) == hash(again) and len({cell, again}) == 1
        for order in cells.topological_orders(cell):
            form = cells.Cell(*graphs.relabel(cell.adjacency, cell.ops, order), rules)
            assert space.row(form) == row and form in space
            assert cells.canonical_form(form) == cell
    assert cells.nasbench101()[5] not in space and "text" not in space and None not in space
    with pytest.raises(ValueError, match="not of"):
        space.row(cells.nasbench101()[5])
    with pytest.raises(ValueError, match="does not hold"):
        space.take([0]).row(space[1])
    assert space.take([2, 1]).row(space[1]) == 1


@every_rules
def test_codes_are_the_cells(rules):
    space = SPACES[rules.name]
    again = cells.CellSpace.from_codes(space.codes, rules)
    assert (again.adjacency == space.adjacency).all() and (again.ops == space.ops).all()
    copies, first = cells.all_forms(space)
    assert (cells.canonical_codes(copies) == space.codes[space.rows(copies)]).all()
    assert (cells.canonical_codes(copies) == cells.canonical_codes(copies.take(first))).all()
    assert generation.count_unique(copies) == len(space)


def test_codes_of_cells_that_are_padded_to_another_size_are_refused():
    eight = cells.Rules(("a", "b", "c"), max_vertices=8, max_edges=10, name="eight")
    wide = np.zeros((2, 8, 8), bool)
    wide[:, range(7), range(1, 8)] = True
    ops = np.array([[0, 1, 1, 1, 1, 1, 1, 4], [0, 1, 1, 1, 1, 1, 2, 4]], np.int8)
    with pytest.raises(ValueError, match="have 8 vertices, padding included; NAS-Bench-101 has 7"):
        cells.CellSpace(wide, ops).codes  # noqa: B018
    assert len(set(cells.CellSpace(wide, ops, eight).codes.tolist())) == 2


def test_arrays_are_read_only_and_a_part_is_too():
    whole = cells.nasbench101()
    part = whole.take(slice(0, 5))
    for space in (whole, part, cells.stack([whole[3]]), cells.nasbench201()):
        for array in (space.adjacency, space.ops, space.codes, space.n_vertices, space.n_edges):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            space[0].ops[0] = 1


def test_rows_that_are_none_are_refused_and_several_are_a_space():
    space = cells.nasbench101()
    assert [len(space[rows]) for rows in (slice(3), [0, 1], np.arange(4))] == [3, 2, 4]
    assert space[[4, 2]][0] == space[4] and space[-1] == space[len(space) - 1]
    for row in (True, "3", 2.0, None, (1, 2)):
        with pytest.raises(TypeError, match="a row is a whole number"):
            space[row]
    for row in (len(space), -len(space) - 1):
        with pytest.raises(IndexError, match="of a space of 423624 cells"):
            space[row]
    with pytest.raises(ValueError, match="mask"):
        space.take([True, False])
    with pytest.raises(TypeError, match="whole numbers or a mask"):
        space.take([0.5])


def test_cells_of_different_rules_are_not_mixed():
    tiny, swapped = SPACES["tiny"], SPACES["swapped"]
    with pytest.raises(ValueError, match="stack them apart"):
        cells.stack([tiny[3], swapped[3]])
    with pytest.raises(ValueError, match="same rules"):
        edits.distances(tiny, swapped)
    with pytest.raises(ValueError, match="share their rules"):
        cells.concatenate([tiny, swapped])
    with pytest.raises(ValueError, match="empty"):
        cells.stack([])
    with pytest.raises(TypeError, match="one is a str"):
        cells.stack(["a"])
    with pytest.raises(ValueError, match="NAS-Bench-101's; this is a cell of tiny"):
        cells.module_hash(tiny[3])


# --- the benchmark's own spelling ---------------------------------------------------------------


def test_official_specs_are_read_and_pruned():
    matrix = [[0, 1, 1, 0, 1], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0] * 5]
    names = ["input", "conv3x3-bn-relu", "maxpool3x3", "conv1x1-bn-relu", "output"]
    cell = cells.from_spec(matrix, names)
    assert cell.names == ("input", "conv3x3", "conv1x1", "output")
    assert cell.edges == [(0, 1), (0, 3), (1, 2), (2, 3)]
    for ops in ([-1, 0, 2, 1, -2], np.array([-1, 0, 2, 1, -2]), tuple(cell.rules.operations[k]
                for k in (0, 2, 3, 1, 4))):  # fmt: skip
        assert cells.from_spec(matrix, ops) == cell
    assert cells.from_spec(np.pad(cell.adjacency, ((0, 0), (0, 0))), cell.names) == cell
    with pytest.raises(ValueError, match="not connected"):
        cells.from_spec([[0, 1, 0], [0, 0, 0], [0, 0, 0]], ["input", "maxpool3x3", "output"])
    with pytest.raises(ValueError, match="unknown operation 'conv5x5'"):
        cells.from_spec([[0, 1], [0, 0]], ["input", "conv5x5"])
    with pytest.raises(ValueError, match="unknown operation 7"):
        cells.from_spec([[0, 1], [0, 0]], [-1, 7])
    with pytest.raises(ValueError, match="upper triangular"):
        cells.from_spec([[0, 0], [1, 0]], ["input", "output"])


def test_every_cell_is_read_back_from_its_official_spelling():
    official = {"conv3x3": "conv3x3-bn-relu", "conv1x1": "conv1x1-bn-relu", "maxpool": "maxpool3x3"}
    for cell in cells.nasbench101().take(slice(None, None, 20_011)):
        assert cells.from_spec(cell.adjacency, [official.get(n, n) for n in cell.names]) == cell


def test_a_row_of_a_part_of_nasbench201():
    space = cells.nasbench201()
    text = nasbench_201.arch_string(space[200])
    assert space.row(text) == 200 and space.take([100, 200]).row(text) == 1
    with pytest.raises(ValueError, match="have no text form"):
        cells.nasbench101().row(text)


# --- edits, features, generation, figures -------------------------------------------------------


@every_rules
def test_edits_are_all_cells_that_lie_one_change_away(rules):
    space = SPACES[rules.name]
    # A distance takes sizes apart, so every pair of one size is compared.
    for row in range(0, len(space), 9):
        cell = space[row]
        if len(cell) <= 2:
            continue
        relabelled, toggled = edits.legal_edits(space.take([row]))
        found = set()
        for v, k in np.argwhere(relabelled[0]):
            ops = space.ops[row].copy()
            ops[v] = k + 1
            found.add((space.adjacency[row].tobytes(), ops.tobytes()))
        same_size = space.take(space.n_vertices == len(cell))
        apart = edits.distances(space.take([row] * len(same_size)), same_size)
        changed = [cells.CellSpace(space.adjacency[row][None], np.frombuffer(ops, np.int8)[None],
                                   rules) for _, ops in found]  # fmt: skip
        for i, j in np.argwhere(toggled[0]):
            adjacency = space.adjacency[[row]].copy()
            adjacency[0, i, j] ^= True
            edited = cells.CellSpace(adjacency, space.ops[[row]], rules)
            changed.append(edits.in_topological_order(edited))
        reached = {int(same_size.rows(one)[0]) for one in changed}
        assert reached == set(np.flatnonzero(apart == 1).tolist())


@every_rules
def test_random_edits_are_cells_at_distance_one(rules):
    space = SPACES[rules.name]
    space = space.take(space.n_vertices > 2)
    edited = edits.random_edits(space, np.random.default_rng(0))
    assert edited.rules == rules and edited.legal().all()
    assert (edits.distances(space, edited) == 1).all()


@every_rules
def test_real_cells_are_valid_and_a_null_is_judged_by_the_same_rules(rules):
    space = SPACES[rules.name]
    assert generation.rates(generation.as_draws(space)) == (1.0, 1.0, 1.0)
    full = space.take(space.n_vertices == rules.max_vertices)
    assert generation.valid_published(generation.as_draws(full)).all()
    null = generation.iid_draws(3_000, 0.5, seed=0, rules=rules)
    valid, legal = generation.valid_strict(null)
    assert 0 < valid.mean() < 1 and (space.rows(legal) >= 0).all()
    with pytest.raises(ValueError, match="for the rules of NAS-Bench-101"):
        generation.rates(null._replace(rules=cells.NASBENCH101))


def test_draws_that_cannot_be_judged_are_refused():
    draws = generation.iid_draws(4, 0.4, seed=0)
    for wrong in (
        draws._replace(ops=draws.ops.astype(float)),
        draws._replace(ops=draws.ops[:, :5]),
        draws._replace(padding=draws.padding[:2]),
        draws._replace(adjacency=draws.adjacency.astype(int)),
    ):
        for judge in (generation.rates, generation.valid_published, generation.valid_pruned):
            with pytest.raises(ValueError, match="for the rules of"):
                judge(wrong)
    with pytest.raises(ValueError, match="empty"):
        generation.rates(generation.Draws(*(part[:0] for part in draws[:3])))
    for p in (2, -0.1, float("nan")):
        with pytest.raises(ValueError, match=r"edge_probability must be within 0\.\.1"):
            generation.iid_draws(4, p, seed=0)
    for n in (0, -1, True):
        with pytest.raises(ValueError, match="n must be a whole number"):
            generation.iid_draws(n, 0.4, seed=0)


@every_rules
def test_every_untrained_representation_is_one_of_any_space(rules):
    space = SPACES[rules.name]
    known = [row for row in features.REPRESENTATIONS.values() if not row.trained]
    assert len(known) == 6
    for row in known:
        found = row.features(space)
        values = found.toarray() if hasattr(found, "toarray") else found
        assert len(values) == len(space) and np.isfinite(values).all(), row.name
    # No code is dropped: one mark for every vertex.
    marks = features.one_hot(space)[:, rules.max_vertices * (rules.max_vertices - 1) // 2 :]
    assert (marks.sum(axis=1) == space.n_vertices).all()
    assert len(np.unique(features.one_hot(space), axis=0)) == len(space)
    names = features.statistic_names(rules)
    assert names == ("vertices", "edges", *rules.inner, "longest path")
    assert features.statistics(space).shape == (len(space), len(names))


def test_parameters_are_counted_where_the_rules_know_the_kernels():
    with pytest.raises(ValueError, match="tiny does not say which convolutions"):
        channels.trainable_parameters(SPACES["tiny"][5])
    known = cells.Rules(("one", "three", "pool"), 7, 9, kernels=(1, 3, 0))
    cell = cells.nasbench101()[40_965]
    mine = cells.Cell(cell.adjacency, cell.ops, known)
    assert channels.trainable_parameters(mine) == channels.trainable_parameters(cell)
    assert features.statistic_names(known)[-1] == "log parameters"


@every_rules
def test_random_networks_tell_apart_what_colours_do(rules):
    space = SPACES[rules.name]
    found = random_networks.classes(space, labels=len(rules.operations), layers=4)
    assert found.distinct == wl.count_classes(space, direction="both")[-1]


@pytest.mark.parametrize("rules", [*RULES, OWN, cells.NASBENCH201], ids=lambda rules: rules.name)
def test_cells_of_any_rules_are_drawn_with_letters_of_their_own(rules):
    style = draw.operation_style(rules)
    letters = [letter for _, _, letter in style.values()]
    assert list(style) == list(range(rules.output + 1)) and len(set(letters)) == len(letters)
    figure, ax = plt.subplots()
    chain = np.diag(np.ones(3, bool), 1)
    cell = SPACES[rules.name][-1] if rules in RULES else None
    if rules == OWN:
        cell = cells.Cell(chain, [0, 1, 4, 5], OWN)
    if cell is None:
        cell = cells.nasbench201()[77]
    draw.cell(cell, ax=ax)
    assert {text.get_text() for text in ax.texts} >= {style[int(op)][2] for op in cell.ops}
    plt.close(figure)
