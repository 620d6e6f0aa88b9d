"""A layer at work: vectors of counts on the vertices of a cell, and arrows that carry them."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch

from wl2nas import cells, graphs
from wl2nas.draw.small_graphs import MARKED, cell_layout, disc, edge, frame
from wl2nas.draw.style import operation_style

_CHIP, _LETTER = 9.5, 5.2  # points that a number of one letter takes, and every other letter


def messages(
    cell: cells.Cell,
    vectors,
    columns: Sequence[str],
    *,
    to: int | None = None,
    ax=None,
    position=None,
) -> plt.Axes:
    """The skeleton of a cell with a vector above every vertex; numbers stand on their columns.

    vectors (V, F). columns: the operation that every entry counts, whose colour its number stands
    on. to: a vertex that gathers; it stands in a ring, and thick arrows carry the vectors of its
    neighbours to it.
    ValueError for vectors that do not fit, and for a vertex that is not there.
    """
    ax = ax or plt.gca()
    vectors, n = np.asarray(vectors, float), len(cell)
    if vectors.shape != (n, len(columns)):
        raise ValueError(
            f"vectors must have a row for each of {n} vertices and a column for each of "
            f"{len(columns)} operations; their shape is {vectors.shape}"
        )
    if unknown := [name for name in columns if name not in cell.rules.operations]:
        raise ValueError(f"columns: {unknown[0]!r} is no operation of {cell.rules.name}")
    if to is not None and to not in range(n):
        raise ValueError(f"to must be a vertex from 0 to {n - 1}; it is {to}")
    position = cell_layout(cell.adjacency) if position is None else position
    style = operation_style(cell.rules)
    looks = [style[cell.rules.operations.index(name)] for name in columns]
    for i, j in cell.edges:
        if to not in (i, j):
            edge(ax, position[i], position[j], arrow=False)
    for v in range(n):
        disc(ax, position[v], *style[int(cell.ops[v])], str(v))
        _vector(ax, position[v], vectors[v], looks, lift=22)
    if to is not None:
        ax.scatter(*position[to], s=760, facecolors="none", edgecolors=MARKED, linewidths=2.5)
        for u in np.flatnonzero(graphs.skeleton(cell.adjacency)[to]):
            _carried(ax, position[u], position[to])
            middle = 0.5 * position[u] + 0.5 * position[to]
            _vector(ax, middle, vectors[u], looks)
    frame(ax, position)
    low, high = position[:, 1].min(), position[:, 1].max()
    ax.set(ylim=(low - 0.75, high + 0.95))
    return ax


def _carried(ax, start, end):
    arrow = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=18, color=MARKED, lw=2.5,
                            shrinkA=11, shrinkB=16, zorder=2)  # fmt: skip
    ax.add_patch(arrow)


def _vector(ax, place, vector, looks, *, lift=0.0):
    """The numbers of a vector side by side, each on the colour of what it counts."""
    written = [f"{number:g}" for number in vector]
    widths = np.array([_CHIP + _LETTER * (len(text) - 1) for text in written])
    shifts = np.cumsum(widths) - widths / 2 - widths.sum() / 2
    for text, shift, (fill, ink, _) in zip(written, shifts, looks, strict=True):
        chip = {"fc": fill, "ec": "#000000", "lw": 0.6, "boxstyle": "square,pad=0.18"}
        ax.annotate(text, place, (shift, lift), textcoords="offset points", ha="center",
                    va="center", fontsize=8, color=ink, bbox=chip, zorder=6,
                    family="monospace")  # fmt: skip
