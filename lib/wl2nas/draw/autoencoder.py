"""arch2vec in one picture: a cell goes in, is turned into clouds, and comes out. Arrows 1 to 9.

One picture for every page that speaks of the model; ``highlight`` lights the arrows of a page.
Source: Yan et al. 2020, arXiv 2006.06936, whose symbols stand below the boxes; the drawing is ours.
"""

from collections.abc import Iterable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, Ellipse, FancyArrowPatch, Rectangle

from wl2nas import cells, graphs
from wl2nas.draw.small_graphs import cell_layout
from wl2nas.draw.style import operation_style

# What every arrow does, for the page beside the picture.
ARROWS = {
    1: "write the cell as two arrays, A and X",
    2: "add the transpose: the directions go",
    3: "four layers: gather from the neighbours, rename the sum",
    4: "two linear maps: a centre and a width for every vertex",
    5: "sample a point from every cloud",
    6: "decode an operation from every point",
    7: "decode an edge from every two points",
    8: "compare with what went in",
    9: "keep the clouds near the standard one",
}
_LIT, _DIM = "#000000", "#b0b0b0"
_UP, _MIDDLE, _DOWN = 2.75, 1.75, 0.75  # of the two rows of arrays, and of what stands between them
_SIDE = 1.2  # of an array
# Every arrow from start to end; the numbers sit beside the middles.
_PATHS = {
    1: ((2.0, _MIDDLE), (2.6, _MIDDLE)),
    2: ((3.95, _UP), (4.6, _UP)),
    3: ((5.95, _MIDDLE), (6.6, _MIDDLE)),
    4: ((8.1, _MIDDLE), (8.7, _MIDDLE)),
    5: ((10.3, _MIDDLE), (10.9, _MIDDLE)),
    6: ((11.8, 1.35), (12.45, _DOWN)),
    7: ((11.8, 2.15), (12.45, _UP)),
    9: ((9.5, 0.7), (9.5, 0.12)),
}


def autoencoder(
    cell: cells.Cell,
    *,
    values: Mapping[str, np.ndarray] | None = None,
    highlight: Iterable[int] | None = None,
    ax=None,
):
    """arch2vec around one cell, on an axis of about 14 by 4.5 units.

    values: the cell's own numbers on their way, as far as they are there: "sample" (n, D), and as
    probabilities "operations" (n, K) and "edges" (n, n), of which what lies above the diagonal is
    shown. Without them these arrays are hatched. highlight: the arrows that are lit; all without
    it. ``ARROWS`` says what each does. ValueError for an arrow that is not there.
    """
    ax = ax or plt.gca()
    lit = set(ARROWS) if highlight is None else set(highlight)
    if unknown := lit - set(ARROWS):
        raise ValueError(f"highlight: there is no arrow {min(unknown)}; choose from 1 to 9")
    shown = {} if values is None else dict(values)
    _what_goes_in(ax, cell, lit)
    _layers(ax, _ink(lit, 3, 4))
    _clouds(ax, cell, _ink(lit, 4, 5, 9))
    _array(ax, 10.95, _MIDDLE, shown.get("sample"), "Z", _ink(lit, 5, 6, 7), width=0.8)
    edges = shown.get("edges")
    edges = None if edges is None else np.triu(edges, 1)
    _array(ax, 12.5, _UP, edges, "p(A | Z)", _ink(lit, 7, 8))
    _array(ax, 12.5, _DOWN, shown.get("operations"), "p(X | Z)", _ink(lit, 6, 8))
    for number, (start, end) in _PATHS.items():
        _arrow(ax, start, end, number in lit)
        _number(ax, number, _beside(start, end), number in lit)
    _comparison(ax, 8 in lit)
    _label(ax, 9.5, -0.1, "N(0, I)", _ink(lit, 9))
    ax.set(xlim=(-0.15, 13.9), ylim=(-0.3, 4.35), aspect="equal")
    ax.set_axis_off()
    return ax


def _ink(lit: set[int], *arrows: int) -> str:
    """The ink of what stands between these arrows: lit if one of them is."""
    return _LIT if lit & set(arrows) else _DIM


def _label(ax, x, y, text, ink):
    ax.annotate(text, (x, y), ha="center", va="center", color=ink, fontsize=9)


def _what_goes_in(ax, cell, lit):
    """The cell, A and X, and A + A^T; the operations in X in their own colours."""
    _small_cell(ax, cell, _ink(lit, 1))
    _array(ax, 2.65, _UP, cell.adjacency, "A", _ink(lit, 1, 2, 8))
    marks = graphs.one_hot(cell.ops[None], len(cell.rules.operations))[0]
    ink = _ink(lit, 1, 3, 8)
    looks = list(operation_style(cell.rules).values())
    _array(ax, 2.65, _DOWN, marks, "X", ink, looks=looks if ink == _LIT else None)
    _array(ax, 4.65, _UP, graphs.skeleton(cell.adjacency), "A + Aᵀ", _ink(lit, 2, 3))
    # X goes on as it is, beside A + A^T.
    ax.plot((3.95, 5.9), (_DOWN, _DOWN), color=_ink(lit, 3), lw=1, ls=":")


def _small_cell(ax, cell, ink):
    """The cell itself, smaller than ``draw.cell`` has it."""
    place = cell_layout(cell.adjacency)
    place = place * (1.5 / max(np.ptp(place[:, 0]), 1), 0.9) + (0.2, _MIDDLE)
    style = operation_style(cell.rules)
    for i, j in cell.edges:
        arrow = FancyArrowPatch(place[i], place[j], arrowstyle="-|>", mutation_scale=8,
                                color=ink, shrinkA=6, shrinkB=7, zorder=2)  # fmt: skip
        ax.add_patch(arrow)
    for v, op in enumerate(cell.ops):
        _letter(ax, Circle(place[v], 0.21, zorder=3), style[int(op)], ink)
    _label(ax, 0.95, 0.65, "the cell", ink)


def _letter(ax, shape, look, ink):
    """A disc or a cloud with the colour and the letter of its operation, if it is lit."""
    fill, letter_ink, letter = look if ink == _LIT else ("#eeeeee", _DIM, look[2])
    shape.set(facecolor=fill, edgecolor=ink, linewidth=0.8)
    ax.add_patch(shape)
    ax.annotate(letter, shape.center, ha="center", va="center", fontsize=7, color=letter_ink,
                zorder=4)  # fmt: skip


def _array(ax, left, middle, values, name, ink, *, width=_SIDE, looks=None):
    """An array as squares, the larger the darker, its name below; hatched without values.

    ``looks`` has fill and ink for every column, in which its ones are written.
    """
    bottom = middle - _SIDE / 2
    if values is None:
        blank = {"fc": "white", "ec": ink, "hatch": "///", "lw": 0.6}
        ax.add_patch(Rectangle((left, bottom), width, _SIDE, **blank))
    else:
        shown = np.asarray(values, float)
        share = (shown - min(shown.min(), 0.0)) / max(np.ptp(np.append(shown, 0.0)), 1e-9)
        high, wide = _SIDE / shown.shape[0], width / shown.shape[1]
        line = 0.5 if shown.shape[1] <= 8 else 0.0  # narrower squares would be all outline
        for (row, column), value in np.ndenumerate(share):
            corner = (left + wide * column, bottom + _SIDE - high * (row + 1))
            paint = str(1 - (0.8 if ink == _LIT else 0.25) * value)
            if looks is not None and value == 1:
                paint = looks[column][0]
                centre = (corner[0] + wide / 2, corner[1] + high / 2)
                ax.annotate("1", centre, ha="center", va="center", fontsize=6, zorder=4,
                            color=looks[column][1])  # fmt: skip
            ax.add_patch(Rectangle(corner, wide, high, fc=paint, ec=ink, lw=line))
    _label(ax, left + width / 2, bottom - 0.17, name, ink)


def _layers(ax, ink):
    """Four layers as four slabs."""
    for k in range(4):
        slab = Rectangle((6.65 + 0.36 * k, 1.0), 0.26, 1.5, fc="#eeeeee", ec=ink)
        ax.add_patch(slab)
    _label(ax, 7.35, 0.8, "H⁽¹⁾ … H⁽⁴⁾", ink)


def _clouds(ax, cell, ink):
    """A cloud for every vertex, in the colours of the operations."""
    style, n = operation_style(cell.rules), len(cell)
    ax.add_patch(Rectangle((8.75, 0.75), 1.5, 2.0, fc="white", ec=ink, lw=0.8))
    for v, angle in enumerate(2 * np.pi * np.arange(n) / n + 0.6):
        centre = (9.5 + 0.42 * np.cos(angle), _MIDDLE + 0.62 * np.sin(angle))
        cloud = Ellipse(centre, 0.5, 0.4, angle=np.degrees(angle))
        _letter(ax, cloud, style[int(cell.ops[v])], ink)
    _label(ax, 9.5, 2.95, "q(Z | X, A): μ, σ", ink)


def _arrow(ax, start, end, lit: bool):
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=13, color=_LIT if lit else _DIM,
            lw=1.8 if lit else 1.0, shrinkA=0, shrinkB=0, zorder=4,
        )
    )  # fmt: skip


def _comparison(ax, lit: bool):
    """Arrow 8: out of what was decoded, along the top, back to what went in."""
    ink, top, start, end = _LIT if lit else _DIM, 3.95, 13.1, 3.25
    ax.plot((start, start, end), (_UP + _SIDE / 2 + 0.05, top, top), color=ink,
            lw=1.8 if lit else 1.0)  # fmt: skip
    _arrow(ax, (end, top), (end, _UP + _SIDE / 2 + 0.05), lit)
    _number(ax, 8, ((start + end) / 2, top), lit)


def _beside(start, end) -> tuple[float, float]:
    """Where the number of an arrow stands: above it, right of one that falls, clear of its line."""
    (x0, y0), (x1, y1) = start, end
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    if x0 == x1:
        return x + 0.3, y
    return (x, y + 0.3) if y0 == y1 else (x - 0.1, y + (0.32 if y1 > y0 else -0.32))


def _number(ax, number: int, centre, lit: bool):
    """The number of an arrow in a disc, black where it is lit."""
    ink = _LIT if lit else _DIM
    ax.add_patch(Circle(centre, 0.19, fc=ink if lit else "#ffffff", ec=ink, zorder=5))
    ax.annotate(str(number), centre, ha="center", va="center", fontsize=8, zorder=6,
                color="#ffffff" if lit else ink)  # fmt: skip
