"""Graphs as matrices: the conventions that every other module relies on.

* ``A[i, j] = 1`` is the edge ``i -> j``. Row ``i`` lists the successors of ``i``, column ``j``
  the predecessors of ``j``. With one feature row per vertex, ``A @ x`` therefore gathers from
  *successors*; a message that travels along the edges is ``A.T @ x``.
* A vertex may carry a label, an integer. A batch of graphs is padded: adjacency ``(N, V, V)``,
  labels ``(N, V)`` with ``-1`` on the padding, real vertices first.
* The skeleton of a directed graph is its underlying undirected graph, ``A + A.T``.
"""

import itertools

import networkx as nx
import numpy as np
from jaxtyping import Bool, Int

Matrix = Bool[np.ndarray, "n n"]


def as_adjacency(matrix) -> Matrix:
    """Check an adjacency matrix ``(n, n)`` and return it as booleans.

    Raises ValueError if it is not square, holds NaN, or anything but 0 and 1.
    """
    array = np.asarray(matrix)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"adjacency must be a square matrix (n, n); its shape is {array.shape}")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"adjacency must hold numbers 0 and 1; it holds {array.dtype}")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError("adjacency holds NaN; write 0 where there is no edge")
    odd = array[(array != 0) & (array != 1)]
    if odd.size:
        raise ValueError(f"adjacency must hold only 0 and 1; it holds {odd.flat[0]}")
    return array.astype(bool)


def as_labels(labels, n: int) -> Int[np.ndarray, "n"]:
    """Check one integer label per vertex; ``None`` gives every vertex the same label."""
    if labels is None:
        return np.zeros(n, np.int64)
    array = np.asarray(labels)
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError("labels hold NaN; give every vertex an integer label")
    if array.shape != (n,):
        raise ValueError(
            f"labels must hold one label for each of the {n} vertices; shape is {array.shape}"
        )
    if array.dtype.kind not in "biu":
        raise ValueError(f"labels must be integers; they are {array.dtype}")
    return array.astype(np.int64)


def read_only(array: np.ndarray) -> np.ndarray:
    """A view that cannot be written to, of an array that nobody else will write to."""
    view = array.view()
    view.flags.writeable = False
    return view


def reaches(adjacency: Bool[np.ndarray, "*N V V"]) -> Bool[np.ndarray, "*N V V"]:
    """Where a path of one edge or more leads from i to j: the transitive closure."""
    reach = adjacency
    for _ in range(int(np.ceil(np.log2(max(adjacency.shape[-1], 1))))):  # of at most 1, 2, 4, ...
        reach = reach | (reach @ reach)
    return reach


def on_a_path(adjacency: Bool[np.ndarray, "N V V"]) -> Bool[np.ndarray, "N V"]:
    """Vertices that the first vertex reaches and that reach the last one."""
    ahead = np.zeros(adjacency.shape[:2], bool)
    back = ahead.copy()
    ahead[:, 0] = back[:, -1] = True
    for _ in range(adjacency.shape[1] - 1):
        ahead |= (ahead[:, :, None] & adjacency).any(axis=1)
        back |= (adjacency & back[:, None, :]).any(axis=2)
    return ahead & back


def skeleton(adjacency):
    """``A + A.T`` as booleans, for one graph or a batch: forget the directions."""
    adjacency = np.asarray(adjacency, bool)
    return adjacency | np.swapaxes(adjacency, -1, -2)


def relabel(adjacency, labels, order):
    """Rename vertices: vertex ``k`` of the result is vertex ``order[k]`` of the argument.

    With the permutation matrix ``P[k, order[k]] = 1`` this is ``P A P.T`` and ``P labels``.
    """
    order = np.asarray(order)
    if sorted(order.tolist()) != list(range(len(adjacency))):
        raise ValueError(f"order must be a permutation of 0..{len(adjacency) - 1}; it is {order}")
    return np.asarray(adjacency)[np.ix_(order, order)], np.asarray(labels)[order]


def from_edges(n: int, edges, *, undirected: bool = False) -> Matrix:
    """Adjacency of ``n`` vertices from pairs ``(i, j)``; both directions if undirected.

    Raises ValueError where a pair names a vertex outside 0..n-1.
    """
    adjacency = np.zeros((n, n), bool)
    for i, j in edges:
        if not (0 <= i < n and 0 <= j < n):
            raise ValueError(f"edge ({i}, {j}) leaves the vertices 0..{n - 1}; check n and edges")
        adjacency[i, j] = True
        adjacency[j, i] |= undirected
    return adjacency


def disjoint_union(a, b) -> Matrix:
    """Two graphs side by side, no edge between them; ``a`` keeps its vertex numbers."""
    a, b = as_adjacency(a), as_adjacency(b)
    union = np.zeros((len(a) + len(b),) * 2, bool)
    union[: len(a), : len(a)], union[len(a) :, len(a) :] = a, b
    return union


def find_cycle(adjacency) -> list[int] | None:
    """The vertices of one directed cycle in order, or None if the graph is acyclic."""
    try:
        edges = nx.find_cycle(nx.from_numpy_array(np.asarray(adjacency), create_using=nx.DiGraph))
    except nx.NetworkXNoCycle:
        return None
    return [int(i) for i, _ in edges]


def cycle(n: int) -> Matrix:
    """The undirected cycle C_n."""
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
    """
    base = skeleton(as_adjacency(base))
    if not nx.is_connected(nx.from_numpy_array(base)):
        raise ValueError("base must be connected; take one of its components")
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

    Raises ValueError where the text is none. Source: https://users.cecs.anu.edu.au/~bdm/data/
    """
    try:
        graph = nx.from_graph6_bytes(text.strip().encode("ascii"))
    except (nx.NetworkXError, ValueError, IndexError) as error:
        raise ValueError(f"text must be one graph in graph6; {text[:40]!r} is not") from error
    return nx.to_numpy_array(graph, nodelist=range(len(graph)), dtype=bool)
