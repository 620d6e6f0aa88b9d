"""A network of entries and hidden units in columns, with what one entry can hear of lit."""

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Bool


def masked_network(
    masks: list[np.ndarray], names: list[str], degrees, *, target: int, ax=None
) -> plt.Axes:
    """Entries below, layers of hidden units, entries above; lit is what reaches one entry above.

    masks: (I, O) of every layer, True where a unit is connected, from below to above. names: of the
    entries. degrees: of the hidden units, the same in every
    layer, written into them. target: the entry whose ancestors
    are lit, units and connections; the rest is pale.
    """
    if target not in range(len(names)):
        raise ValueError(f"target must be an entry from 0 to {len(names) - 1}; it is {target}")
    ax = ax or plt.gca()
    counts = [len(masks[0]), *(mask.shape[1] for mask in masks)]
    lit = _ancestors(masks, target)
    xs = [np.linspace(0, 1, n) if n > 1 else np.array([0.5]) for n in counts]
    for k, mask in enumerate(masks):
        for i, j in np.argwhere(mask):
            on = lit[k][i] and lit[k + 1][j]
            ax.plot((xs[k][i], xs[k + 1][j]), (k, k + 1), color="black" if on else "#dddddd",
                    lw=1.1 if on else 0.5, zorder=2 if on else 1)  # fmt: skip
    for k, count in enumerate(counts):
        outer = k in (0, len(masks))
        for i in range(count):
            on = lit[k][i]
            box = {"boxstyle": "round" if outer else "circle", "ec": "black" if on else "#bbbbbb",
                   "fc": "black" if on else "white"}  # fmt: skip
            text = names[i] if outer else str(degrees[i])
            ax.annotate(text, (xs[k][i], k), ha="center", va="center", fontsize=8, zorder=3,
                        color="white" if on else "#888888", bbox=box)  # fmt: skip
    ax.set(xlim=(-0.08, 1.08), ylim=(-0.4, len(masks) + 0.4))
    ax.set_yticks(range(len(counts)), ["entries", *["hidden"] * (len(masks) - 1), "guesses"])
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def _ancestors(masks, target: int) -> list[Bool[np.ndarray, " N"]]:
    """For every layer, which of its units reach the target in the last one."""
    lit = [np.arange(masks[-1].shape[1]) == target]
    for mask in reversed(masks):
        lit.insert(0, (np.asarray(mask) & lit[0]).any(axis=1))
    return lit
