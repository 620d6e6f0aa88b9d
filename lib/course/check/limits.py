"""Questions and exercises of notebook 03."""

import itertools

import networkx as nx
import numpy as np

from course.check import guesses, handed_in
from course.check.facts import connected, isomorphic
from course.check.question import Question
from course.check.words import Unfit
from wl2nas import graphs, wl
from wl2nas.theory import fwl, pursuit, trees

MOST_VERTICES = 40  # 3-FWL on 40 vertices takes a second
MOST_IN_A_PATTERN = 12  # homomorphisms are counted one by one
ROUNDING = 1e-9  # what floating point may add to an entry of a matrix


def _groups_of_four() -> int:
    """Complete graphs of four in the Shrikhande graph; each is found in 4! = 24 orders."""
    return trees.count(~np.eye(4, dtype=bool), graphs.shrikhande()) // 24


def _pieces_after_the_twist() -> int:
    _, twisted = graphs.cfi(graphs.cycle(3))
    return nx.number_connected_components(nx.from_numpy_array(twisted))


def _smallest_dimension() -> int:
    pair = graphs.rook(), graphs.shrikhande()
    return next(k for k in (1, 2, 3) if fwl.separating_round(*pair, k=k) is not None)


def _walks_of_four_vertices() -> int:
    path = graphs.from_edges(4, [(0, 1), (1, 2), (2, 3)], undirected=True)
    return trees.count_tree(path, graphs.cycle(6))


def _pairs_on_seven_vertices() -> int:
    """Pairs of connected graphs on seven vertices that colour refinement never separates."""
    atlas = [g for g in nx.graph_atlas_g() if len(g) == 7 and nx.is_connected(g)]
    matrices = np.array([nx.to_numpy_array(g, dtype=bool) for g in atlas])
    _, size = np.unique(_codes(matrices, "undirected"), return_counts=True)
    return int((size * (size - 1) // 2).sum())


def _lost_dags_on_six_vertices() -> int:
    """Directed acyclic graphs on six vertices, less the classes of their colours."""
    pairs = list(itertools.combinations(range(6), 2))
    chosen = np.array(list(itertools.product([0, 1], repeat=len(pairs))))
    matrices = np.zeros((len(chosen), 6, 6), bool)
    matrices[:, *np.transpose(pairs)] = chosen
    # The name of a graph up to isomorphism: the least number that any order of vertices spells.
    name = np.full(len(chosen), np.inf)
    for order in itertools.permutations(range(6)):
        places = np.array([2.0 ** (6 * order[i] + order[j]) for i, j in pairs])
        name = np.minimum(name, chosen @ places)
    return len(np.unique(name)) - len(np.unique(_codes(matrices, "both")))


def _codes(matrices, direction: str):
    """The code of the stable colours of many graphs of one size, without labels."""
    one_label = np.zeros(matrices.shape[:2], int)
    rounds = matrices.shape[1] - 1
    *_, colours = wl.batch_colours(matrices, one_label, direction=direction, rounds=rounds)
    return wl.graph_codes(colours)


QUESTIONS = {
    "rook and Shrikhande": Question(
        "The rook's graph has 8 groups of four vertices that are all joined, its rows and columns. "
        "How many has the Shrikhande graph?",
        _groups_of_four,
        "Such a group is a vertex and a triangle among its neighbours; a hexagon has no triangle.",
    ),
    "gadgets over a triangle": Question(
        "Every vertex of a triangle is replaced by one vertex for each even subset of its edges. "
        "How many vertices does that make?",
        lambda: len(graphs.cfi(graphs.cycle(3))[0]),
        "Two edges have two even subsets, none and both; three vertices times two is six.",
    ),
    "pieces after the twist": Question(
        "One corner of the triangle now takes the odd subsets of its edges. The untwisted graph "
        "was two triangles, in two pieces. In how many pieces is the twisted one?",
        _pieces_after_the_twist,
        "Two of its edges go elsewhere, and one round trip visits all six vertices: a hexagon.",
    ),
    "smallest dimension": Question(
        "What is the smallest k for which k-FWL tells the rook's graph from the Shrikhande graph?",
        _smallest_dimension,
        "Pairs see their two common neighbours everywhere; triples see complete graphs of four.",
    ),
    "watchers on a ring": Question(
        "How many watchers does it take to catch the fugitive on a ring of five vertices?",
        lambda: pursuit.fewest_watchers(graphs.cycle(5)),
        "Two cut the ring into arcs, and a third halves the arc in which the fugitive is.",
    ),
    "path into the hexagon": Question(
        "How many homomorphisms are there from a path of four vertices into the hexagon?",
        _walks_of_four_vertices,
        "Six places for the first vertex, and two neighbours to choose from for each further one.",
    ),
    "odd cycle": Question(
        "How many homomorphisms are there from a cycle of five vertices into the hexagon?",
        lambda: trees.count_cycle(5, graphs.cycle(6)),
        "Every step changes sides between the even and the odd vertices: no way home in five.",
    ),
    "pairs on seven vertices": Question(
        "There are 853 connected graphs on seven vertices, hence 363,378 pairs of them. How "
        "many pairs does colour refinement leave together?",
        _pairs_on_seven_vertices,
        "Few small graphs are regular enough.",
        (20, 2000, 200_000),
    ),
    "six vertices with arrows": Question(
        "Of the 5,984 directed acyclic graphs on six vertices, all without labels, how many pairs "
        "are left together by colour refinement that keeps the directions apart?",
        _lost_dags_on_six_vertices,
        "Only one pair: the hexagon and the two triangles, with arrows on their edges.",
    ),
}


# --- exercises ----------------------------------------------------------------------------------


def _three_pairs(pairs) -> str | None:
    """The three pairs of connected graphs on six vertices that colour refinement leaves together.

    Any order and any names of the vertices.
    """
    pairs = handed_in.items_of(pairs, "hand in a list of three pairs")
    if len(pairs) != 3:
        return f"hand in a list of three pairs; this one holds {len(pairs)}"
    drawn = []
    for number, pair in enumerate(pairs, start=1):
        try:
            drawn.append(handed_in.skeletons_of(pair, most=MOST_VERTICES))
        except Unfit as unfit:
            return f"pair {number}: {unfit}"
    for number, (a, b) in enumerate(drawn, start=1):
        if fault := _left_together(a, b):
            return f"pair {number}: {fault}"
    for (i, one), (j, other) in itertools.combinations(enumerate(drawn, start=1), 2):
        if any(isomorphic(one[0], graph) for graph in other):
            return f"pairs {i} and {j} hold the same graph under two names"
    return None


def _left_together(a, b) -> str | None:
    """Two different connected graphs on six vertices that colour refinement never separates."""
    if {len(a), len(b)} != {6}:
        return f"its graphs have {len(a)} and {len(b)} vertices; six are asked for"
    if not (connected(a) and connected(b)):
        return "one of its graphs is not connected"
    if (round_ := wl.separating_round(a, b)) is not None:
        return f"colour refinement separates it in round {round_}"
    if isomorphic(a, b):
        return "its graphs are isomorphic: one graph drawn twice"
    return None


def _odd_and_blind(pattern) -> str | None:
    """A connected pattern with an odd cycle and equal counts into the hexagon and the triangles."""
    matrix = handed_in.graph_of(pattern, "hand in one adjacency matrix", most=MOST_IN_A_PATTERN)
    pattern = graphs.skeleton(matrix)
    if not connected(pattern):
        return "the pattern must be connected"
    if np.diag(pattern).any():
        return "the pattern has a loop; a loop has nowhere to go, which is too cheap"
    if nx.is_bipartite(nx.from_numpy_array(pattern)):
        return "the pattern has no odd cycle"
    counts = [trees.count(pattern, graph) for graph in graphs.hexagon_and_triangles()]
    if counts[0] != counts[1]:
        return f"{counts[0]} homomorphisms into the hexagon, {counts[1]} into the triangles"
    return None


def _another_matrix(x) -> str | None:
    """A doubly stochastic X with A X = X B for hexagon and triangles, with a zero somewhere."""
    x = handed_in.array_of(x, "hand in a matrix of numbers").astype(float)
    if x.shape != (6, 6):
        return f"X must have shape (6, 6); this one has {x.shape}"
    if not (x >= -ROUNDING).all():
        return "X must not hold a negative number or NaN"
    for name, sums in (("row", x.sum(axis=1)), ("column", x.sum(axis=0))):
        off = np.flatnonzero(~np.isclose(sums, 1))
        if off.size:
            return f"{name} {off[0]} sums to {sums[off[0]]:.3g}, not to 1"
    a, b = (graph.astype(float) for graph in graphs.hexagon_and_triangles())
    wrong = np.argwhere(~np.isclose(a @ x, x @ b))
    if wrong.size:
        i, j = wrong[0]
        return (
            f"A X and X B differ in row {i}, column {j}: {(a @ x)[i, j]:.3g}, {(x @ b)[i, j]:.3g}"
        )
    if (x > ROUNDING).all():
        return "this is a fractional isomorphism, but it has no zero yet"
    return None


def _between_two_and_three(pair) -> str | None:
    """Two graphs, not of 16 vertices, that 3-FWL separates and 2-FWL does not."""
    a, b = handed_in.skeletons_of(pair, most=MOST_VERTICES)
    if (round_ := fwl.separating_round(a, b, k=2)) is not None:
        return f"2-FWL separates these two in round {round_}"
    if len(a) == 16:
        return "16 vertices are those of the example; find a pair of another size"
    if fwl.separating_round(a, b, k=3) is None:
        return "3-FWL does not separate them either: isomorphic, or even harder"
    return None


def _watchers_by_hand(answer) -> str | None:
    """The fewest watchers that catch a fugitive on a wheel: a ring of five, and a hub."""
    wheel = nx.to_numpy_array(nx.wheel_graph(6), dtype=bool)
    given, fewest = guesses.number(answer), pursuit.fewest_watchers(wheel)
    if given < fewest:
        return f"from {given:g} the fugitive escapes for ever"
    if given > fewest:
        return f"{given:g} catch it, but fewer do as well"
    return None


def _labels_in_vain(labels) -> str | None:
    """Three labels on hexagon and triangles with which refinement still does not separate them."""
    ask = "give two lists of six labels, one for each graph"
    both = [_labels(value, ask) for value in handed_in.items_of(labels, ask)]
    if [len(own) for own in both] != [6, 6]:
        return f"{ask}; yours have {', '.join(str(len(own)) for own in both) or 'none'}"
    code = {label: number for number, label in enumerate(dict.fromkeys([*both[0], *both[1]]))}
    a, b = ([code[label] for label in own] for own in both)
    round_ = wl.separating_round(*graphs.hexagon_and_triangles(), a, b)
    if round_ is not None:
        return f"with these labels colour refinement separates the two in round {round_}"
    if len(code) < 3:
        return f"never separated, with {len(code)} different; there is an answer with more"
    return None


def _labels(value, ask: str) -> list:
    """Letters, or whole numbers."""
    items = handed_in.items_of(value, ask, text=True)
    if all(isinstance(item, str) for item in items):
        return items
    return handed_in.whole_numbers_of(items, ask)


EXERCISES = {
    "watchers by hand": _watchers_by_hand,
    "three pairs": _three_pairs,
    "odd and blind": _odd_and_blind,
    "another X": _another_matrix,
    "between two and three": _between_two_and_three,
    "labels in vain": _labels_in_vain,
}
