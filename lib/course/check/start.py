"""Questions of notebook 00."""

import numpy as np

from course.check.question import Question
from wl2nas import cells


def _numbers_that_differ() -> int:
    from course import representations  # with JAX, which most notebooks can do without
    from wl2nas import latent, train

    arch2vec = train.load_checkpoint(representations.checkpoint("arch2vec_published"))
    space = cells.nasbench101()
    first, second = latent.embed(arch2vec, [space[40965], space[182952]])
    return int((~np.isclose(first, second, atol=1e-4)).sum())


QUESTIONS = {
    "numbers that differ": Question(
        "In how many of arch2vec's sixteen numbers do the two cells differ, by more than rounding? "
        "(0 to 16)",
        _numbers_that_differ,
        "Without the arrowheads the two cells are one graph, and one graph has one list.",
    ),
}
