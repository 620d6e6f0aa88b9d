import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

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
        ("D !", "'D !' is not"),
        ("D\nc", r"'D\\nc' is not"),
        ("D\x00c", r"'D\\x00c' is not"),
        ("D\x7fc", "is not"),
        (" DQc", "' DQc' is not"),
        ("DQc ", "'DQc ' is not"),
        ("DQc\n\n", "is not"),
        ("DQc\nDQc\n", "is not"),
        ("DQd", "'DQd' is not"),  # a bit behind the last one
        ("~??DQc", "is not"),  # five vertices, written as if they were many
        ("~~?????DQc", "is not"),
        ("~", "is not"),
        ("~~", "is not"),
        ("D", "'D' is not"),
        (">>graph6<<", "is not"),
        (">>graph6<<>>graph6<<DQc", "is not"),
        (">>graph6<<\nDQc", "is not"),
        (">>sparse6<<:Fa@x^", "is not"),
        (":Fa@x^", "':Fa@x.' is not"),
        (";Fa@x^", "is not"),
        ("&DI?AO?", "'&DI.AO.' is not"),
        ("D０c", "is not"),
        ("Dé?", "'Dé.' is not"),
        ("~" * 50, "must be one graph in graph6; '~{40}' is not"),
    ],
)
def test_what_is_no_graph6_is_named(text, message):
    with pytest.raises(ValueError, match=message):
        graphs.from_graph6(text)


@given(st.text(st.characters(max_codepoint=0x17F), max_size=8))
def test_what_is_read_as_graph6_is_what_the_graph_is_written_as(text):
    try:
        matrix = graphs.from_graph6(text)
    except ValueError:
        return
    written = nx.to_graph6_bytes(nx.from_numpy_array(matrix), header=False).decode()
    assert text.removesuffix("\n").removesuffix("\r") == written.removesuffix("\n")


@pytest.mark.parametrize("value", [None, b"DQc", 5, ["DQc"]])
def test_graph6_is_a_text(value, no_annotations):
    with pytest.raises(TypeError, match="text must be one graph in graph6; it is a"):
        graphs.from_graph6(value)


# --- other forms of a graph ---------------------------------------------------------------------


@given(digraphs(), st.sampled_from(["coo", "csr", "csc", "lil", "dok", "dia", "bsr"]))
def test_sparse_matrices_are_read(graph, name):
    adjacency, _ = graph
    for made in (getattr(sparse, f"{name}_{kind}") for kind in ("matrix", "array")):
        found = graphs.as_adjacency(made(adjacency.astype(int)))
        assert found.dtype == bool and (found == adjacency).all()
    assert (graphs.skeleton(made(adjacency)) == graphs.skeleton(adjacency)).all()


@given(digraphs())
def test_plain_networkx_graphs_are_read(graph):
    adjacency, _ = graph
    made = nx.from_numpy_array(adjacency, create_using=nx.DiGraph)  # with weights of True
    assert (graphs.as_adjacency(made) == adjacency).all()
    both = nx.Graph(np.argwhere(graphs.skeleton(adjacency)).tolist())
    if list(both) == list(range(len(adjacency))):
        assert (graphs.as_adjacency(both) == graphs.skeleton(adjacency)).all()


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (nx.Graph([("a", "b")]), r"nodes are not 0, 1, 2, .* nx\.to_numpy_array\(G, nodelist="),
        (nx.Graph([(0, 2), (1, 2)]), "nodes are not 0, 1, 2, ... in this order"),
        (nx.Graph([(1, 2)]), "nodes are not 0, 1, 2"),
        (nx.MultiGraph([(0, 1), (0, 1)]), "multigraph; join parallel edges: nx.Graph"),
        (nx.karate_club_graph(), r"the weight 4 at the edge \(0, 1\).*weight=None, dtype=bool"),
        (nx.from_edgelist([(0, 1, {"weight": 0})]), "the weight 0 at the edge"),
        (sparse.csr_matrix([[0, 2], [0, 0]]), "only 0 and 1; it holds 2"),
        (sparse.coo_matrix(([1, 1], ([0, 0], [1, 1])), shape=(2, 2)), "only 0 and 1; it holds 2"),
        (sparse.csr_matrix((2, 3)), r"square matrix \(n, n\); its shape is \(2, 3\)"),
        (np.ma.masked_equal([[0, 1], [1, 0]], 1), "adjacency has masked entries"),
        ([[0, 1], [1]], "adjacency must be an array"),
        ([[0, None], [0, 0]], "numbers; it holds object"),
        (None, "numbers; it holds object"),
        ([[0, 1j], [0, 0]], "numbers; it holds complex128"),
    ],
)
def test_a_graph_whose_meaning_is_in_doubt_is_refused(graph, message):
    for function in (graphs.as_adjacency, graphs.find_cycle, graphs.cfi):
        with pytest.raises(ValueError, match=message):
            function(graph)


# --- reachability and marks ---------------------------------------------------------------------


@given(digraphs())
def test_reachability_agrees_with_networkx(graph):
    """Also along cycles, and for many graphs at once."""
    adjacency, _ = graph
    g = nx.from_numpy_array(adjacency, create_using=nx.DiGraph)
    closure = nx.to_numpy_array(nx.transitive_closure(g, reflexive=False), dtype=bool)
    last = len(g) - 1
    ahead, back = nx.descendants(g, 0) | {0}, nx.ancestors(g, last) | {last}
    on_a_path = [v in ahead & back for v in g]
    assert (graphs.reaches(adjacency) == closure).all()
    assert graphs.on_a_path(adjacency).tolist() == on_a_path
    batch = np.stack([adjacency, np.zeros_like(adjacency), adjacency])
    assert (graphs.reaches(batch)[2] == closure).all() and not graphs.reaches(batch)[1].any()
    assert graphs.on_a_path(batch)[[0, 2]].tolist() == [on_a_path] * 2


@pytest.mark.parametrize("n", range(1, 18))
def test_a_path_of_any_length_and_a_ring_are_reached_to_the_end(n):
    path = graphs.from_edges(n, [(i, i + 1) for i in range(n - 1)])
    assert (graphs.reaches(path) == np.triu(np.ones((n, n), bool), 1)).all()
    assert graphs.on_a_path(path).all()
    ring = graphs.from_edges(n, [(i, (i + 1) % n) for i in range(n)])
    assert graphs.reaches(ring).all()


def test_reachability_leaves_its_argument_alone():
    for n in (1, 3):
        adjacency = np.zeros((n, n), bool)
        graphs.reaches(adjacency)[:] = True
        graphs.on_a_path(adjacency)
        assert not adjacency.any()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((2, 3)), r"square matrices; its shape is \(2, 3\)"),
        (np.zeros(4), r"square matrices; its shape is \(4,\)"),
        (np.full((2, 2, 2), 0.5), "only 0 and 1; it holds 0.5"),
        (np.full((2, 2), np.nan), "adjacency holds NaN"),
    ],
)
def test_matrices_of_a_batch_are_checked(value, message):
    for function in (graphs.skeleton, graphs.reaches, graphs.on_a_path):
        with pytest.raises(ValueError, match=message):
            function(value)


def test_marks_stand_at_the_labels():
    labels = np.array([[2, 0, -1], [1, -1, -1]], np.int8)
    found = graphs.one_hot(labels, 3)
    assert found.dtype == bool and found.shape == (2, 3, 3)
    assert (found.sum(axis=-1) == (labels >= 0)).all()
    assert (found.argmax(axis=-1)[labels >= 0] == labels[labels >= 0]).all()


@pytest.mark.parametrize(
    ("labels", "number", "message"),
    [
        ([0, 3], 3, r"labels must be in 0\.\.2, or -1 on the padding; they are in 0\.\.3"),
        ([0, -2], 3, r"they are in -2\.\.0"),
        ([0.0, 1.0], 3, "labels must hold whole numbers; it holds float64"),
        ([0], 0, "number must be a whole number of 1 or more; it is 0"),
    ],
)
def test_labels_without_a_mark_are_refused(labels, number, message):
    with pytest.raises(ValueError, match=message):
        graphs.one_hot(labels, number)


# --- arguments out of range ---------------------------------------------------------------------

TRIANGLE = graphs.cycle(3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: graphs.from_edges(-1, []), "n must be a whole number of 0 or more; it is -1"),
        (lambda: graphs.from_edges(2.5, []), "n must be a whole number of 0 or more; it is 2.5"),
        (lambda: graphs.from_edges("3", []), "n must be a whole number of 0 or more; it is '3'"),
        (lambda: graphs.from_edges(3, [(0, 1, 2)]), r"edges must be pairs .* shape \(1, 3\)"),
        (lambda: graphs.from_edges(3, [0, 1]), r"edges must be pairs .* the shape \(2,\)"),
        (lambda: graphs.from_edges(3, [(0, 1), (1,)]), "edges must be an array"),
        (lambda: graphs.from_edges(3, [(0, 0.5)]), "pairs .* of whole numbers; they are float64"),
        (lambda: graphs.from_edges(3, [(0, float("nan"))]), "of whole numbers; they are float64"),
        (lambda: graphs.from_edges(3, [(False, True)]), "of whole numbers; they are bool"),
        (lambda: graphs.from_edges(3, ["01"]), "edges must hold numbers"),
        (lambda: graphs.from_edges(3, None), "edges must be pairs"),
        (lambda: graphs.from_edges(3, 7), "edges must be pairs"),
        (lambda: graphs.from_edges(3, [(0, 1)], undirected="no"), "undirected must be True or Fal"),
        (lambda: graphs.cycle(2), "n must be a whole number of 3 or more; it is 2"),
        (lambda: graphs.relabel(TRIANGLE, [0, 0, 0], [0, 1]), r"a permutation of 0\.\.2"),
        (lambda: graphs.relabel(TRIANGLE, [0, 0, 0], [0, 1, 3]), r"a permutation of 0\.\.2"),
        (lambda: graphs.relabel(TRIANGLE, [0, 0, 0], [0.0, 1, 2]), "order must hold whole numbers"),
        (lambda: graphs.relabel(TRIANGLE, [0] * 4, [0, 1, 2]), r"shapes are \(3, 3\) and \(4,\)"),
        (lambda: graphs.relabel(TRIANGLE[:, :2], [0] * 3, [0, 1, 2]), r"shapes are \(3, 2\)"),
        (lambda: graphs.relabel(sparse.eye(2), [0, 0], [0, 1]), r"call \.toarray\(\)"),
        (lambda: graphs.cfi(np.zeros((0, 0))), "base must have an edge"),
        (lambda: graphs.cfi([[0]]), "base must have an edge"),
        (lambda: graphs.cfi([[1, 1], [1, 0]]), "base must have no loops"),
        (lambda: graphs.cfi(~np.eye(30, dtype=bool)), "base would need 8053063680 vertices"),
        (lambda: graphs.as_labels(np.array([2**63], np.uint64), 1), r"must be below 2\^63"),
        (lambda: graphs.as_labels(["a"], 1), "labels must hold numbers; it holds <U1"),
        (lambda: graphs.on_a_path(np.zeros((0, 0))), "adjacency must have a vertex"),
    ],
)
def test_arguments_out_of_range_are_named(call, message, no_annotations):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_edges_may_be_any_pairs_of_whole_numbers():
    expected = graphs.from_edges(3, [(0, 1), (1, 2)])
    pairs = np.array([[0, 1], [1, 2]], np.uint8)
    for edges in (pairs, pairs.tolist(), set(map(tuple, pairs)), (p for p in pairs),
                  nx.DiGraph([(0, 1), (1, 2)]).edges):  # fmt: skip
        assert (graphs.from_edges(3, edges) == expected).all()
    assert graphs.from_edges(0, []).shape == (0, 0)
