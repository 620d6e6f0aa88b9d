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


# --- bad input ----------------------------------------------------------------------------------

NAN = float("nan")
GOOD = Posterior(np.arange(12.0).reshape(3, 2, 2) ** 2, np.zeros((3, 2, 2)))


def holed(array, value=NAN):
    array = array.copy()
    array[0, 0, 0] = value
    return array


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: priors.standard(()), "shape must be the lengths of a latent"),
        (lambda: priors.standard(5), r"such as \(7, 16\); it is 5"),
        (lambda: priors.standard((7, 0)), "shape must be a whole number of 1 or more; it is 0"),
        (lambda: priors.standard((-7, -16)), "shape must be a whole number of 1 or more; it is -7"),
        (lambda: priors.standard((7, 1.5)), "shape must be a whole number of 1 or more; it is 1.5"),
        (lambda: priors.per_entry(GOOD.mean[:1]), "means must hold the latents of two cells or mo"),
        (lambda: priors.per_entry(GOOD.mean[:0]), "means must hold the latents of two cells or mo"),
        (lambda: priors.per_entry(np.arange(5.0)), r"its shape is \(5,\)"),
        (lambda: priors.per_entry(holed(GOOD.mean)), "means must be finite; 1 of its numbers"),
        (lambda: priors.per_entry(holed(GOOD.mean, np.inf)), "means must be finite"),
        (lambda: priors.per_entry(GOOD.mean * 1j), "means must hold numbers; it holds complex128"),
        (lambda: priors.per_entry([["a", "b"], ["c", "d"]]), "means must hold numbers"),
        (lambda: priors.per_entry(GOOD.mean, per_position="no"), "per_position must be True or"),
        (lambda: priors.full_covariance(Posterior(*(x[:1] for x in GOOD))), "two cells or more"),
        (lambda: priors.full_covariance(GOOD._replace(mean=holed(GOOD.mean))), "mean must be fin"),
        (lambda: priors.full_covariance(GOOD._replace(log_sigma=holed(GOOD.mean))), "log_sigma mu"),
        (lambda: priors.full_covariance(GOOD._replace(log_sigma=GOOD.mean[0])), "have the shape"),
        (
            lambda: priors.full_covariance(GOOD._replace(log_sigma=GOOD.log_sigma - 800)),
            "no spread",
        ),
        (
            lambda: priors.full_covariance(GOOD._replace(log_sigma=GOOD.log_sigma + 800)),
            "be finite",
        ),
        (lambda: draw(n=-1), "n must be a whole number of 1 or more; it is -1"),
        (lambda: draw(n=0), "n must be a whole number of 1 or more; it is 0"),
        (lambda: draw(n=2.5), "n must be a whole number of 1 or more; it is 2.5"),
        (lambda: draw(n=True), "n must be a whole number of 1 or more; it is True"),
        (lambda: draw(seed=None), "seed must be a whole number of 0 or more; it is None"),
        (lambda: draw(seed=-1), "seed must be a whole number of 0 or more; it is -1"),
        (lambda: draw(seed=0.5), "seed must be a whole number of 0 or more; it is 0.5"),
        (lambda: draw(mean=np.full((2, 2), NAN)), "prior.mean must be finite"),
        (lambda: draw(factor=np.eye(3)), r"prior.factor must have the shape \(4, 4\)"),
        (lambda: draw(factor=np.full((4, 4), np.inf)), "prior.factor must be finite"),
    ],
)
def test_what_no_prior_is_made_of_is_named(call, message, no_annotations):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def draw(n=3, seed=0, **parts):
    return priors.sample(priors.standard((2, 2))._replace(**parts), n, seed=seed)


def test_means_of_whole_numbers_are_numbers(no_annotations):
    whole, real = (priors.per_entry(GOOD.mean.astype(dtype)) for dtype in (np.int32, np.float64))
    assert (whole.mean == real.mean).all() and (whole.factor == real.factor).all()
