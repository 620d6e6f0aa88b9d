"""arch2vec in one picture: a cell goes in, is turned into clouds, and comes out. Arrows 1 to 9.

The same picture serves every notebook; ``highlight`` says which arrows are the present page's.
Source: Yan et al. 2020 (arXiv 2006.06936), whose symbols stand below the boxes; the drawing is ours.
"""

from collections.abc import Iterable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, Ellipse, FancyArrowPatch, Rectangle

from wl2nas import cells, graphs
from wl2nas.draw.small_graphs import cell as draw_cell
from wl2nas.draw.style import operation_style

# What every arrow does, for the page beside the picture.
ARROWS = {
    1: "write the cell as two arrays",
    2: "add the transpose: the arrows go",
    3: "four layers: gather from the neighbours, rename",
    4: "two linear maps: a centre and a width for every vertex",
    5: "draw a point from every cloud",
    6: "decode an operation from every point",
    7: "decode an edge from every two points",
    8: "compare with what went in",
    9: "keep the clouds near the standard one",
}
_LIT, _DIM = "#000000", "#b5b5b5"
_TOP, _BOTTOM, _HIGH = 2.55, 0.85, 1.3  # middles of the two rows, and the height of an array
# Every arrow: start, end, bend. Numbers sit on the middles.
_PATHS = {
    1: ((2.05, 1.7), (2.5, 1.7), 0.0),
    2: ((3.9, _TOP), (4.45, _TOP), 0.0),
    3: ((5.85, 1.7), (6.45, 1.7), 0.0),
    4: ((7.75, 1.7), (8.3, 1.7), 0.0),
    5: ((9.8, 1.7), (10.4, 1.7), 0.0),
    6: ((11.25, 1.5), (11.95, _BOTTOM), 0.0),
    7: ((11.25, 1.9), (11.95, _TOP), 0.0),
    8: ((12.65, 3.35), (3.2, 3.35), 0.10),
    9: ((9.05, 0.75), (9.05, 0.0), 0.0),
}


def autoencoder(
    cell: cells.Cell,
    *,
    values: Mapping[str, np.ndarray] | None = None,
    highlight: Iterable[int] | None = None,
    ax=None,
):
    """arch2vec around one cell, on an axis about 13.6 units wide and 4 high.

    values: the cell's own numbers on their way, as far as they are there: "states" (n, F), "mean"
    (n, D), "draw" (n, D), "operations" (n, K) and "edges" (n, n) as probabilities; of wide arrays
    the first eight columns are shown. highlight: arrows that are lit, all without it; ValueError
    for one that is not there. ``ARROWS`` says what each does.
    """
    ax = ax or plt.gca()
    lit = set(ARROWS) if highlight is None else set(highlight)
    if unknown := lit - set(ARROWS):
        raise ValueError(f"highlight: there is no arrow {min(unknown)}; choose from 1 to 9")
    shown = {} if values is None else dict(values)
    _the_cell(ax, cell, lit)
    _arrays_that_go_in(ax, cell, lit)
    _layers(ax, shown.get("states"), _ink(lit, 3, 4))
    _clouds(ax, cell, _ink(lit, 4, 5, 9))
    _array(ax, 10.45, 1.7, 0.75, shown.get("draw", shown.get("mean")), "Z", _ink(lit, 5, 6, 7))
    _array(ax, 12.0, _TOP, _HIGH, shown.get("edges"), "p(A | Z)", _ink(lit, 7, 8))
    _array(ax, 12.0, _BOTTOM, _HIGH, shown.get("operations"), "p(X | Z)", _ink(lit, 6, 8))
    for number, (start, end, bend) in _PATHS.items():
        _arrow(ax, number, start, end, bend, number in lit)
    _label(ax, 9.05, -0.18, "N(0, I)", _ink(lit, 9))
    ax.set(xlim=(-0.1, 13.5), ylim=(-0.45, 4.3), aspect="equal")
    ax.set_axis_off()
    return ax


def _ink(lit: set[int], *arrows: int) -> str:
    """The ink of what stands between these arrows: lit if one of them is."""
    return _LIT if lit & set(arrows) else _DIM


def _label(ax, x, y, text, ink, **more):
    ax.annotate(text, (x, y), ha="center", va="center", color=ink, fontsize=9, **more)


def _the_cell(ax, cell, lit):
    inset = ax.inset_axes((-0.1, 0.75, 2.2, 1.9), transform=ax.transData)
    draw_cell(cell, ax=inset, numbers=False)
    inset.set_alpha(1.0 if 1 in lit else 0.4)
    _label(ax, 1.0, 0.55, "the cell", _ink(lit, 1))


def _arrays_that_go_in(ax, cell, lit):
    """A, X and A + A^T; the operations in X in their own colours."""
    adjacency, n = cell.adjacency, len(cell)
    _array(ax, 2.55, _TOP, _HIGH, adjacency, "A", _ink(lit, 1, 2, 8))
    marks = graphs.one_hot(cell.ops[None], len(cell.rules.operations))[0]
    left, ink = 2.55, _ink(lit, 1, 3, 8)
    _array(ax, left, _BOTTOM, _HIGH, marks, "X", ink)
    if ink == _LIT:
        size = _HIGH / max(marks.shape)
        style = operation_style(cell.rules)
        for v, op in enumerate(cell.ops):
            fill = style[int(op)][0]
            corner = (left + size * int(op), _BOTTOM + _HIGH / 2 - size * (v + 1))
            ax.add_patch(Rectangle(corner, size, size, fc=fill, ec="#000000", lw=0.8, zorder=3))
    both = graphs.skeleton(adjacency)
    _array(ax, 4.5, _TOP, _HIGH, both, "A + Aᵀ", _ink(lit, 2, 3))
    # X goes on as it is.
    ax.plot((2.6 + _HIGH, 5.75), (_BOTTOM, _BOTTOM), color=_ink(lit, 3), lw=1, ls=":")


def _array(ax, left, middle, size, values, name, ink, most=8):
    """An array of values from 0 to 1 or of any sign as grey squares, its name below."""
    if values is None:
        ax.add_patch(
            Rectangle((left, middle - size / 2), size, size, fc="none", ec=ink, hatch="//")
        )
    else:
        shown = np.asarray(values, float)[:, :most]
        step = size / max(shown.shape)
        low, high = min(shown.min(), 0.0), max(shown.max(), 1e-9)
        for (row, column), value in np.ndenumerate((shown - low) / (high - low)):
            grey = 1 - 0.85 * value if ink == _LIT else 1 - 0.25 * value
            corner = (left + step * column, middle + size / 2 - step * (row + 1))
            ax.add_patch(Rectangle(corner, step, step, fc=str(grey), ec=ink, lw=0.4))
    _label(ax, left + size / 2, middle - size / 2 - 0.17, name, ink)


def _layers(ax, states, ink):
    """Four layers as four slabs."""
    for k in range(4):
        ax.add_patch(Rectangle((6.5 + 0.3 * k, 0.95), 0.22, 1.5, fc="#eeeeee", ec=ink))
    _label(ax, 7.05, 0.72, "H⁽¹⁾ … H⁽⁴⁾", ink)


def _clouds(ax, cell, ink):
    """A cloud for every vertex, in the colours of the operations."""
    style, n = operation_style(cell.rules), len(cell)
    angles = 2 * np.pi * np.arange(n) / n + 0.4
    for v, angle in enumerate(angles):
        centre = (9.05 + 0.42 * np.cos(angle), 1.7 + 0.5 * np.sin(angle))
        fill, _, letter = style[int(cell.ops[v])]
        shade = {"fc": fill if ink == _LIT else "#eeeeee", "ec": ink, "alpha": 0.55}
        ax.add_patch(Ellipse(centre, 0.42, 0.34, angle=np.degrees(angle), **shade))
        ax.annotate(letter, centre, ha="center", va="center", fontsize=7, color=ink)
    ax.add_patch(Rectangle((8.35, 0.85), 1.4, 1.7, fc="none", ec=ink, lw=0.8))
    _label(ax, 9.05, 2.75, "q(Z | X, A):  μ, σ", ink)


def _arrow(ax, number, start, end, bend, lit):
    """A numbered arrow; the number in a disc, black where it is lit."""
    ink = _LIT if lit else _DIM
    ax.add_patch(
        FancyArrowPatch(
            start, end, connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", mutation_scale=13,
            color=ink, lw=1.8 if lit else 1.0, shrinkA=0, shrinkB=0, zorder=4,
        )
    )  # fmt: skip
    middle = (np.array(start) + end) / 2
    across = np.array([end[1] - start[1], start[0] - end[0]]) * bend / 2
    centre = middle + across + (0, 0.27 if start[1] == end[1] and not bend else 0)
    if start[0] == end[0]:
        centre = middle + (0.27, 0)
    elif start[1] != end[1]:
        centre = middle + (-0.16, 0.22 if end[1] > start[1] else -0.22)
    ax.add_patch(Circle(centre, 0.16, fc=ink if lit else "#ffffff", ec=ink, zorder=5))
    ax.annotate(str(number), centre, ha="center", va="center", fontsize=8, zorder=6,
                color="#ffffff" if lit else ink)  # fmt: skip
