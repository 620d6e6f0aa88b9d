"""Judging what a decoder says: is it a cell, is it new, and how much of the space is reached?

*Valid, published*: prune the vertices on no path from input to output; then input and output are
connected, with legal operations and at most nine edges. *Valid, strict*: drop the vertices that
were decoded as padding; what remains, unpruned, is a legal cell. *Unique*: distinct cells among
the valid ones. All rates are over raw draws: nothing is rejected or repaired on the way.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from wl2nas import cells, graphs


class Draws(NamedTuple):
    """Decoded graphs, unchecked: anything a decoder said, not yet cells of ``rules``."""

    adjacency: Bool[np.ndarray, "N V V"]
    ops: Int[np.ndarray, "N V"]
    padding: Bool[np.ndarray, "N V"]
    rules: cells.Rules = cells.NASBENCH101


def iid_draws(
    n: int, edge_probability: float | int, *, seed: int, rules: cells.Rules = cells.NASBENCH101
) -> Draws:
    """The null of every generation figure: independent edges, legal operations at random.

    ValueError for a number of draws below 1 or a probability outside 0..1.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"n must be a whole number of 1 or more; it is {n!r}")
    if not 0 <= edge_probability <= 1:
        raise ValueError(f"edge_probability must be within 0..1; it is {edge_probability}")
    rng = np.random.default_rng(seed)
    v = rules.max_vertices
    adjacency = np.triu(rng.random((n, v, v)) < edge_probability, 1)
    ops = rng.integers(1, rules.output, (n, v))
    ops[:, 0], ops[:, -1] = cells.INPUT, rules.output
    return Draws(adjacency, ops, np.zeros((n, v), bool), rules)


def as_draws(space: cells.CellSpace) -> Draws:
    """Cells as a decoder would say them that makes no mistake."""
    return Draws(space.adjacency, space.ops.astype(int), space.ops == cells.PADDING, space.rules)


def valid_published(draws: Draws) -> Bool[np.ndarray, " N"]:
    """Valid as the public arch2vec code counts; padding is ignored.

    On NAS-Bench-101 after pruning. The output must stand in the last of the V positions, so a
    smaller cell that was decoded perfectly, with padding behind its output, does not count. On a
    space with one wiring the names of the operations alone decide; see ``cells.Template``.
    """
    _check(draws)
    return draws.rules.valid_published(draws.adjacency, draws.ops)


def _check(draws: Draws):
    """Arrays that do not belong together would be judged without a word."""
    n, v = len(draws.ops), draws.rules.max_vertices
    kinds = {"adjacency": ("b", (n, v, v)), "ops": ("iu", (n, v)), "padding": ("b", (n, v))}
    for name, (kind, shape) in kinds.items():
        array = getattr(draws, name)
        if array.dtype.kind not in kind or array.shape != shape:
            raise ValueError(
                f"{name} must hold {'whole numbers' if name == 'ops' else 'True and False'} in the "
                f"shape {shape} for the rules of {draws.rules.name}; it is {array.dtype} in "
                f"{array.shape}"
            )


def without_padding(draws: Draws) -> cells.CellSpace:
    """The draws with their padding moved behind the real vertices, and no edge at it; unchecked."""
    _check(draws)
    real = ~draws.padding
    ops = np.where(real, draws.ops, cells.PADDING).astype(np.int8)
    adjacency = draws.adjacency & real[:, :, None] & real[:, None, :]
    real_first = np.argsort(draws.padding, axis=1, kind="stable")
    return cells.reordered(cells.CellSpace(adjacency, ops, draws.rules), real_first)


def valid_pruned(draws: Draws) -> Bool[np.ndarray, " N"]:
    """Valid after padding was dropped and the rest pruned: the published rule for any size."""
    space = without_padding(draws)
    valid = np.zeros(len(space), bool)
    for n in draws.rules.sizes:
        rows = np.flatnonzero(space.n_vertices == n)
        adjacency, ops = space.adjacency[rows, :n, :n], space.ops[rows, :n]
        kept = graphs.on_a_path(adjacency)
        valid[rows] = kept[:, 0] & draws.rules.legal_kept(adjacency, ops, kept)
    return valid


def valid_strict(draws: Draws) -> tuple[Bool[np.ndarray, " N"], cells.CellSpace]:
    """Which draws are legal cells as they stand without padding, and those cells."""
    space = without_padding(draws)
    valid = space.legal()
    return valid, space.take(valid)


def count_unique(space: cells.CellSpace) -> int:
    """Distinct cells up to isomorphism, in whatever form they stand."""
    return len(np.unique(cells.canonical_codes(space)))


class Rates(NamedTuple):
    """Of raw draws: the share that is strictly valid, the share of these that is distinct, and the
    distinct valid cells per draw."""

    valid: float
    unique: float
    distinct_per_draw: float


def rates(draws: Draws) -> Rates:
    """Strict validity, distinct among the valid, and distinct valid cells per draw.

    The last is called the yield at 10,000 draws, and the coverage at as many draws as the space
    has cells, where a uniform sampler reaches 1 - 1/e = 63.2 %. ValueError without a draw.
    """
    if len(draws.ops) == 0:
        raise ValueError("draws is empty: there is no rate of no draws")
    valid, legal = valid_strict(draws)
    distinct = count_unique(legal)
    return Rates(float(valid.mean()), distinct / max(len(legal), 1), distinct / len(valid))
