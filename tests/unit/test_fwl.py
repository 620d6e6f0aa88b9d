import itertools
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import digraphs, padded
from wl2nas import graphs, wl
from wl2nas.theory import fwl

COMPLETE_5 = ~np.eye(5, dtype=bool)
PAIRS = {
    "hexagon": graphs.hexagon_and_triangles(),
    "rook": (graphs.rook(), graphs.shrikhande()),
    "over the complete graph of five": graphs.cfi(COMPLETE_5),
}


def partition(colours):
    """Blocks of tuples with equal colours, whatever the colours are."""
    flat = np.asarray(colours).ravel()
    return {frozenset(np.flatnonzero(flat == c).tolist()) for c in set(flat.tolist())}


def slow(adjacency, labels, k, rounds):
    """k-FWL as the definition has it, in dictionaries; also how many tuples a round looks up."""
    n = len(labels)
    tuples = list(itertools.product(range(n), repeat=k))
    pairs = list(itertools.product(range(k), repeat=2))
    colours = {
        t: (
            tuple(int(labels[v]) for v in t),
            tuple((t[i] == t[j], bool(adjacency[t[i], t[j]])) for i, j in pairs),
        )
        for t in tuples
    }
    history, looks = [[colours[t] for t in tuples]], 0
    for _ in range(rounds):
        signatures, looks = {}, 0
        for t in tuples:
            seen = []
            for w in range(n):
                seen.append(tuple(colours[(*t[:i], w, *t[i + 1 :])] for i in range(k)))
                looks += k
            signatures[t] = (colours[t], tuple(sorted(seen)))
        names = {s: number for number, s in enumerate(sorted(set(signatures.values())))}
        colours = {t: names[signatures[t]] for t in tuples}
        history.append([colours[t] for t in tuples])
    return history, looks


def partition_of_any(colours):
    names: dict = {}
    return partition([names.setdefault(c, len(names)) for c in colours])


# --- the textbook pairs -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rounds"),
    [
        ("hexagon", {1: None, 2: 1, 3: 0}),
        ("rook", {1: None, 2: None, 3: 1}),
        ("over the complete graph of five", {1: None, 2: None, 3: None}),
    ],
)
def test_each_textbook_pair_needs_one_dimension_more(name, rounds):
    a, b = PAIRS[name]
    assert {k: fwl.separating_round(a, b, k=k) for k in (1, 2, 3)} == rounds
    assert {k: fwl.separating_round(a, a, k=k) for k in (1, 2, 3)} == dict.fromkeys((1, 2, 3))


@pytest.mark.parametrize(
    ("base", "smallest"),
    [
        (graphs.cycle(3), 2),
        (graphs.cycle(5), 2),
        (~np.eye(4, dtype=bool), 3),
        (nx.to_numpy_array(nx.complete_bipartite_graph(3, 3), dtype=bool), 3),
        (nx.to_numpy_array(nx.circular_ladder_graph(3), dtype=bool), 3),
        (nx.to_numpy_array(nx.wheel_graph(5), dtype=bool), 3),
    ],
)
def test_the_tree_width_of_the_base_decides_over_a_cfi_pair(base, smallest):
    """Cycles have tree-width 2; K4, K33, the prism and the wheel 3 (Neuen 2024)."""
    a, b = graphs.cfi(base)
    assert [fwl.separating_round(a, b, k=k) is None for k in (1, 2, 3)] == [
        k < smallest for k in (1, 2, 3)
    ]


def test_a_strongly_regular_graph_keeps_its_three_colours():
    """Equal, joined, apart: 16, 96 and 144 pairs, and no round of 2-FWL splits one of them."""
    for graph in PAIRS["rook"]:
        history = fwl.refine(graph, k=2)
        assert len(history) == 1
        assert sorted(np.unique(history[0], return_counts=True)[1].tolist()) == [16, 96, 144]


# --- properties ---------------------------------------------------------------------------------


@given(digraphs(max_vertices=6), st.sampled_from([2, 3]), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_colours_follow_the_vertices(graph, k, random):
    adjacency, labels = graph
    order = list(range(len(labels)))
    random.shuffle(order)
    before = fwl.refine(adjacency, labels, k=k)
    after = fwl.refine(*graphs.relabel(adjacency, labels, order), k=k)
    assert len(before) == len(after)
    for a, b in zip(before, after, strict=True):
        assert (a[np.ix_(*[order] * k)] == b).all()
        assert (np.sort(a, axis=None) == np.sort(b, axis=None)).all()


@given(digraphs(max_vertices=5, labels=2))
@settings(deadline=None)
def test_pairs_agree_with_the_definition(graph):
    ours = padded(fwl.refine(*graph, k=2, rounds=3), 3)
    theirs, _ = slow(*graph, k=2, rounds=3)
    assert [partition(c) for c in ours] == [partition_of_any(c) for c in theirs]


@given(digraphs(max_vertices=4, labels=2))
@settings(deadline=None, max_examples=20)
def test_triples_agree_with_the_definition(graph):
    ours = padded(fwl.refine(*graph, k=3, rounds=2), 2)
    theirs, _ = slow(*graph, k=3, rounds=2)
    assert [partition(c) for c in ours] == [partition_of_any(c) for c in theirs]


@pytest.mark.parametrize(("k", "n"), [(2, 6), (3, 5)])
def test_a_round_looks_up_k_times_n_to_the_k_plus_1_tuples(k, n):
    _, looks = slow(graphs.cycle(n), np.zeros(n, int), k, rounds=1)
    assert looks == k * n ** (k + 1)


@given(digraphs(max_vertices=5))
@settings(deadline=None)
def test_the_last_round_is_stable_and_rounds_can_be_asked_for(graph):
    history = fwl.refine(*graph, k=2)
    sizes = [len(partition(c)) for c in history]
    assert sizes == sorted(set(sizes))
    (later, _) = slow(*graph, k=2, rounds=len(history) + 1)
    assert [len(partition_of_any(c)) for c in later[len(history) - 1 :]] == sizes[-1:] * 3
    for rounds in (len(history) - 2, len(history), 10**8):
        asked = fwl.refine(*graph, k=2, rounds=max(rounds, 0))
        assert len(asked) == min(max(rounds, 0) + 1, len(history))
        assert all((a == b).all() for a, b in zip(asked, history, strict=False))
    assert len(fwl.refine(*graph, k=2, rounds=0)) == 1


def rounds_of(a, b, labels_a=None, labels_b=None):
    """The separating rounds for k = 1, 2, 3; never is infinity."""
    found = [fwl.separating_round(a, b, labels_a, labels_b, k=k) for k in (1, 2, 3)]
    return [math.inf if r is None else r for r in found]


@given(digraphs(max_vertices=5, labels=2), digraphs(max_vertices=5, labels=2))
@settings(deadline=None)
def test_a_higher_dimension_is_never_later(one, other):
    a, b = one[0], other[0]
    first, second, third = rounds_of(a, b, one[1], other[1])
    assert third <= second <= first


def test_a_higher_dimension_is_never_later_on_hard_pairs():
    """All pairs of connected graphs on 6 or 7 vertices that 1-WL leaves together, and the hardest.

    2-FWL tells all twenty apart.
    """
    hard = []
    for n in (6, 7):
        atlas = [g for g in nx.graph_atlas_g() if len(g) == n and nx.is_connected(g)]
        matrices = np.array([nx.to_numpy_array(g, dtype=bool) for g in atlas])
        one_label = np.zeros(matrices.shape[:2], int)
        *_, colours = wl.batch_colours(matrices, one_label, direction="undirected", rounds=n)
        codes = wl.graph_codes(colours)
        together = itertools.combinations(np.argsort(codes), 2)
        hard += [(matrices[i], matrices[j]) for i, j in together if codes[i] == codes[j]]
    assert len(hard) == 3 + 17
    for a, b in [*hard, *PAIRS.values()]:
        first, second, third = rounds_of(a, b)
        assert first == math.inf and third <= second
    assert all(rounds_of(a, b)[1] < math.inf for a, b in hard)


@given(digraphs(max_vertices=6))
def test_one_dimension_is_colour_refinement(graph):
    adjacency, labels = graph
    turned = adjacency.T
    expected = wl.separating_round(adjacency, turned, labels, labels, direction="both")
    assert fwl.separating_round(adjacency, turned, labels, labels, k=1) == expected


def test_loops_labels_and_sizes_are_seen_at_once():
    one, loop = np.zeros((1, 1), bool), np.ones((1, 1), bool)
    for k in (2, 3):
        assert fwl.separating_round(one, loop, k=k) == 0
        assert fwl.separating_round(one, one, [0], [1], k=k) == 0
        assert fwl.separating_round(one, graphs.cycle(3), k=k) == 0


@pytest.mark.parametrize("k", [0, 4])
def test_a_bad_dimension_is_named(k):
    pair = graphs.hexagon_and_triangles()
    with pytest.raises(ValueError, match=f"k must be 1, 2 or 3; it is {k}"):
        fwl.separating_round(*pair, k=k)
    with pytest.raises(ValueError, match=f"k must be 2 or 3; it is {k}; for k = 1 call wl.refine"):
        fwl.refine(pair[0], k=k)
    with pytest.raises(ValueError, match=r"for k = 1 call wl\.refine"):
        fwl.refine(pair[0], k=1)


@pytest.mark.parametrize("k", [2.0, float("nan"), True, "2", None])
def test_the_dimension_is_a_whole_number(k, no_annotations):
    pair = graphs.hexagon_and_triangles()
    for call in (lambda: fwl.refine(pair[0], k=k), lambda: fwl.separating_round(*pair, k=k)):
        with pytest.raises((ValueError, TypeError), match="k must be a whole number; it is"):
            call()
