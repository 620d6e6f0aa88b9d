"""Questions and exercises of notebook 04."""

import functools
import itertools

import numpy as np

from course.check import guesses, handed_in
from course.check.facts import classes, isomorphic, one_cell, separating_round
from course.check.question import Question
from wl2nas import cells, graphs, wl

QUESTIONS = {
    "one direction or none": Question(
        "Which tells more cells apart: A alone (direction 'out') or A + A^T? (answer 'A' or "
        "'A + A^T')",
        lambda: "A" if classes("out") > classes("undirected") else "A + A^T",
        "A looks one way only, but keeps the direction; A + A^T sees more and forgets which.",
        form=guesses.one_of("A", "A + A^T"),
    ),
    "both directions": Question(
        "How many of the 423,624 cells does colour refinement tell apart when predecessors and "
        "successors are kept apart?",
        lambda: classes("both"),
        "On this space, direction-aware colour refinement is the same as isomorphism.",
        (300_000, 410_000, 423_624),
    ),
}


MOST_VERTICES = 20  # exact tests of larger graphs may take forever


def _same_skeleton(pair) -> str | None:
    """Two different cells with isomorphic skeletons."""
    a, b = handed_in.cells_of(pair, 2)
    if one_cell(a, b):
        return "these two are one and the same cell"
    if (round_ := separating_round(a, b, "undirected")) is not None:
        return f"their skeletons differ: colours on A + A^T separate them in round {round_}"
    if sorted(a.names) == ["conv3x3", "input", "maxpool", "output"] and len(a.edges) == 5:
        return "right, but this is the bridge that was shown; find another pair"
    return None


def _undecodable(cell) -> str | None:
    """A cell with two equal-coloured vertices (on A + A^T) and no edge between them."""
    cell = handed_in.cell_of(cell)
    colours = wl.refine(cell.adjacency, cell.ops, direction="undirected")[-1]
    same = colours[:, None] == colours[None, :]
    apart = ~graphs.skeleton(cell.adjacency) & ~np.eye(len(cell), dtype=bool)
    if not (same & apart).any():
        return "all vertices that are not joined differ in colour here; find two that do not"
    return None


def _smallest_pair(pair) -> str | None:
    """Two different acyclic graphs with one label and isomorphic skeletons, as small as any."""
    a, b = handed_in.graphs_of(pair, most=MOST_VERTICES)
    if len(a) != len(b):
        return f"one has {len(a)} vertices, the other {len(b)}"
    if loop := graphs.find_cycle(a) or graphs.find_cycle(b):
        return f"one of them has the cycle {loop + loop[:1]}; acyclic graphs are asked for"
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
    handed_in.function_of(reverse, "hand in a function of a cell")
    for cell in cells.enumerate_nasbench101(4):
        given = cells.Cell(cell.adjacency.copy(), cell.ops.copy())  # the function may change it
        returned = handed_in.call(reverse, given, on=f"the cell {cell.edges} with {cell.names}")
        turned = handed_in.cell_of(returned, "it must return a cells.Cell")
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
