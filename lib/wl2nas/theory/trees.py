"""What colour refinement sees, in two other languages: trees, and doubly stochastic matrices.

A homomorphism from a pattern F to a graph G maps vertices to vertices and edges to edges; it need
not be one-to-one. Two graphs have equal colours after colour refinement exactly if every tree has
equally many homomorphisms into both (Dvořák 2010; Dell, Grohe and Rattan 2018), and exactly if a
doubly stochastic X has A X = X B (Tinhofer 1986; Ramana, Scheinerman and Ullman 1994).
Graphs are undirected, ``(n, n)`` and symmetric, except where a function says otherwise. Counts are
Python integers, so that they cannot overflow.
"""

import networkx as nx
import numpy as np
from jaxtyping import Float

from wl2nas import _require, graphs, wl

MOST_DEPTH = 400  # tuples that are nested deeper cannot be compared


def _undirected(adjacency, name: str):
    adjacency = graphs.as_adjacency(adjacency)
    if (adjacency != adjacency.T).any():
        raise ValueError(f"{name} must be undirected; call graphs.skeleton on it first")
    return adjacency


def all_trees(n: int) -> list[graphs.Matrix]:
    """One tree of every shape with ``n`` vertices (1, 1, 1, 2, 3, 6, 11, 23, ...; OEIS A000055)."""
    if _require.whole("n", n, at_least=1) == 1:
        return [np.zeros((1, 1), bool)]
    return [nx.to_numpy_array(tree, dtype=bool) for tree in nx.nonisomorphic_trees(n)]


def count_tree(tree, adjacency) -> int:
    """Homomorphisms from a tree into a graph, by dynamic programming from the leaves.

    With h[v] the number of homomorphisms of the tree below a vertex that map this vertex to v, h is
    the elementwise product of A h over its children. Raises ValueError if ``tree`` is none.
    """
    tree, adjacency = _undirected(tree, "tree"), _undirected(adjacency, "adjacency")
    if not len(tree) or not nx.is_tree(nx.from_numpy_array(tree)):
        raise ValueError("tree must be connected and without cycles; count others with count")
    return int(_below(tree, 0, None, adjacency.astype(object)).sum())


def _below(tree, vertex: int, parent: int | None, edges):
    """For every vertex v of the graph, the maps of the tree below ``vertex`` that take it to v."""
    h = np.ones(len(edges), object)
    for child in np.flatnonzero(tree[vertex]).tolist():
        if child != parent:
            h = h * (edges @ _below(tree, child, vertex, edges))
    return h


def count_cycle(k: int, adjacency) -> int:
    """Homomorphisms from the cycle of ``k`` vertices: closed walks of length k, trace(A^k)."""
    k = _require.whole("k", k, at_least=3)
    edges = _undirected(adjacency, "adjacency").astype(object)
    return int(np.trace(np.linalg.matrix_power(edges, k)))


def count(pattern, adjacency) -> int:
    """Homomorphisms from any small pattern, by trying: one vertex after the other is mapped."""
    pattern, adjacency = _undirected(pattern, "pattern"), _undirected(adjacency, "adjacency")
    if not len(pattern):
        raise ValueError("pattern must have a vertex")
    # Neighbours soon after one another leave few places to try.
    shape = nx.from_numpy_array(pattern)
    order = [v for part in nx.connected_components(shape) for v in nx.bfs_tree(shape, min(part))]
    return _extend(pattern[np.ix_(order, order)], adjacency, [])


def _extend(pattern, adjacency, images: list[int]) -> int:
    """Homomorphisms that take the first vertices of the pattern to ``images``."""
    new = len(images)
    earlier = [images[u] for u in range(new) if pattern[u, new]]
    free = adjacency[earlier].all(axis=0)
    if pattern[new, new]:  # a loop goes to a loop
        free = free & np.diag(adjacency)
    if new + 1 == len(pattern):
        return int(free.sum())
    return sum(_extend(pattern, adjacency, [*images, v]) for v in np.flatnonzero(free).tolist())


def unfoldings(adjacency, depth: int, labels=None) -> list[tuple]:
    """The unfolding tree of every vertex: its label, and the trees of its neighbours, sorted.

    Nested tuples ``(label, children)``, ``depth`` levels of edges, at most 400. Along directed
    edges the successors are the children; then equal trees are equal colours of direction
    ``"out"``.
    """
    depth = _require.whole("depth", depth, at_least=0, at_most=MOST_DEPTH)
    adjacency = graphs.as_adjacency(adjacency)
    names = graphs.as_labels(labels, len(adjacency)).tolist()
    successors = [np.flatnonzero(row).tolist() for row in adjacency]
    trees: list[tuple] = [(name, ()) for name in names]
    rank = names  # orders the trees as they order themselves, without looking into them again
    for _ in range(depth):
        below = [sorted(around, key=rank.__getitem__) for around in successors]
        keys = [(name, *(rank[u] for u in us)) for name, us in zip(names, below, strict=True)]
        made = {
            key: (key[0], tuple(trees[u] for u in us)) for key, us in zip(keys, below, strict=True)
        }
        number = {key: place for place, key in enumerate(sorted(made))}
        trees, rank = [made[key] for key in keys], [number[key] for key in keys]
    return trees


def fractional_isomorphism(a, b, labels_a=None, labels_b=None) -> Float[np.ndarray, "n n"] | None:
    """A doubly stochastic X with A X = X B, or None where colour refinement separates the two.

    X[u, v] is 1 over the size of the class if u and v have equal stable colours, else 0. Directed
    graphs may be handed in as well; their directions are kept apart.
    """
    if wl.separating_round(a, b, labels_a, labels_b) is not None:
        return None
    union = graphs.disjoint_union(a, b)
    n = len(union) // 2
    labels = np.concatenate([graphs.as_labels(labels_a, n), graphs.as_labels(labels_b, n)])
    colours = wl.refine(union, labels)[-1]
    same = colours[:n, None] == colours[None, n:]
    return same / same.sum(axis=1, keepdims=True)
