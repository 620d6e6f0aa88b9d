"""Figures: cells and graphs, maps of the latent space, the scoreboard.

Every function draws on the ``ax`` it is given and returns it; ``show(fig, alt)`` puts the figure
into the page with a sentence that says what it shows.
"""

from wl2nas.draw.board import find_results, revealed, scoreboard
from wl2nas.draw.maps import density_map
from wl2nas.draw.page import png, show
from wl2nas.draw.reproduction import exact_curves, measured, nulls, results, runs, table_1
from wl2nas.draw.small_graphs import cell, cell_layout, graph, matrix
from wl2nas.draw.spaces import edge_cell, network_outline, vertex_cell
from wl2nas.draw.style import CLASS_FILLS, OPERATION_STYLE, REPRESENTATION_STYLE, class_letter

__all__ = [
    "CLASS_FILLS",
    "OPERATION_STYLE",
    "REPRESENTATION_STYLE",
    "cell",
    "cell_layout",
    "class_letter",
    "density_map",
    "edge_cell",
    "exact_curves",
    "find_results",
    "graph",
    "matrix",
    "measured",
    "network_outline",
    "nulls",
    "png",
    "results",
    "revealed",
    "runs",
    "scoreboard",
    "show",
    "table_1",
    "vertex_cell",
]
