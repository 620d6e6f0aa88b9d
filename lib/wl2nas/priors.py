"""Where latents are drawn from: three Gaussians, from the simplest to the one with full covariance.

A decoder knows the latents of real cells. What comes out of a draw depends on how well the law of
the draws agrees with the law of those latents, the *aggregate posterior*: pick a cell, then draw
from its Gaussian.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from wl2nas.models.arch2vec import Posterior


class Prior(NamedTuple):
    """The Gaussian of mean + factor^T noise; latents of any shape, flattened to K numbers."""

    mean: Float[np.ndarray, "..."]
    factor: Float[np.ndarray, "K K"]


def standard(shape: tuple[int, ...]) -> Prior:
    """N(0, I) for latents of this shape."""
    return Prior(np.zeros(shape), np.eye(int(np.prod(shape))))


def per_entry(means: Float[np.ndarray, "N ..."], *, per_position: bool = True) -> Prior:
    """N(0, I) scaled by the spread of the posterior means of cells and shifted by their centre.

    As published every vertex position has a scale and a centre of its own; False shares one over
    the positions. The Gaussians around the means are left out, as in the public code.
    """
    axes = 0 if per_position else tuple(range(means.ndim - 1))
    shape = means.shape[1:]
    centre = np.broadcast_to(means.mean(axis=axes), shape)
    spread = np.broadcast_to(means.std(axis=axes, ddof=1), shape)
    return Prior(centre, np.diag(spread.ravel()))


def full_covariance(posterior: Posterior) -> Prior:
    """The Gaussian with mean and covariance of the aggregate posterior of these cells."""
    mean = np.asarray(posterior.mean, np.float64)
    flat = mean.reshape(len(mean), -1)
    own = np.exp(2 * np.asarray(posterior.log_sigma, np.float64)).reshape(flat.shape)
    covariance = np.cov(flat.T) + np.diag(own.mean(axis=0))
    return Prior(mean.mean(axis=0), np.linalg.cholesky(covariance).T)


def sample(prior: Prior, n: int, *, seed: int) -> Float[np.ndarray, "n ..."]:
    """n latents drawn from a prior."""
    noise = np.random.default_rng(seed).standard_normal((n, len(prior.factor)))
    return (prior.mean + (noise @ prior.factor).reshape(n, *prior.mean.shape)).astype(np.float32)
