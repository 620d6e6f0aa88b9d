import itertools
import types

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import cell_keys, cell_of, digraphs, padded
from wl2nas import cells, graphs, wl
from wl2nas.theory import fwl

SPACE = cells.nasbench101()
PUBLISHED = {  # distinct classes after 1, 2, 3 rounds and when stable
    "in": [177_282, 394_986, 408_546, 409_068],
    "out": [177_282, 394_986, 408_546, 409_068],
    "undirected": [248_797, 270_793, 270_793, 270_793],
    "both": [399_267, 423_624, 423_624, 423_624],
}


@pytest.mark.parametrize("direction", wl.DIRECTIONS)
def test_counts_on_the_whole_space(direction):
    counts = wl.count_classes(SPACE, direction=direction)
    assert len(counts) == 7
    assert counts[1:4] + counts[-1:] == PUBLISHED[direction]


def partition(colours):
    """Blocks of equal colours, whatever the colours are."""
    return {frozenset(np.flatnonzero(np.asarray(colours) == c)) for c in set(colours)}


@given(digraphs(), st.sampled_from(wl.DIRECTIONS), st.randoms(use_true_random=False))
def test_colours_follow_the_vertices(graph, direction, random):
    adjacency, labels = graph
    order = list(range(len(labels)))
    random.shuffle(order)
    before = wl.refine(adjacency, labels, direction=direction)
    after = wl.refine(*graphs.relabel(adjacency, labels, order), direction=direction)
    assert len(before) == len(after)
    assert all((a[order] == b).all() for a, b in zip(before, after, strict=True))


@given(digraphs(), st.sampled_from(["undirected", "both"]))
@settings(deadline=None)
def test_partitions_agree_with_networkx(graph, direction):
    """On directed graphs networkx (from 3.5) keeps predecessors and successors apart."""
    adjacency, labels = graph
    matrix = graphs.skeleton(adjacency) if direction == "undirected" else adjacency
    kind = nx.Graph if direction == "undirected" else nx.DiGraph
    g = nx.from_numpy_array(matrix, create_using=kind)
    nx.set_node_attributes(g, {v: str(label) for v, label in enumerate(labels)}, "op")
    theirs = nx.weisfeiler_lehman_subgraph_hashes(
        g, node_attr="op", iterations=3, include_initial_labels=True
    )
    ours = padded(wl.refine(adjacency, labels, direction=direction, rounds=3), 3)
    for round_ in range(4):
        assert partition(ours[round_]) == partition([theirs[v][round_] for v in g])


@given(digraphs())
def test_reversing_all_edges_swaps_in_and_out(graph):
    adjacency, labels = graph
    forward = wl.refine(adjacency, labels, direction="in")
    backward = wl.refine(adjacency.T, labels, direction="out")
    assert all((a == b).all() for a, b in zip(forward, backward, strict=True))


@given(digraphs(), st.sampled_from(wl.DIRECTIONS))
def test_partitions_only_refine_and_end_stable(graph, direction):
    adjacency, labels = graph
    sizes = [len(set(c)) for c in wl.refine(adjacency, labels, direction=direction)]
    assert sizes == sorted(set(sizes))
    assert len(sizes) <= len(labels)


@given(st.lists(cell_keys, min_size=2, max_size=5), st.sampled_from(wl.DIRECTIONS))
@settings(deadline=None, max_examples=30)
def test_batch_agrees_with_one_graph_at_a_time(keys, direction):
    chosen = [cell_of(key) for key in keys]
    space = cells.stack(chosen)
    codes = wl.space_codes(space, direction=direction, rounds=6)
    first = chosen[0]
    for k, other in enumerate(chosen):
        round_ = wl.separating_round(
            first.adjacency, other.adjacency, first.ops, other.ops, direction=direction
        )
        differ = [r for r in range(7) if codes[r][0] != codes[r][k]]
        assert (differ[0] if differ else None) == round_


def test_batch_colours_give_the_partition_of_every_graph():
    some = SPACE.take(np.random.default_rng(3).integers(0, len(SPACE), 200))
    history = list(wl.batch_colours(some.adjacency, some.ops, direction="both", rounds=2))
    for k, cell in enumerate(some):
        ours = padded(wl.refine(cell.adjacency, cell.ops, direction="both", rounds=2), 2)
        for a, b in zip(ours, history, strict=True):
            assert partition(a) == partition(b[k, : len(cell)])


def test_hexagon_and_triangles_are_never_separated():
    pair = graphs.hexagon_and_triangles()
    assert wl.separating_round(*pair) is None
    assert wl.separating_round(*pair, labels_a=[1, 0, 0, 0, 0, 0], labels_b=[1, 0, 0, 0, 0, 0]) == 2


def test_the_smallest_same_skeleton_cells():
    """The Wheatstone bridge with its bridge turned round."""
    edges = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
    a = cells.Cell(graphs.from_edges(4, edges), ["input", "conv3x3", "maxpool", "output"])
    b = cells.Cell(graphs.from_edges(4, edges), ["input", "maxpool", "conv3x3", "output"])
    rounds = {
        d: wl.separating_round(a.adjacency, b.adjacency, a.ops, b.ops, direction=d)
        for d in wl.DIRECTIONS
    }
    assert rounds == {"in": 1, "out": 1, "both": 1, "undirected": None}


def test_skeleton_classes_are_isomorphism_classes():
    """Brute force over all orders of the inner vertices finds as many skeletons as 1-WL."""
    found = 0
    for n in range(2, 8):
        part = SPACE.take(np.flatnonzero(SPACE.n_vertices == n))
        joined = graphs.skeleton(part.adjacency)[:, :n, :n]
        smallest = np.full(len(part), 2**63 - 1, np.int64)
        for order in itertools.permutations(range(1, n - 1)):
            order = (0, *order, n - 1)
            code = np.zeros(len(part), np.int64)
            for i, j in itertools.combinations(range(n), 2):
                code = 2 * code + joined[:, order[i], order[j]]
            for v in order:
                code = 5 * code + part.ops[:, v]
            smallest = np.minimum(smallest, code)
        found += len(np.unique(smallest))
    assert found == 270_793


def test_counts_are_a_kernel_that_adds_up():
    some = SPACE.take(slice(0, 50))
    features = wl.colour_counts(some, direction="both", rounds=2)
    assert features.shape[0] == 50
    assert (3 * some.n_vertices == features.sum(axis=1).A1).all()
    same = wl.colour_counts(some.take([0, 0]), rounds=2)
    assert (same[0] != same[1]).nnz == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: wl.refine(np.eye(2), direction="sideways"),
        lambda: wl.count_classes(SPACE, direction="A"),
        lambda: list(wl.batch_colours(SPACE.adjacency, SPACE.ops, direction="", rounds=1)),
    ],
)
def test_an_unknown_direction_is_named(call):
    with pytest.raises(ValueError, match="unknown direction"):
        call()


# --- arguments out of range ---------------------------------------------------------------------

SOME = SPACE.take(slice(0, 300))
PATH = graphs.from_edges(5, [(0, 1), (1, 2), (2, 3), (3, 4)], undirected=True)


def like_a_space(adjacency, ops):
    """Anything with these two arrays; a CellSpace might refuse them itself."""
    return types.SimpleNamespace(adjacency=adjacency, ops=ops)


def operations(first: int):
    """Of three cells, with another one at the second vertex of the first cell."""
    ops = SPACE.ops[:3].copy()
    ops[0, 1] = first
    return ops


@pytest.mark.parametrize("rounds", [10**8, 2**70])
def test_stable_colours_end_the_rounds(rounds):
    stable = wl.refine(PATH)
    for asked, last in ((rounds, 3), (2, 3), (1, 2), (0, 1)):
        history = wl.refine(PATH, rounds=asked)
        assert len(history) == last
        assert all((a == b).all() for a, b in zip(history, stable, strict=False))
    codes = wl.space_codes(SOME, rounds=rounds)
    assert len(codes) == 14 and len(wl.count_classes(SOME, rounds=rounds)) == 14
    assert wl.colour_counts(SOME, rounds=rounds).shape[0] == 300
    assert len(list(wl.batch_colours(SOME.adjacency, SOME.ops, rounds=rounds))) == 14


@given(digraphs(max_vertices=4), digraphs(max_vertices=4), st.sampled_from(wl.DIRECTIONS))
@settings(deadline=None)
def test_no_pair_of_vertices_is_separated_after_the_last_round_of_a_batch(one, other, direction):
    """Against the union of both graphs, which is refined until it is stable."""
    union = graphs.disjoint_union(one[0], other[0])
    labels = np.concatenate([one[1], other[1]])
    truth = wl.refine(union, labels, direction=direction)[-1]
    adjacency, ops = np.zeros((2, 4, 4), bool), np.full((2, 4), -1)
    for k, (matrix, names) in enumerate((one, other)):
        adjacency[k, : len(names), : len(names)], ops[k, : len(names)] = matrix, names
    *_, colours = wl.batch_colours(adjacency, ops, direction=direction, rounds=10**8)
    assert partition(truth) == partition(colours[ops >= 0])


@pytest.mark.parametrize("rounds", [-1, float("nan"), 2.5, 3.0, "3", True, [3], float("inf")])
def test_rounds_are_a_whole_number(rounds, no_annotations):
    for call in (
        lambda: wl.refine(PATH, rounds=rounds),
        lambda: wl.space_codes(SOME, rounds=rounds),
        lambda: wl.count_classes(SOME, rounds=rounds),
        lambda: wl.colour_counts(SOME, rounds=rounds),
        lambda: wl.batch_colours(SOME.adjacency, SOME.ops, rounds=rounds),
        lambda: fwl.refine(PATH, rounds=rounds),
    ):
        with pytest.raises((ValueError, TypeError), match="rounds must be a whole number of 0 or"):
            call()


@pytest.mark.parametrize("chunk", [-1, 0, 2.5, float("nan"), True, "8", None])
def test_a_chunk_is_a_whole_number(chunk, no_annotations):
    with pytest.raises((ValueError, TypeError), match="chunk must be a whole number of 1 or more"):
        wl.space_codes(SOME, chunk=chunk)


@pytest.mark.parametrize("chunk", [1, 7, 300, 10**9])
def test_chunks_change_no_code(chunk):
    assert (np.array(wl.space_codes(SOME, chunk=chunk)) == wl.space_codes(SOME)).all()


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (
            like_a_space(SPACE.adjacency[:3], operations(-2)),
            "labels must be 0 or more, and -1 on the padding; one is -2",
        ),
        (
            like_a_space(SPACE.adjacency[:3], operations(-1)),
            "an edge at the padding, where labels are -1",
        ),
        (like_a_space(SPACE.adjacency[:3], SPACE.ops[:2]), r"labels must have the shape \(3, 7"),
        (like_a_space(SPACE.adjacency[:3, :6], SPACE.ops[:3, :6]), r"matrices \(N, V, V\)"),
        (like_a_space(SPACE.adjacency[:3] * 0.5, SPACE.ops[:3]), "only 0 and 1; it holds 0.5"),
        (like_a_space(SPACE.adjacency[:3], SPACE.ops[:3] * 1.0), "labels must hold whole numb"),
        (SPACE[0], r"cells\.stack\(\[cell\]\); it is a Cell"),
        ([SPACE[0]], r"space must hold many cells, .*; it is a list"),
        (None, "space must hold many cells"),
        (SPACE.adjacency[:3], "space must hold many cells"),
    ],
)
def test_what_is_no_space_is_named(space, message, no_annotations):
    for function in (wl.space_codes, wl.count_classes, wl.colour_counts):
        with pytest.raises((ValueError, TypeError), match=message):
            function(space)


@pytest.mark.parametrize("colours", [np.zeros((2, 3), int), np.zeros(3, np.uint64), [[0.5]], None])
def test_codes_are_made_of_the_colours_of_a_batch(colours, no_annotations):
    with pytest.raises((ValueError, TypeError), match=r"colours must|\.astype\(np\.uint64\)"):
        wl.graph_codes(colours)


def test_an_empty_space_has_no_classes():
    assert wl.count_classes(SPACE.take([])) == [0] * 7
    assert wl.colour_counts(SPACE.take([])).shape == (0, 0)
