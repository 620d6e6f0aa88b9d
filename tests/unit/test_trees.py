import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from strategies import digraphs, padded
from wl2nas import graphs, wl
from wl2nas.theory import trees

HEXAGON, TRIANGLES = graphs.hexagon_and_triangles()
ROOK, SHRIKHANDE = graphs.rook(), graphs.shrikhande()
COMPLETE_4 = ~np.eye(4, dtype=bool)


def atlas(n):
    """All undirected graphs on n vertices up to isomorphism, from networkx."""
    return [nx.to_numpy_array(g, dtype=bool) for g in nx.graph_atlas_g() if len(g) == n]


def is_connected(graph) -> bool:
    return nx.is_connected(nx.from_numpy_array(graph))


@st.composite
def undirected(draw, max_vertices=5, loops=False):
    n = draw(st.integers(1, max_vertices))
    bits = draw(st.lists(st.booleans(), min_size=n * n, max_size=n * n))
    matrix = np.triu(np.array(bits, bool).reshape(n, n), 0 if loops else 1)
    return matrix | matrix.T


def brute_force(pattern, adjacency):
    """Homomorphisms, by trying all maps."""
    edges = np.argwhere(pattern)
    maps = itertools.product(range(len(adjacency)), repeat=len(pattern))
    return sum(all(adjacency[f[i], f[j]] for i, j in edges) for f in maps)


# --- counting -----------------------------------------------------------------------------------


@given(undirected(max_vertices=4, loops=True), undirected(max_vertices=4, loops=True))
@settings(deadline=None)
def test_count_tries_what_all_maps_try(pattern, adjacency):
    assert trees.count(pattern, adjacency) == brute_force(pattern, adjacency)


@given(undirected(loops=True), st.integers(1, 6))
@settings(deadline=None)
def test_trees_and_cycles_agree_with_trying(adjacency, k):
    for tree in trees.all_trees(min(k, 5)):
        assert trees.count_tree(tree, adjacency) == trees.count(tree, adjacency)
    if k >= 3:
        assert trees.count_cycle(k, adjacency) == trees.count(graphs.cycle(k), adjacency)


@given(undirected(max_vertices=6), st.integers(0, 5))
def test_paths_count_walks(adjacency, length):
    """Homomorphisms from a path are walks: the sum of the entries of a power of A."""
    path = graphs.from_edges(length + 1, [(i, i + 1) for i in range(length)], undirected=True)
    walks = np.linalg.matrix_power(adjacency.astype(int), length).sum()
    assert trees.count_tree(path, adjacency) == walks


def test_there_are_as_many_trees_as_published():
    """OEIS A000055, n = 1..9; none twice, by an exact test on the smaller ones."""
    found = [trees.all_trees(n) for n in range(1, 10)]
    assert [len(group) for group in found] == [1, 1, 1, 2, 3, 6, 11, 23, 47]
    for n, group in enumerate(found, start=1):
        assert all(t.shape == (n, n) and t.sum() == 2 * (n - 1) for t in group)
        assert all(is_connected(t) for t in group)
    for a, b in itertools.combinations(found[6], 2):
        assert not nx.is_isomorphic(nx.from_numpy_array(a), nx.from_numpy_array(b))


def test_counts_stay_exact_where_64_bits_end():
    assert trees.count_cycle(80, graphs.cycle(3)) == 2**80 + 2
    path = graphs.from_edges(70, [(i, i + 1) for i in range(69)], undirected=True)
    assert trees.count_tree(path, HEXAGON) == 6 * 2**69


def test_the_textbook_pairs_in_numbers():
    for k in range(1, 9):
        counts = {trees.count_tree(t, g) for t in trees.all_trees(k) for g in (HEXAGON, TRIANGLES)}
        assert counts == {6 * 2 ** (k - 1)}
    cycles = {k: tuple(trees.count_cycle(k, g) for g in (HEXAGON, TRIANGLES)) for k in range(3, 8)}
    assert cycles == {3: (0, 12), 4: (36, 36), 5: (0, 60), 6: (132, 132), 7: (0, 252)}
    # 32 triangles each, 8 against 0 complete graphs on four vertices (24 orders of each).
    assert [trees.count_cycle(3, g) // 6 for g in (ROOK, SHRIKHANDE)] == [32, 32]
    assert [trees.count(COMPLETE_4, g) // 24 for g in (ROOK, SHRIKHANDE)] == [8, 0]


def has_tree_width_two_at_most(graph) -> bool:
    """Vertices with at most two neighbours can be taken away, their neighbours joined, to the end.

    Source: Wald and Colbourn 1983, Networks 13 (partial 2-trees).
    """
    g = nx.from_numpy_array(graph)
    while small := [v for v in g if g.degree(v) <= 2]:
        around = list(g[small[0]])
        g.remove_node(small[0])
        g.add_edges_from(itertools.combinations(around, 2))
    return len(g) == 0


def test_patterns_of_tree_width_two_cannot_tell_rook_and_shrikhande_apart():
    """What 2-FWL cannot separate, no pattern of tree-width 2 counts apart (Dvořák 2010)."""
    patterns = [g for n in (2, 3, 4, 5) for g in atlas(n) if is_connected(g)]
    narrow = [g for g in patterns if has_tree_width_two_at_most(g)]
    assert len(narrow) == 1 + 2 + 5 + 15
    for pattern in narrow:
        assert trees.count(pattern, ROOK) == trees.count(pattern, SHRIKHANDE)
    (wide,) = [g for g in patterns if len(g) == 4 and not has_tree_width_two_at_most(g)]
    assert (wide == COMPLETE_4).all()
    assert trees.count(wide, ROOK) != trees.count(wide, SHRIKHANDE)


# --- three languages for one thing --------------------------------------------------------------


@given(digraphs(max_vertices=6), st.integers(0, 4))
@settings(deadline=None)
def test_unfolding_trees_are_colours(graph, depth):
    """Round by round, the trees are equal exactly where the colours of direction "out" are."""
    adjacency, labels = graph
    history = padded(wl.refine(adjacency, labels, direction="out", rounds=depth), depth)
    for round_ in range(depth + 1):
        unfolded = trees.unfoldings(adjacency, round_, labels)
        for u, v in itertools.combinations(range(len(labels)), 2):
            same_colour = history[round_][u] == history[round_][v]
            assert (unfolded[u] == unfolded[v]) == same_colour


def test_an_unfolding_by_hand():
    path = graphs.from_edges(3, [(0, 1), (1, 2)], undirected=True)
    leaf = (0, ())
    assert trees.unfoldings(path, 0) == [leaf] * 3
    assert trees.unfoldings(path, 1) == [(0, (leaf,)), (0, (leaf, leaf)), (0, (leaf,))]
    arrow = graphs.from_edges(2, [(0, 1)])
    assert trees.unfoldings(arrow, 1, [7, 8]) == [(7, ((8, ()),)), (8, ())]


def is_fractional_isomorphism(x, a, b) -> bool:
    a, b = a.astype(int), b.astype(int)
    return (
        (x >= 0).all()
        and np.allclose(x.sum(axis=0), 1)
        and np.allclose(x.sum(axis=1), 1)
        and np.allclose(a @ x, x @ b)
        and np.allclose(a.T @ x, x @ b.T)
    )


@given(digraphs(), st.randoms(use_true_random=False))
def test_a_renamed_graph_is_fractionally_isomorphic(graph, random):
    adjacency, labels = graph
    order = list(range(len(labels)))
    random.shuffle(order)
    renamed, names = graphs.relabel(adjacency, labels, order)
    x = trees.fractional_isomorphism(adjacency, renamed, labels, names)
    assert x is not None and is_fractional_isomorphism(x, adjacency, renamed)
    assert ((x > 0) <= (labels[:, None] == names[None, :])).all()


@given(digraphs(max_vertices=4, labels=2), digraphs(max_vertices=4, labels=2))
def test_none_exactly_where_colours_separate(one, other):
    (a, labels_a), (b, labels_b) = one, other
    x = trees.fractional_isomorphism(a, b, labels_a, labels_b)
    assert (x is None) == (wl.separating_round(a, b, labels_a, labels_b) is not None)


@pytest.mark.parametrize("pair", [(HEXAGON, TRIANGLES), (ROOK, SHRIKHANDE)])
def test_regular_pairs_have_the_constant_matrix(pair):
    x = trees.fractional_isomorphism(*pair)
    assert x is not None and is_fractional_isomorphism(x, *pair)
    assert (x == 1 / len(x)).all()


def feasible(a, b) -> bool:
    """Whether a linear program finds a doubly stochastic X with A X = X B."""
    n = len(a)
    identity, ones = np.eye(n), np.ones((1, n))
    # X is read row by row, so A X is (A kron I) x and X B is (I kron B^T) x.
    commute = np.kron(a.astype(float), identity) - np.kron(identity, b.astype(float).T)
    rows, columns = np.kron(identity, ones), np.kron(ones, identity)
    equalities = np.concatenate([commute, rows, columns])
    values = np.concatenate([np.zeros(n * n), np.ones(2 * n)])
    result = optimize.linprog(np.zeros(n * n), A_eq=equalities, b_eq=values, bounds=(0, 1))
    return result.status == 0


def test_a_linear_program_agrees():
    """On all pairs of graphs with equal degrees and up to six vertices (Tinhofer 1986)."""
    agreed = {True: 0, False: 0}
    for n in range(3, 7):
        for a, b in itertools.combinations(atlas(n), 2):
            if sorted(a.sum(axis=0)) == sorted(b.sum(axis=0)):
                x = trees.fractional_isomorphism(a, b)
                assert feasible(a, b) == (x is not None)
                assert x is None or is_fractional_isomorphism(x, a, b)
                agreed[x is not None] += 1
    assert agreed[True] >= 4 and agreed[False] >= 20


def test_counts_from_trees_agree_with_colours():
    """Among the graphs of up to six vertices, the classes of equal counts from all trees of up to
    seven vertices are the classes of equal colours (Dvořák 2010); networkx does the colours."""
    patterns = [tree for k in range(2, 8) for tree in trees.all_trees(k)]
    for n in range(2, 7):
        everything = atlas(n)
        counts = [tuple(trees.count_tree(tree, g) for tree in patterns) for g in everything]
        hashes = [
            nx.weisfeiler_lehman_graph_hash(nx.from_numpy_array(g), iterations=n)
            for g in everything
        ]
        pairs = set(zip(counts, hashes, strict=True))
        assert len(pairs) == len(set(counts)) == len(set(hashes))
        assert len(everything) - len(pairs) == (4 if n == 6 else 0)


# --- bad input ----------------------------------------------------------------------------------

ARROW = graphs.from_edges(2, [(0, 1)])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trees.all_trees(0), "n must be a whole number of 1 or more; it is 0"),
        (lambda: trees.count_tree(HEXAGON, HEXAGON), "tree must be connected and without cycles"),
        (lambda: trees.count_tree(TRIANGLES, HEXAGON), "tree must be connected"),
        (lambda: trees.count_tree(np.zeros((0, 0)), HEXAGON), "tree must be connected"),
        (lambda: trees.count_tree(np.ones((1, 1)), HEXAGON), "tree must be connected"),
        (lambda: trees.count_tree(ARROW, HEXAGON), "tree must be undirected; call graphs.skel"),
        (lambda: trees.count_tree(graphs.skeleton(ARROW), ARROW), "adjacency must be undirected"),
        (lambda: trees.count_cycle(2, HEXAGON), "k must be a whole number of 3 or more; it is 2"),
        (lambda: trees.count_cycle(3, ARROW), "adjacency must be undirected"),
        (lambda: trees.count(np.zeros((0, 0)), HEXAGON), "pattern must have a vertex"),
        (lambda: trees.count(ARROW, HEXAGON), "pattern must be undirected"),
        (lambda: trees.count([[0, 2], [2, 0]], HEXAGON), "only 0 and 1; it holds 2"),
        (
            lambda: trees.unfoldings(HEXAGON, -1),
            r"depth must be a whole number in 0\.\.400; it is -1",
        ),
        (lambda: trees.unfoldings(HEXAGON, 10**8), r"in 0\.\.400; it is 100000000"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("value", [2.5, float("nan"), True, "3", None])
def test_sizes_and_depths_are_whole_numbers(value, no_annotations):
    for call, name in (
        (lambda: trees.all_trees(value), "n"),
        (lambda: trees.count_cycle(value, HEXAGON), "k"),
        (lambda: trees.unfoldings(HEXAGON, value), "depth"),
    ):
        with pytest.raises((ValueError, TypeError), match=f"^{name} must be a whole number"):
            call()


def test_deep_unfoldings_of_dense_graphs_take_no_exponential_time():
    dense = ~np.eye(9, dtype=bool)
    dense[0, 1] = False
    deep = trees.unfoldings(dense, 400)
    assert len({id(tree) for tree in deep}) == len(set(wl.refine(dense, direction="out")[-1]))
    assert sorted(deep)[0] is min(deep)
