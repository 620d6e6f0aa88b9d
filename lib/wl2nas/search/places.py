"""Places to ask: a start of every size, a new one at random, those beside another.

A place is a position in ``problem.rows``. A search that draws one place at a time does so with
Python's own generator, to which a draw costs a tenth of what it costs NumPy's.
"""

import itertools
import random
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int

from wl2nas import _require
from wl2nas.search.ledger import Ledger

_DRAWS = 30  # before all new places are listed: with half of them asked, one of 10^9 searches does


@runtime_checkable
class Neighbours(Protocol):
    """Which places lie beside which: one change of the cell away."""

    def of(self, place: int) -> Int[np.ndarray, " K"]:
        """The places beside this one, each once; there may be none."""


def check_neighbours(neighbours) -> None:
    """TypeError for what cannot be asked for the neighbours of a place."""
    if not isinstance(neighbours, Neighbours):
        raise TypeError("neighbours must have a method of(place) that gives places; it is a "
                        f"{type(neighbours).__name__}")  # fmt: skip


def stratified(
    sizes, count: int, *, seed: int, among: Sequence[int] | None = None
) -> Int[np.ndarray, " n"]:
    """``count`` different places at random, their sizes taken in turn: a start for a search.

    sizes: a whole number for every place, such as ``space.n_vertices``. among: the sizes that take
    turns, in this order; without it all that occur, from the smallest. A size that is used up
    loses its turn. ValueError if there are fewer places than ``count``.

    >>> stratified([2, 3, 4, 4, 3], 4, seed=0).tolist()
    [0, 1, 3, 4]
    """
    sizes = _require.array("sizes", sizes, shape=(None,), kinds="iu")
    turns = np.unique(sizes) if among is None else _require.array("among", among, kinds="iu")
    fitting = int(np.isin(sizes, turns).sum())
    count = _require.whole("count", count, at_least=1, at_most=fitting)
    rng = np.random.default_rng(_require.whole("seed", seed, at_least=0))
    drawn = []
    for size in turns:
        places = np.flatnonzero(sizes == size)
        drawn.append(rng.choice(places, min(count, len(places)), replace=False).tolist())
    in_turn = itertools.chain.from_iterable(itertools.zip_longest(*drawn))
    return np.array([place for place in in_turn if place is not None][:count], np.int64)


def any_new(ledger: Ledger, rng: random.Random) -> int:
    """A place that was never asked, each with the same chance; ValueError if there is none."""
    new = ledger.new
    for _ in range(_DRAWS):
        if new[place := rng.randrange(len(new))]:
            return place
    left = np.flatnonzero(new)
    if len(left) == 0:
        raise ValueError("every place was asked; there is no new one")
    return int(left[rng.randrange(len(left))])


def ask_first(ledger: Ledger, start, rng: random.Random) -> None:
    """Ask so many new places at random, or the places in ``start`` one after the other.

    ValueError for places that are none or that stand there twice, before any is asked.
    """
    if np.ndim(start) == 0:
        for _ in range(min(_require.whole("start", start, at_least=1), ledger.left)):
            if ledger.open:  # a budget of seconds may end earlier
                ledger.ask(any_new(ledger, rng))
        return
    places = _require.array("start", start, shape=(None,), kinds="iu")
    last = len(ledger.new) - 1
    if places.size and (places.min() < 0 or places.max() > last):
        raise ValueError(f"start must hold places, 0..{last}; they are "
                         f"{places.min()}..{places.max()}")  # fmt: skip
    if len(np.unique(places)) != len(places):
        raise ValueError("start holds a place twice; give every place once")
    ledger.ask_all(places.tolist())
