import numpy as np
import pytest

from wl2nas import priors
from wl2nas.models.arch2vec import Posterior


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def means(rng):
    return rng.normal(size=(50, 3, 2)) * [[1, 2], [3, 4], [5, 6]] + [[0, 0], [1, 1], [2, 2]]


def test_a_prior_per_position(means):
    prior = priors.per_entry(means)
    for v in range(3):
        for d in range(2):
            values = means[:, v, d]
            spread = (((values - values.mean()) ** 2).sum() / 49) ** 0.5
            assert np.allclose([prior.mean[v, d], spreads(prior)[v, d]], [values.mean(), spread])


def test_a_prior_shared_by_all_positions(means):
    prior = priors.per_entry(means, per_position=False)
    rows = means.reshape(150, 2)
    assert np.allclose(prior.mean, np.tile(rows.mean(axis=0), (3, 1)))
    assert np.allclose(spreads(prior), np.tile(rows.std(axis=0, ddof=1), (3, 1)))


def test_samples_follow_the_prior_and_the_seed(means):
    prior = priors.per_entry(means)
    z = priors.sample(prior, 20_000, seed=0)
    assert np.allclose(z.mean(axis=0), prior.mean, atol=0.05 * spreads(prior).max())
    assert np.allclose(z.std(axis=0), spreads(prior), rtol=0.05)
    assert (priors.sample(prior, 20_000, seed=0) == z).all()
    assert (priors.sample(prior, 20_000, seed=1) != z).all()


def spreads(prior):
    """Standard deviation of every entry."""
    covariance = prior.factor.T @ prior.factor
    return np.sqrt(np.diag(covariance)).reshape(prior.mean.shape)


def test_the_standard_prior():
    z = priors.sample(priors.standard((3, 2)), 20_000, seed=0).reshape(20_000, 6)
    assert np.abs(z.mean(axis=0)).max() < 0.03
    assert np.abs(np.cov(z.T) - np.eye(6)).max() < 0.05


def test_full_covariance_is_that_of_draws_from_all_the_posteriors(rng):
    mixing = rng.normal(size=(4, 4))
    mean = (rng.normal(size=(400, 4)) @ mixing + [1, 2, 3, 4]).reshape(400, 2, 2)
    log_sigma = rng.normal(-0.5, 0.3, size=(400, 2, 2))
    prior = priors.full_covariance(Posterior(mean, log_sigma))
    many = mean[:, None] + np.exp(log_sigma)[:, None] * rng.normal(size=(400, 500, 2, 2))
    direct = np.cov(many.reshape(-1, 4).T)
    drawn = priors.sample(prior, 200_000, seed=1)
    assert drawn.shape == (200_000, 2, 2)
    assert np.allclose(drawn.mean(axis=0), mean.mean(axis=0), atol=0.05)
    scale = np.sqrt(np.outer(np.diag(direct), np.diag(direct)))
    assert np.abs((np.cov(drawn.reshape(-1, 4).T) - direct) / scale).max() < 0.02
