"""`make predictors`: what it chooses, what it does not measure twice, and what is recorded."""

from types import SimpleNamespace

import numpy as np
import pytest

from course import results
from experiments import downstream, predictors
from experiments.predictors import VARIANTS, Values
from wl2nas import cells
from wl2nas.search import predictor

SPACE = cells.nasbench101()
PART = SPACE.take(np.random.default_rng(0).choice(len(SPACE), 400, replace=False))
ACCURACY = 90 + np.tanh(predictor.groups(PART)[1][:, :4] @ np.array([1.0, -0.5, 0.3, 0.8]))
RECORD = results.numbers_of("predictors")
SOME = [v for v in VARIANTS if v.groups in (("paths+parameters",), ("graf", "widths"))]


def test_variants_have_names_and_groups_of_their_own():
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)
    for variant in VARIANTS:
        assert {name for g in variant.groups for name in g.split("+")} <= set(predictors.GROUPS)


@pytest.mark.parametrize("variant", SOME, ids=lambda variant: variant.name)
def test_every_model_predicts_better_than_chance(variant):
    groups = [Values(PART)[group] for group in variant.groups]
    rows = downstream.training_cells(len(PART), 100, 0)
    assert predictors.tau(variant, groups, ACCURACY, rows, ACCURACY[rows]) > 0.4


def test_tau_is_over_the_other_cells(monkeypatch):
    rows = downstream.training_cells(len(PART), 100, 0)
    found = ACCURACY.copy()
    found[rows] *= -1
    monkeypatch.setattr(predictors, "predict", lambda *_: found)
    assert predictors.tau(VARIANTS[0], [], ACCURACY, rows, ACCURACY[rows]) == pytest.approx(1)


def test_the_first_that_is_not_behind_is_chosen():
    even = {"100": [0.70, 0.72, 0.71], "424": [0.74, 0.76]}
    worse = {n: [t - 0.02 - 0.001 * k for k, t in enumerate(taus)] for n, taus in even.items()}
    noisy = {"100": [0.73, 0.68, 0.72], "424": [0.72, 0.77]}  # behind by less than its error
    assert predictors.chosen({"worse": worse, "noisy": noisy, "even": even}) == "noisy"
    assert predictors.chosen({"worse": worse, "even": even, "noisy": noisy}) == "even"
    assert predictors.chosen({"worse": worse}) == "worse"
    nearly = {n: [t - 0.0009 for t in taus] for n, taus in even.items()}
    assert predictors.chosen({"nearly": nearly, "even": even}) == "nearly"


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """What a call of main measures, in order; results in a folder."""
    calls = []

    def tau(variant, groups, accuracy, rows, answers):
        calls.append((variant.name, len(accuracy), len(rows)))
        return 0.5 + 0.1 * (variant == VARIANTS[2])

    monkeypatch.setattr(predictors, "tau", tau)
    monkeypatch.setattr(Values, "__getitem__", lambda self, group: np.zeros((len(self.space), 1)))
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    load = predictors.benchmarks.load
    public = SimpleNamespace(reported=np.zeros(len(SPACE)))
    monkeypatch.setattr(
        predictors.benchmarks, "load", lambda n: public if n == "nasbench101" else load(n)
    )
    return calls


def test_choice_then_report_and_nothing_twice(measured):
    predictors.main([])
    found = results.numbers_of("predictors")
    assert found["chosen"] == VARIANTS[2].name
    on_all = {name for name, cells_, _ in measured if cells_ == len(SPACE)}
    assert on_all == {VARIANTS[2].name, predictors.SELECTED_THERE.name}
    assert {len(v) for v in found["nasbench101"][VARIANTS[2].name].values()} == {3, 10}
    assert found["mean"][VARIANTS[2].name]["100"] == {"mean": 0.6, "standard_error": 0.0}
    measured.clear()
    predictors.main([])
    assert measured == []


def test_a_draw_that_was_missed_is_all_that_is_measured(measured):
    predictors.main([])
    numbers = results.numbers_of("predictors")
    numbers["nasbench101"][VARIANTS[2].name]["424"].pop()
    results.record("predictors", "make predictors", numbers, seed=0)
    measured.clear()
    predictors.main([])
    assert measured == [(VARIANTS[2].name, len(SPACE), 424)]


def test_other_settings_start_anew(measured, monkeypatch):
    predictors.main([])
    count = len(measured)
    monkeypatch.setattr(predictors, "CHOSEN_BY", 300)
    predictors.main([])
    assert len(measured) == 2 * count


# --- what is recorded ---------------------------------------------------------------------------


def test_the_choice_can_be_made_again_from_what_is_recorded():
    assert RECORD["settings"] == predictors.settings()
    names = [variant.name for variant in VARIANTS]
    assert predictors.chosen({n: RECORD["measured"][n] for n in names}) == RECORD["chosen"]


def test_the_library_holds_the_chosen_one():
    """If another is chosen on a larger table, ``predictor`` must follow."""
    assert RECORD["chosen"] == predictors.IN_LIBRARY.name


def test_draws_and_control_are_as_they_should_be():
    for draws in RECORD["nasbench101"].values():
        for n, taus in draws.items():
            assert 0 < len(taus) <= predictors.REPORT[int(n)]
            assert 0.5 < min(taus) <= max(taus) < 1
    permuted = RECORD["permuted"]
    assert permuted["variant"] == RECORD["chosen"]
    assert abs(permuted["mean"]) < 4 * permuted["standard_error"] < 0.2
