"""A Gaussian process on Weisfeiler-Lehman colours: NAS-BOWL.

Two cells are as alike as their colours are, all of rounds 0..H counted: k(x, y) is the cosine of
their counts. (A dot product, where the paper takes sums of minima for NAS-Bench-101: it is one
product of sparse matrices, and has a gradient everywhere, from which ``wl_motifs`` are read.) H in
0..3 and the noise are those of highest marginal likelihood, anew with every answer; the logarithm
of the determinant is subtracted, where the published code adds it.
Source: Ru, Wan, Dong and Osborne 2021, ICLR.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import sparse

from wl2nas import cells, graphs, wl
from wl2nas.search import gp
from wl2nas.search.bayesian import optimise
from wl2nas.search.distances import blocks, products
from wl2nas.search.history import History
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.places import Neighbours
from wl2nas.search.problem import Problem

ROUNDS = 3  # H at most


# --- colours ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Colours:
    """How often every colour of rounds 0, 1, ... stands in every cell, and where it stands first.

    counts: sparse (N, K). rounds, rows, vertices: of each colour its round, and the first cell and
    vertex that have it, (K,).
    """

    counts: sparse.csr_matrix
    rounds: Int[np.ndarray, " K"]
    rows: Int[np.ndarray, " K"]
    vertices: Int[np.ndarray, " K"]

    @classmethod
    def of(cls, space: cells.CellSpace, *, direction: str, rounds: int = ROUNDS) -> "Colours":
        """Those of a space, from ``wl.batch_colours``."""
        adjacency, labels = graphs.batch_of(space)
        row, vertex = np.nonzero(labels >= 0)
        counts, where = [], []
        history = wl.batch_colours(adjacency, labels, direction=direction, rounds=rounds)
        for round_, colours in enumerate(history):
            names, first, column = np.unique(
                colours[row, vertex], return_index=True, return_inverse=True
            )
            shape = (len(labels), len(names))
            counts.append(sparse.coo_matrix((np.ones(len(row)), (row, column)), shape).tocsr())
            where.append((np.full(len(names), round_), row[first], vertex[first]))
        of_colour = map(np.concatenate, zip(*where, strict=True))
        return cls(sparse.hstack(counts, format="csr"), *of_colour)

    def up_to(self, level: int, rows) -> sparse.csr_matrix:
        """The counts of these rows with those of rounds after ``level`` left out, (n, K)."""
        found = self.counts[rows]
        found.data *= self.rounds[found.indices] <= level
        found.eliminate_zeros()
        return found


# --- the model ----------------------------------------------------------------------------------


class OnColours:
    """An exact Gaussian process on the cosine of colour counts: a Surrogate."""

    def __init__(self, colours: Colours):
        self.colours, self.level = colours, int(colours.rounds.max())
        levels, counts = range(self.level + 1), colours.counts
        squares = sparse.csr_matrix((counts.data**2, counts.indices, counts.indptr), counts.shape)
        self.lengths = [np.sqrt(squares @ (colours.rounds <= level)) for level in levels]

    def kernel(self, level: int, a, b) -> Float[np.ndarray, "N n"]:
        """The cosine of the counts of rounds 0..level between rows ``a`` and rows ``b``."""
        dot = products(self.colours.counts[a], self.colours.up_to(level, b))
        return dot / self.lengths[level][a][:, None] / self.lengths[level][b]

    def fit(self, asked: Int[np.ndarray, " Q"], targets) -> gp.Conditioned:
        """The process of highest marginal likelihood; its level is kept."""
        kernels = [self.kernel(level, asked, asked) for level in range(len(self.lengths))]
        self.level, noise = gp.choose(kernels, gp.standardised(targets, len(asked))[0])
        return gp.condition(kernels[self.level], targets, noise)

    def posterior(self, asked: Int[np.ndarray, " Q"], targets, here) -> gp.Posterior:
        """What it predicts at places, or at ``slice(None)`` for all, block by block."""
        process, here = self.fit(asked, targets), np.arange(self.colours.counts.shape[0])[here]
        parts = [here[part] for part in blocks(len(here), len(asked))]
        found = [process.posterior(self.kernel(self.level, part, asked)) for part in parts]
        return gp.Posterior(*map(np.concatenate, zip(*found, strict=True)))

    def alike(self, place: int, here: Int[np.ndarray, " C"]) -> Bool[np.ndarray, " C"]:
        """Those of equal counts up to the level of the last process."""
        counts = (self.colours.up_to(self.level, rows) for rows in (here, [place]))
        return gp.squared_distances(*counts)[:, 0] == 0


# --- the search ---------------------------------------------------------------------------------


def wl_bayesian_optimisation(
    problem: Problem,
    space: cells.CellSpace,
    budget: int | Seconds,
    *,
    seed: int,
    direction: str = "out",
    start: int = 10,
    batch: int = 1,
    targets: str = "floored",
    pool: int | None = None,
    neighbours: Neighbours | None = None,
) -> History:
    """Ask where a Gaussian process on the colours of cells expects the largest improvement.

    ``space`` has a cell for every row of the problem, in their order. ``direction`` is one of
    ``wl.DIRECTIONS``; that of the paper is "out", the successors. The rest is as in
    ``bayesian.optimise``. ValueError for a space of another size.

    >>> from wl2nas import benchmarks
    >>> table = benchmarks.load("measured")
    >>> few = cells.nasbench101().take(table.rows)
    >>> len(wl_bayesian_optimisation(table, few, 20, seed=0, batch=5).rows)
    20
    """
    if len(space) != len(problem):
        raise ValueError(f"space must have a cell for each of the {len(problem)} rows of the "
                         f"problem; it has {len(space)}: take(problem.rows)")  # fmt: skip
    ledger = Ledger(problem, budget)
    model = OnColours(Colours.of(space, direction=direction))
    return optimise(
        ledger, model, seed=seed, start=start, batch=batch, targets=targets, acquisition="ei",
        pool=pool, neighbours=neighbours,
    )  # fmt: skip
