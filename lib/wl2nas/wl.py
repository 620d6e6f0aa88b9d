"""Colour refinement, the one-dimensional Weisfeiler-Lehman algorithm (1-WL), in four directions.

A vertex starts with its label as colour. In every round its new colour is the pair of its old
colour and the multiset of its neighbours' colours, where ``direction`` says who is a neighbour:

* ``"in"``          predecessors (what ``A.T @ x`` gathers)
* ``"out"``         successors (what ``A @ x`` gathers)
* ``"undirected"``  both, thrown together (``A + A.T``)
* ``"both"``        both, as two separate multisets

``refine`` does it for one graph of any size, with small integers as colours, and is exact.
``batch_colours`` does it for a whole padded space at once, with 64-bit hashes as colours.
Source: Weisfeiler and Leman 1968; see notebook 02.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int, UInt64
from scipy import sparse

from wl2nas import _require, graphs

DIRECTIONS = ("in", "out", "both", "undirected")


def check_direction(direction: str):
    """ValueError if the direction is not one of ``DIRECTIONS``."""
    _require.choice("direction", direction, DIRECTIONS)


# --- one graph ----------------------------------------------------------------------------------


def refine(
    adjacency, labels=None, *, direction: str = "both", rounds: int | None = None
) -> list[Int[np.ndarray, " n"]]:
    """Colours of one graph after 0, 1, 2, ... rounds, each an integer array (n,).

    Stops when the partition is stable, or after ``rounds`` if that is earlier: the last colours are
    those of every later round. Colours are numbered in the order of their signatures, so a
    relabelled graph gets the same colours, relabelled.

    >>> [c.tolist() for c in refine([[0, 1, 0], [0, 0, 1], [0, 0, 0]], direction="in")]
    [[0, 0, 0], [0, 1, 1], [0, 1, 2]]
    """
    check_direction(direction)
    if rounds is not None:
        rounds = _require.whole("rounds", rounds, at_least=0)
    adjacency = graphs.as_adjacency(adjacency)
    gathered = _neighbour_lists(adjacency, direction)
    names, colours = np.unique(graphs.as_labels(labels, len(adjacency)), return_inverse=True)
    history, classes = [colours], len(names)
    while rounds is None or len(history) <= rounds:
        signatures = [
            (colours[v], *(tuple(sorted(colours[lists[v]])) for lists in gathered))
            for v in range(len(adjacency))
        ]
        number = {signature: k for k, signature in enumerate(sorted(set(signatures)))}
        if len(number) == classes:
            break
        colours = np.array([number[signature] for signature in signatures], np.int64)
        history, classes = [*history, colours], len(number)
    return history


def _neighbour_lists(adjacency, direction: str):
    """One list of neighbour arrays for each multiset that a signature holds."""
    predecessors = [np.flatnonzero(column) for column in adjacency.T]
    successors = [np.flatnonzero(row) for row in adjacency]
    together = [np.flatnonzero(row) for row in graphs.skeleton(adjacency)]
    return {
        "in": [predecessors],
        "out": [successors],
        "both": [predecessors, successors],
        "undirected": [together],
    }[direction]


def separating_round(a, b, labels_a=None, labels_b=None, *, direction: str = "both") -> int | None:
    """The first round after which two graphs have different colour multisets; None if never.

    Both graphs are refined together, as one disjoint union, so that equal colours mean the same.
    """
    union = graphs.disjoint_union(a, b)
    n = len(graphs.as_adjacency(a))
    labels = [graphs.as_labels(labels_a, n), graphs.as_labels(labels_b, len(union) - n)]
    history = refine(union, np.concatenate(labels), direction=direction)
    for round_, colours in enumerate(history):
        if not np.array_equal(np.sort(colours[:n]), np.sort(colours[n:])):
            return round_
    return None


# --- a whole space ------------------------------------------------------------------------------


def mix(x: UInt64[np.ndarray, "..."]) -> UInt64[np.ndarray, "..."]:
    """A 64-bit bijection (splitmix64); sums of its values fingerprint multisets."""
    if np.asarray(x).dtype != np.uint64:
        raise TypeError("x must hold 64-bit numbers; call .astype(np.uint64) on it")
    x = x + np.uint64(0x9E3779B97F4A7C15)
    # In place: what is copied here is most of the time of a refinement.
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return x


def batch_colours(
    adjacency: Bool[np.ndarray, "N V V"],
    labels: Int[np.ndarray, "N V"],
    *,
    direction: str = "both",
    rounds: int,
) -> Iterator[UInt64[np.ndarray, "N V"]]:
    """Colours of many padded graphs after 0, 1, ..., ``rounds`` rounds; padding keeps colour 0.

    Equal signatures get equal colours everywhere in the batch. Different ones get different
    colours but for a collision of 64-bit hashes: about 1e-7 for the 3 million vertices here.
    No more than 2 V - 1 rounds are done, after which the colours of any two graphs are stable.
    """
    check_direction(direction)
    adjacency, labels = graphs.as_batch(adjacency, labels)
    rounds = _useful(rounds, adjacency.shape[1])
    return (colours.T for colours, _ in _colours(adjacency, labels, direction, rounds))


def _useful(rounds, v: int) -> int:
    """``rounds``, but no more than the union of two graphs of ``v`` vertices needs."""
    return min(_require.whole("rounds", rounds, at_least=0), max(2 * v - 1, 0))


# What a vertex gathers, as sums over the edges u -> v of the graphs n, and the factor that keeps
# the multisets of a signature apart.
_GATHERED = {
    "in": (("uvn,un->vn", 5),),
    "out": (("uvn,vn->un", 7),),
    "both": (("uvn,un->vn", 5), ("uvn,vn->un", 7)),
    "undirected": (("uvn,un->vn", 11),),
}


def _colours(
    adjacency, labels, direction, rounds
) -> Iterator[tuple[UInt64[np.ndarray, "V N"], UInt64[np.ndarray, "V N"]]]:
    """Colours and their ``mix`` after every round, both 0 at the padding.

    Graphs lie along the last axis, since a graph has few vertices: the processor adds up long rows.
    """
    edges = np.ascontiguousarray(adjacency.transpose(1, 2, 0))
    if direction == "undirected":
        edges = edges | edges.swapaxes(0, 1)
    edges = edges.astype(np.uint64)
    real = np.ascontiguousarray(labels.T >= 0, np.uint64)
    colours = mix(np.ascontiguousarray(labels.T, np.uint64)) * real
    mixed = mix(colours) * real
    yield colours, mixed
    for _ in range(rounds):
        new: UInt64[np.ndarray, "V N"] = colours * np.uint64(3)
        for sums, factor in _GATHERED[direction]:
            new += mix(np.einsum(sums, edges, mixed)) * np.uint64(factor)
        colours = mix(new) * real
        mixed = mix(colours) * real
        yield colours, mixed


def graph_codes(colours: UInt64[np.ndarray, "N V"]) -> UInt64[np.ndarray, " N"]:
    """One 64-bit code for the colour multiset of every graph, from ``batch_colours``."""
    colours = _require.array("colours", colours, shape=(None, None), kinds="iu")
    return np.where(colours == 0, np.uint64(0), mix(colours)).sum(axis=1)


def space_codes(
    space, *, direction: str = "both", rounds: int | None = None, chunk: int = 4_096
) -> list[UInt64[np.ndarray, " N"]]:
    """For every graph of a space, the code of its colour multiset after 0, 1, ... rounds.

    ``rounds=None`` does V - 1 rounds, after which no two acyclic or undirected graphs of V vertices
    can be separated any more; as in ``batch_colours``, 2 V - 1 are done at most. Works in chunks
    of graphs that fit the processor's cache.
    """
    check_direction(direction)
    adjacency, labels = graphs.batch_of(space)
    v, chunk = labels.shape[1], _require.whole("chunk", chunk, at_least=1)
    rounds = _useful(max(v - 1, 0) if rounds is None else rounds, v)
    codes = np.empty((rounds + 1, len(labels)), np.uint64)
    for start in range(0, len(labels), chunk):
        part = slice(start, start + chunk)
        history = _colours(adjacency[part], labels[part], direction, rounds)
        for round_, (_, mixed) in enumerate(history):
            codes[round_, part] = mixed.sum(axis=0)  # as graph_codes has them
    return list(codes)


def count_classes(space, *, direction: str = "both", rounds: int | None = None) -> list[int]:
    """How many classes of graphs 1-WL tells apart after 0, 1, 2, ... rounds."""
    return [_distinct(code) for code in space_codes(space, direction=direction, rounds=rounds)]


def _distinct(codes: UInt64[np.ndarray, " N"]) -> int:
    """How many different codes there are, from a plain sort: np.unique takes ten times as long."""
    codes = np.sort(codes)
    return len(codes[:1]) + int(np.count_nonzero(codes[1:] != codes[:-1]))


def colour_counts(space, *, direction: str = "both", rounds: int = 2) -> sparse.csr_matrix:
    """The subtree features: how often every colour of rounds 0 to ``rounds`` occurs in every graph.

    A sparse matrix (N, colours); the dot product of two rows is the Weisfeiler-Lehman subtree
    kernel. Rounds are those of ``batch_colours``. Source: Shervashidze et al. 2011, JMLR 12.
    """
    adjacency, labels = graphs.batch_of(space)
    graph, vertex = np.nonzero(labels >= 0)
    blocks = []
    for colours in batch_colours(adjacency, labels, direction=direction, rounds=rounds):
        names, column = np.unique(colours[graph, vertex], return_inverse=True)
        ones = np.ones(len(graph), np.float32)
        shape = (len(labels), len(names))
        blocks.append(sparse.coo_matrix((ones, (graph, column)), shape=shape).tocsr())
    return sparse.hstack(blocks, format="csr")
