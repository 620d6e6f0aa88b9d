"""Cells, graphs and matrices: input left, output right."""

import functools
import itertools

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from wl2nas import cells, graphs
from wl2nas.draw.style import CLASS_FILLS, class_letter, operation_style

MARKED = "#D55E00"  # of an edge to look at; thicker too, for those who see no colour
MOST_LAYOUTS = 300_000  # of larger cells fewer heights are tried


def cell_layout(adjacency) -> np.ndarray:
    """Positions (n, 2): x is the longest path from the input, input and output at height 0.

    The heights of the inner vertices are those of the drawing with straight edges in which the
    fewest edges run over a vertex, then the fewest edges cross, then least height is used.
    """
    return _layout(np.asarray(adjacency, bool).tobytes(), len(adjacency))


@functools.lru_cache(maxsize=256)
def _layout(bits: bytes, n: int) -> np.ndarray:
    adjacency = np.frombuffer(bits, bool).reshape(n, n)
    depth = np.zeros(n)  # longest path from the input
    for v in range(1, n):
        depth[v] = 1 + np.max(depth[np.flatnonzero(adjacency[:, v])])
    heights = [0.0, 0.5, -0.5, 1.0, -1.0]
    if np.max(np.bincount(depth.astype(int))) > 3:  # four side by side need more room
        heights += [1.5, -1.5]
    while len(heights) ** (n - 2) > MOST_LAYOUTS:
        heights.pop()
    inner = np.array(list(itertools.product(heights, repeat=n - 2)))
    y = np.pad(inner, ((0, 0), (1, 1)))  # candidates (C, n)
    edges = list(zip(*np.nonzero(adjacency), strict=True))
    cost = 0.1 * np.abs(y).sum(axis=1)
    for u, w in itertools.combinations(range(n), 2):
        if depth[u] == depth[w]:
            cost += 100 * (np.abs(y[:, u] - y[:, w]) < 0.9)
    for i, j in edges:
        for v in range(n):
            if depth[i] < depth[v] < depth[j]:
                cost += 20 * (np.abs(_height(y, depth, i, j, depth[v]) - y[:, v]) < 0.35)
    for (i, j), (k, m) in itertools.combinations(edges, 2):
        left, right = max(depth[i], depth[k]), min(depth[j], depth[m])
        if left < right and i != k and j != m:
            gap = [
                _height(y, depth, i, j, x) - _height(y, depth, k, m, x)
                for x in (left + 1e-3, right - 1e-3)
            ]
            cost += 3 * (gap[0] * gap[1] <= 0)
    return np.stack([depth, y[np.argmin(cost)]], axis=1)


def _height(y, depth, i, j, x):
    """Height at x of the straight edge from i to j, for every candidate."""
    share = (x - depth[i]) / (depth[j] - depth[i])
    return (1 - share) * y[:, i] + share * y[:, j]


def disc(ax, position, fill, ink, text, under=""):
    """A vertex: a disc with a text inside, and if wanted one below."""
    ax.scatter(*position, s=430, color=fill, edgecolors="#000000", linewidths=1.2, zorder=3)
    ax.annotate(text, position, ha="center", va="center", color=ink, zorder=4, fontsize=9)
    if under:
        paper = {"fc": "white", "ec": "none", "pad": 0.4}  # keeps the number off the edges
        ax.annotate(under, position, (0, -16), textcoords="offset points", ha="center", va="top",
                    fontsize=8, zorder=5, bbox=paper)  # fmt: skip


def edge(ax, start, end, *, arrow: bool, marked: bool = False):
    """A straight edge between two discs; a marked one is thick and orange."""
    style, ink, width, head = ("-|>" if arrow else "-"), "#444444", 1.0, 12
    if marked:
        ink, width, head = MARKED, 3.2, 18
    patch = FancyArrowPatch(start, end, arrowstyle=style, mutation_scale=head, color=ink, lw=width,
                            shrinkA=11, shrinkB=11, zorder=2)  # fmt: skip
    ax.add_patch(patch)


def frame(ax, position):
    """Room for the discs at ``position`` (n, 2), and no axes."""
    low, high = position.min(axis=0), position.max(axis=0)
    ax.set(xlim=(low[0] - 0.5, high[0] + 0.5), ylim=(low[1] - 0.8, high[1] + 0.7))
    ax.set_axis_off()
    return ax


def cell(cell: cells.Cell, *, ax=None, position=None, directed: bool = True, colours=None,
         numbers: bool = True, marked=()):  # fmt: skip
    """One cell, input left, output right; ``colours`` paints colour classes instead of operations.

    ``directed=False`` draws its skeleton. Vertex numbers stand under the discs. ``position`` (n, 2)
    replaces ``cell_layout``. ``marked`` has edges (i, j) to draw thick and orange; ValueError for
    one that the cell does not have.
    """
    ax = ax or plt.gca()
    position = cell_layout(cell.adjacency) if position is None else position
    marked = {(int(i), int(j)) for i, j in marked}
    if unknown := marked - set(cell.edges):
        raise ValueError(f"marked: the cell has no edge {min(unknown)}")
    for i, j in cell.edges:
        edge(ax, position[i], position[j], arrow=directed, marked=(i, j) in marked)
    style = operation_style(cell.rules)
    for v, op in enumerate(cell.ops):
        fill, ink, letter = style[int(op)]
        if colours is not None:
            fill, ink = CLASS_FILLS[int(colours[v]) % len(CLASS_FILLS)], "#000000"
            letter = class_letter(int(colours[v]))
        disc(ax, position[v], fill, ink, letter, str(v) if numbers else "")
    return frame(ax, position)


def graph(adjacency, *, ax=None, position=None, colours=None, directed: bool = False,
          numbers: bool = True):  # fmt: skip
    """A graph on a circle, or at ``position`` (n, 2); letters name colour classes.

    ``directed`` draws arrows, but for edges that run both ways. Vertex numbers stand under the
    discs.
    """
    ax = ax or plt.gca()
    adjacency, n = np.asarray(adjacency, bool), len(adjacency)
    angle = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    position = np.stack([np.cos(angle), np.sin(angle)], axis=1) if position is None else position
    shown = adjacency & ~np.tril(adjacency.T) if directed else np.triu(graphs.skeleton(adjacency))
    for i, j in zip(*np.nonzero(shown), strict=True):
        edge(ax, position[i], position[j], arrow=directed and not adjacency[j, i])
    for v in range(n):
        k = 0 if colours is None else int(colours[v])
        letter = "" if colours is None else class_letter(k)
        fill = "#ffffff" if colours is None else CLASS_FILLS[k % len(CLASS_FILLS)]
        disc(ax, position[v], fill, "#000000", letter, str(v) if numbers else "")
    return frame(ax, position)


def matrix(values, *, ax=None, names=None, digits: bool = False, real: int | None = None):
    """A 0-1 matrix as black and white squares; rows are the start of an edge.

    ``digits`` prints its entries. Of ``real`` vertices are the first rows and columns; the others
    are padding, and hatched.
    """
    ax = ax or plt.gca()
    n = len(values)
    ax.imshow(np.asarray(values, float), cmap="Greys", vmin=0, vmax=1.4)
    if digits:
        for (i, j), value in np.ndenumerate(np.asarray(values, int)):
            ink = "#ffffff" if value else "#444444"
            ax.annotate(str(value), (j, i), ha="center", va="center", fontsize=8, color=ink)
    ticks = range(n) if names is None else names
    ax.set_xticks(range(n), ticks)
    _squares(ax, n, n, ticks)
    if real is not None and real < n:
        _padding(ax, real, 0, n - real, n)
        _padding(ax, 0, real, real, n - real)
    ax.set(xlabel="to vertex", ylabel="from vertex")
    return ax


def one_hot(ops, *, ax=None, rules: cells.Rules = cells.NASBENCH101):
    """The operations of a cell (V,), -1 for padding, as rows of 0 and 1: a column for each of them.

    A 1 stands on the colour of its operation, and its letter above the column.
    """
    ax = ax or plt.gca()
    style, ops = operation_style(rules), np.asarray(ops)
    n, k = len(ops), len(style)
    ax.imshow(np.zeros((n, k)), cmap="Greys", vmin=0, vmax=1)
    for i, op in enumerate(ops):
        for j, code in enumerate(style):
            fill, ink, _ = style[code] if op == code else ("#ffffff", "#444444", "")
            ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fc=fill, ec="none", zorder=0.3))
            ax.annotate(str(int(op == code)), (j, i), ha="center", va="center", fontsize=8,
                        color=ink)  # fmt: skip
    ax.set_xticks(range(k), [letter for _, _, letter in style.values()])
    _squares(ax, n, k, range(n))
    if (ops < 0).any():
        _padding(ax, int((ops >= 0).sum()), 0, int((ops < 0).sum()), k)
    ax.set(xlabel="operation", ylabel="vertex")
    return ax


def _squares(ax, n, k, rows):
    """Lines between the squares of n rows and k columns, and the names of the rows."""
    ax.set_yticks(range(n), rows)
    ax.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(n + 1) - 0.5, minor=True)
    ax.grid(False)
    ax.grid(which="minor", color="#bbbbbb", linewidth=0.6)
    ax.tick_params(which="both", length=0)


def _padding(ax, row, column, rows, columns):
    """Hatches over so many rows and columns, from this row and column on."""
    place = (column - 0.5, row - 0.5)
    ax.add_patch(Rectangle(place, columns, rows, fill=False, ec="#999999", hatch="///", lw=0))
