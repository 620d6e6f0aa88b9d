"""`make predictors`: what it chooses, what it does not measure twice, and what is recorded."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse

from course import results
from experiments import predictors
from experiments.predictors import VARIANTS, Groups, Process
from wl2nas import cells, features
from wl2nas.search import grouped, predictor
from wl2nas.search.targets import normal_scores

SPACE = cells.nasbench101()
PART = SPACE.take(np.random.default_rng(0).choice(len(SPACE), 150, replace=False))
ACCURACY = 90 + np.tanh(features.standardised(features.statistics(PART)) @ np.linspace(-1, 1, 7))
RECORD = results.numbers_of("predictors")


# --- variants and taus --------------------------------------------------------------------------


def test_variants_differ_and_have_groups():
    assert len(set(VARIANTS.values())) == len(VARIANTS)
    groups = Groups(PART)
    for variant in VARIANTS.values():
        for name in {name for process in variant for name in process.groups}:
            assert groups[name].shape[0] == len(PART) and groups[name] is groups[name]


def test_a_group_of_two_has_the_columns_of_both():
    both, edges = Groups(PART)["edges+parameters"], features.named("edges").features(PART)
    assert (both[:, :-1] == edges).all()
    logarithm = np.log(features.trainable_parameters(PART))
    assert both[:, -1] == pytest.approx((logarithm - logarithm.mean()) / logarithm.std())


def by_pairs(a, b) -> float:
    """Kendall's tau-b, pair by pair."""
    x, y = np.sign(a[:, None] - a), np.sign(b[:, None] - b)
    return (x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum())


def test_tau_is_that_of_the_mean_over_the_other_cells(monkeypatch):
    """What two processes predict, upside down at the cells that they have learned."""
    answers, learned = np.round(ACCURACY, 1), []
    noise = np.random.default_rng(1).normal(size=(2, len(PART)))

    def predict(groups, rows, targets):
        learned.append(rows)
        assert (targets == normal_scores(answers[rows])).all()
        found = answers + noise[int(groups[0].shape[1] == 1)]
        found[rows] *= -1
        return found

    monkeypatch.setattr(grouped, "predict", predict)
    one, two = Process(("parameters",)), Process(("edges",))
    found = predictors.taus(
        {"one": (one,), "two": (two,), "both": (one, two)}, Groups(PART), answers, 40, 3
    )
    assert len(learned) == 2 and (learned[0] == learned[1]).all() and len(set(learned[0])) == 40
    others = np.setdiff1d(np.arange(len(PART)), learned[0])
    expected = {"one": noise[1], "two": noise[0], "both": noise.mean(axis=0)}
    for name, added in expected.items():
        assert found[name] == pytest.approx(by_pairs((answers + added)[others], answers[others]),
                                            abs=1e-4)  # fmt: skip


def test_draws_differ():
    drawn = []
    space, variants = Groups(PART), {"one": (Process(("parameters",)),)}
    for draw in (0, 0, 1):
        drawn.append(predictors.taus(variants, space, ACCURACY, 40, draw)["one"])
    assert drawn[0] == drawn[1] != drawn[2]


# --- the rule -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "means, name",
    [
        ({"graf": 0.7211, "graf & ours": 0.7229, "paths": 0.7190}, "graf & ours"),
        ({"graf & ours": 0.7214, "graf": 0.7206, "paths": 0.7190}, "graf"),
        ({"graf": 0.7204, "graf, widths": 0.7198, "paths": 0.7199}, "graf, widths"),
        ({"paths": 0.7204, "graf": 0.7201}, "paths"),
    ],
    ids=["best", "fewer processes", "fewer groups", "first"],
)
def test_the_best_is_chosen_and_of_ties_the_simplest(means, name):
    assert predictors.chosen({k: {"mean": mean} for k, mean in means.items()}) == name


def test_reported_are_the_chosen_one_its_parts_and_the_baselines():
    assert list(predictors.told("graf & ours")) == ["graf & ours", "graf", "ours",
                                                    *predictors.BASELINES]  # fmt: skip
    assert list(predictors.told("paths")) == ["paths", *predictors.BASELINES]


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """What a call of main measures, in order; results in a folder."""
    calls = []

    def taus(variants, groups, accuracy, n, draw):
        calls.append((len(accuracy), n, draw))
        return {name: 0.5 + 0.1 * (name == "graf & ours") + 0.001 * draw for name in variants}

    monkeypatch.setattr(predictors, "taus", taus)
    monkeypatch.setattr(predictors, "CHOICE", 2)
    monkeypatch.setattr(predictors, "REPORT", {100: 3, 424: 2})
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    load = predictors.benchmarks.load
    public = SimpleNamespace(reported=np.zeros(len(SPACE)))
    monkeypatch.setattr(
        predictors.benchmarks, "load", lambda n: public if n == "nasbench101" else load(n)
    )
    return calls


def test_choice_then_report_and_nothing_twice(measured):
    predictors.main([])
    assert [n for total, n, _ in measured if total < len(SPACE)] == [100, 100]
    assert measured[2:] == [(len(SPACE), 100, k) for k in range(3)] + [
        (len(SPACE), 424, k) for k in range(2)
    ]
    found = results.numbers_of("predictors")
    assert found["chosen"] == "graf & ours"
    assert found["nasbench101"]["100"]["graf & ours"] == [0.6, 0.601, 0.602]
    assert found["mean"]["100"]["ours"] == {"mean": 0.501, "standard_error": 0.0006}
    measured.clear()
    predictors.main([])
    assert measured == []


def test_a_draw_that_was_missed_is_all_that_is_measured(measured):
    predictors.main([])
    before = results.numbers_of("predictors")
    cut = results.numbers_of("predictors")
    for draws in cut["nasbench101"]["424"].values():
        draws.pop()
    results.record("predictors", "make predictors", cut, seed=1)
    measured.clear()
    predictors.main([])
    assert measured == [(len(SPACE), 424, 1)]
    assert results.numbers_of("predictors") == before


def test_other_settings_start_anew(measured, monkeypatch):
    predictors.main([])
    count = len(measured)
    monkeypatch.setattr(grouped, "CHOSEN_BY", 300)
    predictors.main([])
    assert len(measured) == 2 * count


# --- the library's predictor --------------------------------------------------------------------


def test_the_library_predicts_as_the_variant_does():
    rows = np.arange(0, 150, 3)
    names = ("graf", "wl_directed_1")
    found = predictor.predict_scores(PART, rows, ACCURACY[rows], names)
    groups, scores = Groups(PART), normal_scores(ACCURACY[rows])
    assert sparse.issparse(groups["wl_directed_1"])
    each = [
        grouped.predict([groups[name] for name in process.groups], rows, scores)
        for process in VARIANTS["graf & wl_directed_1"]
    ]
    assert found == pytest.approx((each[0] + each[1]) / 2)
    assert np.corrcoef(found, ACCURACY)[0, 1] > 0.7


def test_only_the_order_of_the_answers_counts():
    rows = np.arange(0, 150, 3)
    failed = ACCURACY[rows].copy()
    failed[failed.argmin()] = 10
    scores = [predictor.predict_scores(PART, rows, a, ["edges"]) for a in (ACCURACY[rows], failed)]
    assert (scores[0] == scores[1]).all()


def test_what_it_cannot_predict_from_is_refused():
    for representations in ([], "graf"):
        with pytest.raises(ValueError, match="representations must be a list of names"):
            predictor.predict_scores(PART, [0, 1], [90, 91], representations)
    with pytest.raises(ValueError, match="unknown representation 'graaf'"):
        predictor.predict_scores(PART, [0, 1], [90, 91], ["graaf"])
    tiny = cells.enumerate_cells(cells.Rules(("conv", "pool"), 4, 5, name="tiny"))
    with pytest.raises(ValueError, match="tiny does not say which convolutions"):
        predictor.predict_scores(tiny, [0, 1], [90, 91])


# --- what is recorded ---------------------------------------------------------------------------


def test_the_choice_can_be_made_again_from_what_is_recorded():
    assert RECORD["settings"] == predictors.settings()
    assert list(RECORD["measured"]) == list(VARIANTS)
    assert predictors.chosen(RECORD["measured"]) == RECORD["chosen"]


def test_the_library_holds_the_chosen_one_but_for_what_was_trained():
    """If another is chosen on a larger table, ``predictor`` must follow."""
    read = [process.groups[0] for process in VARIANTS[RECORD["chosen"]]]
    untrained = tuple(name for name in read if not features.named(name).trained)
    assert untrained == predictor.REPRESENTATIONS


def test_the_report_is_complete():
    sizes = [str(n) for n in predictors.REPORT]
    assert list(RECORD["nasbench101"]) == list(RECORD["mean"]) == sizes
    for n, rows in RECORD["nasbench101"].items():
        assert list(rows) == list(predictors.told(RECORD["chosen"]))
        for name, draws in rows.items():
            assert len(draws) == predictors.REPORT[int(n)]
            assert 0.3 < min(draws) <= max(draws) < 0.9
            mean = RECORD["mean"][n][name]["mean"]
            assert mean == pytest.approx(np.mean(draws), abs=1e-4)
