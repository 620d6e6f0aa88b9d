"""Figures: cells and graphs, models of cells and what they decode, maps of the latent space,
searches.

Every function draws on the ``ax`` it is given and returns it; ``show(fig, alt)`` puts the figure
into the page with a sentence that says what it shows.
"""

from wl2nas.draw.autoencoder import ARROWS, autoencoder
from wl2nas.draw.board import Field, board
from wl2nas.draw.comparisons import count_grid, dots, gap_curves, ways
from wl2nas.draw.decoded import clouds, decoded_cell, decoded_graph, edge_probabilities
from wl2nas.draw.directions import deletion_contraction, heard, turned_arrows
from wl2nas.draw.distances import by_changes, nearest_distances
from wl2nas.draw.hard_pairs import chessboard, hunt, named_graph, unfolding
from wl2nas.draw.maps import density_map, density_maps
from wl2nas.draw.masked_network import masked_network
from wl2nas.draw.messages import messages
from wl2nas.draw.page import folded, png, show
from wl2nas.draw.searches import belief, candidates, incumbent_curves, motif, rank_pairs
from wl2nas.draw.small_graphs import cell, cell_layout, graph, matrix, one_hot
from wl2nas.draw.spaces import cell_channels, edge_cell, network_outline, vertex_cell
from wl2nas.draw.style import (
    CLASS_FILLS,
    OPERATION_STYLE,
    class_letter,
    curve_style,
    operation_style,
)

__all__ = [
    "ARROWS",
    "CLASS_FILLS",
    "OPERATION_STYLE",
    "Field",
    "autoencoder",
    "belief",
    "board",
    "by_changes",
    "candidates",
    "cell",
    "cell_channels",
    "cell_layout",
    "chessboard",
    "class_letter",
    "clouds",
    "count_grid",
    "curve_style",
    "decoded_cell",
    "decoded_graph",
    "deletion_contraction",
    "density_map",
    "density_maps",
    "dots",
    "edge_cell",
    "edge_probabilities",
    "folded",
    "gap_curves",
    "graph",
    "heard",
    "hunt",
    "incumbent_curves",
    "masked_network",
    "matrix",
    "messages",
    "motif",
    "named_graph",
    "nearest_distances",
    "network_outline",
    "one_hot",
    "operation_style",
    "png",
    "rank_pairs",
    "show",
    "turned_arrows",
    "unfolding",
    "vertex_cell",
    "ways",
]
