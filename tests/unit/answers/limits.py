import itertools

import networkx as nx
import numpy as np

from wl2nas import graphs, wl

HEXAGON, TRIANGLES = graphs.hexagon_and_triangles()
ROOK, SHRIKHANDE = graphs.rook(), graphs.shrikhande()


def matrix(graph):
    return nx.to_numpy_array(graph, dtype=bool)


def complete(n):
    return ~np.eye(n, dtype=bool)


def turned(graph):
    return graph[::-1, ::-1]


# The hexagon and the triangles, joined by the same one, two or three edges in both.
RUNGS = [graphs.from_edges(6, [(0, 3), (1, 4), (2, 5)][:k], undirected=True) for k in (1, 2, 3)]
PAIRS = [(HEXAGON | rungs, TRIANGLES | rungs) for rungs in RUNGS]
BIPARTITE, PRISM = PAIRS[2]
DRAWN = (nx.from_numpy_array(BIPARTITE), nx.from_numpy_array(PRISM))


def from_the_atlas():
    """The three pairs as a loop over all graphs finds them."""
    six = [matrix(g) for g in nx.graph_atlas_g() if len(g) == 6 and nx.is_connected(g)]
    regular = {}
    for g in six:
        around = tuple(sorted(tuple(sorted(g[row].sum(axis=1))) for row in g))
        regular.setdefault(around, []).append(g)
    groups = [pair for group in regular.values() for pair in itertools.combinations(group, 2)]
    return [pair for pair in groups if wl.separating_round(*pair) is None]


COVER = np.array([[0.5 * ((i - j) % 3 == 0) for j in range(6)] for i in range(6)])
LEANING = COVER * np.where(np.arange(6)[None, :] < 3, 2 / 3, 4 / 3)
TILTED = np.array([[((i - j) % 3 == 0) * (0.3 if (i + j) % 2 else 0.7) for j in range(6)]
                   for i in range(6)])  # fmt: skip
ROUNDED = 1e-12 * np.array([[1, -1] * 3, [-1, 1] * 3] * 3)  # rows and columns sum to 0
LONELY_ROOK, LONELY_SHRIKHANDE = (
    graphs.disjoint_union(g, np.zeros((1, 1))) for g in (ROOK, SHRIKHANDE)
)

TRUTHS = {
    "rook and Shrikhande": 0,
    "gadgets over a triangle": 6,
    "pieces after the twist": 1,
    "smallest dimension": 3,
    "watchers on a ring": 3,
    "path into the hexagon": 48,
    "odd cycle": 0,
    "pairs on seven vertices": 20,
    "six vertices with arrows": 1,
}
WRONG = {
    "rook and Shrikhande": 8,
    "gadgets over a triangle": 12,
    "pieces after the twist": 2,
    "smallest dimension": 2,
    "watchers on a ring": 2,
    "path into the hexagon": 12,
    "odd cycle": 60,
    "pairs on seven vertices": 2000,
    "six vertices with arrows": 0,
}
RIGHT = {
    "watchers by hand": [4, 4.0, "4", np.int64(4)],
    "three pairs": [
        PAIRS,
        [(turned(b), a) for a, b in reversed(PAIRS)],
        [(a.astype(float).tolist(), b) for a, b in PAIRS],
        from_the_atlas(),
    ],
    "odd and blind": [complete(4), complete(5), matrix(nx.wheel_graph(6))],
    "another X": [COVER, COVER.tolist(), np.roll(COVER, 3, axis=0), COVER - ROUNDED],
    "between two and three": [
        graphs.cfi(BIPARTITE),
        graphs.cfi(matrix(nx.wheel_graph(5)))[::-1],
        (LONELY_ROOK, LONELY_SHRIKHANDE),
    ],
    "labels in vain": [
        ("abcabc", "abcabc"),
        (["a", "b", "c"] * 2, "bacbca"),
        (np.array([0, 1, 2] * 2), [2, 0, 1, 0.0, 2, 1]),
    ],
}
FAULTS = [
    ("watchers by hand", 3, "from 3 the fugitive escapes for ever"),
    ("watchers by hand", 5, "5 catch it, but fewer do as well"),
    ("watchers by hand", "many", "answer with a number"),
    ("three pairs", PAIRS[:2], "hand in a list of three pairs; this one holds 2"),
    ("three pairs", [*PAIRS[:2], (PRISM,)], "pair 3: hand in two adjacency matrices"),
    ("three pairs", [PRISM, *PAIRS[1:]], "pair 1: hand in two adjacency matrices"),
    ("three pairs", nx.path_graph(3), "hand in a list of three pairs, not Graph"),
    ("three pairs", [PAIRS[0], DRAWN, PAIRS[1]], "pair 2: hand in two adjacency matrices"),
    ("three pairs", [PAIRS[0], PAIRS[1], nx.path_graph(2)], "pair 3: hand in two adjacency mat"),
    ("three pairs", [*PAIRS[:2], (HEXAGON, TRIANGLES)], "pair 3: one of its graphs is not conn"),
    ("three pairs", [(ROOK, SHRIKHANDE), *PAIRS[:2]], "pair 1: its graphs have 16 and 16 vert"),
    ("three pairs", [PAIRS[0], (HEXAGON, PRISM), PAIRS[1]], "pair 2: colour .* in round 1"),
    ("three pairs", [*PAIRS[:2], (PRISM, turned(PRISM))], "pair 3: its graphs are isomorphic"),
    ("three pairs", [*PAIRS[1:], (turned(PRISM), BIPARTITE)], "pairs 2 and 3 hold the same graph"),
    ("odd and blind", nx.complete_graph(4), "hand in one adjacency matrix"),
    ("odd and blind", (complete(4), complete(4)), "hand in one adjacency matrix"),
    ("odd and blind", TRIANGLES, "pattern must be connected"),
    ("odd and blind", np.zeros((0, 0)), "one adjacency matrix with at least one vertex"),
    ("odd and blind", graphs.cycle(13), "at most 12 vertices; here one has 13"),
    ("odd and blind", np.ones((2, 2)), "has a loop"),
    ("odd and blind", graphs.cycle(4), "the pattern has no odd cycle"),
    ("odd and blind", graphs.cycle(5), "0 homomorphisms into the hexagon, 60 into the triangles"),
    ("another X", np.full((6, 6), 1 / 6), "it has no zero yet"),
    ("another X", np.full((6, 6), 1 / 6) + ROUNDED, "it has no zero yet"),
    ("another X", np.eye(3), r"must have shape \(6, 6\); this one has \(3, 3\)"),
    ("another X", 2 * np.eye(6) - np.full((6, 6), 1 / 6), "negative number or NaN"),
    ("another X", np.full((6, 6), np.nan), "negative number or NaN"),
    ("another X", np.eye(6)[[0, 0, 1, 2, 3, 4]], "column 0 sums to 2, not to 1"),
    ("another X", np.eye(6) / 2, "row 0 sums to 0.5, not to 1"),
    ("another X", np.eye(6), "A X and X B differ in row 0, column 2: 0, 1"),
    ("another X", LEANING, "column 0 sums to 0.667, not to 1"),
    ("another X", TILTED, "A X and X B differ in row 0, column 2: 0.3, 0.7"),
    ("between two and three", BIPARTITE, "hand in two adjacency matrices"),
    ("between two and three", nx.complete_graph(2), "hand in two adjacency matrices"),
    ("between two and three", DRAWN, "hand in two adjacency matrices"),
    ("between two and three", (ROOK, graphs.cycle(16)), "2-FWL separates these two in round 0"),
    ("between two and three", (ROOK, SHRIKHANDE), "16 vertices are those of the example"),
    ("between two and three", (HEXAGON, TRIANGLES), "2-FWL separates these two in round 1"),
    ("between two and three", (HEXAGON, HEXAGON), "isomorphic, or even harder"),
    ("between two and three", graphs.cfi(complete(5)), "isomorphic, or even harder"),
    ("between two and three", (graphs.cycle(41), HEXAGON), "at most 40 vertices; here one has 41"),
    ("labels in vain", "abcabc", "give two lists of six labels"),
    ("labels in vain", ("abcabc", "abcab"), "yours have 6, 5"),
    ("labels in vain", [], "yours have none"),
    ("labels in vain", 3, "give two lists of six labels, one for each graph, not int"),
    ("labels in vain", ([0.5] * 6, [0.5] * 6), "give two lists of six labels, one for each graph"),
    ("labels in vain", ("abcabc", [0, 1, 2, 0, 1, 2]), "in round 0"),
    ("labels in vain", ("aabbcc", "abcabc"), "separates the two in round 1"),
    ("labels in vain", ("abcdef", "abcdef"), "separates the two in round 1"),
    ("labels in vain", ("aabaab", "aabaab"), "never separated, with 2 different; there is"),
    ("labels in vain", ("aaaaaa", "aaaaaa"), "never separated, with 1 different; there is"),
]
