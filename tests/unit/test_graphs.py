import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import digraphs
from wl2nas import graphs


def test_convention_on_an_asymmetric_graph():
    """0 -> 1 -> 2: A @ x gathers from successors, A.T @ x carries messages along the edges."""
    adjacency = graphs.from_edges(3, [(0, 1), (1, 2)]).astype(int)
    x = np.array([1, 10, 100])
    assert (adjacency @ x).tolist() == [10, 100, 0]
    assert (adjacency.T @ x).tolist() == [0, 1, 10]


@given(digraphs(), st.randoms(use_true_random=False))
def test_relabel_is_conjugation_by_a_permutation_matrix(graph, random):
    adjacency, labels = graph
    order = list(range(len(labels)))
    random.shuffle(order)
    p = np.eye(len(labels), dtype=int)[order]
    renamed, names = graphs.relabel(adjacency, labels, order)
    assert (renamed == p @ adjacency @ p.T).all()
    assert (names == p @ labels).all()


@given(digraphs())
def test_find_cycle_agrees_with_networkx(graph):
    adjacency, _ = graph
    found = graphs.find_cycle(adjacency)
    assert (found is None) == nx.is_directed_acyclic_graph(
        nx.from_numpy_array(adjacency, create_using=nx.DiGraph)
    )
    if found is not None:
        assert all(adjacency[i, j] for i, j in zip(found, found[1:] + found[:1], strict=True))


def test_named_pair():
    hexagon, triangles = graphs.hexagon_and_triangles()
    assert hexagon.sum() == triangles.sum() == 12
    assert nx.is_connected(nx.from_numpy_array(hexagon))
    assert nx.number_connected_components(nx.from_numpy_array(triangles)) == 2


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[0, 1, 0], [0, 0, 1]], "square"),
        ([0, 1], "square"),
        ([[0, 2], [0, 0]], "only 0 and 1; it holds 2"),
        ([[0, 0.5], [0, 0]], "only 0 and 1; it holds 0.5"),
        ([[0, float("nan")], [0, 0]], "NaN"),
        ([["a", "b"], ["c", "d"]], "numbers"),
    ],
)
def test_bad_matrices_are_named(matrix, message):
    with pytest.raises(ValueError, match=message):
        graphs.as_adjacency(matrix)


@pytest.mark.parametrize(
    ("labels", "message"),
    [([1, 2], "each of the 3"), ([0.5, 1, 2], "integers"), ([float("nan"), 1, 2], "NaN")],
)
def test_bad_labels_are_named(labels, message):
    with pytest.raises(ValueError, match=message):
        graphs.as_labels(labels, 3)


def test_a_bad_order_is_named():
    with pytest.raises(ValueError, match="permutation"):
        graphs.relabel(np.zeros((2, 2)), [0, 0], [0, 0])


@pytest.mark.parametrize("edge", [(0, 3), (-1, 0)])
def test_an_edge_outside_the_graph_is_named(edge):
    with pytest.raises(ValueError, match=r"edge .* leaves the vertices 0\.\.2"):
        graphs.from_edges(3, [(0, 1), edge])


# --- the hard pairs -----------------------------------------------------------------------------


def isomorphic(a, b) -> bool:
    return nx.is_isomorphic(nx.from_numpy_array(a), nx.from_numpy_array(b))


def test_rook_and_shrikhande_are_strongly_regular_and_different():
    for graph in (graphs.rook(), graphs.shrikhande()):
        a = graph.astype(int)
        common = a @ a
        assert (np.diag(common) == 6).all()
        assert (common[~np.eye(16, dtype=bool)] == 2).all()
    assert not isomorphic(graphs.rook(), graphs.shrikhande())


def test_both_textbook_pairs_are_one_construction():
    complete = [~np.eye(n, dtype=bool) for n in (3, 4)]
    hexagon, triangles = graphs.hexagon_and_triangles()
    for base, plain, twist in (
        (complete[0], triangles, hexagon),
        (complete[1], graphs.rook(), graphs.shrikhande()),
    ):
        untwisted, twisted = graphs.cfi(base)
        assert isomorphic(untwisted, plain)
        assert isomorphic(twisted, twist)


def test_a_base_in_two_pieces_is_refused():
    with pytest.raises(ValueError, match="base must be connected"):
        graphs.cfi(graphs.disjoint_union(graphs.cycle(3), graphs.cycle(3)))


# --- graph6 -------------------------------------------------------------------------------------


@given(st.integers(0, 70), st.randoms(use_true_random=False))
def test_graph6_gives_back_what_networkx_writes(n, random):
    """Also beyond 62 vertices, where the format spends more than one character on their number."""
    graph = nx.gnp_random_graph(n, 0.3, seed=random.randrange(1_000))
    for header in (False, True):
        text = nx.to_graph6_bytes(graph, header=header).decode()
        assert (graphs.from_graph6(text) == nx.to_numpy_array(graph, dtype=bool)).all()


def test_graph6_by_hand():
    """The example of the format's own description: five vertices and the edges 02, 04, 13, 34."""
    expected = graphs.from_edges(5, [(0, 2), (0, 4), (1, 3), (3, 4)], undirected=True)
    assert (graphs.from_graph6("DQc\n") == expected).all()
    assert graphs.from_graph6("DQc").dtype == bool


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not"),
        ("two graphs", "'two graphs' is not"),
        ("DQc DQc", "'DQc DQc' is not"),
        ("DQ", "'DQ' is not"),
        ("DQcc", "'DQcc' is not"),
        ("Dé?", "'Dé.' is not"),
        ("~" * 50, "must be one graph in graph6; '~{40}' is not"),
    ],
)
def test_what_is_no_graph6_is_named(text, message):
    with pytest.raises(ValueError, match=message):
        graphs.from_graph6(text)
