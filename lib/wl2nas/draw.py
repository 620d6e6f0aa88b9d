"""Figures: cells and graphs, maps of the latent space, the scoreboard.

Every function draws on the ``ax`` it is given and returns it; ``show(fig, alt)`` puts the figure
into the page with a sentence that says what it shows. One colour and letter per operation, one
colour, line and marker per representation, everywhere. Palette: Okabe and Ito 2008.
"""

import base64
import functools
import io
import itertools
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.patches import FancyArrowPatch

from wl2nas import cells, graphs

OPERATION_STYLE = {  # operation -> fill, ink, letter
    cells.INPUT: ("#ffffff", "#000000", "in"),
    cells.CONV1X1: ("#E69F00", "#000000", "1"),
    cells.CONV3X3: ("#0072B2", "#ffffff", "3"),
    cells.MAXPOOL: ("#009E73", "#000000", "P"),
    cells.OUTPUT: ("#000000", "#ffffff", "out"),
}
# Colour classes never reuse the operations' colours; the letter says the class in greyscale too.
CLASS_FILLS = ("#F0E442", "#CC79A7", "#56B4E9", "#D55E00", "#dddddd", "#f6c9e0", "#999999")
REPRESENTATION_STYLE = {  # name -> colour, line, marker
    "random search": ("#999999", ":", "x"),
    "statistics": ("#000000", "-", "o"),
    "one_hot": ("#000000", "--", "s"),
    "wl_skeleton": ("#E69F00", "--", "^"),
    "wl_directed": ("#E69F00", "-", "v"),
    "gin_random_skeleton": ("#56B4E9", "--", "<"),
    "gin_random_directed": ("#56B4E9", "-", ">"),
    "arch2vec_published": ("#0072B2", "-", "D"),
    "arch2vec_repaired": ("#0072B2", "--", "P"),
    "ours": ("#D55E00", "-", "*"),
}


def png(fig) -> bytes:
    """The figure as a PNG, and the figure closed."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(fig)
    return buffer.getvalue()


def show(fig, alt: str):
    """Display a figure and print ``alt``, a sentence with the numbers that the figure shows."""
    from IPython.display import display  # a notebook has it; the library alone needs it not

    image = base64.b64encode(png(fig)).decode()
    data = {"image/png": image, "text/plain": "<figure>"}
    display(data, raw=True, metadata={"image/png": {"alt": alt}})
    print(alt)


# --- cells and graphs ---------------------------------------------------------------------------


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
        depth[v] = 1 + depth[np.flatnonzero(adjacency[:, v])].max()
    heights = [0.0, 0.5, -0.5, 1.0, -1.0]
    if np.bincount(depth.astype(int)).max() > 3:  # four side by side need more room
        heights += [1.5, -1.5]
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


def _disc(ax, position, fill, ink, text, under=""):
    ax.scatter(*position, s=430, color=fill, edgecolors="#000000", linewidths=1.2, zorder=3)
    ax.annotate(text, position, ha="center", va="center", color=ink, zorder=4, fontsize=9)
    if under:
        paper = {"fc": "white", "ec": "none", "pad": 0.4}  # keeps the number off the edges
        ax.annotate(under, position, (0, -16), textcoords="offset points", ha="center", va="top",
                    fontsize=8, zorder=5, bbox=paper)  # fmt: skip


def _edge(ax, start, end, *, arrow: bool):
    style = "-|>" if arrow else "-"
    patch = FancyArrowPatch(start, end, arrowstyle=style, mutation_scale=12, color="#444444",
                            shrinkA=11, shrinkB=11, zorder=2)  # fmt: skip
    ax.add_patch(patch)


def _frame(ax, position):
    low, high = position.min(axis=0), position.max(axis=0)
    ax.set(xlim=(low[0] - 0.5, high[0] + 0.5), ylim=(low[1] - 0.8, high[1] + 0.7))
    ax.set_axis_off()
    return ax


def cell(cell: cells.Cell, *, ax=None, directed: bool = True, colours=None, numbers: bool = True):
    """One cell, input left, output right; ``colours`` paints colour classes instead of operations.

    ``directed=False`` draws its skeleton. Vertex numbers stand under the discs.
    """
    ax = ax or plt.gca()
    position = cell_layout(cell.adjacency)
    for i, j in cell.edges:
        _edge(ax, position[i], position[j], arrow=directed)
    for v, op in enumerate(cell.ops):
        fill, ink, letter = OPERATION_STYLE[int(op)]
        if colours is not None:
            fill, ink = CLASS_FILLS[int(colours[v]) % len(CLASS_FILLS)], "#000000"
            letter = class_letter(int(colours[v]))
        _disc(ax, position[v], fill, ink, letter, str(v) if numbers else "")
    return _frame(ax, position)


def class_letter(colour: int) -> str:
    """The letter of a colour class: a, b, ..., z, a1, b1, ..."""
    return chr(ord("a") + colour % 26) + (str(colour // 26) if colour >= 26 else "")


def graph(adjacency, *, ax=None, position=None, colours=None, directed: bool = False):
    """A graph on a circle, or at ``position`` (n, 2); letters name colour classes.

    ``directed`` draws arrows, but for edges that run both ways.
    """
    ax = ax or plt.gca()
    adjacency, n = np.asarray(adjacency, bool), len(adjacency)
    angle = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    position = np.stack([np.cos(angle), np.sin(angle)], axis=1) if position is None else position
    shown = adjacency & ~np.tril(adjacency.T) if directed else np.triu(graphs.skeleton(adjacency))
    for i, j in zip(*np.nonzero(shown), strict=True):
        _edge(ax, position[i], position[j], arrow=directed and not adjacency[j, i])
    for v in range(n):
        k = 0 if colours is None else int(colours[v])
        letter = "" if colours is None else class_letter(k)
        fill = "#ffffff" if colours is None else CLASS_FILLS[k % len(CLASS_FILLS)]
        _disc(ax, position[v], fill, "#000000", letter, str(v))
    return _frame(ax, position)


def matrix(values, *, ax=None, names=None):
    """A 0-1 matrix as black and white squares; rows are the start of an edge."""
    ax = ax or plt.gca()
    n = len(values)
    ax.imshow(np.asarray(values, float), cmap="Greys", vmin=0, vmax=1.4)
    ticks = range(n) if names is None else names
    ax.set_xticks(range(n), ticks)
    ax.set_yticks(range(n), ticks)
    ax.set_xticks(np.arange(n + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(n + 1) - 0.5, minor=True)
    ax.grid(False)
    ax.grid(which="minor", color="#bbbbbb", linewidth=0.6)
    ax.tick_params(which="both", length=0)
    ax.set(xlabel="to vertex", ylabel="from vertex")
    return ax


# --- maps -------------------------------------------------------------------------------------


def density_map(
    coordinates, *, ax=None, values=None, label="cells", gridsize=90, statistic=np.mean
):
    """All cells on two coordinates in hexagons: how many, or a statistic of ``values`` in each."""
    ax = ax or plt.gca()
    x, y = np.asarray(coordinates).T
    if values is None:
        picture = ax.hexbin(x, y, gridsize=gridsize, norm=LogNorm(), cmap="cividis", linewidths=0)
    else:
        picture = ax.hexbin(x, y, C=values, gridsize=gridsize, reduce_C_function=statistic,
                            cmap="cividis", linewidths=0)  # fmt: skip
    ax.figure.colorbar(picture, ax=ax, label=label)
    ax.grid(False)
    ax.set(xlabel="first principal component", ylabel="second principal component")
    return ax


# --- the scoreboard -----------------------------------------------------------------------------

# The notebook that reveals a value, by row and column; a row's default, else by column.
_REVEALED = {
    ("*", "trained"): "00",
    ("statistics", "*"): "01",
    ("one_hot", "*"): "01",
    ("wl_skeleton", "cells_told_apart"): "02",
    ("wl_directed", "cells_told_apart"): "04",
    ("gin_random_skeleton", "*"): "06",
    ("gin_random_directed", "*"): "06",
    ("arch2vec_published", "cells_told_apart"): "00",
    ("arch2vec_repaired", "cells_told_apart"): "07",
    ("ours", "cells_told_apart"): "07",
    ("*", "exact_reconstruction"): "07",
    ("*", "edit_distance_spearman"): "08",
    ("*", "kendall_tau_100"): "09",
    ("*", "best_at_100"): "09",
    ("*", "best_at_100_se"): "09",
    ("*", "best_at_150"): "09",
    ("*", "best_at_150_se"): "09",
}


def find_results(name: str) -> Path:
    """A file of data/results, looked for from the working folder upwards."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (path := folder / "data" / "results" / name).exists():
            return path
    raise FileNotFoundError(f"no data/results/{name} above {Path.cwd()}; run inside the repository")


def revealed(row: str, column: str, upto: str) -> bool:
    """Whether notebook ``upto`` or one before it reveals this value."""
    for key in ((row, column), ("*", column), (row, "*")):
        if key in _REVEALED:
            return _REVEALED[key] <= upto
    return True


def scoreboard(upto: str, path: Path | None = None) -> pd.DataFrame:
    """The scoreboard as far as the notebook with number ``upto`` ("00".."11") reveals it.

    Text cells: a dot for what is not revealed or not measured yet.
    """
    if upto not in {f"{k:02d}" for k in range(12)}:
        raise ValueError(f'upto must be a notebook number "00".."11"; it is {upto!r}')
    table = pd.read_csv(path or find_results("scoreboard.csv"), dtype=str, index_col=0)
    for row in table.index:
        for column in table.columns:
            value = table.loc[row, column]
            if pd.isna(value) or not revealed(row, column, upto):
                table.loc[row, column] = "·"
            elif column == "cells_told_apart":
                table.loc[row, column] = f"{int(value):,}"
    return table
