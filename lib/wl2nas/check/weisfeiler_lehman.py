"""Questions and exercises of notebook 02."""

import networkx as nx

from wl2nas import graphs, wl
from wl2nas.check.question import Question, classes


def _path_rounds() -> int:
    path = graphs.from_edges(5, [(i, i + 1) for i in range(4)], undirected=True)
    return len(wl.refine(path, direction="undirected")) - 1


QUESTIONS = {
    "path of five": Question(
        "A path of five vertices, all with one colour. After how many rounds does the partition "
        "stop changing?",
        _path_rounds,
        "First the ends stand out, then their neighbours; the middle is left by itself.",
    ),
    "hexagon": Question(
        "Does colour refinement tell a hexagon from two triangles? (True or False)",
        lambda: wl.separating_round(*graphs.hexagon_and_triangles()) is not None,
        "Every vertex has two neighbours of its own colour, in both graphs, forever.",
    ),
    "skeleton classes": Question(
        "Of the 423,624 cells, how many can colour refinement on A + A^T tell apart?",
        lambda: classes("undirected"),
        "Cells that differ only in the directions of their edges count as one.",
    ),
}


def _separates_late(pair) -> str | None:
    """Two connected graphs that colour refinement separates, but not before round 2."""
    a, b = (graphs.skeleton(graphs.as_adjacency(graph)) for graph in pair)
    if not all(nx.is_connected(nx.from_numpy_array(graph)) for graph in (a, b)):
        return "one of these two is not connected"
    round_ = wl.separating_round(a, b)
    if round_ is None:
        return "these two are never separated: they have equal colours in every round"
    if round_ < 2:
        return f"these two are separated in round {round_} already; look for a later round"
    return None


def _wl_equal_pair(pair) -> str | None:
    """Two different graphs that colour refinement cannot separate."""
    a, b = (graphs.skeleton(graphs.as_adjacency(graph)) for graph in pair)
    if (round_ := wl.separating_round(a, b)) is not None:
        return f"colour refinement separates these two in round {round_}"
    # Equal colours and equal size: isomorphic or not is now for an exact test to say.
    if nx.is_isomorphic(nx.from_numpy_array(a), nx.from_numpy_array(b)):
        return "these two are isomorphic: one graph drawn twice"
    return None


EXERCISES = {"separated late": _separates_late, "never separated": _wl_equal_pair}
