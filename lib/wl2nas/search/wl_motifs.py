"""Motifs: what a Gaussian process on colours has learned, colour by colour.

A colour stands for what a vertex sees within some steps. How much one more of it would raise the
prediction is the gradient of the posterior mean by the counts, which can be written down.
Source: Ru, Wan, Dong and Osborne 2021, ICLR, for the dot product; here for its cosine.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from wl2nas import _require, cells
from wl2nas.search import gp
from wl2nas.search.targets import TARGETS
from wl2nas.search.wl_gp import Colours, OnColours


class Motif(NamedTuple):
    """A colour, and what it does to a prediction.

    ``slope`` is how much the mean rises with one more vertex of it, in units of the targets, on
    average over the ``cells`` asked that have one. What it stands for is what its ``vertex`` in the
    cell at ``row`` sees within ``round`` steps.
    """

    slope: float
    round: int
    row: int
    vertex: int
    cells: int


def motifs(
    space: cells.CellSpace,
    rows: Int[np.ndarray, " Q"],
    answers: Float[np.ndarray, " Q"],
    *,
    direction: str = "out",
    targets: str = "floored",
) -> list[Motif]:
    """The colours that the cells asked hold, from the one that raises the prediction most.

    ``rows`` of the space were asked, and ``answers`` came back. Rounds and noise are those of
    highest marginal likelihood. Equal slopes stand in the order of round, row and vertex.

    >>> space = cells.nasbench101().take(slice(0, 60))
    >>> pools = (space.ops == 3).sum(axis=1).astype(float)
    >>> best = motifs(space, np.arange(60), pools, direction="in", targets="raw")[0]
    >>> space[best.row].names[best.vertex]
    'maxpool'
    """
    rows = _require.array("rows", rows, shape=(None,), kinds="iu")
    if rows.size and (rows.min() < 0 or rows.max() >= len(space)):
        raise ValueError(f"rows must be rows of the space, 0..{len(space) - 1}; they are "
                         f"{rows.min()}..{rows.max()}")  # fmt: skip
    learned = TARGETS[_require.choice("targets", targets, TARGETS)](answers)
    colours = Colours.of(space, direction=direction)
    model = OnColours(colours)
    by_cell = slopes(model, model.fit(rows, learned), rows)
    held = np.bincount(by_cell.indices, minlength=by_cell.shape[1])
    mean = np.bincount(by_cell.indices, by_cell.data, len(held)) / np.maximum(held, 1)
    digits = np.round(mean / (gp.TIE * (learned.std() or 1.0)))  # rounding does not sort equals
    order = np.lexsort((colours.vertices, colours.rows, colours.rounds, -digits))
    columns = (mean, colours.rounds, colours.rows, colours.vertices, held)
    return [Motif(*(column[k].item() for column in columns)) for k in order if held[k]]


def slopes(
    model: OnColours, process: gp.Conditioned, rows: Int[np.ndarray, " n"]
) -> sparse.csr_matrix:
    """How much the mean at the cells asked would rise with one more of each colour they hold.

    With weights a, counts f of a cell and f_i of the cells asked: the gradient of
    sum_i a_i f f_i / (|f| |f_i|) at f, in units of the targets, (n, K).
    """
    seen, length = model.colours.up_to(model.level, rows), model.lengths[model.level][rows]
    weights = seen.T @ (process.weights / length)
    pull = seen @ weights / length**2
    cell = np.repeat(np.arange(len(rows)), np.diff(seen.indptr))
    slope = (weights[seen.indices] - pull[cell] * seen.data) / length[cell]
    return sparse.csr_matrix((process.spread * slope, seen.indices, seen.indptr), seen.shape)
