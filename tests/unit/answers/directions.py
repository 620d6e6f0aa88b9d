import numpy as np

from answers.shapes import cell
from wl2nas import cells, graphs

HEXAGON, TRIANGLES = graphs.hexagon_and_triangles()
BRIDGE = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3)]


CHAIN = graphs.from_edges(3, [(0, 1), (1, 2)])
FORK = graphs.from_edges(3, [(0, 1), (0, 2)])
FOUR = graphs.from_edges(4, [(0, 1), (1, 2), (2, 3)])
FOUR_FORKED = graphs.from_edges(4, [(1, 0), (1, 2), (2, 3)])
ONE_WAY = cell(BRIDGE, "conv3x3", "maxpool")
OTHER_WAY = cell(BRIDGE, "maxpool", "conv3x3")
POINTWISE = cell(BRIDGE, "conv1x1", "maxpool")
POINTWISE_TURNED = cell(BRIDGE, "maxpool", "conv1x1")
TWO_POOLS = cell(DIAMOND, "maxpool", "maxpool")


def turn(cell):
    """All edges the other way, the vertices in the other order."""
    inner = cell.ops[-2:0:-1]
    return cells.Cell(cell.adjacency.T[::-1, ::-1], ["input", *inner.tolist(), "output"])


def turn_but_keep_the_operations(cell):
    return cells.Cell(cell.adjacency.T[::-1, ::-1], cell.ops)


def in_series(*parts):
    """Graphs one after the other, the last vertex of one the first of the next."""
    edges, start = [], 0
    for part in parts:
        edges += [(start + i, start + j) for i, j in part]
        start += max(max(edge) for edge in part)
    return graphs.from_edges(start + 1, edges)


# One skeleton, longest path 4 or 3: only the edge between 1 and 4 turns (here 2, after sorting).
FOUR_LONG = [(0, 1), (0, 3), (1, 2), (2, 4), (3, 4), (2, 3)]
THREE_LONG = [(0, 1), (0, 2), (1, 3), (3, 4), (2, 4), (2, 3)]
FAR_APART = in_series(*[FOUR_LONG] * 3), in_series(*[THREE_LONG] * 3)
NEAR = in_series(FOUR_LONG, FOUR_LONG), in_series(THREE_LONG, THREE_LONG)

TRUTHS = {
    "news along a chain": 6,
    "alike within a cell": "A",
    "arrows of the bridge": 2,
    "one direction or none": "A",
    "both directions": 423_624,
}
WRONG = {
    "news along a chain": 12,
    "alike within a cell": "A + A^T",
    "arrows of the bridge": 32,
    "one direction or none": "A + A^T",
    "both directions": 300_000,
}
RIGHT = {
    "numbers along the arrows": [[0, 1, 1, 110], np.array([0.0, 1.0, 1.0, 110.0])],
    "weights of the other side": [(2, 0), np.array([-1, 0])],
    "longest paths apart": [FAR_APART, FAR_APART[::-1]],
    "reversal": [turn, lambda cell: cells.canonical_form(turn(cell))],
    "smallest pair": [(FORK, CHAIN), (CHAIN, FORK.T)],
    "same skeleton": [(POINTWISE, POINTWISE_TURNED)],
    "undecodable": [TWO_POOLS],
}
FAULTS = [
    ("numbers along the arrows", [110, 1000, 1000, 0], "ran against the arrows, as in A @ x"),
    ("numbers along the arrows", [110, 1001, 1001, 110], "came from both sides"),
    ("numbers along the arrows", [1, 11, 101, 1110], "its own number too"),
    ("numbers along the arrows", [0, 1, 1, 100], "vertex 3 is not right"),
    ("numbers along the arrows", [0, 1, 110], "one for each vertex; these are 3"),
    ("weights of the other side", (1, 0), "weight 1 loses some: six rounds tell 270,793 of 423,"),
    ("weights of the other side", (0, 2), "weight 0 loses some: six rounds tell 409,068 of 423,"),
    ("weights of the other side", (2, -1), "weight -1 loses nothing: six rounds tell all 423,624"),
    ("weights of the other side", (2, 1), r"weight 1 is A \+ A\^T itself"),
    ("weights of the other side", (0.5, 0), "give two whole numbers"),
    ("weights of the other side", (2, 101), "give two whole numbers, each from -100 to 100"),
    ("weights of the other side", [2], "give two whole numbers"),
    ("longest paths apart", NEAR, "have 8 and 6 edges; find three apart"),
    ("longest paths apart", (FAR_APART[0], NEAR[0]), "skeletons, with .* not isomorphic"),
    ("longest paths apart", (FORK, CHAIN), r"the sources \[0\] and the sinks \[1, 2\]"),
    ("longest paths apart", (CHAIN[:2, :2], np.ones((2, 2)) - np.eye(2)), r"the cycle \[0, 1, 0\]"),
    ("reversal", ONE_WAY, "hand in a function of a cell, not Cell"),
    ("reversal", len, "must return a cells.Cell, not int"),
    ("reversal", turn_but_keep_the_operations, "the cell .* becomes"),
    ("reversal", lambda cell: cell, "the cell .* becomes .* not the same graph with all edges"),
    ("reversal", lambda cell: cells.Cell(cell.adjacency.T, cell.ops), "it raises: vertices are no"),
    ("smallest pair", (CHAIN, CHAIN[::-1, ::-1]), "isomorphic: one graph drawn twice"),
    ("smallest pair", (CHAIN, HEXAGON), "one has 3 vertices, the other 6"),
    ("smallest pair", (CHAIN, np.zeros((3, 3))), "skeletons are not isomorphic"),
    ("smallest pair", (CHAIN[:2, :2], np.ones((2, 2)) - np.eye(2)), r"the cycle \[0, 1, 0\]"),
    ("smallest pair", (np.eye(2), CHAIN[:2, :2]), r"has the cycle \[0, 0\]; acyclic graphs are"),
    ("smallest pair", (FOUR, FOUR_FORKED), "3 vertices are enough; this pair has 4"),
    ("same skeleton", (ONE_WAY, ONE_WAY), "one and the same cell"),
    ("same skeleton", (OTHER_WAY, ONE_WAY), "right, but this is the bridge that was shown"),
    ("same skeleton", (ONE_WAY, TWO_POOLS), "colours on A .* separate them in round 0"),
    ("same skeleton", (HEXAGON, TRIANGLES), "hand in two cells.Cell, not ndarray"),
    ("undecodable", ONE_WAY, "all vertices that are not joined differ in colour"),
    ("undecodable", cell(BRIDGE, "maxpool", "maxpool"), "all vertices that are not joined differ"),
    ("undecodable", HEXAGON, "hand in a cells.Cell, not ndarray"),
]
