"""Representations of cells that need no training, and the registry of all of them.

graph_statistics: size, operations, depth · encodings: the stored matrix · random_networks: graph
networks with random weights · distinct: how many vectors are different, rounding aside · registry:
the list of the rivals.
"""

from wl2nas.features.encodings import one_hot
from wl2nas.features.graph_statistics import (
    STATISTICS,
    longest_paths,
    statistic_names,
    statistics,
    trainable_parameters,
)
from wl2nas.features.random_networks import random_embedding
from wl2nas.features.registry import REPRESENTATIONS, Representation, add, standardised

__all__ = [
    "REPRESENTATIONS",
    "STATISTICS",
    "Representation",
    "add",
    "longest_paths",
    "one_hot",
    "random_embedding",
    "standardised",
    "statistic_names",
    "statistics",
    "trainable_parameters",
]
