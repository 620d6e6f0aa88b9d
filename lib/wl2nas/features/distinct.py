"""Which vectors are equal up to rounding, and how many different ones that leaves.

With t the rounding, measured as the largest distance that renaming vertices moves a vector, what
is closer than 10 t is joined, and the groups are counted. The count holds only if no pair of
different vectors lies between 10 t and 100 t: there noise and differences may overlap.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from wl2nas import _require

CROWD = 5_000  # vectors that may lie within 100 gaps of each other


class Groups(NamedTuple):
    """Which vectors are equal up to rounding; holds only if ``ambiguous``, a number of pairs, is 0.

    ``labels`` numbers the group of every vector, ``tolerance`` is the distance that was joined.
    """

    distinct: int
    tolerance: float
    ambiguous: int
    labels: Int[np.ndarray, " N"]

    @property
    def counts(self) -> dict:
        """Everything but the labels, as result files hold it."""
        return {name: value for name, value in self._asdict().items() if name != "labels"}


def join(vectors, gap: float) -> Groups:
    """Group vectors (N, F) closer than 10 gaps; pairs of different ones up to 100 are ambiguous.

    All pairs within 100 gaps are met: such a pair is as close in the projection onto a line, along
    which the vectors are sorted. A gap of 0 joins only what is equal. ValueError where too many
    different vectors crowd together, for NaN, and for a gap that is negative or not finite.

    >>> join([[0.0], [1e-9], [1.0]], 1e-9).distinct
    2
    """
    gap = _require.number("gap", gap, at_least=0)
    vectors = _require.finite("vectors", vectors, shape=(None, None))
    if vectors.shape[1] == 0:
        raise ValueError(f"vectors must have an entry at least; their shape is {vectors.shape}")
    vectors, copy_of = np.unique(vectors, axis=0, return_inverse=True)
    line = np.random.default_rng(0).standard_normal(vectors.shape[1])
    place = vectors @ (line / np.linalg.norm(line))
    order = np.argsort(place, kind="stable")
    place, vectors = place[order], vectors[order]
    pairs, ambiguous, step = [], 0, 1
    while len(near := np.flatnonzero(place[step:] - place[:-step] <= 100 * gap)):
        distance = np.linalg.norm(vectors[near + step] - vectors[near], axis=1)
        equal = near[distance < 10 * gap]
        pairs.append(np.stack([equal, equal + step]))
        ambiguous += int(((distance >= 10 * gap) & (distance <= 100 * gap)).sum())
        step += 1
        if step > CROWD:
            raise ValueError(
                f"more than {CROWD} vectors lie within 100 gaps; gap {gap} is too large"
            )
    ends = np.concatenate(pairs, axis=1) if pairs else np.empty((2, 0), np.int64)
    joined = sparse.coo_matrix((np.ones(ends.shape[1], bool), ends), shape=(len(order),) * 2)
    count, found = sparse.csgraph.connected_components(joined, directed=False)
    labels = np.empty(len(order), np.int64)
    labels[order] = found
    return Groups(int(count), 10 * gap, ambiguous, labels[copy_of.reshape(-1)])


def made_equal(vectors: Float[np.ndarray, "N F"], gap: float) -> Float[np.ndarray, "N F"]:
    """The vectors with those that are equal up to rounding made so: each is the first of its group.

    What is chosen by them then does not hang on rounding. ValueError where some pair is ambiguous.
    """
    groups = join(vectors, gap)
    if groups.ambiguous:
        raise ValueError(
            f"{groups.ambiguous} pairs of vectors are 10 to 100 gaps of {gap} apart: neither equal "
            "up to rounding nor clearly different"
        )
    _, first = np.unique(groups.labels, return_index=True)
    return vectors[first[groups.labels]]


def same_partition(a, b) -> bool:
    """Whether two labellings of the same things, (N,) each, put the same things together."""
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"a and b must label the same things; their shapes: {a.shape}, {b.shape}")
    names_a, a = np.unique(a, return_inverse=True)
    names_b, b = np.unique(b, return_inverse=True)
    pairs = np.unique(a.astype(np.int64) * len(names_b) + b)
    return len(names_a) == len(names_b) == len(pairs)
