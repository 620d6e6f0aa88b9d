"""A Gaussian process that weighs groups of features: each of them has a length of its own.

k(x, y) = v c(sum_g s_g |x_g - y_g|^2), c the Matern correlation of ``kernels``. With one length for
all columns, a group of many columns drowns one of few, whatever they say; here a group that says
nothing of the targets gets a small inverse length s_g, and is not seen.

The s_g and the ratio of noise to signal are those of highest marginal likelihood times a wide
log-normal prior, found by gradients; the signal variance v has its best value in closed form, as in
``gp``. Source: Rasmussen and Williams 2006, sections 5.1 and 5.4.1.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import linalg, optimize, sparse

from wl2nas import _require
from wl2nas.search import gp
from wl2nas.search.distances import squared_distances
from wl2nas.search.kernels import matern, matern_slope

# Where the search begins: the sum of all s_g in units of 1 / mean squared distance, and the noise
# in units of the signal variance.
INVERSE_LENGTH, NOISE_RATIO = 0.5, 0.1
DOUBT = 2.0  # standard deviation of the prior of every logarithm, around where the search begins
FARTHEST = 3 * DOUBT  # the search goes no farther, where kernels without noise are singular
STEPS = 100  # of the search, at most
CHOSEN_BY = 1_000  # targets that choose lengths and noise, at most; all are learned from
AT_ONCE = 10_000_000  # distances


def predict(groups: Sequence[Any], rows, targets) -> Float[np.ndarray, " N"]:
    """The mean of the process for every cell, from the targets of some rows, in their unit.

    groups: matrices with a row of features for every cell, in one order, dense or sparse: (N, D_g).
    rows and targets: (n,). Where there are more than ``CHOSEN_BY`` rows, so many of them, equal
    steps apart, choose lengths and noise. ValueError for no group, for groups of different length,
    for rows that are not rows of theirs or stand there twice, and for fewer than two targets or
    not one for each row.

    >>> x = np.linspace(0, 1, 9)[:, None]
    >>> predict([x, np.cos(40 * x)], np.arange(0, 9, 2), [1, 2, 3, 4, 5])[::4].round().tolist()
    [1.0, 3.0, 5.0]
    """
    groups, rows, targets = _checked(groups, rows, targets)
    some = np.linspace(0, len(rows) - 1, min(CHOSEN_BY, len(rows))).astype(int)
    apart = [squared_distances(x[rows[some]], x[rows[some]]) for x in groups]
    s, noise = choose(apart, targets[some])
    x = _side_by_side(groups, s)
    known = x[rows]
    kernel = matern(squared_distances(known, known))
    process = gp.Process(gp.condition(kernel, targets, noise), "matern", 1.0)
    mean, step = np.empty(x.shape[0]), max(AT_ONCE // len(rows), 1)
    for start in range(0, len(mean), step):
        part = slice(start, start + step)
        mean[part] = process.mean(squared_distances(x[part], known))
    return mean


def _checked(groups, rows, targets) -> tuple:
    """Everything in its plain form, the rows in ascending order: no result hangs on theirs."""
    if not len(groups):
        raise ValueError("groups is empty; give one matrix of features at least")
    count = _require.features("groups[0]", groups[0]).shape[0]
    groups = [_require.features(f"groups[{g}]", x, rows=count) for g, x in enumerate(groups)]
    rows = _require.array("rows", rows, shape=(None,), kinds="iu")
    if rows.size and not (rows.min() >= 0 and rows.max() < count):
        raise ValueError(f"rows must be rows of the features, 0..{count - 1}; they are "
                         f"{rows.min()}..{rows.max()}")  # fmt: skip
    if len(np.unique(rows)) < len(rows):
        raise ValueError("rows holds a row twice; give every row once, with its mean")
    targets = _require.finite("targets", targets, shape=(len(rows),))
    if len(rows) < 2:
        raise ValueError(f"give at least two targets, with their rows; there are {len(rows)}")
    order = np.argsort(rows, kind="stable")
    return groups, rows[order], targets[order]


def _side_by_side(groups, s):
    """One matrix whose squared distances are the sum over the groups of s_g times theirs."""
    scaled = [x * length for x, length in zip(groups, np.sqrt(s), strict=True)]
    if any(map(sparse.issparse, scaled)):
        return sparse.hstack(scaled, format="csr")
    return np.concatenate(scaled, axis=1)


# --- the likelihood -----------------------------------------------------------------------------


def choose(
    apart: Sequence[Float[np.ndarray, "n n"]], targets: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " G"], float]:
    """The s of every group, and the ratio of noise to signal, of highest posterior probability.

    apart: squared distances between the points of the targets, for every group.
    """
    y, _, _ = gp.standardised(targets)
    scales = np.array([squared[np.triu_indices(len(y), 1)].mean() or 1.0 for squared in apart])
    begin = np.zeros(len(apart) + 1)
    found = optimize.minimize(
        _loss, begin, (apart, scales, y), jac=True, method="L-BFGS-B",
        bounds=[(-FARTHEST, FARTHEST)] * len(begin), options={"maxiter": STEPS},
    )  # fmt: skip
    return _kernel(found.x, scales)


def _kernel(theta, scales) -> tuple[Float[np.ndarray, " G"], float]:
    """What the logarithms stand for: the s of every group, the ratio of noise to signal."""
    s = INVERSE_LENGTH / len(scales) * np.exp(theta[:-1]) / scales
    return s, NOISE_RATIO * float(np.exp(theta[-1]))


def _loss(theta, apart, scales, y) -> tuple[float, Float[np.ndarray, " P"]]:
    """Minus the logarithm of likelihood times prior but for a constant, and its gradient.

    With a = K^-1 y and the best signal variance y a / n, the likelihood changes with K as
    n / 2 a a^T / (y a) - K^-1 / 2.
    """
    s, noise = _kernel(theta, scales)
    u = sum(length * squared for length, squared in zip(s, apart, strict=True))
    noisy = matern(u)
    noisy[np.diag_indices_from(noisy)] += noise
    factor = linalg.cholesky(noisy, lower=True, check_finite=False)
    inverse = linalg.cho_solve((factor, True), np.eye(len(y)), check_finite=False)
    a = inverse @ y
    fit = max(float(y @ a), 1e-12)
    loss = 0.5 * len(y) * np.log(fit) + np.log(np.diag(factor)).sum()
    by_kernel = 0.5 * inverse - 0.5 * len(y) / fit * np.outer(a, a)
    by_u = by_kernel * matern_slope(u)
    by_s = [np.vdot(by_u, squared) for squared in apart]
    gradient = np.append(s * by_s, noise * np.trace(by_kernel))
    return loss + 0.5 * theta @ theta / DOUBT**2, gradient + theta / DOUBT**2
