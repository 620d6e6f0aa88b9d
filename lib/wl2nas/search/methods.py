"""Searching an accuracy table: random search, and Bayesian optimisation on any features.

Every function asks ``table.query`` and nothing else, and returns one ``History``. The incumbent
after q queries is the asked row with the best objective; it is judged by its reported accuracy.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse, stats
from threadpoolctl import threadpool_limits

from wl2nas.benchmarks import AccuracyTable
from wl2nas.search import gp


class History(NamedTuple):
    """What was asked, in order, and what came back, in percent."""

    rows: Int[np.ndarray, " Q"]
    objective: Float[np.ndarray, " Q"]

    def incumbents(self) -> Int[np.ndarray, " Q"]:
        """The row that a search would hand over after 1, 2, ... queries."""
        leads = np.maximum.accumulate(self.objective)
        first = [int(np.argmax(self.objective >= lead)) for lead in leads]
        return self.rows[first]


def _check_budget(table: AccuracyTable, budget: int):
    if not 1 <= budget <= len(table):
        raise ValueError(f"budget must be 1..{len(table)}, the rows of the table; it is {budget}")


def random_search(table: AccuracyTable, budget: int, *, seed: int) -> History:
    """Ask ``budget`` different rows in random order."""
    _check_budget(table, budget)
    rows = np.random.default_rng(seed).permutation(table.rows)[:budget]
    return History(rows, np.array([table.query(row) for row in rows]))


def expected_improvement(posterior: gp.Posterior, best: float) -> Float[np.ndarray, " N"]:
    """Mean amount by which a candidate would beat ``best``. Source: Jones et al. 1998."""
    gain = posterior.mean - best
    u = gain / posterior.std
    return gain * stats.norm.cdf(u) + posterior.std * stats.norm.pdf(u)


def bayesian_optimisation(
    table: AccuracyTable, features, budget: int, *, seed: int, start: int = 10
) -> History:
    """Ask where an exact GP on ``features`` expects the largest improvement.

    ``features`` has one row per row of the table, dense (M, D) or sparse. The first ``start`` rows
    are those of random search with the same seed. Objectives below the 20 % quantile of what was
    seen are raised to it, so that failures do not set the scale. Of rows that promise the same up
    to rounding the first of the table is asked. (Features that are equal but for rounding of their
    own, as a model's vectors of same-skeleton cells, should be made so: `distinct.made_equal`.)
    """
    _check_budget(table, budget)
    if features.shape[0] != len(table):
        raise ValueError(f"features has {features.shape[0]} rows for a table of {len(table)}")
    if not np.isfinite(features.data if sparse.issparse(features) else features).all():
        raise ValueError("features holds NaN or infinity")
    if start < 2:
        raise ValueError(f"start must be at least 2, for a first Gaussian process; it is {start}")
    features = gp.as_features(features)
    order = np.random.default_rng(seed).permutation(len(table))
    asked = list(order[: min(start, budget)])
    seen = [table.query(table.rows[k]) for k in asked]
    distances = gp.squared_distances(features, features[asked])
    with threadpool_limits(1):  # matrices this small are slower on several threads
        return _improve(table, features, budget, asked, seen, distances)


def _improve(table, features, budget, asked, seen, distances) -> History:
    """Ask the row of largest expected improvement until the budget is spent."""
    while len(asked) < budget:
        values = np.array(seen)
        values = np.maximum(values, np.quantile(values, 0.2))
        posterior = gp.fit_predict(distances[asked], values, distances)
        score = expected_improvement(posterior, values.max())
        score[asked] = -np.inf
        chosen = gp.first_of_best(score, _rounding(posterior, values, int(np.argmax(score))))
        asked.append(chosen)
        seen.append(table.query(table.rows[chosen]))
        column = gp.squared_distances(features, features[[chosen]])
        distances = np.concatenate([distances, column], axis=1)
    return History(table.rows[asked], np.array(seen))


def _rounding(posterior, values, row: int) -> float:
    """How much the expected improvement of a row changes by what rounding may do to the process."""
    off = gp.TIE * max(values.std(), posterior.std.max())
    mean, std = posterior.mean[[row]], posterior.std[[row]]
    exact, moved = (
        expected_improvement(gp.Posterior(mean + shift, std + shift), values.max())
        for shift in (0.0, off)
    )
    return float(moved[0] - exact[0])


def reported_curve(table: AccuracyTable, history: History) -> Float[np.ndarray, " Q"]:
    """Reported accuracy of the incumbent after 1, 2, ... queries, in percent."""
    return np.array([table.report(row) for row in history.incumbents()])
