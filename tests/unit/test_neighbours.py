"""Neighbours of a whole space at once, against edit distances, networkx and one cell at a time."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from wl2nas import cells
from wl2nas.cells import edits
from wl2nas.cells.neighbours import edited, neighbourhoods, resized

SPACE = cells.nasbench101()
RULES = [
    cells.Rules(("conv1x1", "conv3x3", "maxpool"), 4, 9, name="three operations"),
    cells.Rules(("conv", "pool"), 5, 6, name="few edges"),
    cells.Rules(("only",), 6, 8, name="one operation"),
]
SPACES = {rules.name: cells.enumerate_cells(rules) for rules in RULES}
every_rules = pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.name)


def as_matrix(found, n) -> np.ndarray:
    dense = np.zeros((n, n), bool)
    for row in range(n):
        dense[row, found.of(row)] = True
    return dense


def in_another_form(space, seed):
    """One topological order of every cell, drawn."""
    forms, first = cells.all_forms(space)
    count = np.diff(np.append(np.unique(first), len(first)))
    drawn = np.random.default_rng(seed).integers(0, count)
    return forms.take(np.unique(first) + drawn)


@every_rules
def test_neighbours_are_the_cells_at_edit_distance_one(rules):
    space, n = SPACES[rules.name], len(SPACES[rules.name])
    one, other = np.divmod(np.arange(n * n), n)
    expected = edits.distances(space.take(one), space.take(other)).reshape(n, n) == 1
    assert (as_matrix(neighbourhoods(space), n) == expected).all()
    assert expected.sum() > n


def resized_one_by_one(cell, space) -> set[int]:
    """The rows that a vertex more or less leads to, by graphs, and by what a Cell refuses."""
    graph = nx.from_numpy_array(cell.adjacency, create_using=nx.DiGraph)
    names, rows = dict(enumerate(cell.names)), set()
    candidates = []
    for v in range(1, len(cell) - 1):
        less = graph.copy()
        less.remove_node(v)
        candidates.append((less, names))
    for (i, j), op in itertools.product(itertools.permutations(graph, 2), cell.rules.inner):
        more = graph.copy()
        more.add_edges_from([(i, "new"), ("new", j)])
        candidates.append((more, {**names, "new": op}))
    for changed, named in candidates:
        if not nx.is_directed_acyclic_graph(changed):
            continue
        inner = [v for v in nx.topological_sort(changed) if v not in (0, len(cell) - 1)]
        order = [0, *inner, len(cell) - 1]
        matrix = nx.to_numpy_array(changed, nodelist=order, dtype=bool)
        try:
            made = cells.Cell(matrix, [named[v] for v in order], cell.rules)
        except ValueError:
            continue
        rows.add(space.row(made))
    return rows


@every_rules
def test_a_vertex_comes_or_goes_where_a_cell_is_left(rules):
    space, n = SPACES[rules.name], len(SPACES[rules.name])
    plain, more = neighbourhoods(space), neighbourhoods(space, resize=True)
    for row in range(0, n, max(1, n // 60)):
        expected = set(plain.of(row).tolist()) | resized_one_by_one(space[row], space)
        assert set(more.of(row).tolist()) == expected


@every_rules
def test_what_a_change_makes_is_legal_and_comes_from_its_row(rules):
    space = in_another_form(SPACES[rules.name], 0)
    for change in (edited, resized):
        made, source = change(space)
        assert made.legal().all()
        assert len(np.unique(source)) > len(space) / 3
    step = made.n_vertices - space.n_vertices[source]
    assert set(step.tolist()) == {-1, 1}
    made, source = edited(space)
    assert (edits.distances(made, space.take(source)) == 1).all()


@every_rules
@pytest.mark.parametrize("resize", [False, True])
def test_some_rows_in_any_form_and_order_keep_the_neighbours_that_they_hold(rules, resize):
    space = SPACES[rules.name]
    rows = np.random.default_rng(1).permutation(len(space))[: 2 * len(space) // 3]
    part = in_another_form(space.take(rows), 2)
    whole = as_matrix(neighbourhoods(space, resize=resize), len(space))
    found = as_matrix(neighbourhoods(part, resize=resize), len(part))
    assert (found == whole[np.ix_(rows, rows)]).all()


def test_of_equal_cells_the_first_row_is_the_neighbour():
    space = SPACES["few edges"]
    twice = cells.concatenate([space, in_another_form(space, 3)])
    once, found = neighbourhoods(space), neighbourhoods(twice)
    for row in range(len(space)):
        expected = once.of(row).tolist()
        assert found.of(row).tolist() == found.of(len(space) + row).tolist() == expected


@given(st.integers(0, len(SPACE) - 1))
@settings(max_examples=15, deadline=None)
def test_on_nasbench101_they_are_what_single_edits_lead_to(row):
    """The cell and all that its edits lead to, found there and back; and no cell beside them."""
    made, _ = edited(SPACE.take([row]))
    expected = {SPACE.row(cell) for cell in made}
    part = np.unique([row, *expected])
    found = neighbourhoods(SPACE.take(part))
    own = int(np.searchsorted(part, row))
    assert part[found.of(own)].tolist() == sorted(expected)
    assert all(own in found.of(k) for k in found.of(own))


def test_a_cell_of_nasbench201_has_another_operation_in_one_place():
    space = cells.nasbench201()
    for resize in (False, True):  # its one wiring has no vertex to spare
        found = neighbourhoods(space, resize=resize)
        assert (np.diff(found.start) == 6 * 4).all()
    differ = space.ops[found.rows] != np.repeat(space.ops, 24, axis=0)
    assert (differ.sum(axis=1) == 1).all()
    assert (np.diff(found.rows.reshape(-1, 24), axis=1) > 0).all()


@every_rules
def test_only_with_resizes_every_cell_reaches_every_other(rules):
    space, components = SPACES[rules.name], []
    for resize in (False, True):
        found = neighbourhoods(space, resize=resize)
        steps = sparse.csr_matrix(
            (np.ones(len(found.rows)), found.rows, found.start), shape=(len(space),) * 2
        )
        assert ((steps != steps.T).nnz == 0) == (not resize)
        count, _ = sparse.csgraph.connected_components(steps, connection="strong")
        components.append(count)
    assert components[0] >= len(rules.sizes) and components[1] == 1


@pytest.mark.slow
def test_all_of_nasbench101():
    found = neighbourhoods(SPACE, resize=True)
    steps = sparse.csr_matrix((np.ones(len(found.rows), bool), found.rows, found.start))
    assert sparse.csgraph.connected_components(steps, connection="strong")[0] == 1
    # An edit keeps the number of vertices, and is an edit of the other cell too; a resize is none.
    source = np.repeat(np.arange(len(SPACE)), np.diff(found.start))
    kept = SPACE.n_vertices[source] == SPACE.n_vertices[found.rows]
    plain = sparse.csr_matrix((np.ones(kept.sum(), bool), (source[kept], found.rows[kept])))
    assert (plain != plain.T).nnz == 0 and round(plain.nnz / len(SPACE), 1) == 15.1
    for row in np.random.default_rng(4).integers(0, len(SPACE), 40).tolist():
        made, _ = edited(SPACE.take([row]))
        assert (
            np.flatnonzero(plain[[row]].toarray()).tolist() == np.unique(SPACE.rows(made)).tolist()
        )
    _, toggled = edits.legal_edits(SPACE)
    stuck = ~toggled.any(axis=(1, 2)) & (SPACE.n_edges == 9)
    assert stuck.sum() == 576 and (SPACE.n_vertices[stuck] == 7).all()


def test_it_is_a_value_that_says_what_it_lacks(no_annotations):
    found = neighbourhoods(SPACES["few edges"])
    assert len(found) == len(SPACES["few edges"])
    assert found.of(7).base is not None and not found.of(7).flags.writeable
    for row in (-1, len(found)):
        with pytest.raises(ValueError, match=rf"row must be a whole number in 0\.\..*{row}"):
            found.of(row)
    with pytest.raises(TypeError, match="resize must be True or False"):
        neighbourhoods(SPACES["few edges"], resize=1)
    nothing = neighbourhoods(SPACE.take([]), resize=True)
    assert (len(nothing), nothing.rows.tolist()) == (0, [])
    assert neighbourhoods(SPACE.take([5])).of(0).tolist() == []
