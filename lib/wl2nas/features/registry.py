"""The rivals: every way to describe a cell by numbers, in one place.

Scoreboard, downstream tasks, search and figures read ``REPRESENTATIONS``; a row that is added here
is in all of them. The library brings those without training; the course adds its trained models
(``course.representations``), and a reader whatever he likes:

    mine = features.Representation("mine", "my own", False, my_function, "#000000", "-.", "1")
    features.add(mine)

``VARIANTS`` are further ones, for experiments that ask what it is that helps: other features of the
graph, fewer rounds of colours, statistics without direction. They are on no scoreboard. ``named``
finds a row in either list, and with parameters: ``features.named("paths+parameters")``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from wl2nas import _require, cells, wl
from wl2nas.features.branch_widths import branch_widths
from wl2nas.features.encodings import one_hot
from wl2nas.features.graf_features import graf
from wl2nas.features.graph_statistics import (
    edge_counts,
    plain_statistics,
    statistics,
    trainable_parameters,
)
from wl2nas.features.paths import path_statistics
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
VARIANTS: dict[str, Representation] = {}
SUFFIX = "+parameters"


def add(representation: Representation, *, to: dict[str, Representation] = REPRESENTATIONS):
    """Enter a representation, into ``VARIANTS`` if told so; ValueError where its name is taken."""
    name = representation.name
    if name in REPRESENTATIONS or name in VARIANTS:
        raise ValueError(f"there is a representation {name!r} already; take another name")
    if name.endswith(SUFFIX):
        raise ValueError(f"the name {name!r} is that of another row with its parameters; take "
                         "another name")  # fmt: skip
    to[name] = representation


def named(name: str) -> Representation:
    """The representation of this name, be it a variant; ``name+parameters`` is ``with_parameters``.

    ValueError where there is none.

    >>> named("one_hot+parameters").label
    'one-hot matrix, parameters'
    """
    if isinstance(name, str) and name.endswith(SUFFIX):
        return with_parameters(name.removesuffix(SUFFIX))
    known = REPRESENTATIONS | VARIANTS
    return known[_require.choice("representation", name, known)]


def with_parameters(name: str) -> Representation:
    """A representation with one more column: the logarithm of the trainable parameters.

    The column is standardised over the space, the others are as they were. ValueError for a name
    that is none, and for rows that hold the parameters; its features raise one for a space whose
    rules do not say which convolutions its operations are.
    """
    row = named(name)
    if name == "statistics" or name.endswith(SUFFIX):
        raise ValueError(f"{name} holds the parameters already; take 'statistics_plain' without")

    def features(space: cells.CellSpace):
        values = row.features(space)
        column = standardised(np.log(trainable_parameters(space))[:, None])
        if sparse.issparse(values):
            return sparse.hstack([values, column], format="csr")
        return np.concatenate([values, column], axis=1)

    return replace(
        row, name=name + SUFFIX, label=f"{row.label}, parameters", features=features, line=":"
    )


def standardised(values: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1 in every column, (N, D); a constant column becomes 0."""
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)


# Statistics are in different units and made alike; everything else is taken as it is.
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

for _row in (
    Representation("paths", "what lies on paths", False,
                   lambda space: standardised(path_statistics(space)), "#009E73", "-", "p"),
    Representation("graf", "GRAF", False,
                   lambda space: standardised(graf(space)), "#009E73", "--", "h"),
    Representation("widths", "widths of branches", False,
                   lambda space: standardised(branch_widths(space)), "#009E73", "-.", "H"),
    Representation("edges", "edges between operations", False,
                   lambda space: standardised(edge_counts(space)), "#CC79A7", "-", "D"),
    Representation("statistics_plain", "statistics without direction", False,
                   lambda space: standardised(plain_statistics(space)), "#000000", "-.", "8"),
    Representation("wl_skeleton_1", "colours of the skeleton, one round", False,
                   lambda space: wl.colour_counts(space, direction="undirected", rounds=1),
                   "#E69F00", "--", "X"),
    Representation("wl_directed_1", "colours with direction, one round", False,
                   lambda space: wl.colour_counts(space, direction="both", rounds=1),
                   "#E69F00", "-", "d"),
):  # fmt: skip
    add(_row, to=VARIANTS)
