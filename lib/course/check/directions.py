"""Questions and exercises of notebook 04."""

import functools
import itertools

import numpy as np

from course.check.question import Question, classes, isomorphic, pair_of
from wl2nas import cells, graphs, wl

QUESTIONS = {
    "one direction or none": Question(
        "Which tells more cells apart: A alone (direction 'out') or A + A^T? (answer 'A' or "
        "'A + A^T')",
        lambda: "A" if classes("out") > classes("undirected") else "A + A^T",
        "A looks one way only, but keeps the direction; A + A^T sees more and forgets which.",
    ),
    "both directions": Question(
        "How many of the 423,624 cells does colour refinement tell apart when predecessors and "
        "successors are kept apart?",
        lambda: classes("both"),
        "On this space, direction-aware colour refinement is the same as isomorphism.",
        (300_000, 410_000, 423_624),
    ),
}


def _same_skeleton(pair) -> str | None:
    """Two different cells with isomorphic skeletons."""
    a, b = pair_of(pair)
    for cell in (a, b):
        if not isinstance(cell, cells.Cell):
            return f"hand in two cells.Cell, not {type(cell).__name__}"
    labels = {"labels_a": a.ops, "labels_b": b.ops}
    if wl.separating_round(a.adjacency, b.adjacency, direction="both", **labels) is None:
        return "these two are one and the same cell"
    round_ = wl.separating_round(a.adjacency, b.adjacency, direction="undirected", **labels)
    if round_ is not None:
        return f"their skeletons differ: colours on A + A^T separate them in round {round_}"
    if sorted(a.names) == ["conv3x3", "input", "maxpool", "output"] and len(a.edges) == 5:
        return "right, but this is the bridge that was shown; find another pair"
    return None


def _undecodable(cell) -> str | None:
    """A cell with two equal-coloured vertices (on A + A^T) and no edge between them."""
    if not isinstance(cell, cells.Cell):
        return f"hand in a cells.Cell, not {type(cell).__name__}"
    colours = wl.refine(cell.adjacency, cell.ops, direction="undirected")[-1]
    same = colours[:, None] == colours[None, :]
    apart = ~graphs.skeleton(cell.adjacency) & ~np.eye(len(cell), dtype=bool)
    if not (same & apart).any():
        return "all vertices that are not joined differ in colour here; find two that do not"
    return None


def _smallest_pair(pair) -> str | None:
    """Two different directed graphs with one label and isomorphic skeletons, as small as any."""
    a, b = (graphs.as_adjacency(graph) for graph in pair_of(pair))
    if len(a) != len(b):
        return f"one has {len(a)} vertices, the other {len(b)}"
    if isomorphic(a, b):
        return "these two are isomorphic: one graph drawn twice"
    if not isomorphic(graphs.skeleton(a), graphs.skeleton(b)):
        return "their skeletons are not isomorphic"
    smallest = _fewest_vertices_of_a_pair()
    if len(a) > smallest:
        return f"right, but {smallest} vertices are enough; this pair has {len(a)}"
    return None


@functools.cache
def _fewest_vertices_of_a_pair() -> int:
    """By trying all pairs of directed acyclic graphs without labels, smallest first."""
    for n in itertools.count(1):
        edges = [(i, j) for j in range(n) for i in range(j)]
        subsets = itertools.product([False, True], repeat=len(edges))
        dags = [graphs.from_edges(n, itertools.compress(edges, chosen)) for chosen in subsets]
        for a, b in itertools.combinations(dags, 2):
            same = isomorphic(graphs.skeleton(a), graphs.skeleton(b))
            if same and not isomorphic(a, b):
                return n
    raise AssertionError("unreachable: three vertices are enough")


def _reversal(reverse) -> str | None:
    """A function from cells to cells that turns all edges round and exchanges the two ends."""
    if not callable(reverse):
        return f"hand in a function of a cell, not {type(reverse).__name__}"
    for cell in cells.enumerate_nasbench101(4):
        try:
            turned = reverse(cell)
        except (ValueError, TypeError, IndexError) as error:
            return f"for the cell {cell.edges} with {cell.names} it raises: {error}"
        if not isinstance(turned, cells.Cell):
            return f"it must return a cells.Cell; it returns a {type(turned).__name__}"
        mirrored = cell.ops.copy()
        mirrored[[0, -1]] = cells.OUTPUT, cells.INPUT
        # Direction-aware colours identify cells (Theorem A), so this compares the graphs.
        found = wl.separating_round(cell.adjacency.T, turned.adjacency, mirrored, turned.ops)
        if found is not None:
            becomes = f"{turned.edges} with {turned.names}"
            return (
                f"the cell {cell.edges} with {cell.names} becomes {becomes}, which is not the same "
                "graph with all edges turned round"
            )
    return None


EXERCISES = {
    "reversal": _reversal,
    "smallest pair": _smallest_pair,
    "same skeleton": _same_skeleton,
    "undecodable": _undecodable,
}
