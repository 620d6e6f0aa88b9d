"""How wide the branches of a cell are, as shares of its channels: the cell as the network it makes.

The predecessors of the output share its channels equally, and every other vertex has as many as
the widest of its successors (``cells.channels``, where what does not divide goes to the first of
them; here nothing is rounded, so that no number depends on the form in which a cell is stored). So
a vertex beside two others that end at the output works on a third of the channels, and a
convolution on a third of them has a ninth of the weights.

Cells are worked on in blocks, as in ``paths``. Source: Ying et al. 2019, arXiv 1902.09635, and the
model builder of its code.
"""

import numpy as np
from jaxtyping import Float

from wl2nas import cells
from wl2nas.features.paths import Adjacency, Ops, by_blocks


def width_names(rules: cells.Rules) -> tuple[str, ...]:
    """What ``branch_widths`` says of the cells of these rules, in the order of its columns.

    The weights come last, where the rules say which convolutions their operations are.
    """
    of_each = ("sum of widths of {}", "sum of squared widths of {}", "widest {}")
    names = (
        "branches", "projected width", *(text.format(op) for op in rules.inner for text in of_each)
    )  # fmt: skip
    return (*names, "log weights") if rules.kernels else names


def branch_widths(space: cells.CellSpace) -> Float[np.ndarray, "N S"]:
    """The ``width_names`` of every cell, 12 on NAS-Bench-101; the width of the output is 1.

    Weights are those of all convolutions, projections of the input included, in units of the
    squared channels of the output; the input is taken to be as wide as it.

    >>> line = cells.Cell([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3", "output"])
    >>> found = dict(zip(width_names(line.rules), branch_widths(cells.stack(line))[0], strict=True))
    >>> float(found["widest conv3x3"]), float(np.exp(found["log weights"]).round(9))
    (1.0, 10.0)
    """
    return by_blocks(space, _of_block, len(width_names(space.rules)))


def _of_block(adjacency: Adjacency, ops: Ops, rules: cells.Rules) -> list:
    """The columns of ``branch_widths`` for one block."""
    widths, last = _widths(adjacency, ops, rules)
    straight = (adjacency[0] & (ops == rules.output)).any(axis=0)
    projected = np.where(adjacency[0], widths, 0).sum(axis=0) + straight
    columns, of_op = [last.sum(axis=0), projected], []
    for op in range(1, rules.output):
        here = np.where(ops == op, widths, 0)
        of_op.append((here**2).sum(axis=0))
        columns += [here.sum(axis=0), of_op[-1], here.max(axis=0)]
    if rules.kernels:
        weights = sum(k**2 * squares for k, squares in zip(rules.kernels, of_op, strict=True))
        columns.append(np.log(projected + weights))
    return columns


def _widths(adjacency: Adjacency, ops: Ops, rules: cells.Rules):
    """The widths of the inner vertices, (V, n), and which of them end at the output."""
    inner = (ops > 0) & (ops < rules.output)
    last = (adjacency & (ops == rules.output)).any(axis=1) & inner
    share = last / np.maximum(last.sum(axis=0), 1)
    widths = np.zeros(ops.shape)
    for v in range(len(ops) - 1, 0, -1):  # successors have larger numbers
        follow = np.where(adjacency[v], widths, 0).max(axis=0)
        widths[v] = np.where(last[v], share[v], follow) * inner[v]
    return widths, last
