import functools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from scipy import sparse

from strategies import cell_keys, cell_of
from wl2nas import cells, graphs, wl
from wl2nas.theory import orientations

BRIDGE = graphs.from_edges(4, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)])


@functools.cache
def structures():
    """The 2,494 unlabelled DAGs of the space: a row of each, and the structure of every row."""
    space = cells.nasbench101()
    bits = np.packbits(space.adjacency.reshape(len(space), -1), axis=1)
    _, first, member = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    return [space[row].adjacency for row in first], member.ravel()


def orientations_and_beta(adjacency):
    ends = (graphs.skeleton(adjacency), 0, len(adjacency) - 1)
    return len(orientations.bipolar_orientations(*ends)), orientations.beta(*ends)


def test_known_graphs():
    chain, edge = graphs.from_edges(4, [(0, 1), (1, 2), (2, 3)]), graphs.from_edges(2, [(0, 1)])
    assert orientations_and_beta(edge) == orientations_and_beta(chain) == (1, 1)
    assert orientations_and_beta(BRIDGE) == (2, 2)
    for n in (3, 4, 5):  # beta(K_n) = (n - 2)!
        complete = np.triu(np.ones((n, n), bool), 1)
        assert orientations_and_beta(complete) == ([0, 1, 2, 6][n - 2],) * 2


def test_turning_the_bridge_round_is_found():
    found = orientations.bipolar_orientations(graphs.skeleton(BRIDGE), 0, 3)
    turned = BRIDGE.copy()
    turned[[1, 2], [2, 1]] = [False, True]
    assert {a.tobytes() for a in found} == {BRIDGE.tobytes(), turned.tobytes()}


@pytest.mark.slow
def test_theorem_b_on_all_structures():
    """Orientations = beta, by two programs without a common line; beta 1 = series-parallel."""
    for adjacency in structures()[0]:
        count, beta = orientations_and_beta(adjacency)
        assert count == beta
        assert (beta == 1) == orientations.is_series_parallel(adjacency)


def test_structures_that_never_collide_are_the_series_parallel_ones():
    space, (representatives, member) = cells.nasbench101(), structures()
    assert len(representatives) == 2_494
    code = wl.space_codes(space, direction="undirected", rounds=2)[-1]
    _, skeleton, size = np.unique(code, return_inverse=True, return_counts=True)
    alone, parallel = size[skeleton] == 1, orientations.series_parallel(space)
    assert (parallel.sum(), alone.sum()) == (149_907, 158_718)
    assert (parallel <= alone).all()
    never = np.ones(len(representatives), bool)
    np.logical_and.at(never, member, alone)
    assert (never[member] == parallel).all()


def test_a_class_of_same_skeleton_cells_is_no_larger_than_beta():
    space = cells.nasbench101()
    code = wl.space_codes(space, direction="undirected", rounds=2)[-1]
    _, first, size = np.unique(code, return_index=True, return_counts=True)
    for row in first[size >= 5]:
        cell = space[row]
        assert len(cell) and size[code[first] == code[row]][0] <= orientations.beta(
            graphs.skeleton(cell.adjacency), 0, len(cell) - 1
        )


@given(cell_keys)
def test_series_parallel_agrees_with_its_forbidden_minor(key):
    """Duffin 1965: with the edge source - sink, series-parallel exactly if without a K4 minor."""
    cell = cell_of(key)
    graph = nx.Graph(np.argwhere(cell.adjacency).tolist())
    graph.add_edge(0, len(cell) - 1)
    assert orientations.is_series_parallel(cell.adjacency) == (not has_k4_minor(graph))


def has_k4_minor(graph) -> bool:
    """Delete vertices of degree at most 2, joining their neighbours, while there are any."""
    graph = graph.copy()
    while small := [v for v in graph if graph.degree(v) <= 2]:
        around = list(graph[small[0]])
        graph.remove_node(small[0])
        if len(around) == 2:
            graph.add_edge(*around)
    return len(graph) > 0


@given(cell_keys)
def test_the_order_of_the_vertices_plays_no_part(key):
    cell, canonical = cell_of(key), cells.nasbench101()[key[0]]
    assert orientations.is_series_parallel(cell.adjacency) == orientations.is_series_parallel(
        canonical.adjacency
    )
    last = len(cell) - 1
    betas = [orientations.beta(graphs.skeleton(c.adjacency), 0, last) for c in (cell, canonical)]
    assert betas[0] == betas[1]


@pytest.mark.parametrize(
    ("skeleton", "ends", "message"),
    [
        (graphs.cycle(4), (0, 0), "two of the vertices 0..3; they are 0 and 0"),
        (graphs.cycle(4), (0, 4), "two of the vertices 0..3; they are 0 and 4"),
        (BRIDGE, (0, 3), "must be symmetric"),
        (np.ones((2, 3)), (0, 1), "square matrix"),
        (graphs.cycle(4), (-1, 2), "two of the vertices 0..3; they are -1 and 2"),
        (graphs.cycle(4), (0.0, 2), "source must be a whole number; it is 0.0"),
        (graphs.cycle(4), (0, True), "sink must be a whole number; it is True"),
        (graphs.cycle(4), (None, 2), "source must be a whole number; it is None"),
    ],
)
def test_bad_input_is_named(skeleton, ends, message, no_annotations):
    for count in (orientations.bipolar_orientations, orientations.beta):
        with pytest.raises((ValueError, TypeError), match=message):
            count(skeleton, *ends)


def test_so_many_orientations_are_not_tried():
    complete = ~np.eye(8, dtype=bool)
    with pytest.raises(ValueError, match="at most 20 edges; it has 28: count with beta"):
        orientations.bipolar_orientations(complete, 0, 7)
    assert orientations.beta(complete, 0, 7) == 720  # (n - 2)!


def test_other_forms_of_a_graph_are_read():
    """A list, a sparse matrix and a graph of networkx say the same."""
    forms = (BRIDGE.tolist(), sparse.csr_matrix(BRIDGE), nx.DiGraph(np.argwhere(BRIDGE).tolist()))
    assert [orientations.is_series_parallel(form) for form in forms] == [False] * 3
    both = graphs.skeleton(BRIDGE)
    for form in (both.tolist(), sparse.coo_matrix(both), nx.Graph(np.argwhere(both).tolist())):
        assert len(orientations.bipolar_orientations(form, 0, 3)) == 2
