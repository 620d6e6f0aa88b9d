"""Questions of notebook 00."""

from wl2nas import cells, wl
from wl2nas.check.question import Question


def _puzzle_separates() -> bool:
    space = cells.nasbench101()
    a, b = space[40965], space[182952]
    found = wl.separating_round(a.adjacency, b.adjacency, a.ops, b.ops, direction="undirected")
    return found is not None


QUESTIONS = {
    "same vector": Question(
        "Match the vertices of the two cells by their operations: only the direction of one edge "
        "differs. Can an encoder that reads A + A^T, treats all vertices alike and averages them, "
        "give them different vectors? (True or False)",
        _puzzle_separates,
        "A + A^T is the same graph for both, up to the names of the vertices.",
    ),
}
