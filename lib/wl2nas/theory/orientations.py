"""When a skeleton fixes the directions: bipolar orientations and series-parallel graphs.

An orientation of an undirected graph is bipolar between ``source`` and ``sink`` if it has no cycle,
``source`` is its only vertex without predecessors and ``sink`` its only one without successors:
what every cell is. ``beta`` counts them without trying any, by Crapo's invariant of the graph with
one more edge source - sink. It is 1 exactly if the graph is series-parallel.

Sources: Greene and Zaslavsky 1983 (the number of orientations), Brylawski 1971 (beta = 1).
"""

import functools
import itertools

import numpy as np
from jaxtyping import Bool

from wl2nas import _require, cells, graphs

Edges = tuple[tuple[int, int], ...]  # undirected, parallel ones repeated
MOST_EDGES = 20  # of which all 2^20 orientations are tried in about a minute


def _checked_edges(skeleton, source: int, sink: int) -> list[tuple[int, int]]:
    skeleton = graphs.as_adjacency(skeleton)
    n = len(skeleton)
    source, sink = _require.whole("source", source), _require.whole("sink", sink)
    if not (0 <= source < n and 0 <= sink < n) or source == sink:
        raise ValueError(f"source and sink must be two of the vertices 0..{n - 1}; they are "
                         f"{source} and {sink}")  # fmt: skip
    if (skeleton != skeleton.T).any() or skeleton.diagonal().any():
        raise ValueError("skeleton must be symmetric and without loops: use graphs.skeleton(A)")
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(skeleton))]


def bipolar_orientations(skeleton, source: int, sink: int) -> list[graphs.Matrix]:
    """Every way to direct the edges so that all vertices lie on paths from source to sink.

    ``skeleton`` is a symmetric matrix (n, n); all 2^edges orientations are tried, of at most 20
    edges: ``beta`` counts more.
    """
    skeleton = graphs.as_adjacency(skeleton)
    edges, n = _checked_edges(skeleton, source, sink), len(skeleton)
    if len(edges) > MOST_EDGES:
        raise ValueError(
            f"skeleton must have at most {MOST_EDGES} edges; it has {len(edges)}: count with beta"
        )
    found = []
    for directed in itertools.product(*(((i, j), (j, i)) for i, j in edges)):
        adjacency = np.zeros((n, n), bool)
        for edge in directed:  # not from_edges: there is nothing left to check
            adjacency[edge] = True
        sources = np.flatnonzero(~adjacency.any(axis=0))
        sinks = np.flatnonzero(~adjacency.any(axis=1))
        ends_fit = sources.tolist() == [source] and sinks.tolist() == [sink]
        if ends_fit and graphs.find_cycle(adjacency) is None:
            found.append(adjacency)
    return found


def beta(skeleton, source: int, sink: int) -> int:
    """Crapo's beta invariant of the skeleton with one more edge source - sink.

    By deletion and contraction: beta(G) = beta(G - e) + beta(G / e) for an edge e that is neither
    a bridge nor a loop. An edge source - sink that is there already becomes a parallel one, which
    changes nothing.
    """
    edges = _checked_edges(skeleton, source, sink)
    return _beta(tuple(sorted([*edges, (min(source, sink), max(source, sink))])))


@functools.cache
def _beta(edges: Edges) -> int:
    if len(edges) == 1:  # a bridge has beta 1, a loop 0
        return int(edges[0][0] != edges[0][1])
    return sum(_beta(smaller) for smaller in smaller_cases(edges))


def smaller_cases(edges: Edges) -> tuple[Edges, ...]:
    """A multigraph without its first edge, and with the two ends of that edge made one.

    Their ``beta`` adds up to that of the whole. Nothing if the edge is a loop or a bridge: then
    beta is 0, but for a single edge.
    """
    (i, j), rest = edges[0], edges[1:]
    if i == j or not _joined(rest, i, j):
        return ()
    contracted = (tuple(sorted(i if v == j else v for v in edge)) for edge in rest)
    return rest, tuple(sorted(contracted))  # type: ignore[arg-type]


def _joined(edges: Edges, i: int, j: int) -> bool:
    """Whether a path of these edges leads from i to j."""
    reached, grows = {i}, True
    while grows:
        new = {v for edge in edges for v in edge if set(edge) & reached} - reached
        reached, grows = reached | new, bool(new)
    return j in reached


def is_series_parallel(adjacency) -> bool:
    """Whether a directed graph from its first to its last vertex is put together from single edges,
    one after the other or side by side.

    Taken apart again: join parallel edges, and bridge vertices with one edge in and one out, until
    nothing changes. One edge is left exactly if the graph is series-parallel.
    """
    adjacency = graphs.as_adjacency(adjacency)
    edges = {(int(i), int(j)) for i, j in np.argwhere(adjacency)}
    last = len(adjacency) - 1
    while True:
        for v in range(1, last):
            into, out = [e for e in edges if e[1] == v], [e for e in edges if e[0] == v]
            if len(into) == len(out) == 1:
                edges = edges - {into[0], out[0]} | {(into[0][0], out[0][1])}  # a set: joins
                break
        else:
            return edges == {(0, last)}


def series_parallel(space: cells.CellSpace) -> Bool[np.ndarray, " N"]:
    """For every cell of a space whether it is series-parallel; labels play no part."""
    first, member = cells.structures(space)
    return np.array([is_series_parallel(space[row].adjacency) for row in first])[member]
