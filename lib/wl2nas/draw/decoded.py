"""What a model makes of a cell: its clouds, its probabilities of edges, the cell that comes out."""

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from wl2nas import cells
from wl2nas.draw.small_graphs import cell_layout, disc, frame
from wl2nas.draw.style import operation_style

_WRONG = "#D55E00"
_PADDING = ("#cccccc", "#000000", "·")


def edge_probabilities(
    cell: cells.Cell, probabilities: Float[np.ndarray, "V V"], *, ax=None
) -> plt.Axes:
    """Probabilities of the edges above the diagonal as grey squares; the cell's edges framed.

    Rows are starts of edges. Where an edge has one half or less, or what is no edge more than one
    half, so that it would be decoded wrongly, the number stands in a box.
    """
    ax = ax or plt.gca()
    n = len(cell)
    shown = np.where(np.triu(np.ones((n, n)), 1) > 0, np.asarray(probabilities)[:n, :n], np.nan)
    ax.imshow(shown, cmap="Greys", vmin=0, vmax=1.6)
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        wrong = (shown[i, j] > 0.5) != bool(cell.adjacency[i, j])
        box = {"fc": "white", "ec": _WRONG, "lw": 1.5} if wrong else None
        ax.annotate(f"{shown[i, j]:.2f}", (j, i), ha="center", va="center", fontsize=9, bbox=box)
        if cell.adjacency[i, j]:
            ax.add_patch(Rectangle((j - 0.46, i - 0.46), 0.92, 0.92, fill=False, lw=2))
    names = [operation_style(cell.rules)[int(op)][2] for op in cell.ops]
    ax.set_xticks(range(n), names)
    ax.set_yticks(range(n), names)
    ax.grid(False)
    ax.tick_params(length=0)
    ax.set(xlabel="to", ylabel="from")
    return ax


def decoded_cell(
    cell: cells.Cell, adjacency: Bool[np.ndarray, "V V"], ops: Int[np.ndarray, " V"], *, ax=None
) -> plt.Axes:
    """What came out for a cell, on the cell's own places, up to its number of vertices.

    Edges that were added are thick, bent and orange, those that are missing dotted and orange; an
    operation that came out wrong stands in an orange ring; one of -1 is padding, a grey disc.
    """
    ax = ax or plt.gca()
    n, position, style = len(cell), cell_layout(cell.adjacency), operation_style(cell.rules)
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        there, said = bool(cell.adjacency[i, j]), bool(adjacency[i, j])
        if there or said:
            right = there == said
            patch = FancyArrowPatch(
                position[i], position[j], arrowstyle="-|>", mutation_scale=12, shrinkA=11,
                shrinkB=11, zorder=2, color="#444444" if right else _WRONG,
                lw=1.0 if right else 2.6, ls="-" if said else ":",
                connectionstyle=f"arc3,rad={0.0 if there else 0.35}",
            )  # fmt: skip
            ax.add_patch(patch)
    for v in range(n):
        disc(ax, position[v], *style.get(int(ops[v]), _PADDING), str(v))
        if ops[v] != cell.ops[v]:
            ax.scatter(*position[v], s=700, facecolors="none", edgecolors=_WRONG, linewidths=2)
    return frame(ax, position)


def decoded_graph(
    adjacency: Bool[np.ndarray, "V V"], ops: Int[np.ndarray, " V"], rules: cells.Rules, *, ax=None
) -> plt.Axes:
    """What a decoder said, cell or not: the vertices in their order, from left to right on an arc.

    An operation of -1 is padding, a grey disc.
    """
    ax = ax or plt.gca()
    n, style = len(ops), operation_style(rules)
    position = np.stack([np.arange(n), np.where(np.arange(n) % 2, 0.6, -0.6)], axis=1)
    position[[0, -1], 1] = 0.0
    for i, j in np.argwhere(np.triu(adjacency, 1)):
        rad = 0.0 if j - i < 3 else 0.25
        arrow = FancyArrowPatch(position[i], position[j], arrowstyle="-|>", mutation_scale=11,
                                color="#444444", shrinkA=10, shrinkB=10, zorder=2,
                                connectionstyle=f"arc3,rad={rad}")  # fmt: skip
        ax.add_patch(arrow)
    for v, op in enumerate(ops):
        disc(ax, position[v], *style.get(int(op), _PADDING))
    frame(ax, position)
    ax.set(ylim=(-1.7, 1.5))
    return ax


def clouds(
    cell: cells.Cell,
    centres: Float[np.ndarray, "V 2"],
    widths: Float[np.ndarray, " V"],
    *,
    ax=None,
) -> plt.Axes:
    """Vertices as clouds on two coordinates: discs of one width, rings of two.

    Rows beyond those of the cell are its padding, drawn in grey.
    """
    ax = ax or plt.gca()
    style = operation_style(cell.rules)
    for v, (centre, width) in enumerate(zip(np.asarray(centres), widths, strict=True)):
        fill, ink, letter = style[int(cell.ops[v])] if v < len(cell) else ("#bbbbbb", "black", "·")
        ax.add_patch(Circle(centre, 2 * width, fill=False, ec="black", lw=0.6, ls=":"))
        ax.add_patch(Circle(centre, width, fc=fill, ec="black", lw=0.8, alpha=0.85))
        ax.annotate(letter, centre, ha="center", va="center", color=ink, fontsize=8)
    reach = 2 * np.max(widths) + 0.2
    low, high = np.min(centres, axis=0) - reach, np.max(centres, axis=0) + reach
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    return ax
