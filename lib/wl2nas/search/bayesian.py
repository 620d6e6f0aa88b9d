"""Bayesian optimisation: ask where a model of the answers promises most.

Only ``problem.query`` is asked for objectives; the features are known for every row beforehand.
The loop, ``optimise``, is the same for every ``Surrogate``: a Gaussian process on features here,
one on colour counts in ``wl_gp``.
"""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int
from threadpoolctl import threadpool_limits

from wl2nas import _require
from wl2nas.search import gp
from wl2nas.search.acquisition import ACQUISITIONS
from wl2nas.search.history import History
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.places import Neighbours
from wl2nas.search.pool import candidates, check_pool
from wl2nas.search.problem import Problem
from wl2nas.search.targets import TARGETS


@runtime_checkable
class Surrogate(Protocol):
    """A model of the targets. ``here`` are places, or ``slice(None)`` for all of them."""

    def posterior(self, asked: Int[np.ndarray, " Q"], targets, here) -> gp.Posterior:
        """What it predicts here, having seen a target at each place asked. What was asked in one
        call is the beginning of what was asked in the next."""

    def alike(self, place: int, here: Int[np.ndarray, " C"]) -> Bool[np.ndarray, " C"]:
        """Which of the places here it cannot tell from a place."""


def bayesian_optimisation(
    problem: Problem,
    features,
    budget: int | Seconds,
    *,
    seed: int,
    start: int = 10,
    batch: int = 1,
    kernel: str = "rbf",
    targets: str = "floored",
    acquisition: str = "ei",
    pool: int | None = None,
    neighbours: Neighbours | None = None,
) -> History:
    """Ask where an exact GP on ``features`` expects the largest improvement.

    ``features`` has one row per row of the problem: a matrix (M, D) of numbers, dense or sparse, or
    a DataFrame. (Features that are equal but for rounding of their own, as a model's vectors of
    same-skeleton cells, should be made so: `distinct.made_equal`.) ``kernel`` is one of
    ``gp.KERNELS``; the rest is as in ``optimise``.

    >>> from wl2nas import benchmarks, cells, features
    >>> table = benchmarks.load("measured")
    >>> seven = features.standardised(features.statistics(cells.nasbench101().take(table.rows)))
    >>> history = bayesian_optimisation(table, seven, 30, seed=0, kernel="matern", batch=5)
    >>> len(history.rows), table.asked
    (30, 30)
    """
    model = OnFeatures(_require.features("features", features, rows=len(problem)), kernel)
    return optimise(
        Ledger(problem, budget), model, seed=seed, start=start, batch=batch, targets=targets,
        acquisition=acquisition, pool=pool, neighbours=neighbours,
    )  # fmt: skip


def optimise(
    ledger: Ledger,
    model: Surrogate,
    *,
    seed: int,
    start: int,
    batch: int,
    targets: str,
    acquisition: str,
    pool: int | None,
    neighbours: Neighbours | None,
) -> History:
    """Ask where the model promises most, until the budget is spent.

    The first ``start`` rows are those of random search with the same seed. Then, round by round,
    the model learns ``targets`` (one of ``TARGETS``) of the answers, and the ``batch`` best by the
    ``acquisition`` (one of ``ACQUISITIONS``) are asked, each of features of its own: what the model
    cannot tell from one of the batch waits for its answer. (So one prediction serves a batch; to
    update the variance after each of it would take a prediction for each.) ``pool`` places, drawn
    anew every round, are candidates, with the ``neighbours`` of the ten best; None is for all
    places. Of rows that promise the same up to rounding the first is asked.
    """
    start = _require.whole("start", start, at_least=2)  # for a first model
    batch, pool = _require.whole("batch", batch, at_least=1), check_pool(pool, neighbours)
    learned = TARGETS[_require.choice("targets", targets, TARGETS)]
    acquire = ACQUISITIONS[_require.choice("acquisition", acquisition, ACQUISITIONS)]
    rng = np.random.default_rng(seed)
    ledger.ask_all(rng.permutation(len(ledger.problem))[:start])
    with threadpool_limits(1):  # matrices this small are slower on several threads
        while ledger.open:
            here = slice(None) if pool is None else candidates(ledger, pool, neighbours, rng)
            values = learned(ledger.answers)
            ledger.ask_all(_most_promising(ledger, model, here, values, acquire, batch))
    return ledger.history()


def _most_promising(ledger, model: Surrogate, here, values, acquire, batch: int) -> list[int]:
    """The new places of the highest scores, from the best on."""
    posterior = model.posterior(ledger.places, values, here)
    score = np.where(ledger.new[here], acquire(posterior, values.max()), -np.inf)
    places, chosen = np.arange(len(ledger.new))[here], []
    while True:
        off = _rounding(posterior, values, int(np.argmax(score)), acquire)
        best = gp.first_of_best(score, off)
        chosen.append(int(places[best]))
        if len(chosen) == min(batch, ledger.left):
            return chosen
        near = np.flatnonzero(score >= score[best] - off)  # all others can be told from it
        score[near[model.alike(chosen[-1], places[near])]] = -np.inf
        if score.max() == -np.inf:  # nothing else is new and different
            return chosen


def _rounding(posterior, values, row: int, acquire) -> float:
    """How much the score of a row changes by what rounding may do to the process."""
    off = gp.TIE * max(values.std(), posterior.std.max())
    mean, std = posterior.mean[[row]], posterior.std[[row]]
    exact, moved = (
        acquire(gp.Posterior(mean + shift, std + shift), values.max()) for shift in (0.0, off)
    )
    return float(moved[0] - exact[0])


class OnFeatures:
    """An exact Gaussian process on the distances between rows of features (M, D): a Surrogate."""

    def __init__(self, features, kernel: str):
        self.features = features
        self.kernel = _require.choice("kernel", kernel, gp.KERNELS)
        self._known, self._kept = 0, np.empty((0, features.shape[0]))

    def posterior(self, asked: Int[np.ndarray, " Q"], targets, here) -> gp.Posterior:
        """That of the process of highest marginal likelihood."""
        seen = self.features[asked]
        process = gp.fit(gp.squared_distances(seen, seen), targets, kernel=self.kernel)
        if isinstance(here, slice):
            return process.predict(self._to_all(asked)[here])
        return process.predict(gp.squared_distances(self.features[here], seen))

    def alike(self, place: int, here: Int[np.ndarray, " C"]) -> Bool[np.ndarray, " C"]:
        """Those of equal features."""
        return gp.squared_distances(self.features[here], self.features[[place]])[:, 0] == 0

    def _to_all(self, asked) -> Float[np.ndarray, "M Q"]:
        """The distances of everything to what was asked: those to new places are added."""
        if len(asked) > len(self._kept):
            kept = np.empty((2 * len(asked), self._kept.shape[1]))
            kept[: self._known], self._kept = self._kept[: self._known], kept
        for k in range(self._known, len(asked)):
            self._kept[k] = gp.squared_distances(self.features, self.features[asked[[k]]])[:, 0]
        self._known = len(asked)
        return self._kept[: self._known].T
