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

# Nine rounds on ten vertices, as many as there can be; found by changing edges at random.
LONG = undirected(10, [(1, 3), (2, 3), (0, 4), (2, 4), (1, 5), (3, 5), (0, 6), (2, 6), (0, 7),
                       (5, 7), (6, 7), (1, 8), (7, 8), (4, 9), (5, 9), (8, 9)])  # fmt: skip

TRUTHS = {"path of five": 2, "hexagon": False, "skeleton classes": 270_000, "twice the path": 4}
WRONG = {"path of five": 4, "hexagon": True, "skeleton classes": 420_000, "twice the path": 2}
RIGHT = {
    "two rounds": ["abcdcba", [3, 1, 2, 0, 2, 1, 3]],
    "separated late": [(THIRD, SECOND), (THIRD, SECOND.astype(float).tolist())],
    "never separated": [(graphs.cycle(8), SQUARES)],
    "similarity by rounds": [[1, 0.8333, 0.647, 0.5], (1, 0.83, 0.65, 0.5)],
    "many rounds": [LONG, LONG.astype(float)],
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
    ("similarity by rounds", [1, 1, 1, 1], "what they have on the skeleton; keep the directions"),
    ("similarity by rounds", [1, 0.9, 0.65, 0.5], "for rounds=1 the cosine is not 0.90"),
    ("similarity by rounds", [1, 0.83, 0.65], "hand in 4 numbers, for 0 to 3 rounds"),
    ("similarity by rounds", [1, 0.83, 0.65, np.nan], "hand in 4 numbers"),
    ("many rounds", undirected(10, [(v, v + 1) for v in range(9)]), "stable after 4 rounds; 6 can"),
    ("many rounds", graphs.cycle(11), "at most 10 vertices; here one has 11"),
    ("many rounds", "a path", "hand in one adjacency matrix"),
]
