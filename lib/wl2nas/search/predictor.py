"""Accuracies of all cells, predicted from those of a few: a sum of two kernels, on ranks.

The answers are replaced by their normal scores, so that failed trainings do not set the scale, and
an additive Gaussian process learns them from two groups of features: what lies on the paths of a
cell (``features.graf``) and how wide its branches are (``features.branch_widths``). Nothing is
trained on the cells beforehand. What was tried instead is in data/results/predictors.json of the
course.
"""

import numpy as np
from jaxtyping import Float

from wl2nas import cells, features
from wl2nas.search import additive
from wl2nas.search.targets import normal_scores


def groups(space: cells.CellSpace) -> list[Float[np.ndarray, "N _"]]:
    """The features of every cell in their groups, standardised over the space."""
    return [features.standardised(of(space)) for of in (features.graf, features.branch_widths)]


def predict_scores(space: cells.CellSpace, rows, answers) -> Float[np.ndarray, " N"]:
    """A score for every cell, the higher the better, from the answers of some rows, (n,) each.

    Scores are normal quantiles of ranks among the answers: 0 is as good as the median of them.
    ValueError as of ``additive.predict``.

    >>> from wl2nas import benchmarks
    >>> table = benchmarks.load("measured")
    >>> space = cells.nasbench101().take(table.rows)
    >>> known = np.arange(0, len(table), 50)
    >>> scores = predict_scores(space, known, table.objective[known])
    >>> bool(np.corrcoef(scores, table.reported)[0, 1] > 0.7)
    True
    """
    return additive.predict(groups(space), rows, normal_scores(answers))
