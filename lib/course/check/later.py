"""Questions of notebooks 08 and 09."""

import math

from course.check.question import Question
from wl2nas import benchmarks, generation


def _valid_random_edges() -> float:
    return generation.valid_published(generation.iid_draws(10_000, 0.41, seed=0)).mean()


def _one_of_the_best(asked: int) -> float:
    cells_in_table = len(benchmarks.load("measured"))
    best = cells_in_table // 100
    return 1 - math.comb(cells_in_table - best, asked) / math.comb(cells_in_table, asked)


QUESTIONS = {
    "random edges": Question(
        "Of graphs with independent edges at probability 0.41 and random legal operations, how "
        "many in a hundred are valid after pruning?",
        lambda: 100 * _valid_random_edges(),
        "Pruning removes what is on no path, and little more is asked for.",
        (5, 45, 75),
    ),
    "blind luck": Question(
        "100 of the cells of the measured table are asked at random. With which probability is "
        "one of the best per cent among them?",
        lambda: _one_of_the_best(100),
        "All hundred miss the best per cent with probability of about 0.99 to the power of 100.",
        (0.1, 0.33, 0.67),
    ),
}
