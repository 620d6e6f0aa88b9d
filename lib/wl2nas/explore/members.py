"""What same-skeleton cells have in common and where they differ: the arithmetic of ``classes``."""

import functools
import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, UInt64

from wl2nas import cells, features, graphs, wl
from wl2nas.theory import orientations


class Description(NamedTuple):
    """What the panel says of one class; vertices are numbered as in its first member."""

    rows: list[int]
    numbers: list[Int[np.ndarray, " n"]]  # for every member the numbers of its vertices
    turned: list[list[tuple[int, int]]]  # for every member the edges that it turns round
    longest: list[int]  # edges on the longest path from input to output
    colours: Int[np.ndarray, " n"]  # on the skeleton
    ways: int  # to direct the edges of the skeleton so that it becomes a cell


@functools.lru_cache(maxsize=4)  # spaces do not change; explorers of one space share them
def skeleton_codes(space: cells.CellSpace) -> UInt64[np.ndarray, " N"]:
    """Equal for cells whose skeletons colour refinement does not tell apart."""
    return wl.space_codes(space, direction="undirected")[-1]


def classes_by_size(code: UInt64[np.ndarray, " N"]) -> dict[int, Int[np.ndarray, "C k"]]:
    """Rows with equal codes: (C, k) of them for every size k that occurs, by first row."""
    order = np.argsort(code, kind="stable")
    _, start, size = np.unique(code[order], return_index=True, return_counts=True)
    tables = {k: order[start[size == k, None] + np.arange(k)] for k in np.unique(size).tolist()}
    return {k: table[np.argsort(table[:, 0], kind="stable")] for k, table in tables.items()}


def match(first: cells.Cell, other: cells.Cell) -> Int[np.ndarray, " n"]:
    """For every vertex of ``other`` its partner in ``first``, so that the skeletons coincide.

    As few edges as possible are turned round. ValueError if the skeletons are not isomorphic.
    """
    found, last = [], len(first) - 1
    for inner in itertools.permutations(range(1, last)):
        order = np.array([0, *inner, last])
        if not np.array_equal(first.ops[order], other.ops):
            continue
        seen = first.adjacency[np.ix_(order, order)]
        if (graphs.skeleton(seen) == graphs.skeleton(other.adjacency)).all():
            found.append((int((seen & ~other.adjacency).sum()), inner))
    if not found:
        raise ValueError("first and other have different skeletons; give same-skeleton cells")
    return np.array([0, *min(found)[1], last])


def describe(space: cells.CellSpace, rows: list[int]) -> Description:
    """The members of a class, at these rows, compared with the first of them."""
    members = [space[row] for row in rows]
    first = members[0]
    numbers = [match(first, member) for member in members]
    turned = [
        sorted({(int(order[i]), int(order[j])) for i, j in member.edges} - set(first.edges))
        for member, order in zip(members, numbers, strict=True)
    ]
    longest = features.longest_paths(cells.stack(members)).tolist()
    colours = wl.refine(first.adjacency, first.ops, direction="undirected")[-1]
    ways = orientations.beta(graphs.skeleton(first.adjacency), 0, len(first) - 1)
    return Description(rows, numbers, turned, longest, colours, ways)


class ClassIndex:
    """All classes of a space: ``tables`` holds them by size; of every row its class is known."""

    def __init__(self, space: cells.CellSpace):
        self.space = space
        self.tables = classes_by_size(skeleton_codes(space))
        self._place = np.empty((len(space), 2), np.int64)  # of every row: size and number
        for size, table in self.tables.items():
            self._place[table, 0], self._place[table, 1] = size, np.arange(len(table))[:, None]

    def first_row(self, size: int, number: int) -> int:
        """The first row of a class; ValueError if there is no such class."""
        if size not in self.tables:
            raise ValueError(f"size must be one of {list(self.tables)}; it is {size}")
        last = len(self.tables[size]) - 1
        if not 0 <= number <= last:
            raise ValueError(f"number must be 0..{last} for classes of {size}; it is {number}")
        return int(self.tables[size][number, 0])

    def place(self, row: int | np.integer) -> tuple[int, int]:
        """The size and the number of the class of a row; ValueError if there is no such row."""
        if not 0 <= row < len(self.space):
            raise ValueError(f"row must be 0..{len(self.space) - 1}; it is {row}")
        size, number = self._place[row].tolist()
        return size, number

    def rows(self, row: int | np.integer) -> list[int]:
        """The class of a row, the row itself first."""
        size, number = self.place(row)
        others = self.tables[size][number].tolist()
        others.remove(row)
        return [int(row), *others]

    def describe(self, row: int | np.integer) -> Description:
        """The class of a row, compared with that cell."""
        return describe(self.space, self.rows(row))


def for_drawing(cell: cells.Cell) -> dict:
    """A cell as ``drawCell`` in ``static/parts.js`` takes it."""
    return {"names": list(cell.names), "edges": [[int(i), int(j)] for i, j in cell.edges]}
