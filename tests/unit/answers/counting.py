import numpy as np

from answers.shapes import cell, side_by_side
from wl2nas.cells import nasbench_201

BRIDGE = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
POOLS = side_by_side("maxpool", "maxpool", "maxpool")
NONE, CONV1, CONV3, POOL, SKIP = (
    "none",
    "nor_conv_1x1",
    "nor_conv_3x3",
    "avg_pool_3x3",
    "skip_connect",
)


def string(*ops):
    return nasbench_201.arch_string([nasbench_201.OPERATIONS.index(op) for op in ops])


DEAD_CONV = string(NONE, CONV3, CONV1, NONE, NONE, SKIP)
DEAD_POOL = string(NONE, CONV3, POOL, NONE, NONE, SKIP)
COPY_FIRST = string(SKIP, CONV3, POOL, NONE, NONE, SKIP)
COPY_LAST = string(SKIP, POOL, CONV3, NONE, NONE, SKIP)
SUM_OF_ZEROS = (
    string(NONE, NONE, NONE, SKIP, NONE, CONV3),
    string(NONE, NONE, NONE, SKIP, NONE, NONE),
)

TRUTHS = {"most symmetries": 24, "equal texts": False, "seven vertices": 5_000}
WRONG = {"most symmetries": 120, "equal texts": True, "seven vertices": 500_000}
RIGHT = {
    "diamond with five": [15, 15.0, "15", np.int64(15)],
    "four side by side": [15, 15.0, "15", np.array([15])],
    "six symmetries": [POOLS, cell([(0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (4, 5)],
                                   "conv1x1", "conv3x3", "conv3x3", "conv3x3")],
    "one edge more": [1_396_083, "1,396,083"],
    "merged by zeros": [
        (string(NONE, SKIP, SKIP, NONE, POOL, CONV3), string(NONE, SKIP, SKIP, NONE, SKIP, CONV3)),
        [[5, 4, 4, 5, 1, 2], np.array([5, 4, 4, 5, 3, 2])],
    ],
    "merged though larger": [
        (string(CONV1, CONV1, SKIP, CONV1, SKIP, CONV1),
         string(SKIP, CONV1, CONV1, CONV1, CONV1, CONV1)),
    ],
}  # fmt: skip
FAULTS = [
    ("diamond with five", 25, "25 labellings there are, but the swap makes some"),
    ("diamond with five", 10, "not 10; how many labellings does the swap leave"),
    ("diamond with five", "many", "answer with a number, .* not 'many'"),
    ("one edge more", 423_624, "that is the space with nine edges; let the filter stop at ten"),
    ("one edge more", 972_459, "972,459 cells have exactly ten edges; those with fewer stay"),
    ("one edge more", 1_293_051, "1,293,051 cells of seven vertices; those of 2 to 6"),
    ("one edge more", 500_000, "not 500,000; count again for all sizes, 2 to 7"),
    ("one edge more", "few", "answer with a number, .* not 'few'"),
    ("merged though larger", (DEAD_CONV, COPY_FIRST), "the rule 'skips' does not merge them: "),
    ("merged though larger", (COPY_FIRST, COPY_LAST), "but both have 1 of the convolutions"),
    ("merged though larger", 5, "find two strings, or two lists of six operations, not int"),
    ("merged though larger", [DEAD_CONV], "not list of 1"),
    ("six symmetries", cell(BRIDGE, "conv3x3", "maxpool"), "this cell has 1 symmetry$"),
    (
        "six symmetries",
        side_by_side("maxpool", "maxpool", "conv1x1"),
        "this cell has 2 symmetries$",
    ),
    ("six symmetries", side_by_side(*["conv1x1"] * 4), "this cell has 24 symmetries$"),
    ("six symmetries", np.zeros((3, 3)), "hand in a cells.Cell, not ndarray"),
    ("four side by side", 81, "81 labellings there are, but a symmetry makes many"),
    ("four side by side", 14, "not 14; average the fixed labellings over 24 symmetries"),
    ("four side by side", 10**30, "answer with a number of at most 15 digits"),
    ("four side by side", "many", "answer with a number, .* not 'many'"),
    ("merged by zeros", (DEAD_CONV, COPY_FIRST), "the rule 'zeros marked' does not merge them: #"),
    ("merged by zeros", (COPY_FIRST, COPY_LAST), "the rule 'skips' already merges them: "),
    ("merged by zeros", SUM_OF_ZEROS, "the rule 'zeros marked' does not merge them: "),
    ("merged by zeros", (DEAD_CONV, "|none~0|"), "an arch string has three parts"),
    ("merged by zeros", (DEAD_POOL, [1, 1]), "edge_ops must be six of the codes"),
    ("merged by zeros", (DEAD_CONV, DEAD_POOL), "right, but this is the pair of section 4"),
    ("merged by zeros", [[5, 2, 3, 5, 5, 4], [5, 2, 1, 5, 5, 4]], "the pair of section 4"),
    ("merged by zeros", DEAD_CONV, "find two strings, or two lists .*, not str"),
    ("merged by zeros", 5, "find two strings, or two lists of six operations, not int"),
    ("merged by zeros", [DEAD_CONV], "not list of 1"),
    ("merged by zeros", [DEAD_CONV, [[1]] * 6], "find two strings, or two lists of six"),
]
