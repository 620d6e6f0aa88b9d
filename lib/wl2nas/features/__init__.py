"""Representations of cells that need no training, and the registry of all of them.

graph_statistics: size, operations, depth · paths: what lies on the paths of a cell · graf_features:
counts, paths and degrees as published · branch_widths: how many channels reach what · encodings:
the stored matrix · random_networks: graph networks with random weights · distinct: how many vectors
are different, rounding aside · registry: the lists of all of them.
"""

from wl2nas.features.branch_widths import branch_widths, width_names
from wl2nas.features.encodings import one_hot
from wl2nas.features.graf_features import graf, graf_names
from wl2nas.features.graph_statistics import (
    STATISTICS,
    edge_count_names,
    edge_counts,
    longest_paths,
    plain_statistics,
    statistic_names,
    statistics,
    trainable_parameters,
)
from wl2nas.features.paths import path_names, path_statistics
from wl2nas.features.random_networks import random_embedding
from wl2nas.features.registry import (
    REPRESENTATIONS,
    VARIANTS,
    Representation,
    add,
    named,
    standardised,
    with_parameters,
)

__all__ = [
    "REPRESENTATIONS",
    "STATISTICS",
    "VARIANTS",
    "Representation",
    "add",
    "branch_widths",
    "edge_count_names",
    "edge_counts",
    "graf",
    "graf_names",
    "longest_paths",
    "named",
    "one_hot",
    "path_names",
    "path_statistics",
    "plain_statistics",
    "random_embedding",
    "standardised",
    "statistic_names",
    "statistics",
    "trainable_parameters",
    "width_names",
    "with_parameters",
]
