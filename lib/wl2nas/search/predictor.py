"""Accuracies of all cells, predicted from those of a few: the mean of several Gaussian processes.

The answers are replaced by their normal scores, so that failed trainings do not set the scale.
Every process learns them from one representation, from how wide the branches of a cell are and from
its parameters, each with a length of its own (``grouped``). Nothing is trained on the answers of
other cells.

What is averaged was chosen on the course's measured table: ``REPRESENTATIONS``, with the trained
"ours" of the course beside it. The choice does not carry over to NAS-Bench-101: from 100 and 424
cells a single process with one length, on paths, edges and statistics, does better there, from
4,236 a little worse. All variants are in the course's data/results/predictors.json.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from wl2nas import cells, features
from wl2nas.search import grouped
from wl2nas.search.targets import normal_scores

REPRESENTATIONS = ("graf",)


def group(space: cells.CellSpace, name: str) -> Any:
    """The features of this name, (N, D): a representation of the registry, or "parameters".

    The latter are the logarithms of the trainable parameters, standardised over the space.
    ValueError as of ``features.named``, and for parameters of a space whose rules do not say which
    convolutions its operations are.
    """
    if name != "parameters":
        return features.named(name).features(space)
    return features.standardised(np.log(features.trainable_parameters(space))[:, None])


def predict_scores(
    space: cells.CellSpace, rows, answers, representations: Sequence[str] = REPRESENTATIONS
) -> Float[np.ndarray, " N"]:
    """A score for every cell, the higher the better, from the answers of some rows, (n,) each.

    Scores are normal quantiles of ranks among the answers: 0 is as good as the median of them.
    ValueError for no representation, as of ``group``, and as of ``grouped.predict``.

    >>> from wl2nas import benchmarks
    >>> table = benchmarks.load("measured")
    >>> space = cells.nasbench101().take(table.rows)
    >>> known = np.arange(0, len(table), 50)
    >>> scores = predict_scores(space, known, table.objective[known])
    >>> bool(np.corrcoef(scores, table.reported)[0, 1] > 0.7)
    True
    """
    if isinstance(representations, str) or not len(representations):
        raise ValueError(f"representations must be a list of names, as ['graf'], and not empty; it "
                         f"is {representations!r}")  # fmt: skip
    beside = [group(space, "widths"), group(space, "parameters")]
    scores = normal_scores(answers)
    found = [grouped.predict([group(space, r), *beside], rows, scores) for r in representations]
    return np.mean(found, axis=0)
