"""How far apart vectors lie: from rounding to real differences, and against counted changes."""

from collections.abc import Iterable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float, Int

_EQUAL = 2e-17  # where distances of exactly 0 are drawn
_LOOKS = (("#D55E00", "--"), ("#0072B2", "-"), ("#000000", ":"), ("#009E73", "-."))


def nearest_distances(
    distances: Mapping[str, Float[np.ndarray, " N"]],
    named: Iterable[tuple[str, float]] = (),
    *,
    ax=None,
) -> plt.Axes:
    """Histograms of distances to the nearest other vector, on a logarithmic axis.

    distances: a name for the legend to the distances; those of exactly 0 stand at the left edge,
    which is named so. named: a word for every other hump, and the distance above which it stands.
    ValueError for more than four sets.
    """
    if len(distances) > len(_LOOKS):
        raise ValueError(
            f"at most {len(_LOOKS)} sets can be told apart; these are {len(distances)}"
        )
    ax = ax or plt.gca()
    bins = np.logspace(-17, 1, 73)
    highest = 0
    for (name, values), (colour, line) in zip(distances.items(), _LOOKS, strict=False):
        counts, _ = np.histogram(np.maximum(values, _EQUAL), bins)
        ax.stairs(counts, bins, ls=line, color=colour, lw=1.5, label=name)
        highest = max(highest, counts.max())
    for word, at in (("exactly 0", 2 * _EQUAL), *named):
        near = (bins[:-1] > at / 5) & (bins[:-1] < at * 5)
        top = max(np.histogram(np.maximum(values, _EQUAL), bins)[0][near].max()
                  for values in distances.values())  # fmt: skip
        ax.annotate(word, (at, top), (0, 4), textcoords="offset points", ha="center", va="bottom",
                    fontsize=9)  # fmt: skip
    ax.set(xscale="log", ylim=(0, 1.15 * highest),
           xlabel="distance to the nearest other vector", ylabel="cells")  # fmt: skip
    ax.legend(loc="upper right")
    return ax


def by_changes(
    changes: Int[np.ndarray, " N"],
    distances: Float[np.ndarray, " N"],
    *,
    least: int = 20,
    ax=None,
) -> plt.Axes:
    """Distances of pairs against the changes between them: medians, and bars of four fifths.

    Only numbers of changes that at least ``least`` pairs have. ValueError if there is none.
    """
    ax = ax or plt.gca()
    counts = np.bincount(changes)
    shown = np.flatnonzero(counts >= least)
    if not len(shown):
        raise ValueError(f"no number of changes occurs in {least} pairs; give more pairs")
    low, middle, high = np.array(
        [np.quantile(distances[changes == k], (0.1, 0.5, 0.9)) for k in shown]
    ).T
    ax.errorbar(shown, middle, (middle - low, high - middle), fmt="o", color="#0072B2", ms=4,
                ecolor="#888888", elinewidth=2)  # fmt: skip
    ax.set(xlabel="changes", ylim=(0, None))
    return ax
