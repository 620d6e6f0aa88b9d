import numpy as np

from answers.shapes import cell
from course.check.cells_as_graphs import FORMS

# One vertex before another, and three beside them: 5! / 2 orders, and no symmetry.
BESIDE = [(0, 1), (0, 3), (0, 4), (0, 5), (1, 2), (2, 6), (3, 6), (4, 6), (5, 6)]


SIXTY = cell(BESIDE, "maxpool", "maxpool", "conv1x1", "conv3x3", "maxpool")
SYMMETRIC = cell(BESIDE, "maxpool", "maxpool", "conv1x1", "conv1x1", "maxpool")
CHAIN_AND_SHORTCUT = cell([(0, 1), (0, 2), (1, 2), (2, 3)], "maxpool", "maxpool")
CHAIN_AND_LONG_SHORTCUT = cell([(0, 1), (0, 3), (1, 2), (2, 3)], "maxpool", "maxpool")
BRIDGE = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
ONE_WAY, OTHER_WAY = cell(BRIDGE, "conv3x3", "maxpool"), cell(BRIDGE, "maxpool", "conv3x3")

CHAIN = cell([(0, 1), (1, 2), (2, 3)], "conv1x1", "maxpool")
TURNED_CHAIN = cell([(0, 1), (1, 2), (2, 3)], "maxpool", "conv1x1")

SIZES = [10_177_674, 5_532_810, 3_984_576, 3_210_378]  # of one to four branches
IN_A_ROW = [10_177_674, 19_472_778, 28_767_882, 38_062_986]


def kinds_of_edges(cell):
    """A number for the operations at the two ends of an edge, added over all edges."""
    return sum(int(cell.ops[i]) * (1 + int(cell.ops[j])) for i, j in cell.edges)


def starts(cell):
    """How many vertices the input feeds."""
    return cell.adjacency[0].sum()


TRUTHS = {
    "three branches": 43,
    "orders of the puzzle": 3,
    "forms per cell": 3,
    "statistics classes": 17_000,
}
WRONG = {
    "three branches": 42,
    "orders of the puzzle": 6,
    "forms per cell": 30,
    "statistics classes": 1_700,
}
RIGHT = {
    "which order": [[0, 3, 1, 2, 4], (0, 3, 1, 2, 4), np.array([0.0, 3, 1, 2, 4])],
    "many forms": [SIXTY],
    "same statistics": [(CHAIN_AND_SHORTCUT, CHAIN_AND_LONG_SHORTCUT)],
    "one to four branches": [SIZES, tuple(map(float, SIZES)), np.array(SIZES)],
    "an eighth number": [
        kinds_of_edges,
        starts,
        lambda cell: np.float32(starts(cell)),
        lambda cell: 1e-7 * starts(cell),
        lambda cell: 1e6 + starts(cell),
    ],
}
FAULTS = [
    ("which order", [0, 1, 2, 3], "a list that names each of the vertices 0..4 once"),
    ("which order", [0, 1, 2, 3, 4], "place 1 would hold conv3x3, and should hold conv1x1"),
    ("which order", [0, 2, 3, 1, 4], "this is the way back"),
    ("which order", [0, 2, 1, 3, 4], "place 1 would hold maxpool"),
    ("which order", [[0, 1], [1, 0]], "a list that names each"),
    ("which order", [0, 3, 1, 2, 4.5], "a list that names each"),
    ("which order", 3, "a list that names each"),
    (
        "many forms",
        FORMS[0],
        "3 forms .3 orders, 1 of which change nothing.; 60 forms can be had",
    ),
    ("many forms", SYMMETRIC, "has 30 forms .60 orders, 2 of which"),
    ("many forms", "a cell", "hand in a cells.Cell, not str"),
    ("same statistics", (ONE_WAY, OTHER_WAY), "right so far, but without operations their skel"),
    ("same statistics", (CHAIN, TURNED_CHAIN), "right so far, but without operations their skel"),
    ("same statistics", (ONE_WAY, ONE_WAY), "these two are one and the same cell"),
    ("same statistics", (ONE_WAY, FORMS[0]), "they differ in vertices: 4 and 5"),
    ("one to four branches", IN_A_ROW, "19,472,778 is what 2 convolutions one after the other"),
    ("one to four branches", SIZES[:3], "hand in 4 whole numbers, .* these are 3"),
    ("one to four branches", [SIZES[0]] * 4, "with 2 side by side the network has fewer than 10,1"),
    ("one to four branches", [1, *SIZES[1:]], "with 1 side by side the network has more than 1 "),
    ("one to four branches", [0.5, *SIZES[1:]], "hand in 4 whole numbers"),
    ("an eighth number", lambda cell: cell.ops[1], "has a form in which it gives another number"),
    ("an eighth number", lambda cell: len(cell.edges), "the seven tell 1,046 of 2,532 small cells"),
    ("an eighth number", lambda cell: 10**6 + int(cell.ops[1]), "gives another number"),
    (
        "an eighth number",
        lambda cell: sum(1e10 / (int(op) + 3) for op in sorted(cell.ops)),
        "the seven tell 1,046",
    ),
    ("an eighth number", lambda cell: cell.ops, "it must return one finite number"),
    ("an eighth number", lambda cell: np.nan, "it must return one finite number"),
    ("an eighth number", lambda cell: cell.depth, "for a cell of 2 vertices it raises"),
    ("an eighth number", 3, "hand in a function of a cell, not int"),
    ("same statistics", (ONE_WAY, 3), "hand in two cells.Cell, not int"),
]
