"""The forms of a cell: the orders in which it can be written, and the one that stands for it.

The representative of a cell is, among all its topological orders, the one with the smallest
adjacency bits, then the smallest labelling in the order that its rules compare.
"""

import numpy as np
from jaxtyping import Int

from wl2nas import graphs
from wl2nas.cells.rules import Rules
from wl2nas.cells.space import Cell, CellSpace, reordered


def topological_orders(cell: Cell) -> list[Int[np.ndarray, " n"]]:
    """Every order of the vertices in which all edges point forwards, input first, output last."""
    orders = cell.rules.orders(len(cell))
    return [p for p in orders if not np.tril(cell.adjacency[np.ix_(p, p)]).any()]


def canonical_form(cell: Cell) -> Cell:
    """The representative of a cell: smallest adjacency bits, then smallest labelling."""
    forms = [in_order(cell, order) for order in topological_orders(cell)]
    return min(forms, key=lambda form: _key(form, cell.rules))


def _key(cell: Cell, rules: Rules):
    bits = sum(1 << (x + y * (y - 1) // 2) for x, y in cell.edges)
    return bits, rules.digits[cell.ops[1:-1]].tolist()


def in_order(cell: Cell, order: Int[np.ndarray, " n"]) -> Cell:
    """The same cell with its vertices in one of its topological orders."""
    adjacency, ops = graphs.relabel(cell.adjacency, cell.ops, order)
    return Cell(adjacency, ops, cell.rules)


def automorphisms(cell: Cell) -> list[Int[np.ndarray, " n"]]:
    """The orders that give back the same adjacency and operations; always at least one."""
    return [order for order in topological_orders(cell) if in_order(cell, order) == cell]


def all_forms(space: CellSpace) -> tuple[CellSpace, Int[np.ndarray, " F"]]:
    """Every topological order of every cell, one after the other, and where each cell's begin.

    The second array holds, for every form, the row of the first form of the same cell. Where a
    symmetry maps two orders on each other, their arrays are equal and both are there.
    """
    v, rows_found, orders_found = space.rules.max_vertices, [], []
    for n in np.unique(space.n_vertices).tolist():
        rows = np.flatnonzero(space.n_vertices == n)
        for order in space.rules.orders(n):
            wide = np.concatenate([order, np.arange(n, v)])
            turned = np.tril(space.adjacency[np.ix_(rows, wide, wide)]).any(axis=(1, 2))
            rows_found.append(rows[~turned])
            orders_found.append(np.broadcast_to(wide, (len(rows_found[-1]), v)))
    cell, orders = np.concatenate(rows_found), np.concatenate(orders_found)
    together = np.argsort(cell, kind="stable")
    cell = cell[together]
    return reordered(space.take(cell), orders[together]), np.searchsorted(cell, cell)
