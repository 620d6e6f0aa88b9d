"""`make search`: runs are kept and read back, summed up, judged by another table, chosen from."""

import dataclasses
import io
import re

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


def test_finished_runs_are_read_back(kept, ground):
    path = search.path_of(ground, ARM)
    assert path.parent.parent == kept / "build" and search.load_runs(path) == ({}, 0.0)
    search.save_runs(path, RUNS, 12.5)
    runs, seconds = search.load_runs(path)
    assert same(runs, RUNS) and seconds == 12.5


def test_a_flipped_bit_in_a_finished_run_is_found(kept, ground):
    path, refused = search.path_of(ground, ARM), 0
    search.save_runs(path, RUNS, 12.5)
    good = path.read_bytes()
    for place in range(len(good)):
        for flip in (1, 4, 128):
            bad = bytearray(good)
            bad[place] ^= flip
            path.write_bytes(bad)
            try:
                runs, seconds = search.load_runs(path)
            except ValueError as error:
                assert re.search("random.*; delete it and run again", str(error))
                refused += 1
            else:  # a bit of a zip file that says nothing, such as a time
                assert same(runs, RUNS) and seconds == 12.5
    assert refused > 0.5 * 3 * len(good)  # the rest are names, times and paddings


def archive(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


EMPTY = dict.fromkeys(("seeds", "starts", "rows", "answers"), np.zeros(1, int))


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"\x93NUMPY", b"{}", archive(a=1), archive(**EMPTY, seconds=1.0),
     archive(**EMPTY, seconds=1.0, sha256="0" * 64),
     archive(**EMPTY, seconds=1.0, sha256=np.array([None]))],
    ids=range(8),
)  # fmt: skip
def test_what_is_no_finished_run_is_refused(kept, ground, content):
    path = search.path_of(ground, ARM)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"random.*delete it and run again"):
        search.load_runs(path)


def test_other_settings_and_another_table_have_files_of_their_own(kept, ground):
    arm = search_arms.gp_arm("statistics", search_arms.Settings())
    other = search_arms.gp_arm("statistics", search_arms.Settings("matern"))
    noisy = search_grounds.Ground("measured", ground.table, 1.0)
    few = benchmarks.AccuracyTable("few", *(v[:9] for v in (
        ground.table.rows, ground.table.objective, ground.table.reported)))  # fmt: skip
    paths = {search.path_of(ground, arm), search.path_of(ground, other),
             search.path_of(noisy, arm),
             search.path_of(search_grounds.Ground("measured", few), arm)}  # fmt: skip
    assert arm.name == other.name and len(paths) == 4


def test_only_what_an_arm_still_lacks_is_run(kept, ground):
    search.run_arm(ground, ARM, 2)
    before, _ = search.load_runs(search.path_of(ground, ARM))
    assert list(before) == [0, 1]
    search.run_arm(ground, dataclasses.replace(ARM, run=lambda g, seed: RUNS[0]), None)
    runs, _ = search.load_runs(search.path_of(ground, ARM))
    assert same({k: runs[k] for k in before}, before) and same({2: runs[2]}, {2: RUNS[0]})
    assert "0 runs of 1 arms" in search.cost(ground, [ARM])


def test_the_cost_is_known_from_what_was_recorded(kept, ground):
    assert "3 are of arms that never ran" in search.cost(ground, [ARM])
    two = {seed: ARM.run(ground, seed) for seed in (0, 2)}
    search.save_runs(search.path_of(ground, ARM), two, 240.0)
    assert "1 runs of 1 arms to do; those timed before need 2 minutes" in search.cost(ground, [ARM])
    search.summarise(ground, [ARM])
    search.path_of(ground, ARM).unlink()
    assert "3 runs of 1 arms to do; those timed before need 6 minutes" in search.cost(ground, [ARM])


def test_what_was_recorded_is_not_lost_where_fewer_runs_are_here(kept, ground):
    search.run_arm(ground, ARM, None)
    before = search.summarise(ground, [ARM])
    search.path_of(ground, ARM).unlink()
    assert search.summarise(ground, [ARM]) == before
    search.run_arm(ground, ARM, 1)
    assert search.summarise(ground, [ARM]) == before
    other = dataclasses.replace(ARM, made_with="matern,raw,ei")
    assert search.summarise(ground, [other]) == {}  # with other settings it never ran


# --- what they come to --------------------------------------------------------------------------


def test_a_summary_is_what_numpy_says_of_the_curves(kept, ground):
    search.run_arm(ground, ARM, None)
    found = search.summarise(ground, [ARM])[ARM.name]
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

    variants = search_arms.VARIANTS
    found = {
        f"gp/{row}, {settings.name}": arm(90 - abs(k - 2))
        for row in search_arms.FEW for k, settings in enumerate(variants)
    }  # fmt: skip
    lacking = {
        k: v for k, v in found.items() if k != f"gp/{search_arms.FEW[0]}, {variants[9].name}"
    }
    assert search.choose(lacking) is None
    with pytest.raises(ValueError, match="nothing is chosen yet"):
        search_arms.choice()
    assert search.choose(found) == search_arms.choice() == variants[2]
    assert search_arms.second_choice() in (variants[1], variants[3])


def test_what_was_found_can_be_printed(kept, ground, capsys):
    arm = dataclasses.replace(ARM, name="random")
    search.run_arm(ground, arm, None)
    found = search.summarise(ground, [arm])["random"]
    search.main([ground.name, "--print"])
    assert f"random search  {found['mean'][3]:.3f} ±" in capsys.readouterr().out


# --- arms and grounds ---------------------------------------------------------------------------


def test_every_arm_has_a_name_and_a_file_of_its_own(kept, ground, monkeypatch):
    monkeypatch.setattr(search_arms, "choice", search_arms.Settings)
    monkeypatch.setattr(search_arms, "second_choice", lambda: search_arms.VARIANTS[3])
    for name in search_grounds.GROUNDS:
        arms = search_arms.arms(name)
        files = {search.path_of(ground, arm) for arm in arms}
        names = {arm.name for arm in arms}
        assert len(files) == len(names) == len(arms)


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
