"""Maps of a whole space."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm


def density_map(
    coordinates, *, ax=None, values=None, label="cells", gridsize=90, statistic=np.mean
):
    """All cells on two coordinates in hexagons: how many, or a statistic of ``values`` in each.

    The colours of a statistic run over the middle 96 % of the hexagons: a few odd ones would eat
    up the scale otherwise.
    """
    ax = ax or plt.gca()
    x, y = np.asarray(coordinates).T
    if values is None:
        picture = ax.hexbin(x, y, gridsize=gridsize, norm=LogNorm(), cmap="cividis", linewidths=0)
    else:
        picture = ax.hexbin(x, y, C=values, gridsize=gridsize, reduce_C_function=statistic,
                            cmap="cividis", linewidths=0)  # fmt: skip
        picture.set_clim(*np.quantile(np.ma.compressed(picture.get_array()), (0.02, 0.98)))
    ends = "neither" if values is None else "both"
    ax.figure.colorbar(picture, ax=ax, label=label, extend=ends)
    ax.grid(False)
    ax.set(xlabel="first principal component", ylabel="second principal component")
    return ax


def density_maps(
    maps: Mapping[str, np.ndarray], *, axes: Sequence[plt.Axes] | np.ndarray, **settings
):
    """Several maps side by side, by name, each as ``density_map`` draws it; one shared y label."""
    for ax, (name, coordinates) in zip(axes, maps.items(), strict=True):
        density_map(coordinates, ax=ax, **settings)
        ax.set_title(name)
        if ax is not axes[0]:
            ax.set_ylabel("")
    return axes
