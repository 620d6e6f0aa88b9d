"""What `make same-skeleton` computes on the table: on made-up numbers, and on the real ones."""

import gzip
import json
import pickle
from pathlib import Path

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments import one_edge
from experiments import same_skeleton as experiment
from wl2nas import cells, features, graphs
from wl2nas.benchmarks import nasbench101

ROOT = Path(__file__).parents[2]
RECORDED = json.loads((ROOT / "data/results/same_skeleton.json").read_text(encoding="utf-8"))[
    "numbers"
]


def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def space():
    """The cells of up to six vertices, which hold classes of one, two, three and more."""
    everything = cells.nasbench101()
    return everything.take(everything.n_vertices <= 6)


@pytest.fixture(scope="module")
def classes(space):
    return experiment.skeleton_classes(space)


@pytest.fixture(scope="module")
def pool(classes):
    return experiment.classes_of_two(classes).ravel()


@pytest.fixture(scope="module")
def forms(space):
    return one_edge.Forms(space)


def skeleton(space, row):
    cell = space[row]
    return igraph.Graph(len(cell), cell.edges), cell.ops.tolist()


# --- who is paired with whom --------------------------------------------------------------------


def test_pairs_are_the_isomorphic_skeletons_of_two_cells(space, classes):
    pairs = experiment.classes_of_two(classes)
    counts = np.bincount(classes)
    assert len(pairs) == (counts == 2).sum() > 1_000
    assert len(np.unique(pairs)) == 2 * len(pairs)
    for a, b in pairs[rng().choice(len(pairs), 300, replace=False)]:
        (one, colours), (two, other_colours) = skeleton(space, a), skeleton(space, b)
        assert one.isomorphic_bliss(two, color1=colours, color2=other_colours)


def test_random_pairs_are_of_the_same_cells_and_never_of_one_with_itself(classes):
    pairs = experiment.classes_of_two(classes)
    drawn = experiment.random_pairs(pairs, rng())
    assert drawn.shape == pairs.shape
    assert np.isin(drawn, pairs).all()
    assert (drawn[:, 0] != drawn[:, 1]).all()


def test_matched_pairs_agree_in_all_but_the_skeleton(space, classes, pool):
    anchors, groups = pool[::2], experiment.composition(space)
    matched = experiment.matched_pairs(pool, anchors, classes, groups, rng())
    assert 0.99 * len(anchors) < len(matched) <= len(anchors)
    assert np.isin(matched[:, 0], anchors).all() and np.isin(matched[:, 1], pool).all()
    a, b = matched.T
    assert (classes[a] != classes[b]).all()
    assert (space.n_edges[a] == space.n_edges[b]).all()
    assert (np.sort(space.ops[a]) == np.sort(space.ops[b])).all()  # vertices too: -1 is padding


def test_pairs_of_equal_statistics_agree_in_all_seven(space, classes, pool):
    groups = experiment.seven_statistics(space)
    a, b = experiment.matched_pairs(pool, pool, classes, groups, rng()).T
    seven = features.statistics(space)
    assert len(a) > 1_000
    assert (seven[a] == seven[b]).all() and (classes[a] != classes[b]).all()


def test_every_match_is_as_probable_and_an_anchor_without_one_is_left_out():
    classes, groups = np.array([0, 0, 1, 1, 2, 2]), np.array([7, 7, 7, 7, 7, 8])
    pool = np.array([5, 0, 3, 4, 1])  # row 2 is of no pair
    anchors = np.repeat([5, 0], 3_000)
    matched = experiment.matched_pairs(pool, anchors, classes, groups, rng())
    assert (matched[:, 0] == 0).all()
    assert np.bincount(matched[:, 1], minlength=6) == pytest.approx(
        [0, 0, 0, 1_500, 1_500, 0], abs=150
    )


# --- one edge away ------------------------------------------------------------------------------


def cell_of(adjacency, ops):
    """The cell with these vertices in any order, or None if there is none."""
    graph = nx.from_numpy_array(adjacency, create_using=nx.DiGraph)
    if not nx.is_directed_acyclic_graph(graph):
        return None
    order = list(nx.lexicographical_topological_sort(graph, key=lambda v: (ops[v] == 4, v)))
    try:
        return cells.Cell(*graphs.relabel(adjacency, ops, order))
    except ValueError:
        return None


def neighbours(space, row, changes):
    """The rows of all cells that one of the changes, (edge out, edge in), makes of a cell."""
    cell, found = space[row], set()
    for out, into in changes(cell):
        adjacency = cell.adjacency.copy()
        adjacency[out], adjacency[into] = False, True
        if (other := cell_of(adjacency, cell.ops)) is not None:
            found.add(space.row(other))
    return found - {row}


def moves(cell):
    """To every place from which no path leads back: then one order fits both cells."""
    reaches = nx.transitive_closure_dag(nx.DiGraph(cell.edges))
    places = [(x, y) for x in range(len(cell)) for y in range(len(cell)) if x != y]
    forwards = [(x, y) for x, y in places if not reaches.has_edge(y, x)]
    return [(a, b) for a in cell.edges for b in forwards if not cell.adjacency[b]]


def turns(cell):
    return [(edge, edge[::-1]) for edge in cell.edges]


def test_the_forms_are_all_the_topological_orders(space, forms):
    for row in rng().choice(len(space), 30, replace=False):
        cell = space[row]
        orders = cells.topological_orders(cell)
        stored = [cells.Cell(*graphs.relabel(cell.adjacency, cell.ops, order)) for order in orders]
        codes, rows = forms.of([row])
        assert set(codes) == set(cells.stack(stored).codes) and set(rows) == {row}
        assert (forms.row(codes) == row).all()


def test_moved_edges_are_those_that_trying_all_finds(space, classes, pool, forms):
    anchors = rng().choice(pool, 40, replace=False)
    found = one_edge.edge_moved(forms, anchors, pool, classes)
    assert (found == np.unique(found, axis=0)).all()
    for row in anchors:
        tried = {r for r in neighbours(space, row, moves) if classes[r] != classes[row]}
        assert set(found[found[:, 0] == row, 1]) == tried & set(pool) != set()


def test_turned_edges_are_those_that_trying_all_finds(space, classes, pool, forms):
    anchors = rng().choice(pool, 100, replace=False)
    found = one_edge.edge_turned(forms, anchors, pool)
    assert (classes[found[:, 0]] == classes[found[:, 1]]).all()
    assert 0 < len(found) < len(anchors)
    for row in anchors:
        expected = neighbours(space, row, turns) & set(pool)
        assert set(found[found[:, 0] == row, 1]) == expected


def test_one_of_each_draws_evenly():
    pairs = np.array([[1, 5], [1, 6], [4, 7]])
    drawn = [one_edge.one_of_each(pairs, np.random.default_rng(k))[0, 1] for k in range(200)]
    assert one_edge.one_of_each(pairs, rng())[:, 0].tolist() == [1, 4]
    assert 70 < drawn.count(5) < 130


def test_triples_are_of_equal_size():
    parameters = np.array([9, 9, 8, 9, 9, 8])
    turned, moved = np.array([[0, 1], [2, 1], [3, 4]]), np.array([[0, 2], [0, 4], [2, 5], [3, 2]])
    found = experiment.equal_size_triples(turned, moved, parameters, rng())
    assert found.tolist() == [[0, 1, 4]]


# --- the statistics -----------------------------------------------------------------------------


def test_spearman_takes_every_pair_in_both_orders():
    a, b = rng().normal(size=(2, 50)).round(1)
    expected = stats.spearmanr(np.append(a, b), np.append(b, a))[0]
    assert experiment.spearman(a, b) == pytest.approx(expected)
    swap = np.arange(50) % 2 == 0
    swapped = experiment.spearman(np.where(swap, b, a), np.where(swap, a, b))
    assert swapped == pytest.approx(expected)


def test_the_intraclass_correlation_is_that_of_the_variances_drawn():
    labels = np.repeat(np.arange(20_000), rng().integers(1, 5, size=20_000))
    between, within = 2.0, 1.5
    draw = np.random.default_rng(1)
    values = between * draw.normal(size=20_000)[labels] + within * draw.normal(size=len(labels))
    found = experiment.variance_within(values, labels)
    assert found["icc"] == pytest.approx(between**2 / (between**2 + within**2), abs=0.02)
    assert found["classes"] == (np.bincount(labels) >= 2).sum()


def test_the_share_within_classes_by_hand():
    found = experiment.variance_within(np.array([1.0, 3, 5, 7, 99]), np.array([4, 4, 2, 2, 3]))
    assert (found["cells"], found["classes"]) == (4, 2)
    assert found["share_within"] == pytest.approx(4 / 20)
    assert found["icc"] == pytest.approx((16 - 2) / (16 + 2))


def test_the_bootstrap_finds_the_error_of_a_median():
    a = rng().normal(size=4_000)
    found = experiment.bootstrap_se(lambda x, y: float(np.median(x)), a, a, rng())
    assert found == pytest.approx(np.sqrt(np.pi / 2 / 4_000), rel=0.2)


def test_failures_are_counted_by_band():
    found = experiment.failures(np.array([9.9, 15, 30, 41.9, 42, 54.9, 55, 66.9, 67, 94]))
    assert [found[k] for k in ("three", "two", "one")] == [1, 2, 2]
    assert (found["below_sound"], found["below_sound_outside_bands"]) == (8, 3)


def test_trainings_that_fail_together_by_hand():
    accuracy = np.array([90.0, 10, 35, 60, 91, 92])  # 0, 3, 2, 1, 0 and 0 failures
    kinds = {"same": np.array([[0, 1], [2, 3], [4, 5]]), "other": np.array([[1, 2], [3, 0]])}
    found = experiment.failing_together(accuracy, kinds)
    # One of the six failures given: ordered pairs of failures over ordered pairs of trainings.
    assert found["any"] == pytest.approx(6 / 18)
    assert found["same_cell"] == pytest.approx((3 * 2 + 2 * 1) / (2 * 6))
    assert found["same"] == pytest.approx((2 * 1 + 1 * 2) / (3 * 6))
    assert found["other"] == pytest.approx((3 * 2 + 2 * 3) / (3 * 6))
    assert found["pairs_with_both_ends_below_sound"] == 1
    assert found["if_independent"] == pytest.approx(3 * (3 / 6) ** 2)


def test_the_lonely_among_the_best_are_compared_with_others_of_their_group(monkeypatch):
    monkeypatch.setattr(experiment, "TOPS", (3,))
    accuracy = np.array([5.0, 9, 8, 7, 6, 1])
    classes = np.array([0, 0, 1, 2, 3, 3])  # rows 2 and 3 are alone
    found = experiment.alone_among_best(accuracy, classes, {"null": np.array([4, 4, 4, 5, 4, 4])})
    assert (found["3"], found["all_cells"]) == (2, 2)
    # Row 3 is the only one of its group. Of the four others of their group, one is alone beside
    # row 1, none beside row 2.
    assert found["null"]["3"] == {"usable": 2, "alone": 1, "expected": 1 / 4}


def test_large_gaps_name_the_failed_ends():
    accuracy = np.array([90.0, 10, 50, 91, 69, 92])
    found = experiment.large_gaps(accuracy, np.array([[0, 1], [2, 3], [4, 5], [0, 3]]))
    assert list(found.values()) == [3, 1, 2]


# --- the real table -----------------------------------------------------------------------------


def test_the_recorded_numbers_are_whole():
    for name in ("all_cells", "sound_cells"):
        kinds = [kind for kind, row in RECORDED[name].items() if "histogram" in row]
        assert len(kinds) == 8
        for row in (RECORDED[name][kind] for kind in kinds):
            assert sum(row["histogram"]) == row["pairs"]
            assert len(row["histogram"]) == len(RECORDED["bin_edges"]) - 1
            assert row["gap_quantiles"]["50"] == row["median_gap"]
    sizes = RECORDED["class_sizes"]
    assert sum(k * n for k, n in enumerate(sizes, start=1)) == RECORDED["cells"] == 423_624
    assert sum(sizes) == RECORDED["skeletons"] == 270_793


def test_the_recorded_nulls_are_measured_on_comparable_pairs():
    for name in ("all_cells", "sound_cells"):
        row = RECORDED[name]
        assert row["turned_equal_size"]["pairs"] == row["moved_equal_size"]["pairs"]
        assert row["one_edge_turned"]["pairs"] < row["same_skeleton"]["pairs"]
        exact = ("seven_statistics", "turned_equal_size", "moved_equal_size")
        assert [row[kind]["equal_parameters"] for kind in exact] == [1, 1, 1]
        gaps = [row[kind]["median_gap"] for kind in (
            "random", "matched", "seven_statistics", "one_edge_moved", "moved_equal_size",
            "turned_equal_size",
        )]  # fmt: skip
        assert gaps == sorted(gaps, reverse=True)
        within = {row[f"variance_within_{kind}"]["cells"] for kind in ("skeleton", "composition")}
        assert len(within) == 1


def test_the_forms_of_the_whole_space_are_as_many_as_in_notebook_01():
    assert len(one_edge.Forms(cells.nasbench101()).codes) == 1_293_208


def test_the_recorded_numbers_are_those_of_the_assembled_reference(oracle):
    """By way of pandas and another source of the accuracies than the file that is downloaded."""
    with np.load(oracle("nasbench101_reference.npz"), allow_pickle=False) as reference:
        percent = 100 * reference["test_acc_mean3"].astype(float)
    frame = pd.DataFrame(
        {"class": experiment.skeleton_classes(cells.nasbench101()), "accuracy": percent}
    )
    of_two = frame[frame.groupby("class")["class"].transform("size") == 2]
    gaps = of_two.groupby("class")["accuracy"].agg(np.ptp)
    row = RECORDED["all_cells"]["same_skeleton"]
    assert len(gaps) == row["pairs"]
    assert gaps.median() == pytest.approx(row["median_gap"], abs=1e-3)
    assert (gaps > 20).sum() == row["gaps_above_20"]
    shared = frame[frame["class"].duplicated(keep=False)]
    inner = shared["accuracy"] - shared.groupby("class")["accuracy"].transform("mean")
    share = inner.var() / shared["accuracy"].var()
    assert share == pytest.approx(
        RECORDED["all_cells"]["variance_within_skeleton"]["share_within"], abs=1e-3
    )
    ranked = frame["accuracy"].sort_values(ascending=False).to_numpy()
    for rank, value in RECORDED["among_the_best"]["accuracy_at_rank"].items():
        assert ranked[int(rank) - 1] == pytest.approx(value, abs=0.006)
    puzzle = abs(percent[40965] - percent[182952])
    sound = gaps[of_two.groupby("class")["accuracy"].min() >= 67]
    expected = RECORDED["sound_pairs_with_the_gap_of_the_puzzle"]
    assert (sound >= puzzle - 1e-3).sum() == expected
    best = frame.nlargest(12, "accuracy")["class"]
    alone = frame.groupby("class").size().loc[best] == 1
    assert alone.sum() == RECORDED["alone_among_best"]["12"]


def test_the_right_arrays_beside_a_trap_are_read_and_the_trap_is_not_run(tmp_path):
    """A pickle of the expected shape is still a program; nothing of it may run."""

    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("trapped").write_text, ("this pickle was run",))

    rows = np.arange(nasbench101.CELLS)
    accuracy = np.full(nasbench101.CELLS, 0.5)
    content = pickle.dumps(
        (b"b", "i8", rows.tobytes(), "f8", accuracy.tobytes(), Trap(), ["index", "accuracy"])
    )
    assert (nasbench101.parse(gzip.compress(content, 1)) == accuracy).all()
    assert list(tmp_path.iterdir()) == []
