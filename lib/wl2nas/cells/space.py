"""One cell, and many cells as padded arrays.

A ``Cell`` is checked when it is made; ``CellSpace`` holds as many as there are, and knows the rules
that they follow. Both are values: their arrays are read-only, and they are equal if they say the
same. Unless told otherwise they follow the rules of NAS-Bench-101.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Int8, UInt64

from wl2nas import graphs
from wl2nas.cells import codes as coding
from wl2nas.cells.rules import NASBENCH101, PADDING, Rules


@dataclass(frozen=True, eq=False, init=False)
class Cell:
    """One cell, from any square 0-1 matrix and operation names or codes.

    Equal to another if rules, matrix and operations are, entry by entry; the same cell in another
    order of its vertices is equal in its ``forms.canonical_form``.
    Raises ValueError that names what is wrong: shape, entries, an unknown operation, the number
    of labels, a cycle, the order of the vertices, a vertex off every path, too many edges.

    >>> cell = Cell([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3", "output"])
    >>> cell.edges
    [(0, 1), (0, 2), (1, 2)]
    """

    adjacency: Bool[np.ndarray, "n n"]
    ops: Int8[np.ndarray, " n"]
    rules: Rules

    def __init__(self, adjacency, ops, rules: Rules = NASBENCH101):
        adjacency = graphs.as_adjacency(adjacency)
        codes = _codes(ops, len(adjacency), rules)
        rules.check(adjacency, codes)
        self._set(adjacency, codes, rules)

    def _set(self, adjacency, ops, rules: Rules):
        object.__setattr__(self, "adjacency", graphs.read_only(adjacency))
        object.__setattr__(self, "ops", graphs.read_only(ops))
        object.__setattr__(self, "rules", rules)

    @classmethod
    def trusted(cls, adjacency, ops, rules: Rules) -> "Cell":
        """A cell of arrays that are known to be legal, as a space's are; nothing is checked."""
        cell = object.__new__(cls)
        cell._set(adjacency, ops, rules)
        return cell

    def __len__(self) -> int:
        return len(self.ops)

    def __eq__(self, other) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        return (
            self.rules == other.rules
            and np.array_equal(self.ops, other.ops)
            and np.array_equal(self.adjacency, other.adjacency)
        )

    def __hash__(self) -> int:
        return hash((self.adjacency.tobytes(), self.ops.tobytes()))

    def __repr__(self) -> str:
        return f"Cell({self.edges}, {list(self.names)}, {self.rules.name})"

    def __str__(self) -> str:
        return self.rules.write(self)

    @property
    def names(self) -> tuple[str, ...]:
        """The operations by name, input first, output last."""
        return tuple(self.rules.operations[op] for op in self.ops)

    @property
    def edges(self) -> list[tuple[int, int]]:
        """All edges as pairs (i, j), sorted."""
        return [(int(i), int(j)) for i, j in zip(*np.nonzero(self.adjacency), strict=True)]


def _codes(ops, n: int, rules: Rules) -> Int8[np.ndarray, " n"]:
    if isinstance(ops, str) or not hasattr(ops, "__iter__"):
        raise ValueError(f"ops must be a list of names or codes, one per vertex; it is {ops!r}")
    ops = list(ops)
    if len(ops) != n:
        raise ValueError(f"ops has {len(ops)} labels for {n} vertices; give one per vertex")
    return np.array([rules.code(op) for op in ops], np.int8)


@dataclass(frozen=True, eq=False)
class CellSpace:
    """Many cells as padded arrays: ``space[row]`` is one Cell, ``len(space)`` their number.

    ``space[rows]`` with a slice, a list or a mask is ``space.take(rows)``; ``cell in space`` asks
    for the cell in any order of its vertices. The arrays are taken as they are; ``legal`` says
    which rows are cells.

    >>> from wl2nas import cells
    >>> space = cells.nasbench101()
    >>> len(space), space[17] in space, space.row(space[17])
    (423624, True, 17)
    """

    adjacency: Bool[np.ndarray, "N V V"]
    ops: Int8[np.ndarray, "N V"]
    rules: Rules = NASBENCH101

    @classmethod
    def from_codes(cls, codes, rules: Rules = NASBENCH101) -> "CellSpace":
        """The cells of these integers; the inverse of ``codes``."""
        return cls(*coding.decode(codes, rules), rules)

    def __post_init__(self):
        if self.adjacency.shape != (*self.ops.shape, self.ops.shape[-1]):
            raise ValueError(f"adjacency {self.adjacency.shape} and ops {self.ops.shape} must be "
                             "(N, V, V) and (N, V)")  # fmt: skip
        object.__setattr__(self, "adjacency", graphs.read_only(self.adjacency))
        object.__setattr__(self, "ops", graphs.read_only(self.ops))

    def __len__(self) -> int:
        return len(self.ops)

    def __getitem__(self, row):
        if isinstance(row, int | np.integer) and not isinstance(row, bool):
            if not -len(self) <= row < len(self):
                raise IndexError(f"row {row} of a space of {len(self)} cells; rows count from 0")
            n = self.n_vertices[row]
            return Cell.trusted(self.adjacency[row, :n, :n], self.ops[row, :n], self.rules)
        if isinstance(row, bool | str | float | tuple) or row is None:
            raise TypeError(f"a row is a whole number, rows a slice, list or mask; this is {row!r}")
        return self.take(row)

    def __iter__(self) -> Iterator[Cell]:
        for adjacency, ops, n in zip(self.adjacency, self.ops, self.n_vertices, strict=True):
            yield Cell.trusted(adjacency[:n, :n], ops[:n], self.rules)

    def __contains__(self, cell) -> bool:
        return isinstance(cell, Cell) and cell.rules == self.rules and self._find(cell) is not None

    def take(self, rows) -> "CellSpace":
        """The cells at these rows (indices, a slice or a mask), in that order."""
        if not isinstance(rows, slice):
            rows = np.asarray(rows)
            rows = rows.astype(int) if rows.size == 0 else rows
            if rows.dtype.kind not in "biu":
                raise TypeError(f"rows must be whole numbers or a mask; they are {rows.dtype}")
            if rows.dtype == bool and rows.shape != (len(self),):
                raise ValueError(f"a mask must have one entry for each of the {len(self)} cells; "
                                 f"its shape is {rows.shape}")  # fmt: skip
        return CellSpace(self.adjacency[rows], self.ops[rows], self.rules)

    def legal(self) -> Bool[np.ndarray, " N"]:
        """Which rows are cells of the rules as they stand."""
        return self.rules.legal(self.adjacency, self.ops)

    @functools.cached_property
    def n_vertices(self) -> Int[np.ndarray, " N"]:
        """Real vertices of every cell."""
        return graphs.read_only((self.ops != PADDING).sum(axis=1))

    @functools.cached_property
    def n_edges(self) -> Int[np.ndarray, " N"]:
        """Edges of every cell."""
        return graphs.read_only(self.adjacency.sum(axis=(1, 2), dtype=np.int64))

    @functools.cached_property
    def codes(self) -> UInt64[np.ndarray, " N"]:
        """Every cell, in the form in which it is stored, as one integer; see ``codes``."""
        return graphs.read_only(coding.encode(self.adjacency, self.ops, self.rules))

    @functools.cached_property
    def _by_code(self) -> Int[np.ndarray, " N"]:
        return np.argsort(self.codes, kind="stable")

    def row(self, cell) -> int:
        """The first row that holds this cell, in any order; ValueError if none does.

        A cell may also be given as a text, where the rules read one (arch strings).
        """
        if isinstance(cell, str):
            cell = self.rules.read(cell)
        if not isinstance(cell, Cell):
            raise TypeError(f"cell must be a Cell; it is {type(cell).__name__}")
        if cell.rules != self.rules:
            raise ValueError(f"this is a cell of {cell.rules.name}, not of {self.rules.name}")
        if (row := self._find(cell)) is None:
            raise ValueError(f"this space of {len(self)} cells does not hold {cell.names}")
        return row

    def _find(self, cell: Cell) -> int | None:
        """A cell is stored in one of its forms, and it has few of them."""
        orders, n, v = self.rules.orders(len(cell)), len(cell), self.rules.max_vertices
        adjacency = np.zeros((len(orders), v, v), bool)
        ops = np.full((len(orders), v), PADDING, np.int8)
        adjacency[:, :n, :n] = cell.adjacency[orders[:, :, None], orders[:, None, :]]
        ops[:, :n] = cell.ops[orders]
        forwards = ~np.tril(adjacency).any(axis=(1, 2))
        wanted = coding.encode(adjacency[forwards], ops[forwards], self.rules)
        found = self._rows_of_codes(np.unique(wanted))
        found = found[found >= 0]
        return int(found.min()) if len(found) else None

    def _rows_of_codes(self, codes: UInt64[np.ndarray, " M"]) -> Int[np.ndarray, " M"]:
        """The first row with each of these codes; -1 where there is none."""
        if len(self) == 0:
            return np.full(len(codes), -1)
        ordered = self.codes[self._by_code]
        place = np.minimum(np.searchsorted(ordered, codes), len(self) - 1)
        return np.where(ordered[place] == codes, self._by_code[place], -1)

    def rows(self, others: "CellSpace") -> Int[np.ndarray, " M"]:
        """For every cell of another space of these rules its row here, -1 where there is none.

        In any form; of equal cells the first row.
        """
        if others.rules != self.rules:
            raise ValueError(f"these are cells of {others.rules.name}, not of {self.rules.name}")
        wanted = coding.canonical_codes(others)
        found = self._rows_of_codes(wanted)  # where this space holds representatives
        if (found >= 0).all():
            return found
        canonical = coding.canonical_codes(self)
        order = np.argsort(canonical, kind="stable")
        if len(order) == 0:
            return found
        place = np.minimum(np.searchsorted(canonical[order], wanted), len(order) - 1)
        return np.where(canonical[order][place] == wanted, order[place], -1)


def stack(cells) -> CellSpace:
    """One cell, or several of the same rules, as a space.

    ValueError for no cell, TypeError for something that is none.
    """
    cells = [cells] if isinstance(cells, Cell) else list(cells)
    for cell in cells:
        if not isinstance(cell, Cell):
            raise TypeError(f"cells must hold Cells; one is a {type(cell).__name__}")
        if cell.rules != cells[0].rules:
            raise ValueError(f"the cells follow the rules of {cells[0].rules.name} and of "
                             f"{cell.rules.name}; stack them apart")  # fmt: skip
    if not cells:
        raise ValueError("cells is empty; stack at least one Cell")
    v = cells[0].rules.max_vertices
    adjacency = np.zeros((len(cells), v, v), bool)
    ops = np.full((len(cells), v), PADDING, np.int8)
    for row, cell in enumerate(cells):
        adjacency[row, : len(cell), : len(cell)] = cell.adjacency
        ops[row, : len(cell)] = cell.ops
    return CellSpace(adjacency, ops, cells[0].rules)


def concatenate(spaces) -> CellSpace:
    """The cells of several spaces of the same rules, one after the other."""
    spaces = list(spaces)
    if len({space.rules for space in spaces}) != 1:
        raise ValueError(f"spaces must share their rules; they are "
                         f"{sorted({space.rules.name for space in spaces})}")  # fmt: skip
    return CellSpace(
        np.concatenate([space.adjacency for space in spaces]),
        np.concatenate([space.ops for space in spaces]),
        spaces[0].rules,
    )


def reordered(space: CellSpace, order: Int[np.ndarray, "N V"]) -> CellSpace:
    """Every graph of a space with its vertices in an order of its own: new vertex k is order[k]."""
    rows = np.take_along_axis(space.adjacency, order[:, :, None], axis=1)
    return CellSpace(
        np.take_along_axis(rows, order[:, None, :], axis=2),
        np.take_along_axis(space.ops, order, axis=1),
        space.rules,
    )


def structures(space: CellSpace) -> tuple[Int[np.ndarray, " D"], Int[np.ndarray, " N"]]:
    """The first row of every adjacency matrix that occurs, and for every cell the number of its."""
    bits = np.packbits(space.adjacency.reshape(len(space), -1), axis=1)
    _, first, member = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    return first, member.reshape(-1)
