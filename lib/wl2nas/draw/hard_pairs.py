"""Graphs that colours cannot separate: a board, gadgets with names, an unfolding tree, a hunt."""

from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from wl2nas import graphs
from wl2nas.draw.small_graphs import disc, edge, frame
from wl2nas.theory import pursuit

_EDGE, _GREY, _FREE = "#444444", "#cccccc", "#F0E442"


def chessboard(vertex: int, neighbours: Sequence[int], *, side: int = 4, ax=None) -> plt.Axes:
    """A board, its squares counted row by row: one black, its neighbours numbered 0, 1, ..."""
    ax = ax or plt.gca()
    shades = np.zeros(side * side)
    shades[list(neighbours)], shades[vertex] = 0.4, 1.4
    ax.pcolormesh(shades.reshape(side, side), cmap="Greys", vmin=0, vmax=1.6, edgecolors="#555555")
    for number, square in enumerate(neighbours):
        middle = (square % side + 0.5, square // side + 0.5)
        ax.annotate(str(number), middle, ha="center", va="center")
    ax.set(aspect=1, ylim=(side, 0))
    ax.set_axis_off()
    return ax


def named_graph(
    adjacency, names: Sequence, position, *,
    thick=None, grey: Collection[int] = (), edge_names: Mapping[tuple[int, int], str] = {}, ax=None,
) -> plt.Axes:  # fmt: skip
    """An undirected graph with a name in every vertex, ``position`` (n, 2).

    ``thick`` is a matrix of edges to draw thick, ``grey`` has vertices to fill; the name of an edge
    stands beside its middle, on the side away from the centre.
    """
    ax = ax or plt.gca()
    adjacency, position = graphs.skeleton(adjacency), np.asarray(position, float)
    for i, j in np.argwhere(np.triu(adjacency)):
        width = 3.5 if thick is not None and thick[i, j] else 1.2
        ax.plot(*position[[i, j]].T, color=_EDGE, linewidth=width, zorder=1)
    for v, name in enumerate(names):
        fill = _GREY if v in grey else "white"
        ax.annotate(str(name), position[v], ha="center", va="center", fontsize=8,
                    bbox={"boxstyle": "round,pad=0.4", "fc": fill})  # fmt: skip
    centre = position.mean(axis=0)
    for (i, j), name in edge_names.items():
        beside = centre + 1.35 * (position[[i, j]].mean(axis=0) - centre)
        ax.annotate(name, beside, ha="center", va="center")
    ax.set_axis_off()
    ax.margins(0.2)
    return ax


def unfolding(adjacency, root: int, depth: int, *, ax=None) -> plt.Axes:
    """The unfolding tree of a vertex, root on top; a vertex that was met before is grey."""
    ax = ax or plt.gca()
    around = [np.flatnonzero(row).tolist() for row in graphs.skeleton(adjacency)]
    met, parent, level = [root], [0], [0]
    for place, v in enumerate(met):  # the list grows while it is read
        if level[place] < depth:
            met += around[v]
            parent += [place] * len(around[v])
            level += [level[place] + 1] * len(around[v])
    x = np.zeros(len(met))
    for at in range(depth, -1, -1):
        for k, place in enumerate(p for p in range(len(met)) if level[p] == at):
            below = [c for c in range(1, len(met)) if parent[c] == place]
            x[place] = x[below].mean() if below else k
    tree = graphs.from_edges(len(met), [(parent[c], c) for c in range(1, len(met))])
    position = np.stack([x, -np.array(level)], axis=1)
    again = [place for place, v in enumerate(met) if v in met[:place]]
    return named_graph(tree, met, position, grey=again, ax=ax)


def hunt(adjacency, position: pursuit.Position, places, *, ax=None) -> plt.Axes:
    """Watchers and a fugitive: watched vertices black, W; those that the fugitive can reach, ?."""
    ax = ax or plt.gca()
    places = np.asarray(places, float)
    for i, j in np.argwhere(np.triu(graphs.skeleton(adjacency))):
        edge(ax, places[i], places[j], arrow=False)
    for v, place in enumerate(places):
        look = "#ffffff", "#000000", ""
        if v in position.watched:
            look = "#000000", "#ffffff", "W"
        elif v in position.region:
            look = _FREE, "#000000", "?"
        disc(ax, place, *look)
    return frame(ax, places)
