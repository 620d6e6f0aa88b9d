"""Questions of notebook 08."""

from course.check.question import Question
from wl2nas import generation


def _valid_random_edges() -> float:
    return generation.valid_published(generation.iid_draws(10_000, 0.41, seed=0)).mean()


QUESTIONS = {
    "random edges": Question(
        "Of graphs with independent edges at probability 0.41 and random legal operations, how "
        "many in a hundred are valid after pruning?",
        lambda: 100 * _valid_random_edges(),
        "Pruning removes what is on no path, and little more is asked for.",
        (5, 45, 75),
    ),
}
