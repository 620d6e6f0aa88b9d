"""Predictions and exercises: the reader answers, the library judges by computing.

``predict(name)`` prints a question; ``predict(name, guess)`` judges the guess as well, so that a
notebook runs unanswered. ``answer(name, value)`` judges the answer to an exercise: nothing is
compared with a stored solution, every judgement is worked out from what was handed in.
"""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import networkx as nx
import numpy as np

from wl2nas import benchmarks, cells, graphs, latent, wl


class Question(NamedTuple):
    """A question, how to work out its answer, and what to say about it."""

    text: str
    truth: Callable[[], object]
    why: str


def _classes(direction: str, rounds: int | None = None) -> Callable[[], int]:
    return lambda: wl.count_classes(cells.nasbench101(), direction=direction, rounds=rounds)[-1]


def _puzzle_separates(direction: str) -> Callable[[], bool]:
    def compute():
        space = cells.nasbench101()
        a, b = space[40965], space[182952]
        found = wl.separating_round(a.adjacency, b.adjacency, a.ops, b.ops, direction=direction)
        return found is not None

    return compute


def _nearest(choices: tuple, value: Callable[[], float]) -> Callable[[], float]:
    return lambda: min(choices, key=lambda choice: abs(choice - value()))


def _valid_random_edges() -> float:
    return latent.valid_published(latent.iid_draws(10_000, 0.41, seed=0)).mean()


def _one_of_the_best(asked: int) -> float:
    cells_in_table = len(benchmarks.load("measured"))
    best = cells_in_table // 100
    return 1 - math.comb(cells_in_table - best, asked) / math.comb(cells_in_table, asked)


def _path_rounds() -> int:
    path = graphs.from_edges(5, [(i, i + 1) for i in range(4)], undirected=True)
    return len(wl.refine(path, direction="undirected")) - 1


QUESTIONS = {
    "same vector": Question(
        "Match the vertices of the two cells by their operations: only the direction of one edge "
        "differs. Can an encoder that reads A + A^T, treats all vertices alike and averages them, "
        "give them different vectors? (True or False)",
        _puzzle_separates("undirected"),
        "A + A^T is the same graph for both, up to the names of the vertices.",
    ),
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
        _classes("undirected"),
        "Cells that differ only in the directions of their edges count as one.",
    ),
    "one direction or none": Question(
        "Which tells more cells apart: A alone or A + A^T? (answer 'A' or 'A + A^T')",
        lambda: "A" if _classes("out")() > _classes("undirected")() else "A + A^T",
        "A looks one way only, but keeps the direction; A + A^T sees more and forgets which.",
    ),
    "both directions": Question(
        "How many of the 423,624 cells does colour refinement tell apart when predecessors and "
        "successors are kept apart?",
        _classes("both"),
        "On this space, direction-aware colour refinement is the same as isomorphism.",
    ),
    "random edges": Question(
        "Of graphs with independent edges at probability 0.41 and random legal operations, how "
        "many in a hundred are valid after pruning? (answer 5, 45 or 75, whichever is nearest)",
        _nearest((5, 45, 75), lambda: 100 * _valid_random_edges()),
        "Pruning removes what is on no path, and little more is asked for.",
    ),
    "blind luck": Question(
        "100 of the cells of the measured table are asked at random. With which probability is "
        "one of the best per cent among them? (answer 0.1, 0.33 or 0.67, whichever is nearest)",
        _nearest((0.1, 0.33, 0.67), lambda: _one_of_the_best(100)),
        "All hundred miss the best per cent with probability of about 0.99 to the power of 100.",
    ),
    "equal colours": Question(
        "Two vertices with equal colours and no edge between them: what is the least probability "
        "of an edge that the decoder sigma(z_i . z_j) can give them?",
        lambda: 0.5,
        "Equal colours mean equal latents, z . z is a square, and sigma(0) = 0.5.",
    ),
}


@functools.cache
def _truth(name: str):
    return QUESTIONS[name].truth()


def predict(name: str, guess=None):
    """Print a question; with a guess, also whether it is right and why."""
    if name not in QUESTIONS:
        raise ValueError(f"unknown question {name!r}; choose from {tuple(QUESTIONS)}")
    question = QUESTIONS[name]
    print(f"Predict: {question.text}")
    if guess is None:
        print(f'  Write your guess: check.predict("{name}", ...)')
        return
    truth = _truth(name)
    verdict = "Yes." if guess == truth else f"Not {guess!r}, but {truth!r}."
    print(f"  {verdict} {question.why}")


# --- exercises ----------------------------------------------------------------------------------


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


def _same_skeleton(pair) -> str | None:
    """Two different cells with isomorphic skeletons."""
    a, b = pair
    for cell in pair:
        if not isinstance(cell, cells.Cell):
            return f"hand in two cells.Cell; this is a {type(cell).__name__}"
    labels = {"labels_a": a.ops, "labels_b": b.ops}
    if wl.separating_round(a.adjacency, b.adjacency, direction="both", **labels) is None:
        return "these two are one and the same cell"
    round_ = wl.separating_round(a.adjacency, b.adjacency, direction="undirected", **labels)
    if round_ is not None:
        return f"their skeletons differ: colours on A + A^T separate them in round {round_}"
    return None


def _undecodable(cell) -> str | None:
    """A cell with two equal-coloured vertices (on A + A^T) and no edge between them."""
    if not isinstance(cell, cells.Cell):
        return f"hand in a cells.Cell; this is a {type(cell).__name__}"
    colours = wl.refine(cell.adjacency, cell.ops, direction="undirected")[-1]
    same = colours[:, None] == colours[None, :]
    apart = ~graphs.skeleton(cell.adjacency) & ~np.eye(len(cell), dtype=bool)
    if not (same & apart).any():
        return "all vertices that are not joined differ in colour here; find two that do not"
    return None


EXERCISES = {
    "separated late": _separates_late,
    "never separated": _wl_equal_pair,
    "same skeleton": _same_skeleton,
    "undecodable": _undecodable,
}


def answer(name: str, value=None, *, strict: bool = False):
    """Judge the answer to an exercise; without a value, remind the reader to try.

    Prints what is wrong; raises AssertionError instead in strict mode, which the tests use.
    """
    if name not in EXERCISES:
        raise ValueError(f"unknown exercise {name!r}; choose from {tuple(EXERCISES)}")
    if value is None:
        print(f'Exercise "{name}": no answer yet.')
        return
    fault = EXERCISES[name](value)
    if fault and strict:
        raise AssertionError(f"{name}: {fault}")
    print(f'Exercise "{name}": ' + (f"not yet: {fault}." if fault else "correct."))
