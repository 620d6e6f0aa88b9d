"""Where a cell stands in its network, and cells whose operations stand on the edges."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch

from wl2nas.cells import channels, nasbench_201
from wl2nas.draw.small_graphs import cell as draw_cell
from wl2nas.draw.small_graphs import cell_layout, disc, edge, frame
from wl2nas.draw.style import operation_style

_NODES = np.array([[0.0, 0.0], [1.6, 0.0], [3.2, 0.0], [4.8, 0.0]])
# How the edges bend that are not straight: negative is upwards.
_BENDS = {(0, 2): -0.5, (1, 3): 0.5, (0, 3): -0.65}
# Boxes of the outline: one height for each size of the maps, a width, and room for an arrow.
_HEIGHTS, _WIDTH, _GAP = (1.7, 1.15, 0.8), 1.05, 0.4


def network_outline(cell=None, *, ax=None):
    """The network around a cell, from image to classes: nine copies of the cell in three stacks.

    Boxes shrink as the maps do; above each stack stand the size of its maps and their channels.
    A ``cell`` is drawn below, as what is inside one of the copies.
    """
    ax = ax or plt.gca()
    x = 0.0
    x = _box(ax, x, "image", _HEIGHTS[0], width=1.25, last=False)
    x = _box(ax, x, "stem\n3×3", _HEIGHTS[0], last=False)
    for stack, height in enumerate(_HEIGHTS):
        begin = x
        for copy in range(channels.CELLS_IN_A_STACK):
            x = _box(ax, x, "cell", height, fill="#dddddd", last=False)
            if (stack, copy) == (0, 1) and cell is not None:
                _inside(ax, cell, x - _GAP - _WIDTH, x - _GAP)
        side, width = channels.IMAGE // 2**stack, channels.STEM_CHANNELS * 2**stack
        middle = (begin + x - _GAP) / 2
        ax.annotate(f"{side}×{side}\n{width} channels", (middle, _HEIGHTS[0] / 2 + 0.25),
                    ha="center", va="bottom", fontsize=8)  # fmt: skip
        if stack < channels.STACKS - 1:
            x = _box(ax, x, "÷2", height, width=0.55, last=False)
    x = _box(ax, x, "mean", _HEIGHTS[-1], last=False)
    x = _box(ax, x, f"linear\n{channels.CLASSES}", _HEIGHTS[-1], width=1.25, last=True)
    low = -_HEIGHTS[0] / 2 if cell is None else -4.3
    ax.set(xlim=(-0.2, x), ylim=(low - 0.1, _HEIGHTS[0] / 2 + 1.5), aspect="equal")
    ax.set_axis_off()
    return ax


def _box(ax, x, text, height, *, last, width=_WIDTH, fill="#ffffff"):
    """A box with an arrow to the next one; where that one begins."""
    box = plt.Rectangle((x, -height / 2), width, height, facecolor=fill, edgecolor="#000000")
    ax.add_patch(box)
    ax.annotate(text, (x + width / 2, 0), ha="center", va="center", fontsize=8)
    if not last:
        ends = (x + width, 0), (x + width + _GAP, 0)
        ax.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=8, shrinkA=0,
                                     shrinkB=0, color="#444444"))  # fmt: skip
    return x + width + _GAP


def _inside(ax, cell, left, right):
    """A cell, drawn below the box from ``left`` to ``right``, which it comes out of."""
    low, high, top = 2.6, 10.6, -1.65
    for near, far in ((left, low), (right, high)):
        ax.plot([near, far], [-_HEIGHTS[0] / 2, top], ls=":", color="#444444", lw=1)
    frame_ = plt.Rectangle((low, -4.3), high - low, 4.3 + top, facecolor="#ffffff",
                           edgecolor="#444444", ls=":")  # fmt: skip
    ax.add_patch(frame_)
    inner = ax.inset_axes((low, -4.25, high - low, 4.2 + top), transform=ax.transData)
    draw_cell(cell, ax=inner, numbers=False)
    inner.set(xlim=np.add(inner.get_xlim(), (-0.4, 0.4)))


def cell_channels(cell, *, ax=None, width: int = channels.STEM_CHANNELS):
    """A cell with the channels of every vertex below it, in a copy with so many channels.

    A white square on an edge from the input is a projection. Where several edges meet, a sign says
    what happens: + for a sum, "concat" for putting side by side.
    """
    ax = ax or plt.gca()
    position, style = cell_layout(cell.adjacency), operation_style(cell.rules)
    found = channels.vertex_channels(cell.adjacency, width, width)
    for i, j in cell.edges:
        edge(ax, position[i], position[j], arrow=True)
        if i == 0:
            middle = (position[i] + position[j]) / 2
            ax.scatter(*middle, s=110, color="#ffffff", edgecolors="#000000", marker="s", zorder=3)
            ax.annotate("1", middle, ha="center", va="center", fontsize=7, zorder=4)
    last = len(cell) - 1
    for v, op in enumerate(cell.ops):
        disc(ax, position[v], *style[int(op)], str(found[v]))
        before = np.flatnonzero(cell.adjacency[:, v])
        sign = "+" if len(before) > 1 else ""
        if v == last and (before > 0).sum() > 1:  # the branches; the input is added to them
            sign = "concat +" if before[0] == 0 else "concat"
        ax.annotate(sign, position[v], (0, 12), textcoords="offset points", ha="center",
                    va="bottom", fontsize=9)  # fmt: skip
    return frame(ax, position)


def edge_cell(edge_ops, *, ax=None):
    """A NAS-Bench-201 cell, or its six codes, as it is defined: operations on its edges."""
    ax = ax or plt.gca()
    style, edge_ops = operation_style(nasbench_201.NASBENCH201), nasbench_201.check(edge_ops)
    ax.set_aspect("equal")  # the bends are measured on the page
    for (i, j), op in zip(nasbench_201.EDGES, edge_ops, strict=True):
        start, end, bend = _NODES[i], _NODES[j], _BENDS.get((i, j), 0.0)
        arrow = FancyArrowPatch(
            start, end, connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", mutation_scale=12,
            color="#444444", shrinkA=11, shrinkB=11,
        )  # fmt: skip
        ax.add_patch(arrow)
        # A quadratic curve passes half-way between the middle of its ends and its control point.
        across = np.array([end[1] - start[1], start[0] - end[0]]) * bend / 2
        disc(ax, (start + end) / 2 + across, *style[op])
    for v, position in enumerate(_NODES):
        ax.scatter(*position, s=430, color="#eeeeee", edgecolors="#000000", marker="s", zorder=3)
        ax.annotate(str(v), position, ha="center", va="center", zorder=4, fontsize=9)
    return frame(ax, np.vstack([_NODES, [[2.4, 1.6], [2.4, -0.8]]]))


def vertex_cell(edge_ops, *, ax=None):
    """The same cell with every edge turned into a vertex, between an input and an output."""
    ax = ax or plt.gca()
    position = cell_layout(nasbench_201.TEMPLATE)
    for i, j in np.argwhere(nasbench_201.TEMPLATE):
        edge(ax, position[i], position[j], arrow=True)
    style = operation_style(nasbench_201.NASBENCH201)
    ops = [nasbench_201.INPUT, *nasbench_201.check(edge_ops), nasbench_201.OUTPUT]
    names = ["", *(f"{i}→{j}" for i, j in nasbench_201.EDGES), ""]
    for place, op, name in zip(position, ops, names, strict=True):
        disc(ax, place, *style[op], name)
    return frame(ax, position)
