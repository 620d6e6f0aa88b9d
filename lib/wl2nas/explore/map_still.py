"""The picture of a map, for pages without a kernel."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.figure import Figure

from wl2nas import cells, draw
from wl2nas.explore import page
from wl2nas.explore.map_cell import Description, next_sharing

BINS = (170, 130)
PAPER = "#eef0f3"


def still(
    space: cells.CellSpace,
    coordinates: Mapping[str, Float[np.ndarray, "N 2"]],
    coloured: tuple[str, Shaped[np.ndarray, " N"]],
    axes: tuple[str, str],
    description: Description,
) -> bytes:
    """A PNG: the maps in a row, the chosen cell marked; below them what the panel shows of it."""
    figure = Figure(figsize=(max(7.2, 5.2 * len(coordinates)), 6.6), dpi=110, layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[1.35, 1])
    panels = above.subplots(1, len(coordinates), squeeze=False)[0]
    images = [_image(*pair, coloured[1]) for pair in zip(panels, coordinates.values(), strict=True)]
    shown = np.concatenate([image.get_array().compressed() for image in images])
    limits = np.quantile(shown, [0.02, 0.98])
    for ax, image, (name, xy) in zip(panels, images, coordinates.items(), strict=True):
        image.set_clim(*limits)
        ax.plot(*xy[description.row], "o", mfc="none", mec=page.CHOSEN, ms=15, mew=2.5)
        ax.set(xlabel=axes[0], ylabel=axes[1], title=name)
    label = f"{coloured[0]} (mean)"
    above.colorbar(images[-1], ax=panels, label=label, extend="both", aspect=28)
    _draw_cell(below, space, description)
    return draw.png(figure)


def _image(ax, xy, values):
    """The mean value in small squares, on a paper from which both ends of the colours stand out."""
    known = ~np.isnan(values)
    x, y = xy[known].T
    counts, xs, ys = np.histogram2d(x, y, BINS)
    sums, _, _ = np.histogram2d(x, y, [xs, ys], weights=values[known])
    means = np.ma.masked_where(counts == 0, sums / np.maximum(counts, 1))
    ax.set_facecolor(PAPER)
    ax.grid(False)
    return ax.pcolorfast(xs, ys, means.T, cmap="cividis")


def _draw_cell(figure, space: cells.CellSpace, description: Description):
    """The cell, its direction-aware colours, its skeleton, and a cell that shares it."""
    chosen, axes = space[description.row], figure.subplots(1, 4)
    draw.cell(chosen, ax=axes[0])
    draw.cell(chosen, ax=axes[1], colours=description.colours)
    draw.cell(chosen, ax=axes[2], colours=description.skeleton_colours, directed=False)
    titles = [f"the cell, row {description.row}", "its colours,\ndirection kept",
              "its skeleton,\ncolours on A + A^T", "no other cell\nhas this skeleton"]  # fmt: skip
    if len(description.same_skeleton):
        other = next_sharing(description)
        draw.cell(space[other], ax=axes[3])
        titles[3] = f"same-skeleton cell,\nrow {other}"
    for ax, title in zip(axes, titles, strict=True):
        ax.set_axis_off()
        ax.set_title(title, fontsize=10)
