"""Questions and exercises of notebook 04."""

import functools
import itertools

import networkx as nx
import numpy as np

from course.check import guesses, handed_in
from course.check.facts import classes, isomorphic, one_cell, separating_round
from course.check.question import Question
from wl2nas import cells, graphs, wl
from wl2nas.theory import orientations


def _squares_filled() -> int:
    """Who hears of whom along the arrows of a chain of four, itself not counted."""
    chain = graphs.from_edges(4, [(0, 1), (1, 2), (2, 3)])
    return len(nx.transitive_closure(nx.from_numpy_array(chain, create_using=nx.DiGraph)).edges)


def _cells_with_equal_colours(direction: str) -> int:
    """Cells of NAS-Bench-101 with two vertices of one stable colour."""
    space = cells.nasbench101()
    *_, colours = wl.batch_colours(space.adjacency, space.ops, direction=direction, rounds=6)
    ordered = np.sort(np.where(space.ops < 0, np.arange(7, dtype=np.uint64), colours), axis=1)
    return int((ordered[:, 1:] == ordered[:, :-1]).any(axis=1).sum())


def _arrows_of_the_bridge() -> int:
    """The ways to direct the bridge's edges that make a cell, by trying all."""
    edges = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
    skeleton = graphs.skeleton(graphs.from_edges(4, edges))
    return len(orientations.bipolar_orientations(skeleton, 0, 3))


QUESTIONS = {
    "news along a chain": Question(
        "A chain of four vertices, input, convolution, pooling, output, and A^T: after three "
        "rounds, how many of the twelve squares off the diagonal are filled?",
        _squares_filled,
        "Each vertex hears of all that come before it, 0 + 1 + 2 + 3, and of none that come after.",
    ),
    "alike within a cell": Question(
        "Which leaves two vertices of one colour in more cells: A alone (direction 'out') or "
        "A + A^T? (answer 'A' or 'A + A^T')",
        lambda: (
            "A"
            if _cells_with_equal_colours("out") > _cells_with_equal_colours("undirected")
            else "A + A^T"
        ),
        "A vertex that looks one way sees less of its cell, so more vertices see the same.",
        form=guesses.one_of("A", "A + A^T"),
    ),
    "arrows of the bridge": Question(
        "How many of the 32 ways to put arrows on the bridge's five edges make a cell, its input "
        "and its output being given?",
        _arrows_of_the_bridge,
        "Edges at the input and at the output have no choice; the one in the middle has both.",
    ),
    "one direction or none": Question(
        "Which tells more cells apart: A alone (direction 'out') or A + A^T? (answer 'A' or "
        "'A + A^T')",
        lambda: "A" if classes("out") > classes("undirected") else "A + A^T",
        "A looks one way only, but keeps the direction; A + A^T sees more and forgets which.",
        form=guesses.one_of("A", "A + A^T"),
    ),
    "both directions": Question(
        "How many of the 423,624 cells does colour refinement tell apart when predecessors and "
        "successors are kept apart?",
        lambda: classes("both"),
        "On this space, direction-aware colour refinement is the same as isomorphism.",
        (300_000, 410_000, 423_624),
    ),
}


MOST_VERTICES = 20  # exact tests of larger graphs may take forever


def _same_skeleton(pair) -> str | None:
    """Two different cells with isomorphic skeletons."""
    a, b = handed_in.cells_of(pair, 2)
    if one_cell(a, b):
        return "these two are one and the same cell"
    if (round_ := separating_round(a, b, "undirected")) is not None:
        return f"their skeletons differ: colours on A + A^T separate them in round {round_}"
    if sorted(a.names) == ["conv3x3", "input", "maxpool", "output"] and len(a.edges) == 5:
        return "right, but this is the bridge that was shown; find another pair"
    return None


def _undecodable(cell) -> str | None:
    """A cell with two equal-coloured vertices (on A + A^T) and no edge between them."""
    cell = handed_in.cell_of(cell)
    colours = wl.refine(cell.adjacency, cell.ops, direction="undirected")[-1]
    same = colours[:, None] == colours[None, :]
    apart = ~graphs.skeleton(cell.adjacency) & ~np.eye(len(cell), dtype=bool)
    if not (same & apart).any():
        return "all vertices that are not joined differ in colour here; find two that do not"
    return None


def _smallest_pair(pair) -> str | None:
    """Two different acyclic graphs with one label and isomorphic skeletons, as small as any."""
    a, b = handed_in.graphs_of(pair, most=MOST_VERTICES)
    if len(a) != len(b):
        return f"one has {len(a)} vertices, the other {len(b)}"
    if loop := graphs.find_cycle(a) or graphs.find_cycle(b):
        return f"one of them has the cycle {loop + loop[:1]}; acyclic graphs are asked for"
    if isomorphic(a, b):
        return "these two are isomorphic: one graph drawn twice"
    if not isomorphic(graphs.skeleton(a), graphs.skeleton(b)):
        return "their skeletons are not isomorphic"
    smallest = _fewest_vertices_of_a_pair()
    if len(a) > smallest:
        return f"right, but {smallest} vertices are enough; this pair has {len(a)}"
    return None


@functools.cache
def _fewest_vertices_of_a_pair() -> int:
    """By trying all pairs of directed acyclic graphs without labels, smallest first."""
    for n in itertools.count(1):
        edges = [(i, j) for j in range(n) for i in range(j)]
        subsets = itertools.product([False, True], repeat=len(edges))
        dags = [graphs.from_edges(n, itertools.compress(edges, chosen)) for chosen in subsets]
        for a, b in itertools.combinations(dags, 2):
            same = isomorphic(graphs.skeleton(a), graphs.skeleton(b))
            if same and not isomorphic(a, b):
                return n
    raise AssertionError("unreachable: three vertices are enough")


def _reversal(reverse) -> str | None:
    """A function from cells to cells that turns all edges round and exchanges the two ends."""
    handed_in.function_of(reverse, "hand in a function of a cell")
    for cell in cells.enumerate_nasbench101(4):
        given = cells.Cell(cell.adjacency.copy(), cell.ops.copy())  # the function may change it
        returned = handed_in.call(reverse, given, on=f"the cell {cell.edges} with {cell.names}")
        turned = handed_in.cell_of(returned, "it must return a cells.Cell")
        mirrored = cell.ops.copy()
        mirrored[[0, -1]] = cells.OUTPUT, cells.INPUT
        # Direction-aware colours identify cells (Theorem A), so this compares the graphs.
        found = wl.separating_round(cell.adjacency.T, turned.adjacency, mirrored, turned.ops)
        if found is not None:
            becomes = f"{turned.edges} with {turned.names}"
            return (
                f"the cell {cell.edges} with {cell.names} becomes {becomes}, which is not the same "
                "graph with all edges turned round"
            )
    return None


def _numbers_along_the_arrows(given) -> str | None:
    """The four sums that A.T @ x puts at the vertices of the diamond."""
    ask = "give a list of four numbers, one for each vertex"
    sums = handed_in.whole_numbers_of(given, ask)
    if len(sums) != 4:
        return f"{ask}; these are {len(sums)}"
    x = np.array([1, 10, 100, 1000])
    diamond = graphs.from_edges(4, [(0, 1), (0, 2), (1, 3), (2, 3)]).astype(int)
    forwards, backwards = diamond.T @ x, diamond @ x
    if sums == backwards.tolist():
        return "these came from the successors: they ran against the arrows, as in A @ x"
    if sums == (forwards + backwards).tolist():
        return "these came from both sides, as in (A + A.T) @ x"
    if sums == (forwards + x).tolist():
        return "each vertex has counted its own number too; A has no loops"
    wrong = [v for v in range(4) if sums[v] != forwards[v]]
    if wrong:
        return f"vertex {wrong[0]} is not right: add up the values where its incoming arrows start"
    return None


MOST_WEIGHT = 100


def _weights_of_the_other_side(pair) -> str | None:
    """Two whole numbers w: with the first, colours on A^T + w A tell all cells of NAS-Bench-101
    apart, with the second, which is not 1, they do not."""
    ask = f"give two whole numbers, each from -{MOST_WEIGHT} to {MOST_WEIGHT}"
    weights = handed_in.whole_numbers_of(pair, ask)
    if len(weights) != 2 or max(map(abs, weights)) > MOST_WEIGHT:
        return ask
    if weights[1] == 1:
        return "weight 1 is A + A^T itself, whose loss we know; find another one that loses cells"
    every = len(cells.nasbench101())
    found = [_told_apart(weight) for weight in weights]
    if found[0] < every:
        return f"weight {weights[0]} loses some: six rounds tell {found[0]:,} of {every:,} apart"
    if found[1] == every:
        return f"weight {weights[1]} loses nothing: six rounds tell all {every:,} cells apart"
    return None


@functools.cache
def _told_apart(weight: int, chunk: int = 4_096) -> int:
    """Cells that six rounds tell apart if a successor counts ``weight`` times a predecessor."""
    space = cells.nasbench101()
    codes = np.empty(len(space), np.uint64)
    for start in range(0, len(space), chunk):
        part = slice(start, start + chunk)
        arrows = space.adjacency[part].astype(np.int64)
        heard = (arrows.swapaxes(1, 2) + weight * arrows).astype(np.uint64)  # modulo 2^64
        real = space.ops[part] >= 0
        colours = wl.mix(space.ops[part].astype(np.uint64)) * real
        for _ in range(6):
            sums = np.einsum("nvu,nu->nv", heard, wl.mix(colours) * real)
            colours = wl.mix(colours * np.uint64(3) + wl.mix(sums)) * real
        codes[part] = (wl.mix(colours) * real).sum(axis=1)
    return len(np.unique(codes))


MOST_OF_A_CHAIN = 14  # vertices, for the exact test


def _longest_paths_apart(pair) -> str | None:
    """Two acyclic graphs, from one source to one sink, with isomorphic skeletons, ends on ends,
    whose longest paths differ by three edges at least."""
    pair = handed_in.graphs_of(pair, most=MOST_OF_A_CHAIN)
    ends, longest = [], []
    for graph in pair:
        if cycle := graphs.find_cycle(graph):
            return f"one of them has the cycle {cycle + cycle[:1]}; acyclic graphs are asked for"
        sources, sinks = (np.flatnonzero(~graph.any(axis=axis)).tolist() for axis in (0, 1))
        if len(sources) != 1 or len(sinks) != 1:
            return (
                f"one of them has the sources {sources} and the sinks {sinks}; a cell has one of "
                "each"
            )
        ends.append({**dict.fromkeys(range(len(graph)), 0), sources[0]: 1, sinks[0]: 2})
        longest.append(
            nx.dag_longest_path_length(nx.from_numpy_array(graph, create_using=nx.DiGraph))
        )
    if not _one_skeleton(pair, ends):
        return "their skeletons, with the two ends marked, are not isomorphic"
    if abs(longest[0] - longest[1]) < 3:
        return f"their longest paths have {longest[0]} and {longest[1]} edges; find three apart"
    return None


def _one_skeleton(pair, ends) -> bool:
    """Whether two skeletons are isomorphic, with marked vertices on marked ones; by networkx."""
    marked = []
    for graph, mark in zip(pair, ends, strict=True):
        skeleton = nx.from_numpy_array(graphs.skeleton(graph))
        nx.set_node_attributes(skeleton, mark, "end")
        marked.append(skeleton)
    return nx.is_isomorphic(*marked, node_match=lambda a, b: a["end"] == b["end"])


EXERCISES = {
    "numbers along the arrows": _numbers_along_the_arrows,
    "weights of the other side": _weights_of_the_other_side,
    "longest paths apart": _longest_paths_apart,
    "reversal": _reversal,
    "smallest pair": _smallest_pair,
    "same skeleton": _same_skeleton,
    "undecodable": _undecodable,
}
