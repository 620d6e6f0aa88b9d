"""Random graphs and cells for hypothesis."""

import numpy as np
from hypothesis import strategies as st

from wl2nas import cells


@st.composite
def digraphs(draw, max_vertices=7, labels=3):
    """A directed graph (n, n) with integer labels (n,)."""
    n = draw(st.integers(1, max_vertices))
    bits = draw(st.lists(st.booleans(), min_size=n * n, max_size=n * n))
    adjacency = np.array(bits, bool).reshape(n, n) & ~np.eye(n, dtype=bool)
    names = draw(st.lists(st.integers(0, labels - 1), min_size=n, max_size=n))
    return adjacency, np.array(names)


# Beartype draws random numbers, which a strategy must not: cells are made inside the test.
cell_keys = st.tuples(st.integers(0, 423_623), st.integers(0, 119))


def cell_of(key) -> cells.Cell:
    """A cell of NAS-Bench-101 in one of its topological orders."""
    row, choice = key
    cell = cells.nasbench101()[row]
    orders = cells.topological_orders(cell)
    order = orders[choice % len(orders)]
    return cells.Cell(cell.adjacency[np.ix_(order, order)], cell.ops[order])


def padded(history, rounds) -> list:
    """The colours after 0 to ``rounds`` rounds, where a history ends as soon as it is stable."""
    return [history[min(round_, len(history) - 1)] for round_ in range(rounds + 1)]
