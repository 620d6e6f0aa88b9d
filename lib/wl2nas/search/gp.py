"""An exact Gaussian process over any features, fast enough for every cell at once.

The kernel is k(x, y) = v c(s |x - y|^2 / m) with m the mean squared distance between observed
points, so that features of any scale and dimension need no tuning by hand, and c a correlation,
one of ``KERNELS``. The inverse length s and the ratio of noise to signal are those of highest
marginal likelihood on a small grid; the signal variance v has its best value in closed form.

All is computed in float64, so that what comes out hangs neither on the type of the features nor,
beyond the last few digits, on the processor.
Source: Rasmussen and Williams 2006, algorithm 2.1.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import linalg

from wl2nas import _require
from wl2nas.search.distances import blocks
from wl2nas.search.distances import squared_distances as squared_distances
from wl2nas.search.kernels import KERNELS as KERNELS

INVERSE_LENGTHS = (0.03, 0.06, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
NOISE_RATIOS = (0.001, 0.01, 0.1, 1.0)

# What rounding may do to a mean or a standard deviation, in units of the targets' spread. Solving
# with the kernel loses up to its condition number, (n + noise) / noise < 1e6 with up to 1,000
# observations, times the unit of rounding, 1.1e-16: 1e-10, and ten times as much is allowed.
# (Measured in searches with 150 observations, by another order of them: 1.3e-14.)
TIE = 1e-9


def first_of_best(scores, tolerance: float) -> int:
    """The first place whose score is within ``tolerance`` of the highest.

    Rounding does not choose among scores that are equal but for it.
    """
    scores = np.asarray(scores, np.float64)
    return int(np.argmax(scores >= scores.max() - tolerance))


class Posterior(NamedTuple):
    """Mean and standard deviation of the latent function at the candidates, in units of y."""

    mean: Float[np.ndarray, " N"]
    std: Float[np.ndarray, " N"]


# --- a process of any kernel --------------------------------------------------------------------


@dataclass(frozen=True)
class Conditioned:
    """A Gaussian process of prior variance 1 that has seen n targets.

    factor (n, n): of Cholesky, lower, of kernel and noise. weights (n,): they turn a row of kernel
    values into a standardised mean. signal: the best variance of the standardised targets.
    """

    centre: float
    spread: float
    signal: float
    factor: Float[np.ndarray, "n n"]
    weights: Float[np.ndarray, " n"]

    @functools.cached_property
    def whiten(self) -> Float[np.ndarray, "n n"]:
        """The inverse of the factor: it turns kernel values into what has been learned there."""
        return linalg.solve_triangular(self.factor, np.eye(len(self.factor)), lower=True)

    def mean(self, cross: Float[np.ndarray, "N n"]) -> Float[np.ndarray, " N"]:
        """The mean at candidates with these kernel values to the observed."""
        return self.centre + self.spread * (cross @ self.weights)

    def posterior(self, cross: Float[np.ndarray, "N n"]) -> Posterior:
        """Mean and standard deviation there."""
        known = self.whiten @ cross.T
        left = np.maximum(1.0 - np.einsum("ij,ij->j", known, known), 1e-10)
        return Posterior(self.mean(cross), self.spread * np.sqrt(self.signal * left))


def standardised(targets, n: int | None = None) -> tuple[np.ndarray, float, float]:
    """Targets of mean 0 and standard deviation 1, and what these were; equal ones become 0.

    ValueError where there are not ``n`` of them, or fewer than two.
    """
    targets = _require.finite("targets", targets, shape=(n,))
    if len(targets) < 2:
        raise ValueError(f"a Gaussian process needs at least two targets; there are {len(targets)}")
    centre, spread = float(targets.mean()), float(targets.std()) or 1.0
    return (targets - centre) / spread, centre, spread


def choose(kernels: Sequence[Float[np.ndarray, "n n"]], y) -> tuple[int, float]:
    """Which of the kernels, and which noise ratio, make standardised targets most likely."""
    grid = [(k, noise) for k in range(len(kernels)) for noise in NOISE_RATIOS]
    likelihood = [log_marginal_likelihood(kernels[k], y, noise) for k, noise in grid]
    return grid[first_of_best(likelihood, TIE * len(y))]


def condition(kernel: Float[np.ndarray, "n n"], targets, noise: float) -> Conditioned:
    """The process with this kernel and ratio of noise to signal, conditioned on targets."""
    y, centre, spread = standardised(targets, len(kernel))
    factor = _cholesky(kernel, noise)
    weights = linalg.cho_solve((factor, True), y)
    return Conditioned(centre, spread, _signal_variance(factor, y), factor, weights)


def _cholesky(kernel, noise: float) -> Float[np.ndarray, "n n"]:
    noisy = kernel.copy()
    noisy[np.diag_indices_from(noisy)] += noise
    return linalg.cholesky(noisy, lower=True, overwrite_a=True, check_finite=False)


def _signal_variance(factor, y) -> float:
    """The v that maximises the likelihood for this kernel; equal targets leave nothing."""
    white = linalg.solve_triangular(factor, y, lower=True, check_finite=False)
    return max(white @ white / len(y), 1e-12)


def log_marginal_likelihood(kernel, y, noise: float) -> float:
    """log p(y) with the best signal variance for this kernel and ratio of noise to signal."""
    factor = _cholesky(kernel, noise)
    n, variance = len(y), _signal_variance(factor, y)
    return -0.5 * n * (np.log(2 * np.pi * variance) + 1) - np.log(np.diag(factor)).sum()


# --- a process of distances ---------------------------------------------------------------------


@dataclass(frozen=True)
class Process:
    """A process whose kernel is a function of squared distances; from ``fit``."""

    conditioned: Conditioned
    kernel: str
    s: float  # per squared distance

    def mean(self, candidates: Float[np.ndarray, "N n"]) -> Float[np.ndarray, " N"]:
        """The mean at candidates with these squared distances to the observed, block by block."""
        parts = blocks(len(candidates), len(self.conditioned.weights))
        found = [self.conditioned.mean(self._cross(candidates[part])) for part in parts]
        return np.concatenate([np.empty(0), *found])

    def predict(self, candidates: Float[np.ndarray, "N n"]) -> Posterior:
        """Mean and standard deviation there. ValueError for what is no finite squared distance."""
        parts = blocks(len(candidates), len(self.conditioned.weights))
        found = [self.conditioned.posterior(self._cross(candidates[part])) for part in parts]
        empty = Posterior(np.empty(0), np.empty(0))
        return Posterior(*map(np.concatenate, zip(empty, *found, strict=True)))

    def _cross(self, candidates) -> Float[np.ndarray, "B n"]:
        shape = (None, len(self.conditioned.weights))
        return KERNELS[self.kernel](self.s * _squared("candidates", candidates, shape))


def _squared(name: str, distances, shape: tuple) -> np.ndarray:
    """Squared distances, checked."""
    distances = _require.finite(name, distances, shape=shape)
    if distances.size and distances.min() < 0:
        raise ValueError(f"{name} must be squared distances; one is negative: {distances.min()}")
    return distances


def fit(observed, targets, *, kernel: str = "rbf", chosen_by: int | None = None) -> Process:
    """The process of highest marginal likelihood on the grid, conditioned on targets.

    observed: squared distances (n, n) between the points of the n targets, which are standardised
    inside. kernel: one of ``KERNELS``. chosen_by: how many of the points, the first, choose s and
    noise, where there are too many for the whole grid; None for all. ValueError for fewer than two
    targets, for shapes that do not belong together, and for what is no finite squared distance.
    """
    _require.choice("kernel", kernel, KERNELS)
    y, _, _ = standardised(targets)
    observed = _squared("observed", observed, (len(y), len(y)))
    few = len(y) if chosen_by is None else _require.whole("chosen_by", chosen_by, at_least=2)
    scale = float(observed[np.triu_indices(len(y), 1)].mean()) or 1.0
    grid = [KERNELS[kernel](s / scale * observed[:few, :few]) for s in INVERSE_LENGTHS]
    k, noise = choose(grid, y[:few])
    s = INVERSE_LENGTHS[k] / scale
    return Process(condition(KERNELS[kernel](s * observed), targets, noise), kernel, s)


def fit_predict(observed, targets, candidates, *, kernel: str = "rbf") -> Posterior:
    """Condition on targets; both arguments besides them are squared distances to the observed.

    observed (n, n), targets (n,), candidates (N, n): ``fit``, and its prediction at the candidates.

    >>> x = np.array([[0.0], [1.0], [2.0]])
    >>> apart = squared_distances(x, x)
    >>> fit_predict(apart[:2, :2], [90.0, 92.0], apart[:, :2]).std.round(1).tolist()
    [0.5, 0.5, 0.7]
    """
    process = fit(observed, targets, kernel=kernel)
    return process.predict(_require.array("candidates", candidates, shape=(None, len(observed))))
