"""Sums of kernels: gradients, what is learned, and that no form or order of cells matters."""

import numpy as np
import pytest
from scipy import optimize, sparse

from wl2nas import cells, features
from wl2nas.search import additive, gp, predictor
from wl2nas.search.kernels import matern, matern_slope
from wl2nas.search.targets import normal_scores

SPACE = cells.nasbench101()
PART = SPACE.take(np.random.default_rng(0).choice(len(SPACE), 1_000, replace=False))
STATISTICS = features.standardised(features.statistics(PART))
ONE, OTHER = STATISTICS[:, :3], STATISTICS[:, 3:]
ANSWERS = np.tanh(ONE @ [1.0, -0.5, 0.3]) + np.sin(OTHER @ [0.8, -0.2, 0.6, 0.4])
ROWS = np.random.default_rng(1).choice(len(PART), 80, replace=False)


def predicted(groups=(ONE, OTHER), rows=ROWS, **settings):
    return additive.predict(groups, rows, ANSWERS[rows], **settings)


# --- the kernel ---------------------------------------------------------------------------------


def test_the_slope_is_that_of_matern():
    u = np.linspace(0, 9, 50)
    step = 1e-6
    assert matern_slope(u) == pytest.approx((matern(u + step) - matern(u)) / step, abs=1e-4)


def test_the_gradient_is_that_of_the_loss():
    apart = [gp.squared_distances(x[ROWS], x[ROWS]) for x in (ONE, OTHER)]
    y = gp.standardised(ANSWERS[ROWS])[0]
    for seed in range(3):
        theta = np.random.default_rng(seed).normal(size=5)
        arguments = (apart, [3.0, 5.0], y)
        found = optimize.approx_fprime(
            theta, lambda t, given=arguments: additive._loss(t, *given)[0], 1e-7
        )
        assert additive._loss(theta, *arguments)[1] == pytest.approx(found, abs=1e-3)


def test_the_loss_is_minus_the_likelihood_of_gp():
    """But for the prior, and a constant that hangs on the number of targets alone."""
    apart = [gp.squared_distances(x[ROWS], x[ROWS]) for x in (ONE, OTHER)]
    y, scales = gp.standardised(ANSWERS[ROWS])[0], [3.0, 5.0]

    def both(theta):
        kernel, noise = additive._kernel(theta, scales)
        loss = additive._loss(theta, apart, scales, y)[0] - 0.5 * theta @ theta / additive.DOUBT**2
        return loss, gp.log_marginal_likelihood(kernel.of(apart), y, noise)

    (loss, likelihood), (other_loss, other) = (both(np.full(5, x)) for x in (0.0, 0.7))
    assert loss - other_loss == pytest.approx(other - likelihood)


def test_a_group_that_says_nothing_has_little_weight():
    noise = np.random.default_rng(0).standard_normal((len(PART), 5))
    apart = [gp.squared_distances(x[ROWS], x[ROWS]) for x in (ONE, OTHER, noise)]
    kernel, _ = additive.choose(apart, ANSWERS[ROWS])
    assert kernel.weights.sum() == pytest.approx(1)
    assert kernel.weights[2] < 0.1 * kernel.weights[:2].min()


# --- what it predicts ---------------------------------------------------------------------------


def test_a_sum_is_learned_better_by_a_sum():
    others = np.setdiff1d(np.arange(len(PART)), ROWS)

    def error(groups):
        return np.abs(predicted(groups)[others] - ANSWERS[others]).mean()

    assert error([ONE, OTHER]) < error([STATISTICS]) < 0.8 * np.abs(ANSWERS).mean()


def test_the_order_of_rows_does_not_matter():
    assert (predicted() == predicted(rows=ROWS[::-1])).all()
    assert (predicted(chosen_by=30) == predicted(rows=ROWS[::-1], chosen_by=30)).all()


def test_the_order_of_groups_and_cells_matters_by_rounding_alone():
    assert predicted() == pytest.approx(predicted([OTHER, ONE]), abs=1e-4)
    order = np.random.default_rng(2).permutation(len(PART))
    place = np.argsort(order, kind="stable")
    moved = additive.predict([ONE[order], OTHER[order]], place[ROWS], ANSWERS[ROWS])
    assert moved == pytest.approx(predicted()[order], abs=1e-4)


def test_all_rows_are_learned_from_where_some_choose():
    fewer = predicted(rows=ROWS[:40])
    assert np.abs(predicted(chosen_by=40)[ROWS] - ANSWERS[ROWS]).mean() < 0.5 * (
        np.abs(fewer[ROWS] - ANSWERS[ROWS]).mean()
    )


def test_sparse_groups_are_taken_as_dense_ones():
    groups = [sparse.csr_matrix(ONE), OTHER]
    assert predicted(groups) == pytest.approx(predicted(), abs=1e-6)


def test_equal_answers_are_predicted_everywhere():
    found = additive.predict([ONE, OTHER], ROWS, np.full(len(ROWS), 93.0))
    assert found == pytest.approx(np.full(len(PART), 93.0))


def test_relabelled_cells_get_equal_predictions():
    forms, first = cells.all_forms(PART.take(range(30)))
    rows = np.unique(first)
    answers = normal_scores(np.arange(len(rows)))
    found = predictor.predict_scores(forms, rows, answers)
    assert len(forms) > 2 * len(rows)
    assert found == pytest.approx(found[first], abs=1e-6)


def test_only_the_order_of_the_answers_counts():
    answers = 90 + 4 * ANSWERS[ROWS] / np.abs(ANSWERS).max()
    failed = answers.copy()
    failed[answers.argmin()] = 10
    scores = [predictor.predict_scores(PART, ROWS, a) for a in (answers, failed)]
    assert (scores[0] == scores[1]).all()


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "groups, rows, targets, words",
    [
        ([], [0, 1], [1, 2], "groups is empty"),
        ([ONE, OTHER[1:]], [0, 1], [1, 2], r"groups\[1\] must have 1000 rows"),
        ([ONE, np.full_like(OTHER, np.nan)], [0, 1], [1, 2], r"groups\[1\] must be finite"),
        ([ONE], [0, 1_000], [1, 2], "rows must be rows of the features, 0..999"),
        ([ONE], [-1, 1], [1, 2], "rows must be rows of the features"),
        ([ONE], [0.0, 1.0], [1, 2], "rows must hold whole numbers"),
        ([ONE], [3, 3], [1, 2], "rows holds a row twice"),
        ([ONE], [0, 1], [1, 2, 3], "targets must have the shape"),
        ([ONE], [0, 1], [1, np.inf], "targets must be finite"),
        ([ONE], [0], [1], "at least two targets"),
    ],
)
def test_what_cannot_be_meant_is_refused(groups, rows, targets, words):
    with pytest.raises(ValueError, match=words):
        additive.predict(groups, np.array(rows), targets)


def test_chosen_by_is_two_or_more():
    with pytest.raises(ValueError, match="chosen_by must be a whole number of 2 or more"):
        predicted(chosen_by=1)
