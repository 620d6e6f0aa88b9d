"""Figures: cells and graphs, maps of the latent space, searches.

Every function draws on the ``ax`` it is given and returns it; ``show(fig, alt)`` puts the figure
into the page with a sentence that says what it shows.
"""

from wl2nas.draw.comparisons import dots, ways
from wl2nas.draw.maps import density_map
from wl2nas.draw.page import png, show
from wl2nas.draw.searches import belief, candidates, incumbent_curves, motif, rank_pairs
from wl2nas.draw.small_graphs import cell, cell_layout, graph, matrix
from wl2nas.draw.spaces import edge_cell, network_outline, vertex_cell
from wl2nas.draw.style import (
    CLASS_FILLS,
    OPERATION_STYLE,
    class_letter,
    curve_style,
    operation_style,
)

__all__ = [
    "CLASS_FILLS",
    "OPERATION_STYLE",
    "belief",
    "candidates",
    "cell",
    "cell_layout",
    "class_letter",
    "curve_style",
    "density_map",
    "dots",
    "edge_cell",
    "graph",
    "incumbent_curves",
    "matrix",
    "motif",
    "network_outline",
    "operation_style",
    "png",
    "rank_pairs",
    "show",
    "vertex_cell",
    "ways",
]
