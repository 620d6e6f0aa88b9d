"""Whom a model is asked about: everything, or some at random and those beside the best.

On a large space most of the time of a search goes into candidates that nobody would ask. A pool
drawn anew every round keeps what is far in play, and the neighbours of the best what is near.
"""

import numpy as np
from jaxtyping import Int

from wl2nas import _require
from wl2nas.search.ledger import Ledger
from wl2nas.search.places import Neighbours, check_neighbours

LEADERS = 10


def check_pool(pool: int | None, neighbours: Neighbours | None) -> int | None:
    """The size of the pool. ValueError for neighbours where everything is a candidate anyway."""
    if neighbours is not None:
        check_neighbours(neighbours)
    if pool is not None:
        return _require.whole("pool", pool, at_least=1)
    if neighbours is not None:
        raise ValueError("neighbours add nothing where all places are candidates; give pool too")
    return None


def candidates(
    ledger: Ledger, pool: int, neighbours: Neighbours | None, rng: np.random.Generator
) -> Int[np.ndarray, " C"]:
    """New places in their order: ``pool`` of them at random, or all if they are fewer, and the
    neighbours of the LEADERS best so far."""
    new, wanted = np.flatnonzero(ledger.new), np.zeros(len(ledger.new), bool)
    wanted[rng.choice(new, min(pool, len(new)), replace=False, shuffle=False)] = True
    if neighbours is not None:
        best = np.argsort(-ledger.answers, kind="stable")[:LEADERS]
        for place in ledger.places[best]:
            wanted[neighbours.of(place)] = True
    return np.flatnonzero(wanted & ledger.new)
