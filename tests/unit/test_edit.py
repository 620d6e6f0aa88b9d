import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import cell_keys, cell_of
from wl2nas import cells, graphs
from wl2nas.cells import edits

SPACE = cells.nasbench101()
CHAIN = cells.Cell(np.eye(4, k=1), ["input", "conv3x3", "maxpool", "output"])
FORBIDDEN = 1_000


def as_networkx(cell):
    graph = nx.from_numpy_array(cell.adjacency.astype(int), create_using=nx.DiGraph)
    nx.set_node_attributes(graph, dict(enumerate(cell.names)), "op")
    return graph


def by_networkx(a, b) -> int:
    """Unit costs; input and output can be neither replaced nor lost."""

    def ends(vertex):
        return vertex["op"] in ("input", "output")

    def replace(x, y):
        return int(x["op"] != y["op"]) * (FORBIDDEN if ends(x) or ends(y) else 1)

    def lose(x):
        return FORBIDDEN if ends(x) else 1

    return int(
        nx.graph_edit_distance(
            as_networkx(a),
            as_networkx(b),
            node_subst_cost=replace,
            node_del_cost=lose,
            node_ins_cost=lose,
            edge_subst_cost=lambda x, y: 0,
            edge_del_cost=lambda x: 1,
            edge_ins_cost=lambda x: 1,
        )
    )


def by_partial_matchings(a, b) -> int:
    """From the definition: some inner vertices of a become some of b, the others go or come."""
    best = FORBIDDEN
    inner_a, inner_b = range(1, len(a) - 1), range(1, len(b) - 1)
    for k in range(min(len(inner_a), len(inner_b)) + 1):
        for kept in itertools.combinations(inner_a, k):
            for partners in itertools.permutations(inner_b, k):
                image = {0: 0, len(a) - 1: len(b) - 1, **dict(zip(kept, partners, strict=True))}
                moved = {(image[i], image[j]) for i, j in a.edges if i in image and j in image}
                common = len(moved & set(b.edges))
                cost = len(a.edges) + len(b.edges) - 2 * common
                cost += len(inner_a) + len(inner_b) - 2 * k
                cost += sum(a.ops[i] != b.ops[j] for i, j in image.items())
                best = min(best, cost)
    return best


def random_pairs(n, rows, seed):
    rng = np.random.default_rng(seed)
    return SPACE.take(rng.choice(rows, n)), SPACE.take(rng.choice(rows, n))


def test_distances_are_those_of_networkx_on_small_cells():
    a, b = random_pairs(40, np.flatnonzero(SPACE.n_vertices <= 5), 0)
    found = edits.distances(a, b).tolist()
    assert found == [by_networkx(x, y) for x, y in zip(a, b, strict=True)]
    assert len(set(found)) > 5


def test_distances_are_those_of_the_definition_at_every_size():
    a, b = random_pairs(12, np.arange(len(SPACE)), 1)
    small, large = random_pairs(12, np.flatnonzero(SPACE.n_vertices <= 5), 2)[0], b
    for x, y in ((a, b), (small, large), (large, small)):
        expected = [by_partial_matchings(p, q) for p, q in zip(x, y, strict=True)]
        assert edits.distances(x, y).tolist() == expected


@pytest.mark.parametrize(
    ("edges", "operations", "expected"),
    [
        ([(0, 1), (1, 2), (2, 3)], ["conv3x3", "maxpool"], 0),
        ([(0, 1), (1, 2), (2, 3)], ["conv3x3", "conv3x3"], 1),
        ([(0, 1), (1, 2), (2, 3)], ["maxpool", "conv3x3"], 2),  # two labels change places
        ([(0, 1), (1, 2), (2, 3), (0, 3)], ["conv3x3", "maxpool"], 1),
        ([(0, 1), (0, 2), (1, 3), (2, 3)], ["conv3x3", "maxpool"], 3),
        ([(0, 1), (1, 2)], ["conv3x3"], 4),  # a vertex, its two edges, and a new one past it
        ([(0, 1)], [], 6),  # two vertices, three edges, and a new one
    ],
)
def test_distances_counted_by_hand(edges, operations, expected):
    n = len(operations) + 2
    adjacency = np.zeros((n, n), bool)
    adjacency[tuple(np.array(edges).T)] = True
    other = cells.Cell(adjacency, ["input", *operations, "output"])
    assert edits.distance(CHAIN, other) == edits.distance(other, CHAIN) == expected


def test_the_output_moves_to_the_last_slot():
    slots = edits.slots(cells.stack([CHAIN, SPACE[0]]))
    assert slots.ops[0].tolist() == [0, 2, 3, -1, -1, -1, 4]
    assert np.argwhere(slots.adjacency[0]).tolist() == [[0, 1], [1, 2], [2, 6]]
    assert len(SPACE[0]) == 7
    assert (slots.adjacency[1] == SPACE.adjacency[0]).all()


@given(st.tuples(cell_keys, cell_keys, cell_keys))
@settings(max_examples=40, deadline=None)
def test_it_is_a_metric(keys):
    x, y, z = (cell_of(key) for key in keys)
    xy, yz, xz = edits.distance(x, y), edits.distance(y, z), edits.distance(x, z)
    assert xy == edits.distance(y, x)
    assert xz <= xy + yz
    match = nx.algorithms.isomorphism.categorical_node_match("op", None)
    assert (xy == 0) == nx.is_isomorphic(as_networkx(x), as_networkx(y), node_match=match)


@given(cell_keys, cell_keys, st.integers(0, 119))
@settings(max_examples=40, deadline=None)
def test_relabelling_changes_nothing(one, other, choice):
    x, y, again = cell_of(one), cell_of(other), cell_of((one[0], choice))
    assert edits.distance(x, again) == 0
    assert edits.distance(x, y) == edits.distance(again, y)


def test_closure_and_order():
    adjacency = np.zeros((1, 7, 7), bool)
    adjacency[0, [0, 3, 1, 2], [3, 1, 2, 6]] = True  # the path 0, 3, 1, 2, 6
    expected = nx.transitive_closure(nx.from_numpy_array(adjacency[0], create_using=nx.DiGraph))
    assert (graphs.reaches(adjacency)[0] == nx.to_numpy_array(expected, dtype=bool)).all()
    ops = np.array([[0, 1, 2, 3, -1, -1, 4]], np.int8)
    sorted_ = edits.in_topological_order(cells.CellSpace(adjacency, ops))
    assert sorted_.ops.tolist() == [[0, 3, 1, 2, 4, -1, -1]]
    assert (sorted_.adjacency[0, :5, :5] == np.eye(5, k=1)).all()


def neighbours(row: int) -> set[int]:
    """The codes of all cells one legal edit away, by the edits that the module lists."""
    space = SPACE.take([row])
    relabelled, toggled = edits.legal_edits(space)
    found = []
    for _, vertex, choice in np.argwhere(relabelled):
        ops = space.ops.copy()
        ops[0, vertex] = cells.CONV1X1 + choice
        found.append(cells.CellSpace(space.adjacency, ops))
    for _, i, j in np.argwhere(toggled):
        adjacency = space.adjacency.copy()
        adjacency[0, i, j] ^= True
        found.append(edits.in_topological_order(cells.CellSpace(adjacency, space.ops)))
    # Making the Cell checks that it is one.
    return {int(cells.stack([cells.canonical_form(made[0])]).codes[0]) for made in found}


def test_legal_edits_lead_to_exactly_the_cells_at_distance_one():
    """Among all 2,532 cells with at most five vertices, which no edit leaves."""
    small = np.flatnonzero(SPACE.n_vertices <= 5)
    part = SPACE.take(small)
    for row in small[:: len(small) // 8]:
        same = edits.distances(SPACE.take(np.full(len(small), row)), part)
        assert neighbours(row) == set(part.codes[same == 1].tolist())


@given(st.integers(0, len(SPACE) - 1))
@settings(max_examples=20, deadline=None)
def test_a_random_edit_has_distance_one(row):
    before = SPACE.take(np.full(30, row))
    if before.n_vertices[0] == 2:
        return
    after = edits.random_edits(before, np.random.default_rng(row))
    assert (edits.distances(before, after) == 1).all()
    assert (after.n_vertices == before.n_vertices).all()
    assert all(isinstance(cell, cells.Cell) for cell in after)  # making a Cell checks it


def test_random_edits_are_drawn_with_equal_chances():
    """The 13 edits of one cell lead to 13 cells; each count is within five standard errors."""
    row = int(np.flatnonzero(SPACE.n_vertices == 6)[0])
    relabelled, toggled = edits.legal_edits(SPACE.take([row]))
    assert relabelled.sum() + toggled.sum() == len(neighbours(row)) == 13
    draws = 6_500
    after = edits.random_edits(SPACE.take(np.full(draws, row)), np.random.default_rng(0))
    _, counts = np.unique(after.codes, return_counts=True)
    assert len(counts) == 13
    assert (np.abs(counts - draws / 13) < 5 * (draws / 13 * 12 / 13) ** 0.5).all()


def test_bad_input_is_named():
    two = SPACE.take([0, 1])
    with pytest.raises(ValueError, match=r"pair row by row; .* \(2, 7\) and \(1, 7\)"):
        edits.distances(two, SPACE.take([0]))
    smallest = SPACE.take([0, int(np.argmin(SPACE.n_vertices))])
    with pytest.raises(ValueError, match="no edit of the cell at row 1 is legal"):
        edits.random_edits(smallest, np.random.default_rng(0))


# --- walks --------------------------------------------------------------------------------------


def test_a_walk_takes_its_own_number_of_steps():
    start = SPACE.take(np.flatnonzero(SPACE.n_vertices == 6)[::400])
    steps = np.arange(len(start)) % 4
    there = edits.random_walks(start, steps, np.random.default_rng(0))
    far = edits.distances(start, there)
    assert (SPACE.rows(there) >= 0).all()
    assert (far <= steps).all()
    assert (far[steps == 0] == 0).all() and (far[steps == 1] == 1).all()
    assert far[steps == 3].mean() > far[steps == 2].mean() > 1


def test_one_number_of_steps_serves_all_and_the_seed_decides():
    start = SPACE.take([1_000, 2_000, 3_000])
    walks = [edits.random_walks(start, 5, np.random.default_rng(k)) for k in (0, 0, 1)]
    rows = [SPACE.rows(end).tolist() for end in walks]
    assert rows[0] == rows[1] != rows[2]
    each = edits.random_walks(start, np.array([5, 5, 5]), np.random.default_rng(0))
    assert SPACE.rows(each).tolist() == rows[0]
    assert len(edits.random_walks(SPACE.take([]), 3, np.random.default_rng(0))) == 0


@pytest.mark.parametrize("steps", [-1, np.array([1, 2]), np.array([1, -1, 1])])
def test_steps_must_be_whole_numbers_for_the_cells(steps):
    with pytest.raises(ValueError, match="steps must be whole numbers of 0 or more, one or 3"):
        edits.random_walks(SPACE.take([1, 2, 3]), steps, np.random.default_rng(0))
