"""Local search: go uphill until no neighbour is better, then begin again elsewhere.

Source: White, Nolen and Savani 2021, arXiv 2005.02960 (first improvement instead of the best of all
neighbours: on a budget as small as theirs it asks fewer questions for a step).
"""

import random

from wl2nas import _require
from wl2nas.search.history import History
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.places import Neighbours, any_new, ask_first, check_neighbours
from wl2nas.search.problem import Problem


def local_search(
    problem: Problem, neighbours: Neighbours, budget: int | Seconds, *, seed: int, start=10
) -> History:
    """Ask the neighbours of the current place in random order, and move to the first better one.

    neighbours: gives the places beside a place, see ``places.Neighbours``. start: how many places
    are asked at random first, or which (``places.stratified``); the best of them is climbed from.
    Where no neighbour is better, the climb begins again at a new place at random. No place is asked
    twice: what was asked before is known, and a move there is free.
    """
    ledger = Ledger(problem, budget)
    check_neighbours(neighbours)
    rng = random.Random(_require.whole("seed", seed, at_least=0))
    ask_first(ledger, start, rng)
    known = dict(zip(ledger.places.tolist(), ledger.answers.tolist(), strict=True))
    current = max(known, key=known.__getitem__) if known else None
    while ledger.open:
        if current is None:
            current = any_new(ledger, rng)
            known[current] = ledger.ask(current)
        current = _first_better(ledger, neighbours, known, current, rng)
    return ledger.history()


def _first_better(ledger: Ledger, neighbours, known: dict, current: int, rng) -> int | None:
    """The first neighbour found to be better than the current place, None if there is none."""
    near = neighbours.of(current).tolist()
    rng.shuffle(near)
    for place in near:
        if place not in known:
            if not ledger.open:
                return None
            known[place] = ledger.ask(place)
        if known[place] > known[current]:
            return place
    return None
