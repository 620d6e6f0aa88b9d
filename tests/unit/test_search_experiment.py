"""`make search`: runs are kept and read back, summed up, judged by another table, chosen from."""

import dataclasses

import numpy as np
import pytest

from course import results
from experiments import search, search_arms, search_grounds
from wl2nas import benchmarks, cells
from wl2nas.search import History, random_search


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "RUNS", tmp_path / "build")
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    return tmp_path


@pytest.fixture(scope="module")
def ground():
    return search_grounds.Ground("measured", benchmarks.load("measured"))


def at_random(ground, seed):
    return random_search(ground.problem(seed), 100, seed=seed)


ARM = search_arms.Arm("random: all, of them", at_random, 3)
RUNS = {
    0: History(np.array([3, 5]), np.array([1.5, 2.5])),
    2: History(np.array([7]), np.array([9.0])),
}


def same(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(
        np.array_equal(x, y) for k in a for x, y in zip(a[k], b[k], strict=True)
    )


# --- what is kept -------------------------------------------------------------------------------


def test_finished_runs_are_read_back(kept):
    path = search.path_of("A", ARM)
    assert path.parent == kept / "build" / "A" and search.load_runs(path) == ({}, 0.0)
    search.save_runs(path, RUNS, 12.5)
    runs, seconds = search.load_runs(path)
    assert same(runs, RUNS) and seconds == 12.5


def test_a_flipped_byte_in_a_finished_run_is_found(kept):
    path = search.path_of("A", ARM)
    search.save_runs(path, RUNS, 12.5)
    good = path.read_bytes()
    for place in range(0, len(good), 7):
        bad = bytearray(good)
        bad[place] ^= 4
        path.write_bytes(bad)
        try:
            runs, seconds = search.load_runs(path)
        except ValueError as error:
            assert "delete it and run again" in str(error)
        else:  # a byte of a zip file that says nothing, such as a time
            assert same(runs, RUNS) and seconds == 12.5


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", b"{}"])
def test_what_is_no_finished_run_is_refused(kept, content):
    path = search.path_of("A", ARM)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"random.*delete it and run again"):
        search.load_runs(path)


def test_only_what_an_arm_still_lacks_is_run(kept, ground):
    search.run_arm(ground, ARM, 2)
    before, _ = search.load_runs(search.path_of(ground.name, ARM))
    assert list(before) == [0, 1]
    search.run_arm(ground, dataclasses.replace(ARM, run=lambda g, seed: RUNS[0]), None)
    runs, _ = search.load_runs(search.path_of(ground.name, ARM))
    assert same({k: runs[k] for k in before}, before) and same({2: runs[2]}, {2: RUNS[0]})
    assert "0 runs of 1 arms" in search.cost(ground.name, [ARM])


# --- what they come to --------------------------------------------------------------------------


def test_a_summary_is_what_numpy_says_of_the_curves(kept, ground):
    search.run_arm(ground, ARM, None)
    found = search.summarise(ground, [ARM], 0.0)[ARM.name]
    table = ground.table
    curves = []
    for seed in range(3):
        history = at_random(ground, seed)
        best = [history.rows[: k + 1][np.argmax(history.objective[: k + 1])] for k in range(100)]
        curves.append([table.report(row) for row in best])
    assert found["runs"] == 3 and found["questions"] == [10, 20, 30, 50, 75, 80, 100]
    at = np.array(curves)[:, np.array(found["questions"]) - 1]
    assert np.allclose(found["mean"], at.mean(axis=0), atol=1e-4)
    assert np.allclose(found["standard_error"], at.std(axis=0, ddof=1) / 3**0.5, atol=1e-4)
    answers = [np.max(at_random(ground, seed).objective[:50]) for seed in range(3)]
    assert np.isclose(found["best_answer"][4 - 1], np.mean(answers), atol=1e-4)
    assert np.allclose(found["by_seed"]["50"], np.array(curves)[:, 49], atol=1e-4)
    assert results.numbers_of("search/measured")["arms"] == {ARM.name: found}


def test_shares_count_the_best_and_the_second_best_cell(ground):
    order = np.argsort(-ground.table.reported, kind="stable")
    best = ground.table.rows[order[0]]
    second = ground.table.rows[
        order[ground.table.reported[order] < ground.table.reported[order[0]]][0]
    ]
    rows = np.array([second, *ground.table.rows[order[-8:]], best])
    runs = {0: History(rows, -np.arange(10.0)), 1: History(rows, np.arange(10.0))}
    found = search.summary(search.Judge(ground.table), runs, 1.0)
    assert found["questions"] == [10]
    assert found["share_at_second_best"] == [1.0] and found["share_at_best"] == [0.5]


def test_a_judge_that_sees_other_validation_hands_over_another_cell(ground):
    rows = ground.table.rows[:4]

    class Trainings:
        def table(self, *, validation="mean", seed=None):
            first = [1.0, 2.0, 3.0, 4.0] if validation == "mean" else [4.0, 1.0 + seed, 2.0, 3.0]
            return benchmarks.AccuracyTable(
                "official", rows, np.array(first), np.array([10.0, 20.0, 30.0, 40.0])
            )

    history = History(rows, np.zeros(4))
    mean, one = (search.Official(Trainings(), way) for way in ("mean", "one"))
    assert mean(0, history).tolist() == [10.0, 20.0, 30.0, 40.0]
    assert one(0, history).tolist() == [10.0] * 4
    assert one(9, history).tolist() == [10.0, 20.0, 20.0, 20.0]


def test_the_variant_of_the_highest_mean_over_the_representations_is_chosen(kept):
    def arm(mean):
        return {"questions": [10, *search.ON_THE_WAY], "best_answer": [100 - mean, *[mean] * 5]}

    found = {
        f"gp/{row}, {settings.name}": arm(90 + k)
        for row in search_arms.FEW for k, settings in enumerate(search_arms.VARIANTS[:3])
    }  # fmt: skip
    found[f"gp/{search_arms.FEW[0]}, {search_arms.VARIANTS[4].name}"] = arm(99.0)  # not on all
    assert search.choose(found) == search_arms.choice() == search_arms.VARIANTS[2]


# --- arms and grounds ---------------------------------------------------------------------------


def test_every_arm_has_a_name_and_a_file_of_its_own(kept, monkeypatch):
    monkeypatch.setattr(search_arms, "choice", search_arms.Settings)
    for ground in search_grounds.GROUNDS:
        arms = search_arms.arms(ground)
        assert len({search.path_of(ground, arm) for arm in arms}) == len(arms)


def test_nothing_runs_on_another_ground_before_a_choice(kept):
    with pytest.raises(ValueError, match="make search GROUND=measured"):
        search_arms.arms("A")
    with pytest.raises(ValueError, match="measured"):
        search_grounds.ground_of("C")


def test_a_forest_predicts_the_mean_of_its_trees():
    x = np.arange(40.0)[:, None] % 10
    model = search_arms.Forest(x, 0)
    found = model.posterior(np.arange(20), x[:20, 0], slice(None))
    assert np.corrcoef(found.mean, x[:, 0])[0, 1] > 0.95 and (found.std > 0).all()
    assert np.flatnonzero(model.alike(3, np.arange(40))).tolist() == [3, 13, 23, 33]


def test_a_start_takes_the_sizes_in_turn(ground):
    sizes = cells.nasbench101().n_vertices[ground.table.rows[ground.start(0, 8)]]
    assert (sizes >= 4).all() and len(np.unique(sizes)) > 1


def test_one_arm_of_each_kind_runs(kept, ground, monkeypatch):
    monkeypatch.setattr(search_grounds, "BUDGET", {"measured": 20})
    monkeypatch.setattr(search_arms, "SHORT", 20)
    settings = search_arms.Settings()
    name = "arch2vec_published"
    for arm in (
        *search_arms.plain_arms()[1:], search_arms.gp_arm("statistics", settings),
        search_arms.wl_arm("both", settings), search_arms.forest_arm("statistics"),
        search_arms.dngo_arm(name), search_arms.policy_arm(name),
        search_arms.again_arm("statistics", settings),
    ):  # fmt: skip
        first, again = (arm.run(ground, 0) for _ in range(2))
        assert len(first.rows) == (search_grounds.LONG if arm.runs == 500 else 20), arm.name
        assert same({0: first}, {0: again}), arm.name
