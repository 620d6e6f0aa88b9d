"""Figures of the course, drawn from the arrays that `course.tables` makes."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from wl2nas import draw


def exact_curves(
    curves: dict[str, Float[np.ndarray, " E"]], ceilings: dict[str, float], *, ax: Axes
) -> Axes:
    """Exact reconstruction by epoch, and ceilings as named horizontal lines; all are shares.

    The curves are named by rows of the reproduction, such as "ours". One without epochs, which was
    not measured yet, is left out. Returns ``ax``.
    """
    for row, curve in curves.items():
        if len(curve):
            colour, line, marker = draw.curve_style(row)
            epochs = np.arange(1, len(curve) + 1)
            ax.plot(epochs, 100 * curve, line, color=colour, marker=marker, label=row)
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
