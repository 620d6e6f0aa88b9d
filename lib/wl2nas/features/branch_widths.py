"""How wide the branches of a cell are, as shares of its channels: the cell as the network it makes.

The inner predecessors of the output share its channels equally, and every other inner vertex has as
many as the widest of its successors (``cells.channels``, where what does not divide goes to the
first of them; here nothing is rounded, so that no number depends on the form in which a cell is
stored). So all inner vertices are equally wide: with three branches each works on a third of the
channels, and a convolution on a third of them has a ninth of the weights, hence the squares.

Cells are worked on in blocks, as in ``paths``. Source: Ying et al. 2019, arXiv 1902.09635, and the
model builder of its code.
"""

import numpy as np
from jaxtyping import Float

from wl2nas import cells
from wl2nas.features.paths import Adjacency, Ops, by_blocks


def width_names(rules: cells.Rules) -> tuple[str, ...]:
    """What ``branch_widths`` says of the cells of these rules, in the order of its columns."""
    of_each = ("sum of widths of {}", "sum of squared widths of {}", "widest {}")
    each = (text.format(op) for op in rules.inner for text in of_each)
    return ("branches", "projected width", *each)


def branch_widths(space: cells.CellSpace) -> Float[np.ndarray, "N S"]:
    """The ``width_names`` of every cell, 11 on NAS-Bench-101, as shares of the output's channels.

    Branches are the inner predecessors of the output; the projected width is that of all vertices
    that the input reaches by an edge.

    >>> two = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    >>> cell = cells.Cell(two, ["input", "conv3x3", "conv3x3", "output"])
    >>> found = dict(zip(width_names(cell.rules), branch_widths(cells.stack(cell))[0], strict=True))
    >>> [float(found[f"{what} conv3x3"]) for what in ("sum of squared widths of", "widest")]
    [0.5, 0.5]
    """
    return by_blocks(space, _of_block, len(width_names(space.rules)))


def _of_block(adjacency: Adjacency, ops: Ops, rules: cells.Rules) -> list:
    """The columns of ``branch_widths`` for one block."""
    inner = (ops > cells.INPUT) & (ops < rules.output)
    last = (adjacency & (ops == rules.output)).any(axis=1)
    branches = (last & inner).sum(axis=0)
    widths = np.where(inner, 1 / np.maximum(branches, 1), 0)
    columns = [branches, np.where(adjacency[0], widths, 0).sum(axis=0) + last[0]]
    for op in range(1, rules.output):
        here = np.where(ops == op, widths, 0)
        columns += [here.sum(axis=0), (here**2).sum(axis=0), here.max(axis=0)]
    return columns
