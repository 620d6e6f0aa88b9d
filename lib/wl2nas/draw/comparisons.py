"""Things side by side: methods as dots or ways, gaps of pairs as curves, counts in a grid."""

from collections.abc import Collection, Mapping, Sequence

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


# The first curve is what the others are compared with; each keeps its look when one more is added.
_NULLS = (":", "--", "-.", (0, (7, 1.5)), (0, (4, 1, 1, 1, 1, 1)), "-")
_NEW = "#D55E00"


def gap_curves(histograms: Mapping[str, Sequence], bins: Sequence, *, ax=None):
    """The share of pairs up to every gap: a broad grey line, then a thin one for each null.

    histograms: name to numbers of pairs in the bins, the first the one to be explained, the newest
    last; the newest of several is orange. bins: the ends of the bins, one more than their number.
    """
    ax = ax or plt.gca()
    newest = len(histograms) - 1
    for k, (name, histogram) in enumerate(histograms.items()):
        share = np.cumsum([0, *histogram]) / np.sum(histogram)
        if k == 0:
            ax.plot(bins, share, color="#bbbbbb", lw=6, label=name)
            continue
        colour = _NEW if k == newest else INK
        ax.plot(bins, share, color=colour, ls=_NULLS[(k - 1) % len(_NULLS)], label=name)
    ax.set(xlim=(0, 6), ylim=(0, 1.02), xlabel="gap in test accuracy (percentage points)",
           ylabel="share of pairs up to it")  # fmt: skip
    ax.legend(loc="lower right", handlelength=3)
    return ax


def count_grid(table, rows: Sequence, columns: Sequence, *, ax=None):
    """A grid of counts, each written in its square; the darker, the more, by powers of ten.

    table: (R, C), whole numbers; a square without any stays empty.
    """
    ax, table = ax or plt.gca(), np.asarray(table)
    shade = np.log10(np.maximum(table, 0.5))
    ax.imshow(shade, cmap="Greys", vmin=0, vmax=6, aspect="auto")
    for (row, column), count in np.ndenumerate(table):
        ink = "white" if count > 3_000 else INK
        ax.text(column, row, f"{count:,}" if count else "", color=ink, ha="center", va="center")
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.grid(False)
    return ax
