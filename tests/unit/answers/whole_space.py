import itertools

from answers.shapes import cell, side_by_side
from wl2nas import cells

BRIDGE = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
PAIR = cell(BRIDGE, "conv3x3", "maxpool"), cell(BRIDGE, "maxpool", "conv3x3")
# Every edge but the one from input to output: the inner vertices may stand in any order.
FULL = [(i, j) for j in range(5) for i in range(j) if (i, j) != (0, 4)]
SIX = [cell(FULL, *inner) for inner in itertools.permutations(["conv1x1", "conv3x3", "maxpool"])]
POOLS = side_by_side("maxpool", "maxpool", "maxpool")
# A chain of four with a shortcut. From the input it costs a projection, wherever it ends.
SHORT, LONG, LATE = (
    cell([(0, 1), (1, 2), (2, 3), shortcut], "maxpool", "maxpool")
    for shortcut in ((0, 2), (0, 3), (1, 3))
)
OF_SECTION_4 = [cells.nasbench101()[row] for row in (40965, 266632)]

TRUTHS = {
    "share in the corner": 0.7,
    "fewest alone": 6,
    "same-skeleton gap": 0.5,
    "nearest null": 0.5,
    "failing again": 0.4,
}
WRONG = {
    "share in the corner": 0.1,
    "fewest alone": 7,
    "same-skeleton gap": 1.5,
    "nearest null": 0.9,
    "failing again": 0.01,
}
RIGHT = {
    "one failed training": [66, 66.0, "66 %"],
    "three of one skeleton": [SIX[:3], (SIX[5], SIX[0], SIX[4])],
    "one edge moved": [(SHORT, LONG)],
    "null that is enough": [["parameters"], ("longest path", "parameters")],
    "two misleading pairs": [((49196, 418303), (105850, 112597))],
}
FAULTS = [
    ("one failed training", 94, "94 % is the mean of the two that did not fail"),
    ("one failed training", 70, "not 70; add the three up, in per cent, and divide by three"),
    ("one failed training", "low", "answer with a number, .* not 'low'"),
    ("three of one skeleton", 5, "hand in three cells.Cell, not int"),
    ("three of one skeleton", SIX, "hand in three cells.Cell; these are 6"),
    ("three of one skeleton", [*PAIR, 3], "hand in three cells.Cell, not int"),
    ("three of one skeleton", [*PAIR, PAIR[0]], "cells 1 and 3 are one and the same"),
    ("three of one skeleton", [*PAIR, POOLS], "cells 1 and 3 differ in their .* in round 0"),
    ("one edge moved", PAIR, "these two share their skeleton; a moved edge has to change it"),
    ("one edge moved", (SHORT, SIX[0]), "no order of their vertices shows these two"),
    ("one edge moved", (SHORT, PAIR[0]), "no order of their vertices shows these two"),
    ("one edge moved", (SHORT, LATE), "one edge is moved, but they have .* parameters"),
    ("one edge moved", OF_SECTION_4, "right, but this is the pair of section 4; find another"),
    ("one edge moved", 5, "hand in a pair"),
    ("null that is enough", ["vertices", "edges"], "pairs of other skeletons agree in vertices"),
    ("null that is enough", "depth", "find names among 'vertices', 'edges'"),
    ("null that is enough", [], "find names among 'vertices', 'edges'"),
    ("null that is enough", 5, "find names among 'vertices', 'edges'.*, not int"),
    ("two misleading pairs", ((40965, 182952), (105850, 112597)), "the first two are 0.3 points"),
    ("two misleading pairs", ((49196, 49196), (105850, 112597)), "are not two cells of one skel"),
    ("two misleading pairs", ((49196, 105850), (105850, 112597)), "are not two cells of one skel"),
    ("two misleading pairs", ((49196, 418303), (49196, 418303)), "the second two share their skel"),
    ("two misleading pairs", ((49196, 418303), (105850, 49196)), "the second two differ in their"),
    ("two misleading pairs", ((0, 418303), (105850, 49196)), "row 0 is not in the measured table"),
    ("two misleading pairs", (1, 2), "find two pairs of rows of the space"),
    ("two misleading pairs", [(1, 2)], "find two pairs of rows of the space"),
    ("two misleading pairs", [(1, 2), (1,)], "find two pairs of rows of the space"),
]
