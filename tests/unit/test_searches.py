"""What the tables of 09b say of `make search`, against plain arithmetic."""

import numpy as np
import pytest
from scipy import stats

from course import results, searches

RNG = np.random.default_rng(0)
A = 94 + 0.1 * RNG.standard_normal(100)
B = A - 0.02 + 0.01 * RNG.standard_normal(100)


def arm(values, mean):
    return {
        "runs": len(values), "questions": [50, 100], "mean": [mean - 1, mean],
        "standard_error": [0.02, 0.01], "share_at_second_best": [0.1, 0.5],
        "by_seed": {"100": values.tolist()},
    }  # fmt: skip


@pytest.fixture
def ground(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    found = {"gp/one_hot": arm(A, A.mean()), "gp/ours": arm(B, B.mean()),
             "gp/ours, raw": arm(B[:40], 93.0)}  # fmt: skip
    for name in ("A", "other"):
        results.record(f"search/{name}", "make search", {"arms": found})
    return found


def test_a_band_is_that_of_a_paired_t_test(ground):
    mean, half = searches.difference(ground["gp/one_hot"], ground["gp/ours"], 100)
    interval = stats.ttest_rel(A, B).confidence_interval(0.95)
    assert np.allclose((mean - half, mean + half), interval)
    several = searches.difference(ground["gp/one_hot"], ground["gp/ours"], 100, comparisons=5)
    assert np.allclose(several[0] + several[1], stats.ttest_rel(A, B).confidence_interval(0.99)[1])


def test_only_common_seeds_are_compared(ground):
    mean, _ = searches.difference(ground["gp/one_hot"], ground["gp/ours, raw"], 100)
    assert np.isclose(mean, (A[:40] - B[:40]).mean())


def test_a_verdict_is_given_where_the_band_leaves_out_zero(ground):
    pairs = [("gp/one_hot", "gp/ours"), ("gp/ours", "gp/one_hot"), ("gp/ours", "gp/ours")]
    table = searches.differences("A", pairs, 100)
    assert table["ahead"].tolist() == ["first", "second", "neither"]
    assert table["first"].tolist() == ["one-hot matrix", "ours", "ours"]
    assert table["points"].iloc[0] == f"{(A - B).mean():+.3f}"


def test_tables_hold_what_was_recorded(ground):
    assert searches.table("A", ["gp/ours"], (50, 75)).to_numpy().tolist() == [
        [f"{B.mean() - 1:.3f} ± 0.020", "·", 100]
    ]
    assert searches.shares("A", ["gp/ours"], (100,)).to_numpy().tolist() == [["50"]]
    value, half = searches.dot(ground["gp/ours"], 100)
    assert value == B.mean() and np.isclose(half, stats.t.ppf(0.975, 99) * 0.01)
    across = searches.across(("A", "other"), ["gp/ours"], 50)
    assert list(across) == ["A", "other"] and across.iloc[0, 0] == across.iloc[0, 1]
    levers = searches.levers("A", ["ours"], ("raw", "floored"), "floored", 100)
    assert levers.index.tolist() == ["ours"]
    assert levers.to_numpy().tolist() == [["93.000 ± 0.010", f"{B.mean():.3f} ± 0.010"]]


def test_arms_have_names_that_a_reader_knows():
    names = ("gp/ours, raw", "wl/both", "dngo/one_hot", "evolution", "gp/one_hot+parameters, again")
    assert [searches.called(name) for name in names] == [
        "ours, raw", "kernel of colours, with direction", "DNGO, one-hot matrix", "evolution",
        "one-hot matrix, parameters, again",
    ]  # fmt: skip


def test_what_never_ran_is_named(ground):
    with pytest.raises(FileNotFoundError, match="search/B"):
        searches.arms("B")
    with pytest.raises(KeyError, match="gp/statistics"):
        searches.table("A", ["gp/statistics"], (100,))
