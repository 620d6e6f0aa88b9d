"""Bayesian optimisation: ask where a Gaussian process expects the largest improvement.

Only ``problem.query`` is asked for objectives; the features are known for every row beforehand.
"""

import numpy as np
from jaxtyping import Float
from scipy import stats
from threadpoolctl import threadpool_limits

from wl2nas import _require
from wl2nas.search import gp
from wl2nas.search.history import History
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.problem import Problem


def expected_improvement(posterior: gp.Posterior, best: float) -> Float[np.ndarray, " N"]:
    """Mean amount by which a candidate would beat ``best``. Source: Jones et al. 1998."""
    gain = posterior.mean - best
    u = gain / posterior.std
    return gain * stats.norm.cdf(u) + posterior.std * stats.norm.pdf(u)


def bayesian_optimisation(
    problem: Problem, features, budget: int | Seconds, *, seed: int, start: int = 10
) -> History:
    """Ask where an exact GP on ``features`` expects the largest improvement.

    ``features`` has one row per row of the problem: a matrix (M, D) of numbers, dense or sparse, or
    a DataFrame. The first ``start`` rows are those of random search with the same seed. Objectives
    below the 20 % quantile of what was seen are raised to it, so that failures do not set the
    scale. Of rows that promise the same up to rounding the first is asked. (Features that are equal
    but for rounding of their own, as a model's vectors of same-skeleton cells, should be made so:
    `distinct.made_equal`.)
    """
    ledger = Ledger(problem, budget)
    features = _require.features("features", features, rows=len(problem))
    start = _require.whole("start", start, at_least=2)  # for a first Gaussian process
    ledger.ask_all(np.random.default_rng(seed).permutation(len(problem))[:start])
    distances = gp.squared_distances(features, features[ledger.places])
    with threadpool_limits(1):  # matrices this small are slower on several threads
        while ledger.open:
            chosen = _most_promising(distances, ledger)
            ledger.ask(chosen)
            column = gp.squared_distances(features, features[[chosen]])
            distances = np.concatenate([distances, column], axis=1)
    return ledger.history()


def _most_promising(distances, ledger: Ledger) -> int:
    """The new place of largest expected improvement."""
    values = np.maximum(ledger.answers, np.quantile(ledger.answers, 0.2))
    posterior = gp.fit_predict(distances[ledger.places], values, distances)
    score = np.where(ledger.new, expected_improvement(posterior, values.max()), -np.inf)
    return gp.first_of_best(score, _rounding(posterior, values, int(np.argmax(score))))


def _rounding(posterior, values, row: int) -> float:
    """How much the expected improvement of a row changes by what rounding may do to the process."""
    off = gp.TIE * max(values.std(), posterior.std.max())
    mean, std = posterior.mean[[row]], posterior.std[[row]]
    exact, moved = (
        expected_improvement(gp.Posterior(mean + shift, std + shift), values.max())
        for shift in (0.0, off)
    )
    return float(moved[0] - exact[0])
