"""The rivals: every way to describe a cell by numbers, in one place.

Scoreboard, downstream tasks, search and figures read ``REPRESENTATIONS``; a row that is added here
is in all of them. The library brings those without training; the course adds its trained models
(``course.representations``), and a reader whatever he likes:

    mine = features.Representation("mine", "my own", False, my_function, "#000000", "-.", "1")
    features.add(mine)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wl2nas import cells, wl
from wl2nas.features.encodings import one_hot
from wl2nas.features.graph_statistics import statistics
from wl2nas.features.random_networks import random_embedding


@dataclass(frozen=True)
class Representation:
    """A name, how a reader sees it, whether it was trained, and how it looks in a figure.

    ``features`` takes a space and gives one row per cell, (N, D), dense or sparse.
    """

    name: str
    label: str
    trained: bool
    features: Callable[[cells.CellSpace], Any]
    colour: str
    line: str
    marker: str


REPRESENTATIONS: dict[str, Representation] = {}


def add(representation: Representation):
    """Enter a representation; ValueError where its name is taken."""
    if representation.name in REPRESENTATIONS:
        raise ValueError(f"there is a representation {representation.name!r} already; take another "
                         "name")  # fmt: skip
    REPRESENTATIONS[representation.name] = representation


def standardised(values: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1 in every column, (N, D); a constant column becomes 0."""
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)


# The seven statistics are in different units; everything else is taken as it is.
for _row in (
    Representation("statistics", "simple statistics", False,
                   lambda space: standardised(statistics(space)), "#000000", "-", "o"),
    Representation("one_hot", "one-hot matrix", False, one_hot, "#000000", "--", "s"),
    Representation("wl_skeleton", "colours of the skeleton", False,
                   lambda space: wl.colour_counts(space, direction="undirected", rounds=2),
                   "#E69F00", "--", "^"),
    Representation("wl_directed", "colours with direction", False,
                   lambda space: wl.colour_counts(space, direction="both", rounds=2),
                   "#E69F00", "-", "v"),
    Representation("gin_random_skeleton", "random network, skeleton", False,
                   lambda space: random_embedding(
                       space, direction="undirected", labels=len(space.rules.operations)),
                   "#56B4E9", "--", "<"),
    Representation("gin_random_directed", "random network, direction", False,
                   lambda space: random_embedding(
                       space, direction="both", labels=len(space.rules.operations)),
                   "#56B4E9", "-", ">"),
):  # fmt: skip
    add(_row)
