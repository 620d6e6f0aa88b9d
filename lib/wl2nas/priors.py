"""Where latents are drawn from: three Gaussians, from the simplest to the one with full covariance.

A decoder knows the latents of real cells. What comes out of a draw depends on how well the law of
the draws agrees with the law of those latents, the *aggregate posterior*: pick a cell, then draw
from its Gaussian.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from wl2nas import _require
from wl2nas.models.arch2vec import Posterior


class Prior(NamedTuple):
    """The Gaussian of mean + factor^T noise; latents of any shape, flattened to K numbers."""

    mean: Float[np.ndarray, "..."]
    factor: Float[np.ndarray, "K K"]


def standard(shape: tuple[int, ...]) -> Prior:
    """N(0, I) for latents of this shape.

    >>> standard((7, 16)).factor.shape
    (112, 112)
    """
    if not isinstance(shape, tuple | list) or not shape:
        raise TypeError(f"shape must be the lengths of a latent, such as (7, 16); it is {shape}")
    lengths = tuple(_require.whole("shape", length, at_least=1) for length in shape)
    return Prior(np.zeros(lengths), np.eye(math.prod(lengths)))


def per_entry(means: Float[np.ndarray, "N ..."], *, per_position: bool = True) -> Prior:
    """N(0, I) scaled by the spread of the posterior means of cells and shifted by their centre.

    As published every vertex position has a scale and a centre of its own; False shares one over
    the positions. The Gaussians around the means are left out, as in the public code.
    Raises ValueError for fewer than two cells, NaN and infinities, and where the latents have no
    spread in some direction.
    """
    means = _latents("means", means)
    axes = 0 if _require.flag("per_position", per_position) else tuple(range(means.ndim - 1))
    shape = means.shape[1:]
    centre = np.broadcast_to(means.mean(axis=axes), shape)
    spread = np.broadcast_to(means.std(axis=axes, ddof=1), shape)
    return Prior(centre, np.diag(spread.ravel()))


def full_covariance(posterior: Posterior) -> Prior:
    """The Gaussian with mean and covariance of the aggregate posterior of these cells.

    Raises ValueError for fewer than two cells, NaN and infinities.
    """
    mean = _latents("posterior.mean", posterior.mean).astype(np.float64)
    log_sigma = _require.finite("posterior.log_sigma", posterior.log_sigma, shape=mean.shape)
    flat = mean.reshape(len(mean), -1)
    with np.errstate(over="ignore"):
        own = np.exp(2 * log_sigma).reshape(flat.shape)
    covariance = np.cov(flat.T) + np.diag(own.mean(axis=0))
    _require.finite("posterior's covariance", covariance)
    # Whether rounding leaves a variance of 0 a little above or below hangs on the processor; an
    # eigenvalue is off by up to the largest, times the unit of rounding, for each of the rows.
    spread = np.linalg.eigvalsh(covariance)
    if spread[0] <= len(covariance) * np.finfo(np.float64).eps * spread[-1]:
        raise ValueError("posterior has no spread in some direction; use per_entry")
    return Prior(mean.mean(axis=0), np.linalg.cholesky(covariance).T)


def sample(prior: Prior, n: int, *, seed: int) -> Float[np.ndarray, "n ..."]:
    """n latents drawn from a prior."""
    mean = _require.finite("prior.mean", prior.mean)
    factor = _require.finite("prior.factor", prior.factor, shape=(mean.size, mean.size))
    n, seed = _require.whole("n", n, at_least=1), _require.whole("seed", seed, at_least=0)
    noise = np.random.default_rng(seed).standard_normal((n, len(factor)))
    return (mean + (noise @ factor).reshape(n, *mean.shape)).astype(np.float32)


def _latents(name: str, value) -> Float[np.ndarray, "N ..."]:
    """Finite latents of at least two cells, in their own precision."""
    latents = np.asarray(value)
    if latents.ndim < 2 or len(latents) < 2 or latents.size == 0:
        raise ValueError(
            f"{name} must hold the latents of two cells or more, (N, ...); its shape is "
            f"{latents.shape}"
        )
    checked = _require.finite(name, value)
    return latents if latents.dtype.kind == "f" else checked
