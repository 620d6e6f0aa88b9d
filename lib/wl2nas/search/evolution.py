"""Regularised evolution: the oldest dies, not the worst.

Source: Real et al. 2019, arXiv 1802.01548, as NAS-Bench-101 uses it (Ying et al. 2019): one change
at a time, a tournament among different members. There a child may have been asked before; here
every question is to a new place.
"""

import random
from collections import deque

from wl2nas import _require
from wl2nas.search.history import History
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.places import Neighbours, any_new, ask_first, check_neighbours
from wl2nas.search.problem import Problem


def regularised_evolution(
    problem: Problem,
    neighbours: Neighbours,
    budget: int | Seconds,
    *,
    seed: int,
    population: int = 30,
    sample: int = 10,
    start=None,
) -> History:
    """Of ``sample`` members drawn at random the best has a child, which replaces the oldest.

    neighbours: gives the places beside a place, see ``places.Neighbours``. start: places that are
    asked first, such as ``places.stratified`` gives; new ones at random fill the population.
    A child is a neighbour that was not asked yet, each with the same chance: what trying again
    until one is new comes to. If all were asked, it is any new place.

    >>> import numpy as np
    >>> from wl2nas import cells
    >>> from wl2nas.search import Function
    >>> class Line:
    ...     def of(self, place):
    ...         return np.array([p for p in (place - 1, place + 1) if 0 <= p < 50])
    >>> hill = Function(cells.nasbench101().take(slice(0, 50)), lambda cell: len(cell.edges))
    >>> len(regularised_evolution(hill, Line(), 20, seed=0, population=6, sample=3).rows)
    20
    """
    ledger = Ledger(problem, budget)
    check_neighbours(neighbours)
    population = _require.whole("population", population, at_least=1)
    sample = _require.whole("sample", sample, at_least=1, at_most=population)
    rng = random.Random(_require.whole("seed", seed, at_least=0))
    ask_first(ledger, () if start is None else start, rng)
    first = zip(ledger.places.tolist(), ledger.answers.tolist(), strict=True)
    alive = deque(first, maxlen=population)
    while ledger.open:
        if len(alive) < population:
            place = any_new(ledger, rng)
        else:
            parent, _ = max(rng.sample(alive, sample), key=_answer)
            place = _child(ledger, neighbours, parent, rng)
        alive.append((place, ledger.ask(place)))
    return ledger.history()


def _answer(member: tuple[int, float]) -> float:
    return member[1]


def _child(ledger: Ledger, neighbours: Neighbours, parent: int, rng: random.Random) -> int:
    near = neighbours.of(parent)
    near = near[ledger.new[near]]
    return int(near[rng.randrange(len(near))]) if len(near) else any_new(ledger, rng)
