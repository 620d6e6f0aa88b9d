"""k-FWL: colour refinement of k-tuples of vertices, for k = 1, 2 and 3.

A tuple starts with its ordered isomorphism type: which of its vertices are equal, which edges run
between them, which labels they carry. In every round its new colour is the pair of its old colour
and the multiset, over all vertices w of the graph, of

    (c(w, v2, ..., vk), c(v1, w, ..., vk), ..., c(v1, ..., w)),

the colours of the k tuples in which w takes one place. A round costs O(k n^(k+1)) steps and
O(n^k) memory. k = 1 is plain colour refinement, directions kept apart (``wl``). Colours are 64-bit
hashes: equal signatures get equal colours in all graphs, others different ones but for a collision.

This is the "k-WL" of Cai, Fürer and Immerman 1992 (Combinatorica 12) and of Grohe; the
machine-learning literature calls it k-FWL, or names it by its equal, the "oblivious" (k+1)-WL.
"""

import itertools
from collections.abc import Iterator

import numpy as np
from jaxtyping import UInt64

from wl2nas import _require, graphs, wl

_PLACES = np.array([3, 5, 7], np.uint64)  # odd factors that keep the places of a tuple apart


def refine(
    adjacency, labels=None, *, k: int = 2, rounds: int | None = None
) -> list[UInt64[np.ndarray, "..."]]:
    """Colours of all k-tuples of one graph after 0, 1, 2, ... rounds, each an array (n,) * k.

    Stops when the partition of the tuples is stable, or after ``rounds`` if that is earlier. For
    k = 1 call ``wl.refine``. Raises ValueError for another k than 2 and 3.
    """
    if _require.whole("k", k) not in (2, 3):
        raise ValueError(f"k must be 2 or 3; it is {k}; for k = 1 call wl.refine")
    if rounds is not None:
        rounds = _require.whole("rounds", rounds, at_least=0)
    history: list[UInt64[np.ndarray, "..."]] = []
    classes = 0
    for colours in _rounds(adjacency, labels, k):
        found = len(np.unique(colours))
        if found == classes:
            break
        history, classes = [*history, colours], found
        if len(history) - 1 == rounds:
            break
    return history


def separating_round(a, b, labels_a=None, labels_b=None, *, k: int = 2) -> int | None:
    """The first round after which two graphs have different colour multisets; None if never.

    k = 1 is ``wl.separating_round`` with predecessors and successors kept apart.
    """
    if _require.whole("k", k) == 1:
        return wl.separating_round(a, b, labels_a, labels_b)
    if k not in (2, 3):
        raise ValueError(f"k must be 1, 2 or 3; it is {k}")
    classes = 0
    both = zip(_rounds(a, labels_a, k), _rounds(b, labels_b, k), strict=True)
    for round_, (colours_a, colours_b) in enumerate(both):
        names_a, names_b = np.sort(colours_a, axis=None), np.sort(colours_b, axis=None)
        if not np.array_equal(names_a, names_b):
            return round_
        found = len(np.unique(names_a))
        if found == classes:  # equal multisets: what is stable in one graph is stable in both
            return None
        classes = found
    raise AssertionError("unreachable: a partition becomes stable")


def _rounds(adjacency, labels, k: int) -> Iterator[UInt64[np.ndarray, "..."]]:
    """Colours of the k-tuples after 0, 1, 2, ... rounds, without end."""
    colours = _isomorphism_types(adjacency, labels, k)
    while True:
        yield colours
        seen = np.zeros_like(colours)
        for w in range(len(colours)):
            # One place at a time is set to w; an axis of length 1 stands for that place.
            parts = [factor * colours.take([w], axis=i) for i, factor in enumerate(_PLACES[:k])]
            seen += wl.mix(_sum(parts))
        colours = wl.mix(colours * np.uint64(3) + wl.mix(seen) * np.uint64(5))


def _isomorphism_types(adjacency, labels, k: int) -> UInt64[np.ndarray, "..."]:
    """The first colours: labels and loops of each place, equality and edges of each two places."""
    adjacency = graphs.as_adjacency(adjacency)
    n = len(adjacency)
    own = 2 * graphs.as_labels(labels, n) + np.diag(adjacency)
    two = 4 * np.eye(n, dtype=np.uint64) + 2 * adjacency.astype(np.uint64) + adjacency.T
    colours = np.zeros((n,) * k, np.uint64)
    for i in range(k):
        colours = wl.mix(colours + own.astype(np.uint64).reshape(_only(k, n, i)))
    for i, j in itertools.combinations(range(k), 2):
        colours = wl.mix(colours + two.astype(np.uint64).reshape(_only(k, n, i, j)))
    return colours


def _only(k: int, n: int, *axes: int) -> tuple[int, ...]:
    """A shape of k axes in which only ``axes`` are long."""
    return tuple(n if axis in axes else 1 for axis in range(k))


def _sum(arrays):
    """The sum of arrays that broadcast against each other."""
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total
