"""Graphs as they are handed in, checked: matrices, labels, padded batches, lists of edges.

``graphs`` has the conventions, and these functions under its own name.
"""

from collections.abc import Iterable
from typing import Any

import networkx as nx
import numpy as np
from jaxtyping import Bool, Int
from scipy import sparse

from wl2nas import _require

Matrix = Bool[np.ndarray, "n n"]


def as_adjacency(matrix) -> Matrix:
    """Check an adjacency matrix ``(n, n)`` and return it as booleans.

    Takes arrays, lists, sparse matrices, and networkx graphs whose nodes are 0, 1, ..., n - 1 in
    this order, with single edges and no weights but 1. Raises ValueError for whatever is not
    square, holds NaN, or anything but 0 and 1.

    >>> as_adjacency([[0, 1], [0, 0]]).sum()
    np.int64(1)
    """
    if isinstance(matrix, nx.Graph):
        matrix = _matrix_of(matrix)
    array: Any = matrix if sparse.issparse(matrix) else _require.array("adjacency", matrix)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"adjacency must be a square matrix (n, n); its shape is {array.shape}")
    return _zero_one(array.toarray() if sparse.issparse(array) else array)


def as_matrices(adjacency) -> Bool[np.ndarray, "*N V V"]:
    """Check one adjacency matrix or many of one size, in any number of axes before the last two."""
    if sparse.issparse(adjacency) or isinstance(adjacency, nx.Graph):
        return as_adjacency(adjacency)
    array = _require.array("adjacency", adjacency)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
        raise ValueError(f"adjacency must be square matrices; its shape is {array.shape}")
    return array if array.dtype == bool else _zero_one(array)


def _matrix_of(graph: nx.Graph):
    """The matrix of a networkx graph, where there can be no doubt which one it is."""
    if list(graph) != list(range(len(graph))):
        raise ValueError(
            "adjacency is a graph whose nodes are not 0, 1, 2, ... in this order; choose an order: "
            "nx.to_numpy_array(G, nodelist=..., dtype=bool)"
        )
    if graph.is_multigraph():
        raise ValueError("adjacency is a multigraph; join parallel edges: nx.Graph or nx.DiGraph")
    for i, j, weight in graph.edges(data="weight", default=1):
        if weight != 1:
            raise ValueError(
                f"adjacency has the weight {weight} at the edge ({i}, {j}); to leave weights out: "
                "nx.to_numpy_array(G, weight=None, dtype=bool)"
            )
    return nx.to_numpy_array(graph, weight=None, dtype=bool)


def _zero_one(array) -> Bool[np.ndarray, "..."]:
    """Matrices of 0 and 1, in any number, as booleans."""
    if array.dtype.kind not in "biuf" and array.size:
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
    array = _require.array("labels", labels, kinds="biuf")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError("labels hold NaN; give every vertex an integer label")
    if array.shape != (n,):
        raise ValueError(
            f"labels must hold one label for each of the {n} vertices; shape is {array.shape}"
        )
    if array.dtype.kind == "f" and n:
        raise ValueError(f"labels must be integers; they are {array.dtype}")
    if array.max(initial=0) > np.iinfo(np.int64).max:
        raise ValueError(f"labels must be below 2^63; one is {array.max()}")
    return array.astype(np.int64)


def as_batch(adjacency, labels) -> tuple[Bool[np.ndarray, "N V V"], Int[np.ndarray, "N V"]]:
    """Check padded graphs, as every space holds them: 0 and 1, and integer labels.

    Raises ValueError for shapes that do not belong together, labels below the -1 of the padding,
    and edges at the padding.
    """
    adjacency = _require.array("adjacency", adjacency, shape=(None, None, None))
    shape = adjacency.shape[:2]
    if shape[1] != adjacency.shape[2]:
        raise ValueError(f"adjacency must be matrices (N, V, V); its shape is {adjacency.shape}")
    labels = _require.array("labels", labels, shape=shape, kinds="iu")
    if labels.min(initial=0) < -1:
        raise ValueError(f"labels must be 0 or more, and -1 on the padding; one is {labels.min()}")
    if adjacency.dtype != bool:
        adjacency = _zero_one(adjacency)
    graph, vertex = np.nonzero(labels < 0)  # few: looked up, not compared with every entry
    if adjacency[graph, :, vertex].any() or adjacency[graph, vertex].any():
        raise ValueError("adjacency has an edge at the padding, where labels are -1; remove it")
    return adjacency, labels


def batch_of(space) -> tuple[Bool[np.ndarray, "N V V"], Int[np.ndarray, "N V"]]:
    """The checked matrices and labels of a space, or of all that has ``adjacency`` and ``ops``."""
    if getattr(getattr(space, "ops", None), "ndim", 0) != 2:
        raise TypeError(
            "space must hold many cells, such as cells.nasbench101() or cells.stack([cell]); it "
            f"is a {type(space).__name__}"
        )
    return as_batch(space.adjacency, space.ops)


def as_edges(n: int, edges) -> Int[np.ndarray, "m 2"]:
    """Check pairs ``(i, j)`` of the vertices 0..n-1; ValueError names one that is none."""
    n = _require.whole("n", n, at_least=0)
    if not isinstance(edges, Iterable):
        raise TypeError(f"edges must be pairs (i, j) of whole numbers; they are {edges}")
    pairs = _require.array("edges", edges if isinstance(edges, np.ndarray) else list(edges))
    if pairs.size == 0:
        return np.zeros((0, 2), np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise ValueError(
            "edges must be pairs (i, j) of whole numbers; they are "
            f"{pairs.dtype} of the shape {pairs.shape}"
        )
    outside = ((pairs < 0) | (pairs >= n)).any(axis=1)
    if outside.any():
        i, j = pairs[outside][0]
        raise ValueError(f"edge ({i}, {j}) leaves the vertices 0..{n - 1}; check n and edges")
    return pairs.astype(np.int64)
