"""Networks with random weights: a layer against a loop over networkx, classes against colours."""

import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wl2nas import cells, graphs, wl
from wl2nas.features import distinct
from wl2nas.features import random_networks as networks

WHOLE = cells.nasbench101()
SMALL = WHOLE.take(WHOLE.n_vertices <= 5)
SIX = WHOLE.take(WHOLE.n_vertices <= 6)
RESULTS = json.loads(
    (Path(__file__).parents[2] / "data/results/gin_classes.json").read_text(encoding="utf-8")
)["numbers"]  # fmt: skip
SETTINGS = [
    (direction, aggregate)
    for direction in wl.DIRECTIONS
    for aggregate in networks.AGGREGATES
    if aggregate != "gcn" or direction == "undirected"
]


def by_hand(cell, h, direction, aggregate, epsilon):
    """What one layer knows of every vertex, vertex by vertex."""
    graph = nx.from_numpy_array(cell.adjacency.astype(int), create_using=nx.DiGraph)
    skeleton = graph.to_undirected()

    def gathered(around):
        if not around:
            return np.zeros(h.shape[1])
        return {"sum": sum, "mean": lambda x: sum(x) / len(x), "max": lambda x: np.max(x, axis=0)}[
            aggregate
        ]([h[u] for u in around])

    rows = []
    for v in range(len(cell)):
        before, after = list(graph.predecessors(v)), list(graph.successors(v))
        if aggregate == "gcn":
            degree = {u: 1 + len(skeleton[u]) for u in skeleton}
            row = sum(h[u] / np.sqrt(degree[u] * degree[v]) for u in [v, *skeleton[v]])
        elif direction == "both":
            row = np.concatenate([h[v], gathered(before), gathered(after)])
        else:
            around = {"in": before, "out": after, "undirected": list(skeleton[v])}[direction]
            row = (1 + epsilon) * h[v] + gathered(around)
        rows.append(row)
    return np.array(rows)


# --- one layer ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("direction", "aggregate"), SETTINGS)
def test_a_layer_knows_what_a_loop_over_the_vertices_finds(direction, aggregate):
    rng = np.random.default_rng(1)
    some = WHOLE.take(rng.choice(len(WHOLE), 20))
    h = rng.standard_normal((20, 7, 3)) * (some.ops >= 0)[..., None]
    found = networks.signature(
        h, some.adjacency, direction=direction, aggregate=aggregate, epsilon=0.25
    )
    for k, cell in enumerate(some):
        expected = by_hand(cell, h[k], direction, aggregate, 0.25)
        np.testing.assert_allclose(found[k, : len(cell)], expected, atol=1e-13)


def test_a_network_is_its_layers_one_after_the_other():
    cell = WHOLE[4242]
    (w1, b1), (w2, b2) = networks.random_weights(2, 6, direction="undirected", seed=3)
    h = np.eye(5)[cell.ops]
    h = np.tanh(by_hand(cell, h, "undirected", "sum", 0.5) @ w1 + b1)
    h = np.tanh(by_hand(cell, h, "undirected", "sum", 0.5) @ w2 + b2)
    found = networks.random_embedding(
        cells.stack([cell]), direction="undirected", epsilon=0.5, width=6, seed=3
    )
    np.testing.assert_allclose(found, [h.sum(axis=0)], atol=1e-12)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 2**32 - 1), st.sampled_from(SETTINGS))
@settings(deadline=None, max_examples=40)
def test_renaming_the_vertices_moves_no_vector(row, seed, setting):
    direction, aggregate = setting
    one = WHOLE.take([row])
    choice = {"direction": direction, "aggregate": aggregate, "layers": 3}
    other = networks.shuffled(one, seed=seed)
    before, after = (
        networks.random_embedding(one, **choice),
        networks.random_embedding(other, **choice),
    )
    np.testing.assert_allclose(after, before, atol=1e-12)


def test_shuffled_cells_are_the_same_graphs_in_another_order():
    other = networks.shuffled(SMALL, seed=4)
    assert (other.ops != SMALL.ops).any() and (other.adjacency != SMALL.adjacency).any()
    for codes in zip(*(wl.space_codes(s, rounds=4) for s in (SMALL, other)), strict=True):
        np.testing.assert_array_equal(*codes)


def test_the_seed_decides_and_chunks_do_not():
    some = SMALL.take(slice(0, 50))
    one = networks.random_embedding(some, seed=1)
    np.testing.assert_allclose(one, networks.random_embedding(some, seed=1), atol=1e-12)
    np.testing.assert_allclose(one, networks.random_embedding(some, seed=1, chunk=7), atol=1e-12)
    assert np.abs(one - networks.random_embedding(some, seed=2)).max() > 0.1
    assert networks.random_embedding(some, dtype=np.float32).dtype == np.float32


def test_a_relu_layer_is_what_a_loop_finds():
    settings = {"direction": "undirected", "layers": 1, "width": 200}
    (matrix, bias), *_ = networks.random_weights(1, 200, direction="undirected")
    found = networks.random_embedding(SMALL, activation="relu", **settings)
    cell = SMALL[0]
    seen = by_hand(cell, np.eye(5)[cell.ops], "undirected", "sum", 0.1) @ matrix + bias
    np.testing.assert_allclose(found[0], np.maximum(seen, 0).sum(axis=0), atol=1e-12)


def test_without_layers_the_labels_are_counted():
    counts = networks.random_embedding(SMALL, layers=0)
    expected = [np.bincount(cell.ops, minlength=5) for cell in SMALL]
    np.testing.assert_array_equal(counts, expected)


# --- the partition ------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", wl.DIRECTIONS)
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_classes_are_those_of_as_many_rounds_of_colour_refinement(direction, layers):
    found = networks.classes(SMALL, direction=direction, layers=layers)
    code = wl.space_codes(SMALL, direction=direction, rounds=layers)[-1]
    assert found.ambiguous == 0
    assert distinct.same_partition(found.labels, code)


@pytest.mark.slow
@pytest.mark.parametrize(("direction", "count"), [("undirected", 270_793), ("both", 423_624)])
def test_classes_of_the_whole_space_are_those_of_colour_refinement(direction, count):
    found = networks.classes(WHOLE, direction=direction)
    code = wl.space_codes(WHOLE, direction=direction, rounds=2)[-1]
    assert (found.distinct, found.ambiguous) == (count, 0)
    assert distinct.same_partition(found.labels, code)


def test_classes_of_tiny_graphs_are_those_of_networkx():
    """All graphs of up to six vertices, connected or not, without labels."""
    atlas = [g for g in nx.graph_atlas_g() if 1 <= len(g) <= 6]
    adjacency, ops = np.zeros((len(atlas), 7, 7), bool), np.full((len(atlas), 7), -1, np.int8)
    for k, graph in enumerate(atlas):
        adjacency[k, : len(graph), : len(graph)] = nx.to_numpy_array(graph, dtype=bool)
        ops[k, : len(graph)] = 0
    found = networks.classes(cells.CellSpace(adjacency, ops), direction="undirected", layers=5)
    theirs = [nx.weisfeiler_lehman_graph_hash(graph, iterations=6) for graph in atlas]
    assert distinct.same_partition(found.labels, theirs) and found.ambiguous == 0


def exact_count(space, own: int, rounds: int) -> int:
    """Classes of (1 + epsilon) h + sum in whole numbers modulo 2^64, with own = 1 + epsilon."""
    matrix, real = graphs.skeleton(space.adjacency).astype(np.uint64), space.ops >= 0
    colours = np.where(real, wl.mix(space.ops.astype(np.uint64)), np.uint64(0))
    for _ in range(rounds):
        values = np.where(real, wl.mix(colours), np.uint64(0))
        seen = np.uint64(own % 2**64) * values + np.einsum("nvu,nu->nv", matrix, values)
        colours = np.where(real, wl.mix(seen), np.uint64(0))
    return len(np.unique(wl.graph_codes(colours)))


@pytest.mark.parametrize("epsilon", [-3, -2, -1, 0, 1, 2])
def test_whole_epsilons_merge_what_whole_numbers_merge(epsilon):
    found = networks.classes(SIX, direction="undirected", epsilon=epsilon)
    assert (found.distinct, found.ambiguous) == (exact_count(SIX, 1 + epsilon, 2), 0)


@pytest.mark.slow
@pytest.mark.parametrize("epsilon", range(-8, 7))
def test_the_recorded_counts_at_whole_epsilons_are_those_of_whole_numbers(epsilon):
    recorded = RESULTS["skeleton_whole_epsilon"][str(epsilon)]
    assert recorded == exact_count(WHOLE, 1 + epsilon, 2)


def exact_colours(space, direction: str, aggregate: str, rounds: int) -> int:
    """Classes in whole numbers modulo 2^64, with 60 times the mean, or the sum over distinct."""
    real = space.ops >= 0
    both = [space.adjacency, np.swapaxes(space.adjacency, 1, 2)]
    matrices = both if direction == "both" else [graphs.skeleton(space.adjacency)]
    colours = np.where(real, wl.mix(space.ops.astype(np.uint64)), np.uint64(0))
    for _ in range(rounds):
        values, new = wl.mix(colours), colours
        equal = colours[:, :, None] == colours[:, None, :]
        for factor, matrix in zip((np.uint64(3), np.uint64(5)), matrices, strict=False):
            if aggregate == "mean":
                weight = 60 // np.maximum(matrix.sum(axis=2, keepdims=True), 1) * matrix
            else:  # the first of every colour only
                earlier = np.einsum("nvw,nuw->nvu", matrix.astype(int), np.tril(equal, -1))
                weight = matrix & (earlier == 0)
            seen = np.einsum("nvu,nu->nv", weight.astype(np.uint64), values)
            new = new + wl.mix(seen) * factor
        colours = np.where(real, wl.mix(new), np.uint64(0))
    return len(np.unique(wl.graph_codes(colours)))


@pytest.mark.parametrize("aggregate", ["mean", "max"])
@pytest.mark.parametrize("direction", ["undirected", "both"])
@pytest.mark.parametrize("layers", [1, 4])
def test_means_and_maxima_tell_apart_what_shares_and_sets_do(aggregate, direction, layers):
    found = networks.classes(
        SMALL, direction=direction, aggregate=aggregate, layers=layers, width=32
    )
    expected = exact_colours(SMALL, direction, aggregate, layers)
    assert (found.distinct, found.ambiguous) == (expected, 0)


@pytest.mark.slow
@pytest.mark.parametrize("aggregate", ["mean", "max"])
@pytest.mark.parametrize("direction", ["undirected", "both"])
def test_the_recorded_counts_after_four_layers_are_those_of_shares_and_sets(aggregate, direction):
    recorded = RESULTS["layers"][direction][aggregate][3]
    assert recorded == exact_colours(WHOLE, direction, aggregate, 4)


def seen_as_sets(space, direction: str) -> int:
    """Classes where a vertex sees which colours there are, not how many: the most a max can do."""
    names, classes = {}, set()
    for cell in space:
        both = [cell.adjacency.T, cell.adjacency]
        lists = both if direction == "both" else [graphs.skeleton(cell.adjacency)]
        colours = cell.ops.tolist()
        for round_ in range(4):
            colours = [
                (round_, own, *(frozenset(colours[u] for u in np.flatnonzero(m[v])) for m in lists))
                for v, own in enumerate(colours)
            ]
            colours = [names.setdefault(colour, len(names)) for colour in colours]
        classes.add(tuple(sorted(colours)))
    return len(classes)


@pytest.mark.parametrize("direction", ["undirected", "both"])
def test_a_wide_maximum_tells_apart_what_sets_do(direction):
    few = SMALL.take(slice(None, None, 4))
    found = networks.classes(few, direction=direction, aggregate="max", layers=4, width=32)
    assert (found.distinct, found.ambiguous) == (seen_as_sets(few, direction), 0)


def test_the_first_pair_that_the_mean_merges_and_the_sum_does_not():
    edges, pools = [(0, 1), (0, 3), (1, 2), (2, 5), (3, 4), (4, 5)], ["maxpool"] * 4
    pair = cells.stack([
        cells.Cell(graphs.from_edges(6, e), ["input", *pools, "output"])
        for e in (edges, [*edges, (1, 4)])
    ])  # fmt: skip
    found = {
        how: networks.classes(pair, aggregate=how, layers=6).distinct
        for how in ("sum", "mean", "max")
    }
    assert found == {"sum": 2, "mean": 1, "max": 1}
    assert networks.classes(pair, direction="undirected", aggregate="mean", layers=6).distinct == 2


def test_the_recorded_rows_hold_and_agree_with_each_other():
    for name, count in (("gin_random_skeleton", 270_793), ("gin_random_directed", 423_624)):
        row = RESULTS[name]
        assert (row["distinct"], row["ambiguous"]) == (count, 0)
        assert row["same_as_colour_refinement"] and 0 < row["tolerance"] < 1e-12
    assert RESULTS["skeleton_epsilon"]["sum"]["0.0"] == RESULTS["skeleton_whole_epsilon"]["0"]
    assert RESULTS["skeleton_epsilon"]["max"]["0.1"] == RESULTS["layers"]["undirected"]["max"][3]
    for direction, count in (("undirected", 248_797), ("both", 399_267)):
        assert RESULTS["layers"][direction]["sum"][0] == count


# --- counting -----------------------------------------------------------------------------------


def test_the_gap_is_rounding_and_never_nothing():
    gap = networks.relabelling_gap(SMALL)
    assert np.finfo(float).eps <= gap < 1e-12
    assert networks.relabelling_gap(SMALL, dtype=np.float32) > 1e6 * gap
    alone = networks.relabelling_gap(SMALL, layers=0)  # whole numbers do not round
    assert alone > 0 and networks.classes(SMALL, layers=0).distinct == wl.count_classes(SMALL)[0]


def test_float32_rows_invent_classes_and_the_rule_does_not():
    rows = networks.random_embedding(SIX, direction="undirected", dtype=np.float32)
    truth = wl.count_classes(SIX, direction="undirected", rounds=2)[-1]
    assert len(np.unique(rows, axis=0)) > truth
    found = networks.classes(SIX, direction="undirected", dtype=np.float32)
    assert (found.distinct, found.ambiguous) == (truth, 0)


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"direction": "forwards"}, "unknown direction 'forwards'; choose from"),
        ({"aggregate": "median"}, r"unknown aggregate 'median'; choose from \('sum'"),
        ({"activation": "sigmoid"}, "unknown activation 'sigmoid'; choose from"),
        ({"aggregate": "gcn"}, "direction is 'both', make it 'undirected'"),
        ({"layers": -1}, "layers must be a whole number of 0 or more; it is -1"),
        ({"width": 0}, "width must be a whole number of 1 or more; it is 0"),
        ({"epsilon": float("nan")}, "epsilon must be a finite number; it is nan"),
        ({"labels": 4}, "labels must exceed the largest label, 4; it is 4"),
        ({"epsilon": float("inf")}, "epsilon must be a finite number; it is inf"),
        ({"epsilon": "0.1"}, "epsilon must be a finite number; it is '0.1'"),
        ({"epsilon": None}, "epsilon must be a finite number; it is None"),
        ({"epsilon": [0.1, 0.2]}, "epsilon must be a finite number"),
        ({"layers": 1.5}, "layers must be a whole number of 0 or more; it is 1.5"),
        ({"layers": True}, "layers must be a whole number of 0 or more; it is True"),
        ({"width": -4}, "width must be a whole number of 1 or more; it is -4"),
        ({"width": 16.0}, "width must be a whole number of 1 or more; it is 16.0"),
        ({"labels": 5.0}, "labels must be a whole number of 1 or more; it is 5.0"),
        ({"seed": -1}, "seed must be a whole number of 0 or more; it is -1"),
        ({"seed": None}, "seed must be a whole number of 0 or more; it is None"),
        ({"chunk": 0}, "chunk must be a whole number of 1 or more; it is 0"),
        ({"chunk": -1}, "chunk must be a whole number of 1 or more; it is -1"),
        ({"dtype": int}, r"dtype must be one of \('float32', 'float64'\); it is <class 'int'>"),
        ({"dtype": "complex64"}, "dtype must be one of .*; it is complex64"),
        ({"dtype": None}, "dtype must be one of .*; it is None"),
        ({"dtype": "garbage"}, "dtype must be one of .*; it is garbage"),
        ({"aggregate": None}, "unknown aggregate None; choose from"),
        ({"activation": np.tanh}, "unknown activation .*; choose from"),
    ],
)
def test_what_no_network_has_is_named(wrong, message, no_annotations):
    for function in (networks.random_embedding, networks.classes):
        with pytest.raises((ValueError, TypeError), match=message):
            function(SMALL, **wrong)


def test_a_layer_takes_no_aggregate_for_another(no_annotations):
    """Once everything unknown, and "gcn" in two directions, was a mean."""
    h, adjacency = np.ones((1, 7, 2)), SMALL.adjacency[:1]
    for aggregate in ("median", "gcn", None):
        with pytest.raises(ValueError, match="unknown aggregate"):
            networks.gather(adjacency, h, aggregate)
    for direction in ("in", "out", "both"):
        with pytest.raises(ValueError, match="make it 'undirected'"):
            networks.signature(h, adjacency, direction=direction, aggregate="gcn", epsilon=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: networks.shuffled(SMALL, seed=-1), "seed must be a whole number of 0 or more"),
        (
            lambda: networks.relabelling_gap(SMALL, sample=0),
            "sample must be a whole number of 1 or",
        ),
        (lambda: networks.random_weights(-1, 4, direction="in"), "layers must be a whole number"),
        (lambda: networks.random_weights(1, 4, direction="up"), "unknown direction 'up'"),
        (lambda: networks.random_embedding(SMALL[0]), r"cells\.stack\(\[cell\]\); it is a Cell"),
        (lambda: networks.random_embedding([SMALL[0]]), "it is a list"),
    ],
)
def test_other_arguments_out_of_range_are_named(call, message, no_annotations):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
