"""Searches: what a model believes, whom it asks next, how far a search has come.

A guess has a width: the standard deviation of what the model holds possible.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float

from wl2nas import cells
from wl2nas.draw.comparisons import ways
from wl2nas.draw.small_graphs import cell as draw_cell
from wl2nas.draw.small_graphs import cell_layout

BELIEF = "#0072B2"


def belief(at: Float[np.ndarray, " N"], mean, width, *, x=(), y=(), ax=None):
    """A guess at every place of a line, one width above and below it, and the answers (x, y)."""
    ax = ax or plt.gca()
    ax.fill_between(at, mean - width, mean + width, color=BELIEF, alpha=0.2, linewidth=0)
    ax.plot(at, mean, color=BELIEF)
    ax.plot(x, y, "o", color="black", zorder=3)
    ax.set_xlim(at[0], at[-1])
    return ax


def candidates(mean, width, gain, *, chosen: int, best: float, ax=None):
    """Every candidate by guess and width, dark where the ``gain`` in points is high.

    The ``chosen`` one is ringed; a dotted line stands at the ``best`` answer so far, in percent.
    """
    ax = ax or plt.gca()
    picture = ax.scatter(mean, width, c=gain, s=14, cmap="viridis_r", vmin=0, linewidths=0.3,
                         edgecolors="#777777")  # fmt: skip
    ax.plot(mean[chosen], width[chosen], "o", mfc="none", mec="black", ms=13, mew=1.5)
    ax.axvline(best, color="black", linestyle=":")
    ax.figure.colorbar(picture, ax=ax, label="expected improvement (points)")
    ax.set(xlabel="guess (%)", ylabel="width (points)")
    return ax


def rank_pairs(guessed, true, *, ax=None):
    """A line for every thing, from its rank among the guesses to its rank among the true values.

    Two lines cross where the guesses have a pair in the wrong order. Of equal ones the first is
    ranked lower.
    """
    ax = ax or plt.gca()
    ranks = [np.argsort(np.argsort(v, kind="stable"), kind="stable") + 1 for v in (guessed, true)]
    ax.plot([0, 1], np.stack(ranks), "o-", color="black", linewidth=1.2)
    ax.set_xticks([0, 1], ["by the guess", "in truth"])
    ax.set_yticks(ranks[1])
    ax.grid(False)
    ax.set(xlim=(-0.3, 1.3), ylabel=f"rank ({len(ranks[0])} is best)")
    return ax


def incumbent_curves(runs: Mapping[str, Float[np.ndarray, "S Q"]], *, ax=None):
    """The best answer after every question: for each method the mean over S searches.

    ``runs`` holds the best answers so far, a row for each search, in percent. Line and marker tell
    the methods apart without colour.
    """
    runs = {name: np.asarray(best) for name, best in runs.items()}
    ax = ways(
        {name: (np.arange(1, best.shape[1] + 1), best.mean(axis=0)) for name, best in runs.items()},
        ax=ax,
    )
    ax.set_ylabel("best answer so far (%)")
    return ax


def motif(cell: cells.Cell, vertex: int, rounds: int, *, ax=None):
    """What a vertex sees along the arrows within ``rounds`` steps; the rest of the cell is pale."""
    ax = ax or plt.gca()
    draw_cell(cell, ax=ax, numbers=False)
    position, seen = cell_layout(cell.adjacency), _seen(cell, vertex, rounds)
    hidden = np.flatnonzero(~seen)
    ax.scatter(*position[hidden].T, s=520, color="white", alpha=0.8, zorder=5, linewidths=0)
    ax.scatter(*position[vertex], s=800, facecolors="none", edgecolors="black", linewidths=1.6,
               zorder=6)  # fmt: skip
    return ax


def _seen(cell: cells.Cell, vertex: int, rounds: int) -> np.ndarray:
    """Which vertices a walk along the arrows of at most so many steps can reach."""
    seen = np.arange(len(cell.ops)) == vertex
    for _ in range(rounds):
        seen |= (np.asarray(cell.adjacency)[seen] != 0).any(axis=0)
    return seen
