"""A length for every group of features: against scikit-learn, brute force and other orders."""

import numpy as np
import pytest
from scipy import optimize, sparse
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from wl2nas.search import gp, grouped
from wl2nas.search.kernels import matern, matern_slope

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 7))
ONE, OTHER = X[:, :3], X[:, 3:]
ANSWERS = 90 + np.tanh(X @ [1.0, -0.5, 0.3, 0, 0, 0, 0]) + 0.5 * np.sin(OTHER @ [0.8, -0.2, 0.6, 0])
ROWS = RNG.choice(len(X), 60, replace=False)
OTHERS = np.setdiff1d(np.arange(len(X)), ROWS)
APART = [gp.squared_distances(x[ROWS], x[ROWS]) for x in (ONE, OTHER)]
SCALES = np.array([3.0, 5.0])


def predicted(groups=(ONE, OTHER), rows=ROWS):
    return grouped.predict(groups, rows, ANSWERS[rows])


def oracle(s, noise, y) -> GaussianProcessRegressor:
    """Scikit-learn's process of this kernel, with the signal variance that is most likely.

    Its length l of a feature is that of exp(-d^2 / 2 l^2): s = 1 / (2 l^2).
    """
    lengths = 1 / np.sqrt(2 * np.repeat(s, [3, 4]))
    unit = Matern(lengths, nu=2.5)(X[ROWS]) + noise * np.eye(len(ROWS))
    signal = y @ np.linalg.solve(unit, y) / len(y)
    kernel = ConstantKernel(signal) * Matern(lengths, nu=2.5) + WhiteKernel(signal * noise)
    return GaussianProcessRegressor(kernel, optimizer=None, alpha=0).fit(X[ROWS], y)


# --- the kernel and its likelihood --------------------------------------------------------------


def test_the_slope_is_that_of_matern():
    u, step = np.linspace(0.01, 9, 50), 1e-6
    expected = (matern(u + step) - matern(u - step)) / (2 * step)
    assert matern_slope(u) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_the_loss(seed):
    theta, y = np.random.default_rng(seed).normal(size=3), gp.standardised(ANSWERS[ROWS])[0]

    def loss(at):
        return grouped._loss(at, APART, SCALES, y)[0]

    steps = 1e-5 * np.eye(3)
    expected = [(loss(theta + step) - loss(theta - step)) / 2e-5 for step in steps]
    assert grouped._loss(theta, APART, SCALES, y)[1] == pytest.approx(expected, abs=1e-5)


def test_the_loss_is_minus_the_likelihood_of_scikit_learn():
    """But for the prior, and a constant that hangs on the number of targets alone."""
    y = gp.standardised(ANSWERS[ROWS])[0]

    def apart(theta):
        loss = grouped._loss(theta, APART, SCALES, y)[0] - 0.5 * theta @ theta / grouped.DOUBT**2
        return loss + oracle(*grouped._kernel(theta, SCALES), y).log_marginal_likelihood_value_

    first, *more = (apart(np.random.default_rng(k).normal(size=3)) for k in range(4))
    assert more == pytest.approx([first] * 3)


def test_no_other_lengths_are_more_likely():
    y, scales = gp.standardised(ANSWERS[ROWS])[0], [a[np.triu_indices(60, 1)].mean() for a in APART]
    scales = np.array(scales)
    s, noise = grouped.choose(APART, ANSWERS[ROWS])
    found = np.append(
        np.log(2 * s * scales / grouped.INVERSE_LENGTH), np.log(noise / grouped.NOISE_RATIO)
    )

    def loss(theta):
        return grouped._loss(theta, APART, scales, y)[0]

    search = optimize.minimize(loss, np.ones(3), method="Nelder-Mead")
    assert search.success and loss(found) == pytest.approx(search.fun, abs=1e-3)
    assert found == pytest.approx(search.x, abs=0.05)


def test_a_group_that_says_nothing_is_not_seen():
    noise = np.random.default_rng(2).standard_normal((len(X), 6))
    apart = [gp.squared_distances(x[ROWS], x[ROWS]) for x in (ONE, OTHER, noise)]
    s, _ = grouped.choose(apart, ANSWERS[ROWS])
    weights = s * [a.mean() for a in apart]
    assert weights[2] < 0.2 * weights[:2].min()


# --- what it predicts ---------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [grouped.AT_ONCE, 700])
def test_the_mean_is_that_of_scikit_learn(at_once, monkeypatch):
    """In one block, and in blocks of eleven cells."""
    monkeypatch.setattr(grouped, "AT_ONCE", at_once)
    y, centre, spread = gp.standardised(ANSWERS[ROWS])
    s, noise = grouped.choose(APART, ANSWERS[ROWS])
    expected = centre + spread * oracle(s, noise, y).predict(X)
    assert predicted() == pytest.approx(expected, abs=1e-4)


def test_lengths_of_their_own_are_better_than_one():
    """Where one column says all, and forty beside it nothing."""
    noise = np.random.default_rng(3).standard_normal((len(X), 40))
    answers = np.tanh(X[:, 0])

    def error(groups):
        found = grouped.predict(groups, ROWS, answers[ROWS])
        return np.abs(found - answers)[OTHERS].mean()

    one_length = np.concatenate([X[:, :1], noise], axis=1)
    assert error([X[:, :1], noise]) < 0.3 * error([one_length])


def test_the_order_of_rows_does_not_matter(monkeypatch):
    assert (predicted() == predicted(rows=ROWS[::-1])).all()
    monkeypatch.setattr(grouped, "CHOSEN_BY", 30)
    assert (predicted() == predicted(rows=ROWS[::-1])).all()


def test_the_order_of_groups_and_cells_matters_by_rounding_alone():
    assert predicted() == pytest.approx(predicted([OTHER, ONE]), abs=1e-3)
    order = np.random.default_rng(2).permutation(len(X))
    place = np.argsort(order, kind="stable")
    moved = grouped.predict([ONE[order], OTHER[order]], place[ROWS], ANSWERS[ROWS])
    assert moved == pytest.approx(predicted()[order], abs=1e-3)


def test_all_rows_are_learned_from_where_some_choose(monkeypatch):
    fewer = predicted(rows=ROWS[:30])
    chosen_from, choose = [], grouped.choose
    monkeypatch.setattr(grouped, "choose", lambda a, t: chosen_from.append(len(t)) or choose(a, t))
    monkeypatch.setattr(grouped, "CHOSEN_BY", 30)
    left = ROWS[30:]
    error = np.abs(predicted() - ANSWERS)[left].mean()
    assert chosen_from == [30] and error < 0.5 * np.abs(fewer - ANSWERS)[left].mean()


def test_sparse_groups_are_taken_as_dense_ones():
    assert predicted([sparse.csr_matrix(ONE), OTHER]) == pytest.approx(predicted(), abs=1e-6)


def test_a_unit_of_a_group_does_not_matter():
    assert predicted([1e3 * ONE, OTHER]) == pytest.approx(predicted(), abs=1e-3)


def test_equal_answers_are_predicted_everywhere():
    found = grouped.predict([ONE, OTHER], ROWS, np.full(len(ROWS), 93.0))
    assert found == pytest.approx(np.full(len(X), 93.0))


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "groups, rows, targets, words",
    [
        ([], [0, 1], [1, 2], "groups is empty"),
        ([ONE, OTHER[1:]], [0, 1], [1, 2], r"groups\[1\] must have 300 rows"),
        ([ONE, np.full_like(OTHER, np.nan)], [0, 1], [1, 2], r"groups\[1\] must be finite"),
        ([ONE], [0, 300], [1, 2], "rows must be rows of the features, 0..299"),
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
        grouped.predict(groups, np.array(rows), targets)
