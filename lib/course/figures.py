"""Figures of the course, drawn from the arrays that `course.tables` or a live run makes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from course import tables
from wl2nas import draw

_PARTS = (("operations", "-"), ("edges", "--"), ("KL", ":"))
_PROGRAMS = {
    "rounds": ("#D55E00", "--"),
    "splitting": ("#0072B2", "-"),
    "vf2": ("#009E73", ":"),
    "bliss": ("#000000", "-."),
}  # colour and line
_FAMILIES = {
    "path": "o",
    "grid": "s",
    "random tree": "^",
    "random sparse": "x",
    "cfi": "o",
    "multipede": "s",
}


def exact_curves(
    curves: dict[str, Float[np.ndarray, " E"]], ceilings: dict[str, float], *, ax: Axes
) -> Axes:
    """Exact reconstruction by epoch, and ceilings as named horizontal lines; all are shares.

    The curves are named by representations of the registry, such as "ours". One without epochs,
    which was not measured yet, is left out. Returns ``ax``.
    """
    for row, curve in curves.items():
        if len(curve):
            colour, line, marker = draw.curve_style(row)
            epochs = np.arange(1, len(curve) + 1)
            ax.plot(epochs, 100 * curve, line, color=colour, marker=marker,
                    label=tables.CALLED.get(row, row))  # fmt: skip
    if any(map(len, curves.values())):
        ax.legend(loc="lower right")
    for name, ceiling in ceilings.items():
        near = [other - ceiling for other in ceilings.values() if 0 < abs(other - ceiling) < 0.05]
        side = "center" if not near else "top" if near[0] > 0 else "bottom"  # away from each other
        ax.axhline(100 * ceiling, color="black", lw=0.8, ls=":")
        ax.annotate(name, (1, 100 * ceiling), xycoords=("axes fraction", "data"), xytext=(4, 0),
                    textcoords="offset points", va=side, fontsize=8)  # fmt: skip
    ax.set(xlabel="epoch", ylabel="held-out cells decoded exactly (%)")
    return ax


def loss_curves(nats: Float[np.ndarray, "S 3"], *, ax: Axes, window: int = 10) -> Axes:
    """Nats a cell of operations, edges and KL at every step, each the mean of the last steps.

    Returns ``ax``, logarithmic.
    """
    window = min(window, len(nats))
    mean_of_last = np.ones(window) / window
    for (name, line), curve in zip(_PARTS, np.asarray(nats).T, strict=True):
        smooth = np.convolve(curve, mean_of_last, mode="valid")
        ax.plot(np.arange(window, len(curve) + 1), smooth, line, label=name)
    ax.set(xlabel="step", ylabel="nats a cell", yscale="log")
    ax.legend(ncols=3)
    return ax


def looks(ports: Mapping[str, tuple[Sequence[bool], Sequence[int]]], *, ax: Axes) -> Axes:
    """The steps of ports as squares in a row each, dark where they differ, and who looked where.

    Of every port, by name: whether each step agrees, and the steps that were looked at, in order;
    a look's number stands in its square. Returns ``ax``.
    """
    for row, (agree, looked) in enumerate(ports.values()):
        for step, right in enumerate(agree):
            look = {"facecolor": "white"} if right else {"facecolor": "#555555"}
            ax.add_patch(Rectangle((step + 0.55, row - 0.35), 0.9, 0.7, edgecolor="black", **look))
        for number, step in enumerate(looked, start=1):
            ink = "black" if agree[step] else "white"
            ax.annotate(str(number), (step + 1, row), ha="center", va="center", color=ink,
                        fontweight="bold")  # fmt: skip
    most = max(len(agree) for agree, _ in ports.values())
    ax.set(xlim=(0.3, most + 0.7), ylim=(len(ports) - 0.4, -0.6), xlabel="step")
    ax.set_xticks(range(1, most + 1, 4))
    ax.set_yticks(range(len(ports)), list(ports))
    ax.tick_params(left=False)
    ax.grid(False)
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    return ax


def cost_of_refinement(growth: pd.DataFrame, *, ax: Axes) -> Axes:
    """Looks at an edge by number of edges, a line for each method and family of graphs.

    ``growth`` has the columns method, family, edges and visits. Returns ``ax``, logarithmic.
    """
    for (method, family), part in growth.groupby(["method", "family"]):
        _line(ax, part.edges, part.visits, method, family)
    ax.set(xlabel="edges", ylabel="looks at an edge")
    ax.legend(fontsize=8, loc="lower right", ncols=2)
    return ax


def hard_pairs(search: pd.DataFrame, limit: float, *, ax: Axes) -> Axes:
    """Median seconds by number of vertices, a line for each program and family of pairs.

    ``search`` has the columns method, family, vertices and seconds; a program that was stopped has
    no seconds and counts as ``limit``, a grey line. Returns ``ax``, logarithmic.
    """
    search = search.assign(seconds=search.seconds.fillna(limit))
    for (method, family), part in search.groupby(["method", "family"]):
        median = part.groupby("vertices").seconds.median()
        _line(ax, median.index, median, method, family)
    ax.axhline(limit, color="#999999", lw=1)
    ax.set(xlabel="vertices of each graph", ylabel="seconds (stopped at the line)")
    ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.6, 0.92))
    return ax


def _line(ax, x, y, method, family):
    """A logarithmic line: the colour says the program, the marker the graphs."""
    colour, line = _PROGRAMS[method]
    ax.loglog(x, y, _FAMILIES[family], ls=line, color=colour, ms=4, label=f"{family}, {method}")
