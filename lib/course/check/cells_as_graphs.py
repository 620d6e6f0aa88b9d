"""Questions and exercises of notebook 01."""

import numpy as np

from course.check import facts, handed_in
from course.check.question import Question
from course.check.words import Unfit
from wl2nas import cells, features, graphs, wl
from wl2nas.cells import channels

# Two forms of the cell in the notebook's opening puzzle; the second is its B.
FORMS = (
    cells.Cell(
        graphs.from_edges(5, [(0, 1), (0, 3), (1, 2), (2, 4), (3, 4)]),
        ["input", "conv3x3", "maxpool", "conv1x1", "output"],
    ),
    cells.Cell(
        graphs.from_edges(5, [(0, 1), (0, 2), (1, 4), (2, 3), (3, 4)]),
        ["input", "conv1x1", "conv3x3", "maxpool", "output"],
    ),
)


def forms_of(cell: cells.Cell) -> set[tuple[bytes, bytes]]:
    """Every upper triangular matrix with operations that is this cell."""
    renamed = (graphs.relabel(cell.adjacency, cell.ops, p) for p in cells.topological_orders(cell))
    return {(adjacency.tobytes(), ops.tobytes()) for adjacency, ops in renamed}


def _first_of_three_branches() -> int:
    three = graphs.from_edges(5, [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)])
    return channels.vertex_channels(three, 128, 128)[1]


def _forms_per_cell() -> float:
    """Every legal matrix with any operations is a form of one cell."""
    forms = sum(len(cells.legal_matrices(n)) * 3 ** (n - 2) for n in range(2, 8))
    return forms / len(cells.nasbench101())


def _statistics_classes() -> int:
    return len(np.unique(features.statistics(cells.nasbench101()), axis=0))


QUESTIONS = {
    "three branches": Question(
        "Three branches share the 128 channels of the output. How many does the first one get?",
        _first_of_three_branches,
        "128 = 43 + 43 + 42: the first branches take what does not divide.",
    ),
    "orders of the puzzle": Question(
        "In how many orders can the five vertices of the puzzle's cell stand, so that every edge "
        "points forwards?",
        lambda: len(cells.topological_orders(FORMS[0])),
        "The 3x3 convolution must stand before the pooling; the 1x1 convolution may stand before, "
        "between or after them.",
    ),
    "forms per cell": Question(
        "How many forms has a cell, on average over all 423,624?",
        _forms_per_cell,
        "Most vertices of a small cell stand on long paths, which leave few orders.",
        (1, 3, 30),
    ),
    "statistics classes": Question(
        "How many different rows do the seven statistics take on the 423,624 cells?",
        _statistics_classes,
        "Six of them are small integers; most of the differences come from the parameters.",
        (1_700, 17_000, 170_000),
    ),
}


def _which_order(order) -> str | None:
    """An order of the vertices that turns the first of the two forms into the second."""
    first, second = FORMS
    ask = f"hand in a list that names each of the vertices 0..{len(first) - 1} once"
    order = handed_in.whole_numbers_of(order, ask)
    if sorted(order) != list(range(len(first))):
        return ask
    if (second.ops[order] == first.ops).all() and (first.ops[order] != second.ops).any():
        return "this is the way back, from the second form to the first: you listed the new names"
    _, ops = graphs.relabel(first.adjacency, first.ops, order)
    if (ops != second.ops).any():
        v = int(np.flatnonzero(ops != second.ops)[0])
        names = cells.OPERATIONS[ops[v]], cells.OPERATIONS[second.ops[v]]
        return f"place {v} would hold {names[0]}, and should hold {names[1]}"
    # The five operations differ, so that they leave one order, and with it the edges agree.
    return None


def _many_forms(cell) -> str | None:
    """A cell with as many forms as any."""
    cell = handed_in.cell_of(cell)
    forms, most = len(forms_of(cell)), 60
    if forms < most:
        symmetries = len(cells.automorphisms(cell))
        return (
            f"this one has {forms} forms ({forms * symmetries} orders, {symmetries} of "
            f"which change nothing); {most} forms can be had"
        )
    return None


def _same_statistics(pair) -> str | None:
    """Two cells that the seven statistics confuse, although even their bare skeletons differ."""
    a, b = handed_in.cells_of(pair, 2)
    if facts.one_cell(a, b):
        return "these two are one and the same cell"
    rows = features.statistics(cells.stack([a, b]))
    for name, one, other in zip(features.STATISTICS, *rows, strict=True):
        if one != other:
            return f"they differ in {name}: {one:g} and {other:g}"
    # Ends marked, inner vertices all alike: what is left is the shape of the skeleton.
    marks = [np.clip(cell.ops, cells.INPUT, cells.CONV1X1) for cell in (a, b)]
    for mark in marks:
        mark[-1] = cells.OUTPUT
    if wl.separating_round(a.adjacency, b.adjacency, *marks, direction="undirected") is None:
        return "right so far, but without operations their skeletons are the same"
    return None


MOST_BRANCHES = 4


def branches(k: int) -> cells.Cell:
    """So many 3x3 convolutions side by side between input and output."""
    edges = [(0, v) for v in range(1, k + 1)] + [(v, k + 1) for v in range(1, k + 1)]
    return cells.Cell(graphs.from_edges(k + 2, edges), ["input", *["conv3x3"] * k, "output"])


def _one_to_four_branches(sizes) -> str | None:
    """The parameters of the networks of one to four 3x3 convolutions side by side."""
    ask = f"hand in {MOST_BRANCHES} whole numbers, for 1 to {MOST_BRANCHES} branches"
    found = handed_in.whole_numbers_of(sizes, ask)
    if len(found) != MOST_BRANCHES:
        return f"{ask}; these are {len(found)}"
    for k, size in enumerate(found, 1):
        edges = [(v, v + 1) for v in range(k + 1)]
        chain = cells.Cell(graphs.from_edges(k + 2, edges), branches(k).names)
        if k > 1 and size == channels.trainable_parameters(chain):
            return f"{size:,} is what {k} convolutions one after the other have"
        if size != (truth := channels.trainable_parameters(branches(k))):
            side = "fewer" if truth < size else "more"
            return f"with {k} side by side the network has {side} than {size:,} parameters"
    return None


SMALL = 5  # vertices of the cells on which an eighth number is tried


def _eighth_number(function) -> str | None:
    """A number of a cell that no order changes and that the seven statistics do not contain."""
    handed_in.function_of(function, "hand in a function of a cell")
    space = cells.enumerate_nasbench101(SMALL)
    numbers = np.array([_number(function, cell) for cell in space])
    same = max(1e-9 * np.ptp(numbers), 8 * np.spacing(np.abs(numbers).max()))
    every, first = cells.all_forms(space)
    for k, row in enumerate(first):
        if k != row and abs(_number(function, every[k]) - _number(function, every[row])) > same:
            edges = ", ".join(f"{i}-{j}" for i, j in every[k].edges)
            return f"the cell with the edges {edges} has a form in which it gives another number"
    seven = features.statistics(space)
    groups = np.unique(seven, axis=0, return_inverse=True)[1].reshape(-1)
    known = groups.max() + 1
    if not any(np.ptp(numbers[groups == k]) > same for k in range(known)):
        return f"the seven tell {known:,} of {len(space):,} small cells apart, and so do the eight"
    return None


def _number(function, cell: cells.Cell) -> float:
    """What the reader's function says of a cell."""
    returned = handed_in.call(function, cell, on=f"a cell of {len(cell)} vertices")
    found = handed_in.array_of(returned, "it must return a number")
    if found.ndim or not np.isfinite(found):
        raise Unfit("it must return one finite number")
    return float(found)


EXERCISES = {
    "which order": _which_order,
    "many forms": _many_forms,
    "same statistics": _same_statistics,
    "one to four branches": _one_to_four_branches,
    "an eighth number": _eighth_number,
}
