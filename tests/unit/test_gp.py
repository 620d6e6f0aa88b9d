import numpy as np
import pytest
from scipy import sparse
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from wl2nas.search import gp


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def problem(rng):
    """Twelve observed points, their targets in percent, and forty candidates."""
    x = rng.normal(size=(12, 3))
    y = 90 + 3 * np.sin(x).sum(axis=1) + 0.3 * rng.normal(size=12)
    return x, y, rng.normal(size=(40, 3))


def pair_distances(a, b):
    return np.array([[((p - q) ** 2).sum() for q in b] for p in a])


def test_squared_distances_pair_by_pair(problem):
    x, _, candidates = problem
    assert np.allclose(gp.squared_distances(candidates, x), pair_distances(candidates, x))
    assert (gp.squared_distances(x, x) >= 0).all()


def test_sparse_features_give_the_distances_of_dense_ones(rng):
    a = rng.integers(0, 3, (20, 50)) * (rng.random((20, 50)) < 0.2)
    b = a[::3] + (rng.random((7, 50)) < 0.1)
    dense = gp.squared_distances(a.astype(float), b.astype(float))
    thin = gp.squared_distances(
        sparse.csr_matrix(a, dtype=float), sparse.csr_matrix(b, dtype=float)
    )
    assert np.allclose(thin, dense)
    assert np.allclose(dense, pair_distances(a, b))


def length_scale(x, s):
    """exp(-s d / m) is scikit-learn's exp(-d / (2 l l)) with l l = m / (2 s)."""
    m = np.mean([pair_distances(x, x)[i, j] for j in range(len(x)) for i in range(j)])
    return (m / (2 * s)) ** 0.5


@pytest.mark.parametrize(("s", "noise"), [(0.125, 0.3), (1.0, 0.01), (4.0, 0.1)])
def test_marginal_likelihood_is_scikit_learn_s_at_the_best_signal_variance(problem, s, noise):
    """Ours maximises over the variance v of v (RBF + noise): theirs is given it, and its
    neighbours, which must be worse."""
    x, y, _ = problem
    y = (y - y.mean()) / y.std()
    kernel = np.exp(-pair_distances(x, x) / (2 * length_scale(x, s) ** 2))
    ours = gp.log_marginal_likelihood(kernel, y, noise)
    best = y @ np.linalg.solve(kernel + noise * np.eye(12), y) / 12

    def theirs(variance):
        shape = ConstantKernel(variance, "fixed") * (
            RBF(length_scale(x, s), "fixed") + WhiteKernel(noise, "fixed")
        )
        fitted = GaussianProcessRegressor(shape, alpha=0.0, optimizer=None).fit(x, y)
        return fitted.log_marginal_likelihood_value_

    assert ours == pytest.approx(theirs(best), abs=1e-6)
    assert all(theirs(factor * best) < ours - 1e-3 for factor in (0.8, 1.25))


def test_posterior_is_scikit_learn_s_at_the_best_point_of_the_grid(problem):
    """Targets are standardised; our signal variance scales theirs, which is 1."""
    x, y, candidates = problem
    standard = (y - y.mean()) / y.std()

    def fitted(s, noise):
        shape = RBF(length_scale(x, s), "fixed")
        return GaussianProcessRegressor(shape, alpha=noise, optimizer=None).fit(x, standard)

    def kernel_of(s, noise):
        return fitted(s, noise).kernel_(x) + noise * np.eye(12)

    def signal(s, noise):
        return standard @ np.linalg.solve(kernel_of(s, noise), standard) / 12

    def likelihood(s, noise):
        log_determinant = np.linalg.slogdet(kernel_of(s, noise))[1]
        return -6 * np.log(2 * np.pi * signal(s, noise)) - 6 - log_determinant / 2

    s, noise = max(
        ((s, noise) for s in gp.INVERSE_LENGTHS for noise in gp.NOISE_RATIOS),
        key=lambda setting: likelihood(*setting),
    )
    mean, std = fitted(s, noise).predict(candidates, return_std=True)
    ours = gp.fit_predict(gp.squared_distances(x, x), y, gp.squared_distances(candidates, x))
    assert std.max() > 2 * std.min()
    assert np.allclose(ours.mean, y.mean() + y.std() * mean, atol=1e-6)
    assert np.allclose(ours.std, y.std() * std * signal(s, noise) ** 0.5, atol=1e-6)


def test_units_of_features_and_targets_do_not_matter(problem):
    x, y, candidates = problem

    def predict(scale, shift, stretch):
        a, b = scale * x, scale * candidates
        return gp.fit_predict(
            gp.squared_distances(a, a), shift + stretch * y, gp.squared_distances(b, a)
        )

    plain, changed = predict(1, 0, 1), predict(1_000, -5, 0.01)
    assert np.allclose(changed.mean, -5 + 0.01 * plain.mean)
    assert np.allclose(changed.std, 0.01 * plain.std, atol=1e-8)


def test_equal_targets_are_predicted_everywhere(problem):
    x, _, candidates = problem
    posterior = gp.fit_predict(
        gp.squared_distances(x, x), np.full(12, 91.5), gp.squared_distances(candidates, x)
    )
    assert np.allclose(posterior.mean, 91.5)
    assert (posterior.std > 0).all()


@pytest.mark.parametrize("targets", [[90.0], [90.0, np.nan], [90.0, np.inf]])
def test_bad_targets_are_named(targets):
    n = len(targets)
    with pytest.raises(ValueError, match="at least two finite targets"):
        gp.fit_predict(np.zeros((n, n)), np.array(targets), np.zeros((3, n)))


def test_features_of_two_widths_are_named():
    with pytest.raises(ValueError, match="features differ in width: 3 and 2"):
        gp.squared_distances(np.zeros((4, 3)), np.zeros((4, 2)))
