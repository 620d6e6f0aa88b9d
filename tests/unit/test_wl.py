import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import cell_keys, cell_of, digraphs, padded
from wl2nas import cells, graphs, wl

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
