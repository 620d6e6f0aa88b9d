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
