"""Cells that are one edge apart: an edge moved elsewhere, or turned round.

Everything is done on 31-bit codes (`cells.encode`). The codes of all stored forms of all cells,
1,293,208 of them, are a dictionary in which a changed code is looked up: what is not found is no
cell, and what is found stands at its row, in whichever order its vertices came out.
"""

import itertools

import numpy as np

from wl2nas import cells

EDGE_BITS, VERTICES = 21, cells.MAX_VERTICES


class Forms:
    """Every stored form of the cells of a space: the codes, ascending, and the row of each.

    A form is an order of the vertices in which all arrows point forwards. A code that is not here
    belongs to no cell of the space.
    """

    def __init__(self, space):
        first, member = cells.structures(space)
        codes, rows = [], []
        for n in range(2, VERTICES + 1):
            for inner in itertools.permutations(range(1, n - 1)):
                order = np.array([0, *inner, *range(n - 1, VERTICES)])
                renamed = space.adjacency[first][:, order][:, :, order]
                forwards = ~np.tril(renamed).any(axis=(1, 2)) & (space.n_vertices[first] == n)
                rows.append(np.flatnonzero(forwards[member]))
                adjacency = renamed[member[rows[-1]]]
                codes.append(cells.encode(adjacency, space.ops[rows[-1]][:, order]))
        self.codes, place = np.unique(np.concatenate(codes), return_index=True)
        self.rows = np.concatenate(rows)[place]

    def of(self, rows) -> tuple[np.ndarray, np.ndarray]:
        """The forms of these rows, as (codes, rows)."""
        mine = np.isin(self.rows, rows)
        return self.codes[mine], self.rows[mine]

    def row(self, codes) -> np.ndarray:
        """The row of every code, -1 where it is no cell."""
        place = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[place] == codes, self.rows[place], -1)


def edge_moved(forms, anchors, pool, classes) -> np.ndarray:
    """All pairs (anchor, row of the pool) of other classes, one edge out of place, (M, 2), sorted.

    A pair belongs here if some order of the vertices, in which all arrows of both cells point
    forwards, gives them matrices that differ in the place of one edge.
    """
    allowed = np.zeros(len(classes) + 1, bool)  # the last stands for -1, no cell
    allowed[pool] = True
    codes, rows = forms.of(anchors)
    found = []
    for out, into in itertools.permutations(range(EDGE_BITS), 2):
        movable = (codes >> out & 1 == 1) & (codes >> into & 1 == 0)
        other, anchor = forms.row(codes[movable] ^ (1 << out) ^ (1 << into)), rows[movable]
        kept = allowed[other] & (classes[other] != classes[anchor])
        found.append(np.stack([anchor[kept], other[kept]], axis=1))
    return distinct(np.concatenate(found), len(classes))


def edge_turned(forms, anchors, pool) -> np.ndarray:
    """All pairs (anchor, row of the pool), one edge turned round, (M, 2), sorted.

    Such an edge joins inner vertices, since input and output have edges one way only.
    An edge can be turned if no other path joins its ends; then some form has them side by side.
    There the two change places, and the edge points forwards again.
    """
    codes, rows = forms.of(anchors)
    space, found = cells.CellSpace.from_codes(codes), []
    for v in range(1, VERTICES - 2):
        here = np.flatnonzero(space.adjacency[:, v, v + 1] & (space.n_vertices > v + 2))
        order = np.arange(VERTICES)
        order[[v, v + 1]] = v + 1, v
        adjacency = space.adjacency[here][:, order][:, :, order]
        adjacency[:, [v, v + 1], [v + 1, v]] = True, False
        other = forms.row(cells.encode(adjacency, space.ops[here][:, order]))
        kept = np.isin(other, pool) & (other != rows[here])
        found.append(np.stack([rows[here][kept], other[kept]], axis=1))
    return distinct(np.concatenate(found), len(forms.codes))


def distinct(pairs, base) -> np.ndarray:
    """The different ones of some pairs of rows below ``base``, sorted."""
    return np.stack(np.divmod(np.unique(pairs[:, 0] * base + pairs[:, 1]), base), axis=1)


def one_of_each(pairs, rng) -> np.ndarray:
    """Of the sorted pairs with one and the same first row, one, drawn."""
    _, start, size = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    return pairs[start + rng.integers(size)]
