"""A Gaussian process whose kernel is a sum: one part for each group of features.

What a cell answers is taken to be one function of the first group plus one of the second, and so
on: k(x, y) = v sum_g w_g c(s_g |x_g - y_g|^2), c the Matern correlation of ``kernels``. A group
that says nothing gets a small weight w_g, one that says little in many columns does not drown one
that says much in few, as it would in one long distance.

Weights, inverse lengths s_g and the ratio of noise to signal are those of highest marginal
likelihood times a wide log-normal prior, found by gradients; the signal variance v has its best
value in closed form, as in ``gp``. Source: Rasmussen and Williams 2006, section 5.4.1; Duvenaud,
Nickisch and Rasmussen 2011, "Additive Gaussian Processes", arXiv 1112.4394.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import linalg, optimize, special

from wl2nas import _require
from wl2nas.search import gp
from wl2nas.search.distances import blocks, squared_distances
from wl2nas.search.kernels import matern, matern_slope

# In units of 1 / mean squared distance, and of the signal variance: where the search begins.
INVERSE_LENGTH, NOISE_RATIO = 0.5, 0.1
DOUBT = 2.0  # standard deviation of the prior of every logarithm, around where the search begins
FARTHEST = 3 * DOUBT  # the search goes no farther, where kernels without noise are singular
STEPS = 40  # of the search, at most: the likelihood is flat long before


@dataclass(frozen=True)
class Sum:
    """A kernel of variance 1: the weights of its parts, which add up to 1, and their s, (G,)."""

    weights: Float[np.ndarray, " G"]
    s: Float[np.ndarray, " G"]

    def of(self, apart: Sequence[Float[np.ndarray, "N n"]]) -> Float[np.ndarray, "N n"]:
        """Its values where these are the squared distances in every group."""
        parts = zip(self.weights, self.s, apart, strict=True)
        return sum(weight * matern(s * squared) for weight, s, squared in parts)


def predict(
    groups: Sequence[Any], rows, targets, *, chosen_by: int = 500
) -> Float[np.ndarray, " N"]:
    """The mean of the process for every cell, from the targets of some rows.

    groups: matrices with a row of features for every cell, in one order, dense or sparse. rows
    and targets: (n,). The kernel is chosen with at most ``chosen_by`` of the rows, equal steps
    apart; all of them are learned from. ValueError for no group, for groups of different length,
    for rows that are not rows of theirs or stand there twice, and for fewer than two targets or
    not one for each row.

    >>> x = np.linspace(0, 1, 7)[:, None]
    >>> predict([x, x**2], np.array([0, 3, 6]), [1.0, 2.0, 3.0])[[0, 3, 6]].round(1).tolist()
    [1.0, 2.0, 3.0]
    """
    groups, rows, targets = _checked(groups, rows, targets)
    few = min(_require.whole("chosen_by", chosen_by, at_least=2), len(rows))
    some = np.linspace(0, len(rows) - 1, few).astype(int)
    known = [group[rows] for group in groups]
    kernel, noise = choose([squared_distances(x[some], x[some]) for x in known], targets[some])
    inside = kernel.of([squared_distances(x, x) for x in known])
    process = gp.condition(inside, targets, noise)
    mean = np.empty(groups[0].shape[0])
    for part in blocks(len(mean), len(rows)):
        apart = [squared_distances(a[part], b) for a, b in zip(groups, known, strict=True)]
        mean[part] = process.mean(kernel.of(apart))
    return mean


def _checked(groups, rows, targets) -> tuple:
    """Everything in its plain form, the rows in ascending order: no result hangs on theirs."""
    if not len(groups):
        raise ValueError("groups is empty; give one matrix of features at least")
    groups = [_require.features(f"groups[{g}]", group) for g, group in enumerate(groups)]
    count = groups[0].shape[0]
    groups = [_require.features(f"groups[{g}]", x, rows=count) for g, x in enumerate(groups)]
    rows = _require.array("rows", rows, shape=(None,), kinds="iu")
    if rows.size and not (rows.min() >= 0 and rows.max() < count):
        raise ValueError(f"rows must be rows of the features, 0..{count - 1}; they are "
                         f"{rows.min()}..{rows.max()}")  # fmt: skip
    if len(np.unique(rows)) < len(rows):
        raise ValueError("rows holds a row twice; give every row once, with its mean")
    targets = _require.finite("targets", targets, shape=(len(rows),))
    order = np.argsort(rows, kind="stable")
    return groups, rows[order], targets[order]


# --- the likelihood -----------------------------------------------------------------------------


def choose(apart: Sequence[Float[np.ndarray, "n n"]], targets) -> tuple[Sum, float]:
    """The kernel, and the ratio of noise to signal, of highest posterior probability.

    apart: squared distances between the points of the targets, for every group.
    """
    y, _, _ = gp.standardised(targets)
    scales = [float(squared[np.triu_indices(len(y), 1)].mean()) or 1.0 for squared in apart]
    begin = np.zeros(2 * len(apart) + 1)
    found = optimize.minimize(
        _loss, begin, (list(apart), scales, y), jac=True, method="L-BFGS-B",
        bounds=[(-FARTHEST, FARTHEST)] * len(begin), options={"maxiter": STEPS},
    )  # fmt: skip
    return _kernel(found.x, scales)


def _kernel(theta, scales) -> tuple[Sum, float]:
    """What the logarithms stand for: weights, inverse lengths, the ratio of noise to signal."""
    logits, lengths = np.split(theta[:-1], 2)
    s = INVERSE_LENGTH * np.exp(lengths) / np.array(scales)
    return Sum(special.softmax(logits), s), NOISE_RATIO * float(np.exp(theta[-1]))


def _loss(theta, apart, scales, y) -> tuple[float, Float[np.ndarray, " P"]]:
    """Minus the logarithm of likelihood times prior, and its gradient.

    With a = K^-1 y and the best signal variance y a / n, the likelihood changes with K as
    n / 2 a a^T / (y a) - K^-1 / 2.
    """
    kernel, noise = _kernel(theta, scales)
    at = [s * squared for s, squared in zip(kernel.s, apart, strict=True)]
    values = [matern(u) for u in at]
    noisy = np.tensordot(kernel.weights, values, 1)
    noisy[np.diag_indices_from(noisy)] += noise
    factor = linalg.cholesky(noisy, lower=True, check_finite=False)
    inverse = linalg.cho_solve((factor, True), np.eye(len(y)), check_finite=False)
    a = inverse @ y
    fit = max(float(y @ a), 1e-12)
    loss = 0.5 * len(y) * np.log(fit) + np.log(np.diag(factor)).sum()
    by_kernel = 0.5 * inverse - 0.5 * len(y) / fit * np.outer(a, a)
    by_weight = np.array([(by_kernel * value).sum() for value in values])
    by_logit = kernel.weights * (by_weight - kernel.weights @ by_weight)
    slopes = [(by_kernel * u * matern_slope(u)).sum() for u in at]
    by_noise = noise * np.trace(by_kernel)
    gradient = np.concatenate([by_logit, kernel.weights * slopes, [by_noise]])
    return loss + 0.5 * theta @ theta / DOUBT**2, gradient + theta / DOUBT**2
