"""Where a cell stands in its network, its channels, and its two matrices, drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from wl2nas import cells, draw, graphs
from wl2nas.cells import channels

CELL = cells.Cell(
    graphs.from_edges(5, [(0, 1), (0, 2), (1, 3), (2, 4), (3, 4)]),
    ["input", "conv3x3", "conv1x1", "maxpool", "output"],
)
PADDED = cells.stack([CELL])


@pytest.fixture
def ax():
    return Figure().subplots()


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def arrows(ax):
    return [p for p in ax.patches if type(p).__name__ == "FancyArrowPatch"]


def test_the_outline_names_every_part_with_its_sizes(ax):
    assert draw.network_outline(ax=ax) is ax
    assert texts(ax).count("cell") == 9
    sizes = [text.split("\n") for text in texts(ax) if "channels" in text]
    assert sizes == [[f"{s}×{s}", f"{c} channels"] for s, c in ((32, 128), (16, 256), (8, 512))]
    assert len(arrows(ax)) == 14 and len(texts(ax)) == 15 + 3  # between 15 boxes, 14 arrows


def test_the_boxes_of_the_outline_shrink_with_the_maps(ax):
    draw.network_outline(ax=ax)
    grey = [p.get_height() for p in ax.patches if p.get_facecolor()[:3] == to_rgb("#dddddd")]
    assert len(grey) == 9 and len(set(grey)) == 3
    assert grey == sorted(grey, reverse=True)


def test_a_copy_of_the_cell_is_opened_below(ax):
    draw.network_outline(CELL, ax=ax)
    (inner,) = ax.child_axes
    assert texts(inner) == ["in", "3", "1", "P", "out"]
    assert len(arrows(inner)) == len(CELL.edges)


def test_every_vertex_has_its_channels_and_every_edge_from_the_input_its_projection(ax):
    assert draw.cell_channels(CELL, ax=ax) is ax
    assert " ".join(texts(ax)) == "1 1 in 128 3 64 1 64 P 64 out 128 concat"
    projections = [c for c in ax.collections if c.get_sizes()[0] == 110]
    assert len(projections) == CELL.adjacency[0].sum()


def test_sums_are_marked_where_edges_meet_and_a_skip_to_the_output_is_no_branch(ax):
    bridge = graphs.from_edges(4, [(0, 1), (0, 2), (0, 3), (1, 2), (2, 3)])
    cell = cells.Cell(bridge, ["input", "maxpool", "maxpool", "output"])
    draw.cell_channels(cell, ax=ax, width=256)
    assert texts(ax).count("+") == 2 and "concat" not in texts(ax)  # one at the output
    shown = [int(text) for text in texts(ax) if text.isdigit() and int(text) > 3]
    assert shown == channels.vertex_channels(bridge, 256, 256)


def test_a_matrix_prints_its_entries_and_hatches_padding(ax):
    draw.matrix(PADDED.adjacency[0], ax=ax, digits=True, real=len(CELL))
    printed = np.array(texts(ax), int).reshape(7, 7)
    assert (printed == PADDED.adjacency[0]).all()
    hatched = [patch.get_bbox().bounds for patch in ax.patches]
    assert hatched == [(-0.5, 4.5, 7, 2), (4.5, -0.5, 2, 5)]


def test_a_matrix_without_padding_has_no_hatches(ax):
    draw.matrix(CELL.adjacency, ax=ax, real=len(CELL))
    assert not ax.patches and not ax.texts


def test_one_hot_rows_have_one_mark_on_the_colour_of_their_operation(ax):
    assert draw.one_hot(PADDED.ops[0], ax=ax) is ax
    printed = np.array(texts(ax), int).reshape(7, 5)
    assert printed.sum(axis=1).tolist() == [1] * 5 + [0] * 2
    assert [label.get_text() for label in ax.get_xticklabels()] == ["in", "1", "3", "P", "out"]
    for row, op in enumerate(CELL.ops):
        assert printed[row, op] == 1
        fill = ax.patches[5 * row + op].get_facecolor()[:3]
        assert fill == to_rgb(draw.OPERATION_STYLE[int(op)][0])
    assert ax.patches[-1].get_bbox().bounds == (-0.5, 4.5, 5, 2)


def test_a_graph_is_drawn_without_numbers_too(ax):
    draw.graph(CELL.adjacency, ax=ax, colours=range(5), numbers=False)
    assert texts(ax) == list("abcde")


def test_the_functions_draw_on_the_current_axes():
    figure, axes = plt.subplots(1, 2)
    plt.sca(axes[0])
    assert draw.one_hot(CELL.ops) is axes[0] and draw.cell_channels(CELL) is axes[0]
    plt.close(figure)
