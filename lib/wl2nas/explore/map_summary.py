"""What selected cells have in common: how their values spread, and what stands out in them.

An *ingredient* of a cell is an operation that it has, or a kind of edge, named by the operations at
its two ends: both stay the same in whatever order the vertices are written.
"""

import functools
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from wl2nas import cells

BINS = 24
MOST_SHOWN = 8


class Histogram(NamedTuple):
    """Shares of selected cells and of all cells in each bin, of those that have a value.

    The outermost bins hold what lies beyond as well: a few extreme values would otherwise squeeze
    all others into one bin.
    """

    edges: Float[np.ndarray, " L"]
    here: Float[np.ndarray, " B"]
    everywhere: Float[np.ndarray, " B"]
    without: int  # selected cells that have no value
    medians: tuple[float | None, float]  # of selected cells, None if none has a value; of all


class Ingredient(NamedTuple):
    """An operation, or the two at the ends of an edge, and the shares of cells that have it."""

    operations: tuple[str, ...]
    here: float
    everywhere: float


def bin_edges(values: Float[np.ndarray, " N"]) -> Float[np.ndarray, " L"]:
    """A bin for every whole number if they are few, else equal ones between the outer 0.5 %."""
    known = values[np.isfinite(values)]
    low, high = known.min(), known.max()
    if high - low < BINS and (known == np.rint(known)).all():
        return np.arange(low - 0.5, high + 1)
    low, high = np.quantile(known, [0.005, 0.995])
    return np.linspace(low, high if high > low else low + 1, BINS + 1)


def histogram(values: Float[np.ndarray, " N"], rows: Int[np.ndarray, " S"]) -> Histogram:
    """How the values of these rows spread beside those of all; NaN where a cell has none."""
    edges, chosen = bin_edges(values), values[rows]
    known, here = values[~np.isnan(values)], chosen[~np.isnan(chosen)]
    medians = (float(np.median(here)) if len(here) else None, float(np.median(known)))
    return Histogram(edges, _shares(here, edges), _shares(known, edges),
                     len(chosen) - len(here), medians)  # fmt: skip


def _shares(values, edges) -> Float[np.ndarray, " B"]:
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return counts / max(len(values), 1)


class Ingredients:
    """All ingredients of all cells of a space, collected once when they are asked for first."""

    def __init__(self, space: cells.CellSpace):
        self.space = space

    @functools.cached_property
    def names(self) -> list[tuple[str, ...]]:
        """Inner operations, then kinds of edges."""
        first, *inner, last = self.space.rules.operations
        ends = [(a, b) for a in (first, *inner) for b in (*inner, last)]
        return [*((operation,) for operation in inner), *ends]

    @functools.cached_property
    def has(self) -> Bool[np.ndarray, "N I"]:
        """Which cell has which ingredient."""
        ops, inner = self.space.ops, len(self.space.rules.inner)
        rows, tails, heads = np.nonzero(self.space.adjacency)
        found = np.zeros((len(ops), len(self.names)), bool)
        for code in range(1, inner + 1):
            found[:, code - 1] = (ops == code).any(axis=1)
        kind = ops[rows, tails].astype(np.int64) * (inner + 1) + ops[rows, heads] - 1
        found[rows, inner + kind] = True
        return found

    @functools.cached_property
    def everywhere(self) -> Float[np.ndarray, " I"]:
        """The share of all cells that have each ingredient."""
        return self.has.mean(axis=0)

    def standing_out(self, rows: Int[np.ndarray, " S"]) -> list[Ingredient]:
        """The ingredients whose shares among these rows differ most from those among all cells."""
        here = self.has[rows].mean(axis=0)
        order = np.argsort(-np.abs(here - self.everywhere), kind="stable")[:MOST_SHOWN]
        return [
            Ingredient(self.names[i], float(here[i]), float(self.everywhere[i]))
            for i in order.tolist()
        ]


def for_page(shape: Histogram, name: str, common: list[Ingredient], count: int) -> dict:
    """The summary of so many selected cells as the page draws it."""
    return {
        "count": count,
        "column": name,
        "edges": shape.edges.tolist(),
        "here": shape.here.tolist(),
        "everywhere": shape.everywhere.tolist(),
        "without": shape.without,
        "medians": shape.medians,
        "ingredients": [one._asdict() for one in common],
    }
