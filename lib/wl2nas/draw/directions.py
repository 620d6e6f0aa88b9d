"""What a direction is worth: who has heard of whom, which arrows turn, and the ways to direct."""

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Int
from matplotlib.patches import Arc, FancyArrowPatch, Rectangle

from wl2nas import cells
from wl2nas.draw.small_graphs import cell as draw_cell
from wl2nas.draw.small_graphs import cell_layout
from wl2nas.theory import orientations

_EDGE = "#444444"


def heard(first: Int[np.ndarray, "n n"], *, names=None, ax=None) -> plt.Axes:
    """Squares that say in which round the row first hears of the column.

    first: 0 is a vertex's own news (hatched), -1 is never (left white); later rounds are darker.
    """
    ax = ax or plt.gca()
    n, last = len(first), max(int(np.max(first)), 1)
    for i, j in np.ndindex(n, n):
        k = int(first[i, j])
        grey = "white" if k <= 0 else str(0.9 - 0.5 * k / last)
        hatch = "////" if k == 0 else None
        square = Rectangle((j - 0.5, i - 0.5), 1, 1, fc=grey, ec="#888888", lw=0.8, hatch=hatch)
        ax.add_patch(square)
        if k > 0:
            ax.text(j, i, str(k), ha="center", va="center", fontsize=10)
    ticks = range(n) if names is None else names
    ax.set_xticks(range(n), ticks)
    ax.set_yticks(range(n), ticks)
    ax.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), aspect="equal", xlabel="of vertex")
    ax.tick_params(length=0)
    ax.grid(False)
    return ax


def turned_arrows(first: cells.Cell, other: cells.Cell, partner, *, ax=None) -> plt.Axes:
    """A cell on the places of another with the same skeleton; thick and orange what runs otherwise.

    partner: for every vertex of ``other`` the one of ``first``, as ``explore.members.match`` says.
    """
    ax = ax or plt.gca()
    position = cell_layout(first.adjacency)[np.asarray(partner)]
    turned = [(i, j) for i, j in other.edges if not first.adjacency[partner[i], partner[j]]]
    return draw_cell(other, ax=ax, position=position, numbers=False, marked=turned)


# --- deletion and contraction -------------------------------------------------------------------


def deletion_contraction(edges: orientations.Edges, *, ax=None) -> plt.Axes:
    """The tree of cases by which Crapo's beta of a small connected multigraph is worked out.

    A case is drawn with its value; below it, left without the thick edge, right with its two ends
    made one. Vertices lie on a circle.
    """
    ax = ax or plt.gca()
    names = sorted({v for edge in edges for v in edge})
    angle = np.pi / 2 + 2 * np.pi * np.arange(len(names)) / len(names)
    place = {v: 0.32 * np.array([np.cos(a), np.sin(a)]) for v, a in zip(names, angle, strict=True)}
    width, depth = _case(ax, tuple(edges), place, 0.0, 0)[1:]
    ax.set(xlim=(-0.2, width), ylim=(-1.5 * depth - 0.75, 0.6), aspect="equal")
    ax.set_axis_off()
    return ax


def _case(ax, edges, place: dict, left: float, depth: int) -> tuple[int, float, int]:
    """Draw a case and those below it, from ``left`` on: its value, its width, their depth."""
    value, width, lowest = int(len(edges) == 1 and len(set(edges[0])) == 2), 0.0, depth
    centres = []
    smaller = orientations.smaller_cases(edges)
    for fewer, places in zip(smaller, (place, _joined_places(edges[0], place)), strict=False):
        part, room, below = _case(ax, fewer, places, left + width, depth + 1)
        centres.append(left + width + room / 2)
        value, width, lowest = value + part, width + room, max(lowest, below)
    width = width or 1.5
    centre = np.array([left + width / 2, -1.5 * depth])
    for does, x in zip(("delete", "contract"), centres, strict=False):
        ends = np.array([centre - (0, 0.65), (x, -1.5 * (depth + 1) + 0.5)])
        ax.plot(*ends.T, color="#888888", lw=1)
        ax.text(*ends.mean(axis=0), does, ha="center", va="center", fontsize=9,
                bbox={"fc": "white", "ec": "none", "pad": 1})  # fmt: skip
    _multigraph(ax, edges, place, centre, thick=bool(smaller))
    ax.text(*(centre - (0, 0.5)), f"β = {value}", ha="center", va="center", fontsize=10)
    return value, width, lowest


def _joined_places(edge: tuple[int, int], place: dict) -> dict:
    i, j = edge
    return {**place, i: (place[i] + place[j]) / 2}


def _multigraph(ax, edges, place: dict, centre, *, thick: bool):
    """Edges between two vertices bent apart, a loop as a circle, the first one perhaps thick."""
    for k, (i, j) in enumerate(edges):
        width = 3 if thick and k == 0 else 1.2
        if i == j:
            size = 0.32 + 0.14 * edges[:k].count((i, i))
            ax.add_patch(Arc(place[i] + centre + (0, size / 2), size, size, lw=width, color=_EDGE))
            continue
        earlier, copies = edges[:k].count((i, j)), edges.count((i, j))
        bend = 0.35 * (2 * earlier - copies + 1)
        line = FancyArrowPatch(
            place[i] + centre, place[j] + centre, arrowstyle="-", shrinkA=0, shrinkB=0, lw=width,
            color=_EDGE, connectionstyle=f"arc3,rad={bend}",
        )  # fmt: skip
        ax.add_patch(line)
    for v in sorted({v for edge in edges for v in edge}):
        ax.scatter(*(place[v] + centre), s=40, color="white", edgecolors="black", zorder=3)
