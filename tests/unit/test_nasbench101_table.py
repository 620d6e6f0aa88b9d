"""What `make same-skeleton` computes on the table: on made-up numbers, and on the real ones."""

import gzip
import json
import pickle
import sys
from pathlib import Path

import igraph
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from wl2nas import cells
from wl2nas.benchmarks import nasbench101

sys.path.insert(0, str(Path(__file__).parents[2] / "lib" / "experiments"))

import same_skeleton as experiment

ROOT = Path(__file__).parents[2]
RECORDED = json.loads((ROOT / "data/results/same_skeleton.json").read_text())["numbers"]


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


def test_matched_pairs_agree_in_all_but_the_skeleton(space, classes):
    pairs = experiment.classes_of_two(classes)
    matched = experiment.matched_pairs(pairs, classes, experiment.composition(space), rng())
    assert 0.99 * len(pairs) < len(matched) <= len(pairs)
    assert np.isin(matched, pairs).all()
    a, b = matched.T
    assert (classes[a] != classes[b]).all()
    assert (space.n_edges[a] == space.n_edges[b]).all()
    assert (np.sort(space.ops[a]) == np.sort(space.ops[b])).all()  # vertices too: -1 is padding


def test_a_pair_without_a_match_is_left_out():
    pairs, classes = np.array([[0, 1], [2, 3], [4, 5]]), np.array([0, 0, 1, 1, 2, 2])
    matched = experiment.matched_pairs(pairs, classes, np.array([7, 7, 7, 7, 8, 8]), rng())
    assert len(matched) == 2
    assert set(matched.ravel()) <= {0, 1, 2, 3}


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


def test_large_gaps_name_the_failed_ends():
    accuracy = np.array([90.0, 10, 50, 91, 69, 92])
    found = experiment.large_gaps(accuracy, np.array([[0, 1], [2, 3], [4, 5], [0, 3]]))
    assert list(found.values()) == [3, 1, 2]


# --- the real table -----------------------------------------------------------------------------


def test_the_recorded_numbers_are_whole():
    for name in ("all_cells", "sound_cells"):
        for kind in ("same_skeleton", "matched", "random"):
            row = RECORDED[name][kind]
            assert sum(row["histogram"]) == row["pairs"]
            assert len(row["histogram"]) == len(RECORDED["bin_edges"]) - 1
            assert row["gap_quantiles"]["50"] == row["median_gap"]
    sizes = RECORDED["class_sizes"]
    assert sum(k * n for k, n in enumerate(sizes, start=1)) == RECORDED["cells"] == 423_624
    assert sum(sizes) == RECORDED["skeletons"] == 270_793


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
