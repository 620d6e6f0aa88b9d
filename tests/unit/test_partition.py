import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wl2nas import graphs, wl
from wl2nas.theory import partition


def lists_of(graph) -> list[list[int]]:
    return partition.neighbour_lists(len(graph), graph.edges)


def same_partition(a, b) -> bool:
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len(set(a.tolist())) == len(set(b.tolist()))


@given(st.integers(1, 14), st.integers(0, 10**6), st.sampled_from([0.1, 0.2, 0.4]))
def test_both_ways_reach_the_partition_of_refine(n, seed, density):
    graph = nx.gnp_random_graph(n, density, seed=seed)
    adjacency = nx.to_numpy_array(graph, nodelist=range(n)).astype(bool)
    truth = wl.refine(adjacency, direction="undirected")[-1]
    for stable in (partition.by_rounds(lists_of(graph)), partition.by_splitting(lists_of(graph))):
        assert same_partition(stable.colours, truth)


@pytest.mark.parametrize(
    "graph",
    [
        nx.path_graph(50), nx.star_graph(9), nx.balanced_tree(2, 5), nx.cycle_graph(12),
        nx.grid_2d_graph(5, 8), nx.barbell_graph(5, 6), nx.petersen_graph(), nx.empty_graph(4),
        nx.lollipop_graph(6, 9), nx.caveman_graph(4, 5), nx.random_labeled_tree(300, seed=1),
    ],
)  # fmt: skip
def test_the_two_ways_agree_on_structured_graphs(graph):
    lists = lists_of(nx.convert_node_labels_to_integers(graph))
    rounds, splitting = partition.by_rounds(lists), partition.by_splitting(lists)
    assert (rounds.colours == splitting.colours).all()


def test_a_path_costs_rounds_its_square_and_splitting_little_more_than_its_length():
    small, large = (lists_of(nx.path_graph(n)) for n in (400, 1600))
    assert partition.by_rounds(large).visits > 15 * partition.by_rounds(small).visits
    assert partition.by_splitting(large).visits < 6 * partition.by_splitting(small).visits
    n = 1600
    bound = 2 * (n - 1) * (np.log2(n) + 1)  # a vertex is used again only in half of its class
    assert partition.by_splitting(large).visits <= bound


def test_an_edge_outside_the_graph_is_named():
    with pytest.raises(ValueError, match=r"edge \(0, 3\) leaves the vertices 0\.\.2"):
        partition.neighbour_lists(3, [(0, 1), (0, 3)])


def test_hexagon_stays_one_class():
    edges = np.argwhere(np.triu(graphs.cycle(6)))
    assert set(partition.by_splitting(partition.neighbour_lists(6, edges)).colours) == {0}


@pytest.mark.parametrize(
    ("neighbours", "message"),
    [
        ([[-1]], r"neighbours must be in 0\.\.0; they are in -1\.\.-1"),
        ([[1], [0, 2]], r"neighbours must be in 0\.\.1; they are in 0\.\.2"),
        ([[1], []], "of an undirected graph, each edge in the lists of both its ends"),
        ([[1, 1], [0]], "of an undirected graph"),
        ([[0.5]], "neighbours must hold whole numbers; it holds float64"),
        ([[float("nan")]], "neighbours must hold whole numbers"),
        ([[True], [False]], "neighbours must hold whole numbers; it holds bool"),
        ([["0"]], "neighbours must hold whole numbers; it holds <U1"),
        ([[None]], "neighbours must hold whole numbers; it holds object"),
        ([[[0]]], "neighbours must have the shape"),
        ("ab", "neighbours must hold whole numbers"),
        ([0, 1], r"one list of vertices for every vertex: neighbour_lists\(n, edges\)"),
        (5, "one list of vertices for every vertex"),
        (None, "one list of vertices for every vertex"),
        ({0: [1], 1: [0]}, "one list of vertices for every vertex"),
    ],
)
def test_what_are_no_neighbours_is_named(neighbours, message, no_annotations):
    for way in (partition.by_rounds, partition.by_splitting):
        with pytest.raises((ValueError, TypeError), match=message):
            way(neighbours)


def test_neighbours_may_be_arrays_loops_and_parallel_edges(no_annotations):
    for lists in ([], [[]], [[0]], [np.array([1, 1]), (0, 0)], np.array([[1, 2], [0, 2], [0, 1]])):
        both = partition.by_rounds(lists), partition.by_splitting(lists)
        assert (both[0].colours == both[1].colours).all() and len(both[0].colours) == len(lists)


@pytest.mark.parametrize(
    ("n", "edges", "message"),
    [
        (-1, [], "n must be a whole number of 0 or more; it is -1"),
        (2.0, [], "n must be a whole number of 0 or more; it is 2.0"),
        (2, [(0, 0.5)], "pairs .* of whole numbers"),
        (2, [(0, 1, 1)], r"shape \(1, 3\)"),
        (2, None, "edges must be pairs"),
    ],
)
def test_neighbour_lists_come_from_pairs_of_vertices(n, edges, message, no_annotations):
    with pytest.raises((ValueError, TypeError), match=message):
        partition.neighbour_lists(n, edges)
