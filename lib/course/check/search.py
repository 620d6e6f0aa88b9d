"""Questions of notebook 09."""

import math

from course.check import guesses
from course.check.question import Question
from wl2nas import benchmarks


def _one_of_the_best(asked: int) -> float:
    cells_in_table = len(benchmarks.load("measured"))
    best = cells_in_table // 100
    return 1 - math.comb(cells_in_table - best, asked) / math.comb(cells_in_table, asked)


QUESTIONS = {
    "blind luck": Question(
        "100 of the cells of the measured table are asked at random. With which probability is "
        "one of the best per cent among them?",
        lambda: _one_of_the_best(100),
        "All hundred miss the best per cent with probability of about 0.99 to the power of 100.",
        (0.1, 0.33, 0.67),
        guesses.share,
    ),
}
