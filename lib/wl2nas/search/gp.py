"""An exact Gaussian process over any features, fast enough for every cell at once.

The kernel is k(x, y) = v exp(-s |x - y|^2 / m) with m the mean squared distance between observed
points, so that features of any scale and dimension need no tuning by hand. The inverse length s
and the ratio of noise to signal are those of highest marginal likelihood on a small grid; the
signal variance v has its best value in closed form.

All is computed in float64, and distances from differences, so that what comes out hangs neither on
the type of the features nor, beyond the last few digits, on the processor.
Source: Rasmussen and Williams 2006, algorithm 2.1.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import linalg, sparse

from wl2nas import _require

INVERSE_LENGTHS = (0.03, 0.06, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
NOISE_RATIOS = (0.001, 0.01, 0.1, 1.0)
CANCELLED = 1e-6  # of the two squared norms: a distance below it has lost a third of its digits
BLOCK = 100_000  # pairs of sparse rows subtracted at once


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


def squared_distances(a, b) -> Float[np.ndarray, "N n"]:
    """|a_i - b_j|^2 for dense or sparse feature matrices (N, D) and (n, D), of any numbers.

    Dense rows are subtracted, so that equal rows have distance 0 and an offset that all rows share
    costs no digits. Sparse ones are multiplied out, which is exact for whole numbers, and
    subtracted only where that would cost digits. ValueError for widths that differ, and for
    distances beyond float64.
    """
    a, b = _require.features("a", a), _require.features("b", b)
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"features differ in width: {a.shape[1]} and {b.shape[1]}")
    with np.errstate(over="ignore", invalid="ignore"):
        if sparse.issparse(a) or sparse.issparse(b):
            found = _of_sparse(sparse.csr_array(a), sparse.csr_array(b))
        else:
            found = np.empty((len(a), len(b)))
            for column, row in zip(found.T, b, strict=True):
                column[:] = ((a - row) ** 2).sum(axis=1)
    if not np.isfinite(found).all():
        raise ValueError("features are so large that their distances leave float64; scale them")
    return found


def _of_sparse(a, b) -> Float[np.ndarray, "N n"]:
    norm_a, norm_b = (m.multiply(m).sum(axis=1) for m in (a, b))
    norms = norm_a[:, None] + norm_b[None, :]
    found = np.maximum(norms - 2 * (a @ b.T).toarray(), 0.0)
    if all((m.data == np.floor(m.data)).all() for m in (a, b)):
        return found
    i, j = np.nonzero(found < CANCELLED * norms)
    for start in range(0, len(i), BLOCK):
        part = slice(start, start + BLOCK)
        difference = a[i[part]] - b[j[part]]
        found[i[part], j[part]] = difference.multiply(difference).sum(axis=1)
    return found


def fit_predict(
    observed: Float[np.ndarray, "n n"],
    targets: Float[np.ndarray, " n"],
    candidates: Float[np.ndarray, "N n"],
) -> Posterior:
    """Condition on targets; both arguments besides them are squared distances to the observed.

    Targets are standardised inside. ValueError for fewer than two targets, for shapes that do not
    belong together, and for what is no finite distance.
    """
    targets = _require.finite("targets", targets, shape=(None,))
    if (n := len(targets)) < 2:
        raise ValueError(f"a Gaussian process needs at least two targets; there are {n}")
    observed = _require.finite("observed", observed, shape=(n, n))
    candidates = _require.finite("candidates", candidates, shape=(None, n))
    if (observed < 0).any() or (candidates < 0).any():
        raise ValueError("observed and candidates must be squared distances; one is negative")
    centre, spread = targets.mean(), targets.std() or 1.0
    y = (targets - centre) / spread
    scale = observed[np.triu_indices(len(y), 1)].mean() or 1.0
    grid = [(s, noise) for s in INVERSE_LENGTHS for noise in NOISE_RATIOS]
    s, noise = grid[
        first_of_best(
            [log_marginal_likelihood(np.exp(-s * observed / scale), y, noise) for s, noise in grid],
            TIE * len(y),
        )
    ]
    factor = _cholesky(np.exp(-s * observed / scale), noise)
    cross = np.exp(-s * candidates / scale)
    alpha = linalg.cho_solve((factor, True), y)
    inverse = linalg.solve_triangular(factor, np.eye(len(y)), lower=True)
    left = np.maximum(1.0 - ((cross @ inverse.T) ** 2).sum(axis=1), 1e-10)
    signal = _signal_variance(factor, y)
    return Posterior(centre + spread * (cross @ alpha), spread * np.sqrt(signal * left))


def _cholesky(kernel, noise: float) -> Float[np.ndarray, "n n"]:
    return linalg.cholesky(kernel + noise * np.eye(len(kernel)), lower=True)


def _signal_variance(factor, y) -> float:
    """The v that maximises the likelihood for this kernel; equal targets leave nothing."""
    white = linalg.solve_triangular(factor, y, lower=True)
    return max(white @ white / len(y), 1e-12)


def log_marginal_likelihood(kernel, y, noise: float) -> float:
    """log p(y) with the best signal variance for this kernel and ratio of noise to signal."""
    factor = _cholesky(kernel, noise)
    n, variance = len(y), _signal_variance(factor, y)
    return -0.5 * n * (np.log(2 * np.pi * variance) + 1) - np.log(np.diag(factor)).sum()
