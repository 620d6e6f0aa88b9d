"""Questions and exercises of notebook 02."""

import numpy as np

from course.check import guesses, handed_in
from course.check.facts import classes, connected, isomorphic
from course.check.question import Question
from course.check.words import Unfit
from wl2nas import cells, graphs, wl
from wl2nas.theory import partition


def _path_rounds() -> int:
    path = graphs.from_edges(5, [(i, i + 1) for i in range(4)], undirected=True)
    return len(wl.refine(path, direction="undirected")) - 1


def _growth_on_paths() -> float:
    visits = [
        partition.by_rounds(partition.neighbour_lists(n, [(i, i + 1) for i in range(n - 1)])).visits
        for n in (250, 500)
    ]
    return visits[1] / visits[0]


# The graph of the exercise "two rounds": a triangle 2-3-4 with an arm of two vertices on each side.
ARMS = graphs.from_edges(
    7, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (2, 4)], undirected=True
)

QUESTIONS = {
    "path of five": Question(
        "A path of five vertices, all with one colour. After how many rounds does the partition "
        "stop changing?",
        _path_rounds,
        "First the ends stand out, then their neighbours; the middle is left by itself. A third "
        "round changes nothing any more.",
    ),
    "hexagon": Question(
        "Does colour refinement tell a hexagon from two triangles? (True or False)",
        lambda: wl.separating_round(*graphs.hexagon_and_triangles()) is not None,
        "Every vertex has two neighbours of its own colour, in both graphs, forever.",
        form=guesses.true_or_false,
    ),
    "skeleton classes": Question(
        "Of the 423,624 cells, how many can colour refinement on A + A^T tell apart?",
        lambda: classes("undirected"),
        "Cells that differ only in the directions of their edges count as one.",
        (20_000, 100_000, 270_000, 420_000),
    ),
    "twice the path": Question(
        "The path gets twice as long. By which factor grows the number of looks at an edge, when "
        "all vertices look in every round?",
        _growth_on_paths,
        "Twice the edges in a round, and twice the rounds until the news reaches the middle.",
        (2, 4, 8),
    ),
}


MOST_VERTICES = 20  # exact tests of graphs that colours cannot separate soon take forever


def _separates_late(pair) -> str | None:
    """Two connected graphs that colour refinement separates, but not before round 2."""
    a, b = handed_in.skeletons_of(pair, most=MOST_VERTICES)
    if isomorphic(a, b):
        return "these two are isomorphic: one graph drawn twice"
    if len(a) != len(b):
        return f"give both equally many vertices; one has {len(a)}, the other {len(b)}"
    if not all(connected(graph) for graph in (a, b)):
        return "one of these two is not connected"
    round_ = wl.separating_round(a, b)
    if round_ is None:
        return "these two are never separated: they have equal colours in every round"
    if round_ < 2:
        return f"these two are separated in round {round_} already; look for a later round"
    return None


def _wl_equal_pair(pair) -> str | None:
    """Two different graphs that colour refinement cannot separate."""
    a, b = handed_in.skeletons_of(pair, most=MOST_VERTICES)
    if (round_ := wl.separating_round(a, b)) is not None:
        return f"colour refinement separates these two in round {round_}"
    # Equal colours and equal size: isomorphic or not is now for an exact test to say.
    if isomorphic(a, b):
        return "these two are isomorphic: one graph drawn twice"
    if any(isomorphic(a, graph) for graph in graphs.hexagon_and_triangles()):
        return "right, but these are the hexagon and the two triangles; find another pair"
    return None


def _colour(value, ask: str) -> str | int | float:
    """The letter or number that names a colour."""
    if isinstance(value, str):
        return value
    array = handed_in.array_of(value, ask)
    if array.ndim or not np.isfinite(array):
        raise Unfit(ask)
    return array.item()


def _two_rounds(colours) -> str | None:
    """The classes of ``ARMS`` after two rounds, as one letter or number for each vertex."""
    ask = "hand in a letter or a number for each vertex"
    colours = [_colour(colour, ask) for colour in handed_in.items_of(colours, ask, text=True)]
    if len(colours) != len(ARMS):
        return f"this names {len(colours)} colours; the graph has {len(ARMS)} vertices"
    after_one, truth = wl.refine(ARMS, direction="undirected", rounds=2)[1:]
    for i, j in np.argwhere(np.triu(np.ones_like(ARMS), 1)):
        if (colours[i] == colours[j]) == (truth[i] == truth[j]):
            continue
        if truth[i] != truth[j]:
            first = 1 if after_one[i] != after_one[j] else 2
            return f"vertices {i} and {j} see different colours in round {first}"
        return f"vertices {i} and {j} see the same in both rounds, yet you tell them apart"
    return None


PAIR = (40965, 182952)  # the puzzle of notebook 00
MOST_ROUNDS = 3


def similarity(rounds: int, direction: str = "both") -> float:
    """The cosine between the colour counts of the puzzle's two cells after so many rounds."""
    pair = cells.nasbench101().take(list(PAIR))
    one, other = wl.colour_counts(pair, direction=direction, rounds=rounds).toarray().astype(float)
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def _similarities(values) -> str | None:
    """The cosines of the puzzle's two cells for 0 to 3 rounds, directions kept."""
    ask = f"hand in {MOST_ROUNDS + 1} numbers, for 0 to {MOST_ROUNDS} rounds"
    found = handed_in.array_of(
        values if hasattr(type(values), "__array__") else handed_in.items_of(values, ask), ask
    )
    if found.shape != (MOST_ROUNDS + 1,) or not np.isfinite(found).all():
        return ask
    if np.allclose(found, 1):
        return "1 in every round is what they have on the skeleton; keep the directions"
    for rounds, value in enumerate(found):
        if abs(value - similarity(rounds)) > 0.006:
            return f"for rounds={rounds} the cosine is not {value:.2f}"
    return None


MOST_OF_MANY_ROUNDS, ASKED_ROUNDS = 10, 6


def _many_rounds(graph) -> str | None:
    """A graph of ten vertices at most that takes six rounds or more until it is stable."""
    ask = "hand in one adjacency matrix"
    skeleton = graphs.skeleton(handed_in.graph_of(graph, ask, most=MOST_OF_MANY_ROUNDS))
    rounds = len(wl.refine(skeleton, direction="undirected")) - 1
    if rounds < ASKED_ROUNDS:
        return f"this one is stable after {rounds} rounds; {ASKED_ROUNDS} can be had, and more"
    return None


EXERCISES = {
    "two rounds": _two_rounds,
    "separated late": _separates_late,
    "never separated": _wl_equal_pair,
    "similarity by rounds": _similarities,
    "many rounds": _many_rounds,
}
