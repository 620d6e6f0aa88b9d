"""What a model learns of the answers."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wl2nas.search.targets import TARGETS, floored, log_error, normal_scores, raw

ANSWERS = st.lists(st.floats(0, 99.9).map(lambda x: round(x, 1)), min_size=2, max_size=30)


@pytest.mark.parametrize("name", TARGETS)
@settings(deadline=None, max_examples=50)
@given(answers=ANSWERS)
def test_better_answers_are_never_worse_targets(name, answers):
    found = TARGETS[name](answers)
    assert found.dtype == np.float64 and np.isfinite(found).all()
    for a, target in zip(answers, found, strict=True):
        for b, other in zip(answers, found, strict=True):
            assert target == other if a == b else (a > b) <= (target >= other)
            if a > b and name != "floored":
                assert target > other


@settings(deadline=None, max_examples=50)
@given(answers=ANSWERS)
def test_normal_scores_by_counting(answers):
    """The mean rank of equal answers: those below, half of the equal ones, and half of one more."""
    n = len(answers)
    ranks = [sum(b < a for b in answers) + (answers.count(a) + 1) / 2 for a in answers]
    expected = [NormalDist().inv_cdf((rank - 0.5) / n) for rank in ranks]
    assert normal_scores(answers).tolist() == pytest.approx(expected, abs=1e-12)


def test_normal_scores_do_not_see_the_scale():
    answers = np.array([93.0, 10.0, 94.0, 93.5])
    assert (normal_scores(answers) == normal_scores(np.exp(answers / 10))).all()
    assert normal_scores(answers).sum() == pytest.approx(0)


def test_the_floor_is_the_quantile():
    """Of 11 answers the 20 % quantile is the third; what is above stays."""
    answers = np.random.default_rng(0).permutation([10.0, 40, 80, *range(90, 98)])
    assert sorted(floored(answers)) == [80, 80, 80, *range(90, 98)]
    assert (floored(answers)[answers >= 80] == answers[answers >= 80]).all()


def test_equal_factors_of_the_error_are_equal_steps():
    found = log_error([80.0, 90.0, 95.0])
    assert np.diff(found) == pytest.approx([math.log(2)] * 2)
    assert log_error([0.3], best_possible=1.0)[0] == pytest.approx(-math.log(0.7))


@pytest.mark.parametrize("name", TARGETS)
def test_answers_that_are_no_numbers_are_named(name):
    with pytest.raises(ValueError, match="answers must be finite; 1 of its numbers"):
        TARGETS[name]([90.0, np.nan])
    with pytest.raises(ValueError, match="answers must have the shape"):
        TARGETS[name]([[90.0]])
    assert len(TARGETS[name]([])) == 0


def test_an_answer_without_error_has_no_logarithm():
    with pytest.raises(ValueError, match=r"below best_possible, 100\.0.* one is 100\.0"):
        log_error([90.0, 100.0])


def test_raw_answers_are_left_alone():
    assert raw([10, 93]).tolist() == [10.0, 93.0]
