"""Neighbours by brute force, for the tests of searches that go from one place to another."""

import numpy as np

from wl2nas import cells
from wl2nas.cells import edits


class Listed:
    """The places beside every place, in a list."""

    def __init__(self, lists):
        self.lists = [np.asarray(near, np.int64) for near in lists]

    def of(self, place):
        return self.lists[place]


def by_edits(space: cells.CellSpace) -> Listed:
    """All pairs of cells at edit distance 1."""
    n = len(space)
    i, j = np.triu_indices(n, 1)
    near = edits.distances(space.take(i), space.take(j)) == 1
    beside = np.zeros((n, n), bool)
    beside[i[near], j[near]] = True
    return Listed([np.flatnonzero(row) for row in beside | beside.T])


def of_points(points, most: float) -> Listed:
    """All pairs of different points within a distance."""
    far = np.abs(points[:, None] - points[None]).sum(axis=2)
    return Listed([np.flatnonzero(row) for row in (far <= most) & ~np.eye(len(points), dtype=bool)])
