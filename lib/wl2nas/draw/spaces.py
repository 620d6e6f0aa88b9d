"""Where a cell stands in its network, and cells whose operations stand on the edges."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch

from wl2nas.cells import channels, nasbench_201
from wl2nas.draw.small_graphs import cell_layout, disc, edge, frame
from wl2nas.draw.style import operation_style

_NODES = np.array([[0.0, 0.0], [1.6, 0.0], [3.2, 0.0], [4.8, 0.0]])
# How the edges bend that are not straight: negative is upwards.
_BENDS = {(0, 2): -0.5, (1, 3): 0.5, (0, 3): -0.65}


def network_outline(*, ax=None):
    """The network around a cell: stem, three stacks of three cells, classifier, with channels."""
    ax = ax or plt.gca()
    names = [f"stem\n3×3\n{channels.STEM_CHANNELS}"]
    for stack in range(channels.STACKS):
        width = channels.STEM_CHANNELS * 2**stack
        names += [f"cell\n\n{width}"] * channels.CELLS_IN_A_STACK
        names += ["÷2"] if stack < channels.STACKS - 1 else [f"mean,\nlinear\n{channels.CLASSES}"]
    x = 0.0
    for name in names:
        width = 0.6 if name == "÷2" else 1.0
        fill = "#dddddd" if name.startswith("cell") else "#ffffff"
        box = plt.Rectangle((x, 0), width, 1.5, facecolor=fill, edgecolor="#000000")
        ax.add_patch(box)
        ax.annotate(name, (x + width / 2, 0.75), ha="center", va="center", fontsize=8)
        x += width + 0.25
    ax.set(xlim=(-0.2, x), ylim=(-0.2, 1.7), aspect="equal")
    ax.set_axis_off()
    return ax


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
