import json

import numpy as np
import pytest

from course import results
from experiments import nearness
from experiments.same_skeleton import composition, skeleton_classes
from wl2nas import cells
from wl2nas.cells import edits

SPACE = cells.nasbench101()
RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(600, 5)).astype(np.float32)
NUMBERS = results.numbers_of("nearness")


# --- partners -----------------------------------------------------------------------------------


def by_sorting(values, row, apart, but):
    """All rows that are nearest, by the distances to every row."""
    distance = np.linalg.norm(values.astype(float) - values[row], axis=1)
    distance[(distance < apart) | np.isin(np.arange(len(values)), but)] = np.inf
    return set(np.flatnonzero(distance == distance.min()).tolist())


def test_the_nearest_is_that_of_sorting_all_distances():
    values, rows = np.concatenate([VECTORS, VECTORS[:50]]), np.arange(0, 650, 7)
    found = nearness.nearest(values, rows, RNG, apart=1e-4)
    assert all(
        f in by_sorting(values, row, 1e-4, [row]) for f, row in zip(found, rows, strict=True)
    )
    # Without a least distance an equal one is the nearest.
    assert nearness.nearest(values, np.array([3, 603]), RNG, apart=-1).tolist() == [603, 3]


def test_more_equals_than_are_looked_at_first():
    values = np.repeat(VECTORS[:3], [300, 80, 200], axis=0)
    rows = np.array([0, 299, 300, 579])
    found = nearness.nearest(values, rows, RNG, apart=1e-4)
    assert all(
        f in by_sorting(values, row, 1e-4, [row]) for f, row in zip(found, rows, strict=True)
    )
    drawn = {int(nearness.nearest(values, rows[:1], RNG, apart=1e-4)[0]) for _ in range(100)}
    assert len(drawn) > 30  # any of those that are as near
    with pytest.raises(ValueError, match="no other row"):
        nearness.nearest(values[:300], rows[:1], RNG, apart=1e-4)


def test_what_is_left_out_is_never_the_nearest():
    rows = np.arange(250)
    but = np.stack([rows, (rows + 1) % 250, RNG.integers(600, size=250)], axis=1)
    found = nearness.nearest(VECTORS, rows, RNG, apart=-1, but=but)
    assert all(found[k] in by_sorting(VECTORS, k, -1, but[k]) for k in rows)


def test_a_matched_partner_has_the_same_key_and_is_another():
    keys = RNG.integers(40, size=500)
    keys[7] = 40  # alone
    found = nearness.matched(keys, np.arange(500), RNG)
    assert (keys[found] == keys).all()
    assert (found == np.arange(500)).nonzero()[0].tolist() == [7]
    drawn = {int(nearness.matched(keys, np.array([0]), RNG)[0]) for _ in range(400)}
    assert drawn == set(np.flatnonzero(keys == keys[0]).tolist()) - {0}


def test_a_moved_edge_keeps_the_counts_and_changes_the_skeleton():
    some = SPACE.take(np.flatnonzero(SPACE.n_vertices <= 5))
    anchors = np.arange(500, 800, 10)
    pairs = nearness.moved(some, anchors, RNG)
    classes = skeleton_classes(some)
    assert set(pairs[:, 0]) <= set(anchors.tolist()) and len(pairs) > 20
    assert (classes[pairs[:, 0]] != classes[pairs[:, 1]]).all()
    assert (composition(some)[pairs[:, 0]] == composition(some)[pairs[:, 1]]).all()
    a, b = (some.take(rows) for rows in pairs.T)
    assert (edits.distances(a, b) == 2).all()


# --- measures -----------------------------------------------------------------------------------


def test_groups_that_say_everything_and_nothing():
    values = np.repeat([1.0, 5.0, 9.0], 200)
    assert nearness.between(np.repeat([0, 1, 2], 200), values) == 1
    by_chance = [nearness.between(RNG.integers(30, size=600), values) for _ in range(20)]
    assert abs(np.mean(by_chance)) < 0.01
    noisy = values + RNG.normal(0, np.std(values), 600)
    assert nearness.between(np.repeat([0, 1, 2], 200), noisy) == pytest.approx(0.5, abs=0.07)


def test_equal_cells_have_no_edits_and_no_gap():
    rows, accuracy = np.arange(100, 160), RNG.random(len(SPACE))
    found = nearness.likeness(SPACE, accuracy, rows, rows)
    assert found["mean_edits"] == found["median_gap"] == found["one_edit"] == 0
    assert found["spearman"] == 1 and found["pairs"] == 60


def test_walks_visit_no_cell_twice(monkeypatch):
    taken = []
    monkeypatch.setattr(nearness, "WALKS", 3)
    monkeypatch.setattr(nearness, "STEPS", 4)
    monkeypatch.setattr(nearness, "_steps", lambda space, path: taken.append(path))
    some = SPACE.take(np.flatnonzero(SPACE.n_vertices >= 6)[::500])
    vectors = RNG.normal(size=(len(some), 3)).astype(np.float32)
    nearness.walks(some, {"mine": vectors})
    random, mine = taken
    assert random.shape == mine.shape == (3, 5)
    assert all(len(set(path)) == 5 for path in mine.tolist())
    assert (some.n_vertices[mine[:, 0]] == 7).all()


# --- the recorded numbers -----------------------------------------------------------------------


def test_what_is_recorded_hangs_together():
    assert json.dumps(NUMBERS["settings"]) == json.dumps(
        {"anchors": nearness.ANCHORS, "walks": nearness.WALKS, "steps": nearness.STEPS,
         "pairs": nearness.PAIRS}
    )  # fmt: skip
    found = NUMBERS["neighbours"]
    assert found["one_change"]["mean_edits"] == found["one_change"]["one_edit"] == 1
    assert found["edge_moved"]["mean_edits"] == 2
    assert found["random"]["median_gap"] > found["matched"]["median_gap"]
    assert found["matched"]["median_gap"] > found["edge_moved"]["median_gap"]
    assert abs(found["random"]["spearman"]) < 0.05
    assert NUMBERS["groups"]["composition"]["groups"] == 250
    assert abs(NUMBERS["groups"]["random"]["between"]) < 0.005
    assert NUMBERS["walks"]["random"]["mean_edits"] > 8
