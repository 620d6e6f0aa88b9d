"""Methods side by side: a dot with a bar for each, or its whole way."""

from collections.abc import Collection, Mapping

import matplotlib.pyplot as plt
import numpy as np

INK = "black"
_LINES = ("-", "--", "-.", ":")
_MARKERS = "os^vDPX*"


def dots(rows: Mapping[str, tuple[float, float]], *, hollow: Collection[str] = (), ax=None):
    """A dot for every row, the first on top, with a bar of one half width on either side.

    rows: name to (value, half width). hollow: the names whose dots are not filled.
    """
    ax = ax or plt.gca()
    for place, (name, (value, half)) in enumerate(rows.items()):
        fill = "white" if name in hollow else INK
        ax.errorbar(value, -place, xerr=half, fmt="o", color=INK, mfc=fill, capsize=3)
    ax.set_yticks(-np.arange(len(rows)), list(rows))
    ax.set_ylim(0.6 - len(rows), 0.6)
    ax.grid(axis="y", visible=False)
    return ax


def ways(curves: Mapping[str, tuple], *, ax=None):
    """A line for every method: what it holds after so many questions.

    curves: name to (questions, values). Line and marker tell them apart without colour.
    """
    ax = ax or plt.gca()
    for k, (name, (questions, values)) in enumerate(curves.items()):
        every = max(1, len(questions) // 6)
        ax.plot(questions, values, _LINES[k % len(_LINES)], label=name,
                marker=_MARKERS[k % len(_MARKERS)], markevery=(every - 1, every))  # fmt: skip
    ax.set_xlabel("questions asked")
    ax.legend(loc="lower right")
    return ax
