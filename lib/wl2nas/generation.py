"""Judging what a decoder says: is it a cell, is it new, and how much of the space is reached?

*Valid, published*: prune the vertices on no path from input to output; then input and output are
connected, with legal operations and at most nine edges. *Valid, strict*: drop the vertices that
were decoded as padding; what remains, unpruned, is a legal cell. *Unique*: distinct cells among
the valid ones. All rates are over raw draws: nothing is rejected or repaired on the way.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from wl2nas import cells, wl
from wl2nas.cells import nasbench_201


class Draws(NamedTuple):
    """Decoded graphs, unchecked: anything the decoder said, not yet cells."""

    adjacency: Bool[np.ndarray, "N V V"]
    ops: Int[np.ndarray, "N V"]
    padding: Bool[np.ndarray, "N V"]


def iid_draws(n: int, edge_probability: float, *, seed: int) -> Draws:
    """The null of every generation figure: independent edges, legal operations at random."""
    rng = np.random.default_rng(seed)
    v = cells.MAX_VERTICES
    adjacency = np.triu(rng.random((n, v, v)) < edge_probability, 1)
    ops = rng.integers(cells.CONV1X1, cells.MAXPOOL + 1, (n, v))
    ops[:, 0], ops[:, -1] = cells.INPUT, cells.OUTPUT
    return Draws(adjacency, ops, np.zeros((n, v), bool))


def on_a_path(adjacency: Bool[np.ndarray, "N V V"]) -> Bool[np.ndarray, "N V"]:
    """Vertices that the first vertex reaches and that reach the last one."""
    ahead = np.zeros(adjacency.shape[:2], bool)
    back = ahead.copy()
    ahead[:, 0] = back[:, -1] = True
    for _ in range(adjacency.shape[1] - 1):
        ahead |= (ahead[:, :, None] & adjacency).any(axis=1)
        back |= (adjacency & back[:, None, :]).any(axis=2)
    return ahead & back


def _legal(adjacency, ops, kept) -> Bool[np.ndarray, " N"]:
    """First kept vertex input, last output, inner ones real operations, at most nine edges."""
    inner = kept.copy()
    inner[:, 0] = inner[:, -1] = False
    operations = (ops >= cells.CONV1X1) & (ops <= cells.MAXPOOL)
    edges = (adjacency & kept[:, :, None] & kept[:, None, :]).sum(axis=(1, 2))
    ends = (ops[:, 0] == cells.INPUT) & (ops[:, -1] == cells.OUTPUT)
    return ends & (operations | ~inner).all(axis=1) & (edges <= cells.MAX_EDGES)


def valid_published(draws: Draws) -> Bool[np.ndarray, " N"]:
    """Valid after pruning, padding ignored, as the public code counts.

    The output must stand in the last of the V positions, so a smaller cell that was decoded
    perfectly, with padding behind its output, does not count.
    """
    kept = on_a_path(draws.adjacency)
    return kept[:, 0] & _legal(draws.adjacency, draws.ops, kept)


def without_padding(draws: Draws) -> cells.CellSpace:
    """The draws with their padding moved behind the real vertices, and no edge at it; unchecked."""
    real = ~draws.padding
    ops = np.where(real, draws.ops, cells.PADDING).astype(np.int8)
    adjacency = draws.adjacency & real[:, :, None] & real[:, None, :]
    real_first = np.argsort(draws.padding, axis=1, kind="stable")
    return cells.reordered(cells.CellSpace(adjacency, ops), real_first)


def _by_size(space: cells.CellSpace):
    """The rows of every number n of vertices, with their n x n matrices and n operations."""
    for n in range(2, cells.MAX_VERTICES + 1):
        rows = np.flatnonzero(space.n_vertices == n)
        yield rows, space.adjacency[rows, :n, :n], space.ops[rows, :n].astype(int)


def valid_pruned(draws: Draws) -> Bool[np.ndarray, " N"]:
    """Valid after padding was dropped and the rest pruned: the published rule for any size."""
    valid = np.zeros(len(draws.ops), bool)
    for rows, adjacency, ops in _by_size(without_padding(draws)):
        kept = on_a_path(adjacency)
        valid[rows] = kept[:, 0] & _legal(adjacency, ops, kept)
    return valid


def valid_strict(draws: Draws) -> tuple[Bool[np.ndarray, " N"], cells.CellSpace]:
    """Which draws are legal cells as they stand without padding, and those cells."""
    space = without_padding(draws)
    valid = np.zeros(len(space), bool)
    for rows, adjacency, ops in _by_size(space):
        legal = _legal(adjacency, ops, np.ones(ops.shape, bool))
        valid[rows] = legal & on_a_path(adjacency).all(axis=1)
    return valid, space.take(valid)


def count_unique(space: cells.CellSpace) -> int:
    """Distinct cells up to isomorphism, by direction-aware colours, which are complete here."""
    return wl.count_classes(space, direction="both", rounds=3)[-1] if len(space) else 0


class Rates(NamedTuple):
    """Of raw draws: the share that is strictly valid, and the number of distinct valid cells."""

    valid: float
    unique: float
    distinct_per_draw: float


def rates(draws: Draws) -> Rates:
    """Strict validity, distinct among the valid, and distinct valid cells per draw.

    The last is called the yield at 10,000 draws, and the coverage at as many draws as the space
    has cells, where a uniform sampler reaches 1 - 1/e = 63.2 %.
    """
    valid, legal = valid_strict(draws)
    distinct = count_unique(legal)
    return Rates(float(valid.mean()), distinct / max(len(legal), 1), distinct / len(valid))


# --- NAS-Bench-201 ------------------------------------------------------------------------------


def valid_nasbench201(draws: Draws) -> Bool[np.ndarray, " N"]:
    """Strictly valid on NAS-Bench-201: the whole 8-vertex graph is the template, with operations
    of the benchmark on its six inner vertices, and input and output at the ends."""
    template = (draws.adjacency == nasbench_201.TEMPLATE).all(axis=(1, 2))
    inner = np.isin(draws.ops[:, 1:-1], nasbench_201.CHOICES).all(axis=1)
    ends = (draws.ops[:, 0] == nasbench_201.INPUT) & (draws.ops[:, -1] == nasbench_201.OUTPUT)
    return template & inner & ends


def valid_nasbench201_published(draws: Draws) -> Bool[np.ndarray, " N"]:
    """As the public code counts: the names of the operations alone, the first inner one unread,
    the adjacency matrix ignored."""
    inner = np.isin(draws.ops[:, 2:-1], nasbench_201.CHOICES).all(axis=1)
    return (
        inner & (draws.ops[:, 0] == nasbench_201.INPUT) & (draws.ops[:, -1] == nasbench_201.OUTPUT)
    )


def rates_nasbench201(draws: Draws) -> Rates:
    """Strict validity on NAS-Bench-201, distinct arch strings among the valid, and per draw."""
    valid = valid_nasbench201(draws)
    distinct = len(np.unique(draws.ops[valid, 1:-1], axis=0))
    return Rates(float(valid.mean()), distinct / max(valid.sum(), 1), distinct / len(valid))
