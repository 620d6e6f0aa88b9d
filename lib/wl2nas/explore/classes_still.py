"""The picture of a class of same-skeleton cells, for pages without a kernel."""

from matplotlib.figure import Figure

from wl2nas import cells, draw
from wl2nas.explore import page
from wl2nas.explore.members import Description


def still(space: cells.CellSpace, d: Description) -> bytes:
    """The coloured skeleton and all members as a PNG. No pyplot: a figure of the notebook stays."""
    height = 1 if len(d.rows) <= 3 else 2
    width = -(-(len(d.rows) + 1) // height)
    figure = Figure(figsize=(2.8 * width, 2.2 * height), dpi=110, layout="constrained")
    axes = figure.subplots(height, width, squeeze=False).ravel()
    for ax in axes:
        ax.set_axis_off()
    draw.cell(space[d.rows[0]], ax=axes[0], colours=d.colours, directed=False)
    axes[0].set_title("skeleton, colours on A + A^T", fontsize=9)
    for ax, row, numbers, turned in zip(axes[1:], d.rows, d.numbers, d.turned, strict=False):
        _draw_member(ax, space[row], numbers, turned)
        ax.set_title(f"row {row}", fontsize=9)
    return draw.png(figure)


def _draw_member(ax, member: cells.Cell, numbers, turned):
    draw.cell(member, ax=ax, numbers=False)
    place = dict(zip(numbers.tolist(), draw.cell_layout(member.adjacency), strict=True))
    paper = {"fc": "white", "ec": "none", "pad": 0.4}  # keeps the number off the edges
    for number, position in place.items():
        ax.annotate(str(number), position, (0, -16), textcoords="offset points", ha="center",
                    va="top", fontsize=8, zorder=5, bbox=paper)  # fmt: skip
    for i, j in turned:  # thicker too, for those who see no colour
        style = {"color": page.CHOSEN, "lw": 3, "shrinkA": 11, "shrinkB": 11}
        ax.annotate("", place[j], place[i], arrowprops={"arrowstyle": "-|>", **style})
