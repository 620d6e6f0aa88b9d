import numpy as np

from wl2nas import cells, graphs

HEXAGON, TRIANGLES = graphs.hexagon_and_triangles()
BRIDGE = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3)]


def cell(edges, *inner):
    return cells.Cell(graphs.from_edges(2 + len(inner), edges), ["input", *inner, "output"])


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


TRUTHS = {"one direction or none": "A", "both directions": 423_624}
WRONG = {"one direction or none": "A + A^T", "both directions": 300_000}
RIGHT = {
    "reversal": [turn, lambda cell: cells.canonical_form(turn(cell))],
    "smallest pair": [(FORK, CHAIN), (CHAIN, FORK.T)],
    "same skeleton": [(POINTWISE, POINTWISE_TURNED)],
    "undecodable": [TWO_POOLS],
}
FAULTS = [
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
