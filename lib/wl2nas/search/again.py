"""Measuring again: where answers are noisy, the best of many is a lucky one.

The more places are asked once, the more the highest answer owes to its noise, and more questions of
that kind do not help. So a part of the budget goes to the leaders: they are asked once more, those
that keep their lead again, and so on. ``History.incumbents`` hands over the place of highest mean,
here as in any history, so that the curve before the end is judged by means as well.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int

from wl2nas import _require
from wl2nas.search.history import History
from wl2nas.search.ledger import Ledger
from wl2nas.search.problem import Problem

FEWEST = 3  # leaders in a round: with fewer, one lucky answer decides


def measuring_again(
    problem: Problem,
    method: Callable[..., History],
    budget: int,
    *,
    share: float = 1 / 3,
    most: int | None = None,
) -> History:
    """Search with one part of the budget, and measure the leaders again with the rest.

    method: called as ``method(problem, budget=...)``; bind the rest of what it takes. share: the
    part of the budget that goes to measuring again, rounded to whole questions. most: how often one
    place is measured again at most; 2 where a table has three repeats of a cell.
    ValueError if so few further measurements are allowed that the rest cannot be spent.

    >>> from functools import partial
    >>> from wl2nas import benchmarks, search
    >>> noisy = search.Noisy(benchmarks.load("measured"), 1.0, seed=0)
    >>> found = measuring_again(noisy, partial(search.random_search, seed=0), 30)
    >>> len(found.rows), len(np.unique(found.rows))
    (30, 20)
    """
    budget = _require.whole("budget", budget, at_least=2)
    share = _require.number("share", share, above=0, at_most=1)
    rest = round(share * budget)
    if not 0 < rest < budget:
        raise ValueError(f"share {share:g} of a budget of {budget} leaves nothing to search with, "
                         "or nothing to measure again; give another share")  # fmt: skip
    if most is not None:
        most = _require.whole("most", most, at_least=1)
        if rest > most * (budget - rest):
            raise ValueError(f"most={most} does not allow {rest} further measurements of "
                             f"{budget - rest} places; lower share or raise most")  # fmt: skip
    return halving(problem, method(problem, budget=budget - rest), rest, most=most)


def halving(
    problem: Problem, history: History, questions: int, *, most: int | None = None
) -> History:
    """The history with so many further measurements of its leaders behind it.

    Round by round half of what is left is spent, on at least three leaders, each asked once more:
    16, 8, 4, 3 and 2 of 33 questions. Leaders are the places of highest mean so far, of equal ones
    those asked first, without those that were measured again ``most`` times. ValueError if none is
    left before the questions are.
    """
    ledger = Ledger(problem, questions, again=True)
    places = _places(problem, history.rows)
    while ledger.open:
        asked = np.concatenate([places, ledger.places])
        answers = np.concatenate([history.objective, ledger.answers])
        leaders = _leading(asked, answers, most)
        if len(leaders) == 0:
            raise ValueError(f"all were measured again most={most} times, and {ledger.left} "
                             "questions are left; raise most")  # fmt: skip
        ledger.ask_all(leaders[: max(FEWEST, ledger.left // 2)])
    more = ledger.history()
    return History(*(np.concatenate(pair) for pair in zip(history, more, strict=True)))


def _places(problem: Problem, rows) -> Int[np.ndarray, " Q"]:
    known = np.asarray(problem.rows)
    order = np.argsort(known, kind="stable")
    return order[np.searchsorted(known[order], rows)]


def _leading(asked, answers, most: int | None) -> Int[np.ndarray, " P"]:
    """Places by their mean, the highest first, of equal ones the first asked."""
    places, first, member = np.unique(asked, return_index=True, return_inverse=True)
    counts = np.bincount(member)
    means = np.bincount(member, weights=answers) / counts
    order = np.lexsort((first, -means))
    return places[order] if most is None else places[order[counts[order] <= most]]
