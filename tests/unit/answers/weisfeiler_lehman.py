import numpy as np

from wl2nas import graphs


def undirected(n, edges):
    return graphs.from_edges(n, edges, undirected=True)


# A path of six with a seventh vertex on its third or on its second: equal degrees, two trees.
SPINE = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
THIRD, SECOND = undirected(7, [*SPINE, (2, 6)]), undirected(7, [*SPINE, (1, 6)])
RENAMED = THIRD[np.ix_([6, 5, 4, 3, 2, 1, 0], [6, 5, 4, 3, 2, 1, 0])]
HEXAGON, TRIANGLES = graphs.hexagon_and_triangles()
SQUARES = graphs.disjoint_union(graphs.cycle(4), graphs.cycle(4))
RUNGS = undirected(6, [(0, 3), (1, 4), (2, 5)])
PRISM, UTILITIES = TRIANGLES | RUNGS, HEXAGON | RUNGS  # connected, three neighbours everywhere

TRUTHS = {"path of five": 2, "hexagon": False, "skeleton classes": 270_000, "twice the path": 4}
WRONG = {"path of five": 4, "hexagon": True, "skeleton classes": 420_000, "twice the path": 2}
RIGHT = {
    "two rounds": ["abcdcba", [3, 1, 2, 0, 2, 1, 3]],
    "separated late": [(THIRD, SECOND), (THIRD, SECOND.astype(float).tolist())],
    "never separated": [(graphs.cycle(8), SQUARES)],
}
FAULTS = [
    ("two rounds", "abcde", "names 5 colours; the graph has 7 vertices"),
    ("two rounds", "aaaaaaa", "vertices 0 and 1 see different colours in round 1"),
    ("two rounds", "abcbcba", "vertices 1 and 3 see different colours in round 2"),
    ("two rounds", "abcdefg", "vertices 0 and 6 see the same in both rounds, yet you tell"),
    ("separated late", (HEXAGON, TRIANGLES), "one of these two is not connected"),
    ("separated late", (THIRD, RENAMED), "isomorphic: one graph drawn twice"),
    ("separated late", (HEXAGON, graphs.cycle(7)), "equally many vertices; one has 6, the other 7"),
    ("separated late", (PRISM, UTILITIES), "never separated"),
    ("separated late", (HEXAGON, undirected(6, SPINE)), "in round 1 already"),
    ("never separated", (THIRD, SECOND), "separates these two in round 2"),
    ("never separated", (THIRD, RENAMED), "isomorphic: one graph drawn twice"),
    ("never separated", (TRIANGLES, HEXAGON), "right, but these are the hexagon and the two tri"),
]
