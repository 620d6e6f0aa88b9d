"""Random search: the null of every search."""

import numpy as np

from wl2nas import _require
from wl2nas.search.history import History
from wl2nas.search.problem import Problem


def check_budget(problem: Problem, budget: int) -> int:
    """The number of queries, if the problem has as many rows; ValueError otherwise."""
    return _require.whole("budget", budget, at_least=1, at_most=len(problem))


def random_search(problem: Problem, budget: int, *, seed: int) -> History:
    """Ask ``budget`` different rows in random order."""
    budget = check_budget(problem, budget)
    rows = np.random.default_rng(seed).permutation(problem.rows)[:budget]
    return History(rows, np.array([problem.query(row) for row in rows]))
