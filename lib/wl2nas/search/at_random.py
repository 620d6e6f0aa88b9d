"""Random search: the null of every search."""

import numpy as np

from wl2nas.search.history import History
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.problem import Problem


def random_search(problem: Problem, budget: int | Seconds, *, seed: int) -> History:
    """Ask different rows in random order until the budget is spent."""
    ledger = Ledger(problem, budget)
    ledger.ask_all(np.random.default_rng(seed).permutation(len(problem)))
    return ledger.history()
