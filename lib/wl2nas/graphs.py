"""Graphs as matrices: the conventions that every other module relies on.

* ``A[i, j] = 1`` is the edge ``i -> j``. Row ``i`` lists the successors of ``i``, column ``j``
  the predecessors of ``j``. With one feature row per vertex, ``A @ x`` therefore gathers from
  *successors*; a message that travels along the edges is ``A.T @ x``.
* A vertex may carry a label, an integer. A batch of graphs is padded: adjacency ``(N, V, V)``,
  labels ``(N, V)`` with ``-1`` on the padding, real vertices first.
* The skeleton of a directed graph is its underlying undirected graph, ``A + A.T``.
"""

import itertools
import re

import networkx as nx
import numpy as np
from jaxtyping import Bool

from wl2nas import _require
from wl2nas._graph_inputs import Matrix as Matrix
from wl2nas._graph_inputs import as_adjacency as as_adjacency
from wl2nas._graph_inputs import as_batch as as_batch
from wl2nas._graph_inputs import as_edges as as_edges
from wl2nas._graph_inputs import as_labels as as_labels
from wl2nas._graph_inputs import as_matrices as as_matrices
from wl2nas._graph_inputs import batch_of as batch_of

MOST_GADGETS = 5_000  # vertices of the larger graphs of Cai, Fürer and Immerman


def read_only(array: np.ndarray) -> np.ndarray:
    """A view that cannot be written to, of an array that nobody else will write to."""
    view = array.view()
    view.flags.writeable = False
    return view


def skeleton(adjacency) -> Bool[np.ndarray, "*N V V"]:
    """``A + A.T`` as booleans, for one graph or a batch: forget the directions."""
    adjacency = as_matrices(adjacency)
    return adjacency | np.swapaxes(adjacency, -1, -2)


def reaches(adjacency) -> Bool[np.ndarray, "*N V V"]:
    """Where a path of one edge or more leads from i to j, for one graph or a batch.

    The transitive closure. A vertex reaches itself only along a cycle.

    >>> reaches(from_edges(3, [(0, 1), (1, 2)])).astype(int).tolist()
    [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    """
    reach = as_matrices(adjacency).copy()
    for _ in range((reach.shape[-1] - 1).bit_length()):  # paths of at most 1, 2, 4, ... edges
        reach = reach | (reach @ reach)
    return reach


def on_a_path(adjacency) -> Bool[np.ndarray, "*N V"]:
    """Vertices that the first vertex reaches and that reach the last one; these two included.

    For one graph or a batch. Where no path leads from the first to the last vertex there is none.

    >>> on_a_path(from_edges(4, [(0, 1), (1, 3), (0, 2)])).tolist()
    [True, True, False, True]
    """
    reach = reaches(adjacency)
    if reach.shape[-1] == 0:
        raise ValueError("adjacency must have a vertex; it has none")
    reach |= np.eye(reach.shape[-1], dtype=bool)
    return reach[..., 0, :] & reach[..., :, -1]


def one_hot(labels, number: int) -> Bool[np.ndarray, "... K"]:
    """Integer labels 0..number - 1 as rows with one mark each; the -1 of the padding has none.

    >>> one_hot([1, 0, -1], 2).astype(int).tolist()
    [[0, 1], [1, 0], [0, 0]]
    """
    labels = _require.array("labels", labels, kinds="iu")
    number = _require.whole("number", number, at_least=1)
    if not -1 <= labels.min(initial=0) <= labels.max(initial=0) < number:
        raise ValueError(
            f"labels must be in 0..{number - 1}, or -1 on the padding; they are in "
            f"{labels.min()}..{labels.max()}"
        )
    return labels[..., None] == np.arange(number)


def relabel(adjacency, labels, order):
    """Rename vertices: vertex ``k`` of the result is vertex ``order[k]`` of the argument.

    With the permutation matrix ``P[k, order[k]] = 1`` this is ``P A P.T`` and ``P labels``.
    """
    adjacency = _require.array("adjacency", adjacency, shape=(None, None))
    labels, n = np.asarray(labels), len(adjacency)
    order = _require.array("order", order, kinds="iu").astype(np.intp)
    if sorted(order.ravel().tolist()) != list(range(n)):
        raise ValueError(f"order must be a permutation of 0..{n - 1}; it is {order}")
    if adjacency.shape != (n, n) or labels.shape != (n,):
        raise ValueError(
            f"adjacency must be a square matrix, with one label for each of its rows; the shapes "
            f"are {adjacency.shape} and {labels.shape}"
        )
    return adjacency[np.ix_(order, order)], labels[order]


def from_edges(n: int, edges, *, undirected: bool = False) -> Matrix:
    """Adjacency of ``n`` vertices from pairs ``(i, j)``; both directions if undirected.

    Raises ValueError where a pair names a vertex outside 0..n-1.

    >>> from_edges(3, [(0, 1), (1, 2)]).astype(int).tolist()
    [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    """
    i, j = as_edges(n, edges).T
    adjacency = np.zeros((n, n), bool)
    adjacency[i, j] = True
    if _require.flag("undirected", undirected):
        adjacency[j, i] = True
    return adjacency


def disjoint_union(a, b) -> Matrix:
    """Two graphs side by side, no edge between them; ``a`` keeps its vertex numbers."""
    a, b = as_adjacency(a), as_adjacency(b)
    union = np.zeros((len(a) + len(b),) * 2, bool)
    union[: len(a), : len(a)], union[len(a) :, len(a) :] = a, b
    return union


def find_cycle(adjacency) -> list[int] | None:
    """The vertices of one directed cycle in order, or None if the graph is acyclic."""
    graph = nx.from_numpy_array(as_adjacency(adjacency), create_using=nx.DiGraph)
    try:
        edges = nx.find_cycle(graph)
    except nx.NetworkXNoCycle:
        return None
    return [int(i) for i, _ in edges]


def cycle(n: int) -> Matrix:
    """The undirected cycle C_n, of three vertices or more."""
    n = _require.whole("n", n, at_least=3)
    return from_edges(n, [(i, (i + 1) % n) for i in range(n)], undirected=True)


def hexagon_and_triangles() -> tuple[Matrix, Matrix]:
    """C6 and two disjoint C3: the smallest pair that colour refinement cannot separate."""
    return cycle(6), disjoint_union(cycle(3), cycle(3))


def rook() -> Matrix:
    """The 4x4 rook's graph: squares of a board, joined where a rook can move."""
    squares = [(x, y) for x in range(4) for y in range(4)]
    pairs = [
        (i, j)
        for i, a in enumerate(squares)
        for j, b in enumerate(squares)
        if i != j and (a[0] == b[0] or a[1] == b[1])
    ]
    return from_edges(16, pairs)


def shrikhande() -> Matrix:
    """The Shrikhande graph: Z4 x Z4, joined where the difference is ±(0,1), ±(1,0) or ±(1,1)."""
    steps = {(0, 1), (0, 3), (1, 0), (3, 0), (1, 1), (3, 3)}
    points = [(x, y) for x in range(4) for y in range(4)]
    pairs = [
        (i, j)
        for i, a in enumerate(points)
        for j, b in enumerate(points)
        if ((b[0] - a[0]) % 4, (b[1] - a[1]) % 4) in steps
    ]
    return from_edges(16, pairs)


def cfi(base) -> tuple[Matrix, Matrix]:
    """The pair of Cai, Fürer and Immerman over a connected undirected graph, and its twist.

    A vertex of the base becomes one vertex for every even subset of its edges; two of them are
    joined where their bases are, and both or none of their subsets hold the edge between. In the
    twisted graph the first vertex of the base takes the odd subsets instead. The two graphs are
    not isomorphic. Source: Cai, Fürer and Immerman 1992, in the form without extra vertices.

    Raises ValueError for a base that is not connected, has a loop, or whose degrees are too large.
    """
    base = skeleton(as_adjacency(base))
    if not base.any():
        raise ValueError("base must have an edge, which can be twisted; it has none")
    if not nx.is_connected(nx.from_numpy_array(base)):
        raise ValueError("base must be connected; take one of its components")
    if base.diagonal().any():
        raise ValueError("base must have no loops; set its diagonal to 0")
    size = sum(2 ** max(degree - 1, 0) for degree in base.sum(axis=1).tolist())
    if size > MOST_GADGETS:
        raise ValueError(
            f"base would need {size} vertices, 2^(d - 1) for every vertex of degree d; at most "
            f"{MOST_GADGETS} are made"
        )
    return _cfi(base, twisted=False), _cfi(base, twisted=True)


def _cfi(base, *, twisted: bool) -> Matrix:
    gadgets = []  # (vertex of the base, its chosen neighbours)
    for v, row in enumerate(base):
        around = np.flatnonzero(row).tolist()
        odd = twisted and v == 0
        sizes = range(int(odd), len(around) + 1, 2)
        gadgets += [(v, set(s)) for size in sizes for s in itertools.combinations(around, size)]
    pairs = [
        (i, j)
        for i, (u, chosen_u) in enumerate(gadgets)
        for j, (v, chosen_v) in enumerate(gadgets)
        if base[u, v] and (v in chosen_u) == (u in chosen_v)
    ]
    return from_edges(len(gadgets), pairs)


def from_graph6(text: str) -> Matrix:
    """Adjacency of an undirected graph from graph6, McKay's text format for lists of graphs.

    One graph, with or without the header ``>>graph6<<`` before and the end of line behind it.
    Raises ValueError where the text is not exactly what its graph is written as.
    Source: https://users.cecs.anu.edu.au/~bdm/data/

    >>> from_graph6("Bw").astype(int).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be one graph in graph6; it is a {type(text).__name__}")
    wrong = ValueError(f"text must be one graph in graph6; {text[:40]!r} is not")
    body = re.fullmatch(r"(?:>>graph6<<)?([?-~]+)(?:\r?\n)?", text)
    if body is None:
        raise wrong
    try:
        graph = nx.from_graph6_bytes(body[1].encode("ascii"))
    except (nx.NetworkXError, ValueError, IndexError) as error:
        raise wrong from error
    if nx.to_graph6_bytes(graph, header=False) != body[1].encode("ascii") + b"\n":
        raise wrong  # bits behind the last one, or a number of vertices written in the long form
    return nx.to_numpy_array(graph, nodelist=range(len(graph)), dtype=bool)
