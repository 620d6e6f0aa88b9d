"""Questions of notebook 00."""

from course.check.question import Question
from wl2nas import cells, wl


def _ways_that_separate() -> int:
    space = cells.nasbench101()
    a, b = space[40965], space[182952]
    rounds = [
        wl.separating_round(a.adjacency, b.adjacency, a.ops, b.ops, direction=direction)
        for direction in wl.DIRECTIONS
    ]
    return sum(found is not None for found in rounds)


QUESTIONS = {
    "four ways": Question(
        "In how many of the four ways of looking do the two cells ever come to differ? (0 to 4)",
        _ways_that_separate,
        "Whoever knows which way an edge runs sees the difference; the skeletons are the same.",
    ),
}
