"""Stable colours of large sparse graphs, and what they cost, in two ways.

``by_rounds`` looks at every edge in every round, as the definition says: O(n m). ``by_splitting``
looks only at what may still split a class, the smaller parts of classes that were split before:
O((n + m) log n), since a vertex is looked at again only after its class has at least halved.
Both take neighbour lists, so that no matrix (n, n) is needed, and reach the same partition.

Source: Cardon and Crochemore 1982, "Partitioning a graph in O(|A| log2 |V|)"; Berkholz, Bonsma
and Grohe 2017, arXiv 1509.08251.
"""

import itertools
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from wl2nas import _require, graphs

Lists = Sequence[Sequence[int]]


class Stable(NamedTuple):
    """The class of every vertex (n,), numbered by first vertex, and how often an edge was seen."""

    colours: Int[np.ndarray, " n"]
    visits: int


def neighbour_lists(n: int, edges) -> list[list[int]]:
    """Neighbours of each of ``n`` vertices of an undirected graph given by pairs (i, j).

    Raises ValueError where a pair names a vertex outside 0..n-1.
    """
    pairs = graphs.as_edges(n, edges).tolist()
    lists: list[list[int]] = [[] for _ in range(n)]
    for i, j in pairs:
        lists[i].append(j)
        lists[j].append(i)
    return lists


def _check(neighbours: Lists):
    """ValueError unless the lists are those of an undirected graph: i is in j's as j is in i's."""
    try:
        sizes = [len(around) for around in neighbours]
        flat = list(itertools.chain.from_iterable(neighbours))
    except TypeError as error:
        raise TypeError(
            "neighbours must be one list of vertices for every vertex: neighbour_lists(n, edges)"
        ) from error
    n, i = len(sizes), np.repeat(np.arange(len(sizes)), sizes)
    j = _require.array("neighbours", flat, shape=i.shape, kinds="iu").astype(np.int64)
    if len(j) and not 0 <= np.min(j) <= np.max(j) < n:
        raise ValueError(f"neighbours must be in 0..{n - 1}; they are in {np.min(j)}..{np.max(j)}")
    if not np.array_equal(np.sort(i * n + j), np.sort(j * n + i)):
        raise ValueError(
            "neighbours must be those of an undirected graph, each edge in the lists of both its "
            "ends: neighbour_lists(n, edges)"
        )


def by_rounds(neighbours: Lists) -> Stable:
    """Colour refinement by its definition: all vertices in every round, until nothing splits."""
    _check(neighbours)
    colours, classes, visits = [0] * len(neighbours), 0, 0
    while True:
        number: dict[tuple, int] = {}
        new = []
        for v, around in enumerate(neighbours):
            signature = (colours[v], tuple(sorted(colours[u] for u in around)))
            new.append(number.setdefault(signature, len(number)))
            visits += len(around)
        if len(number) == classes:
            return Stable(np.array(new, np.int64), visits)
        colours, classes = new, len(number)


def by_splitting(neighbours: Lists) -> Stable:
    """Partition refinement: take a class, split all others by their edges into it, repeat.

    Of the parts of a class that has been used already all but the largest are used again: how many
    edges lead into the largest follows from the others.
    """
    _check(neighbours)
    n = len(neighbours)
    class_of, members = [0] * n, [set(range(n))]
    waiting, is_waiting = deque([0]), [True]
    visits = 0
    while waiting:
        splitter = waiting.popleft()
        is_waiting[splitter] = False
        edges_into: dict[int, int] = {}
        for v in members[splitter]:
            visits += len(neighbours[v])
            for u in neighbours[v]:
                edges_into[u] = edges_into.get(u, 0) + 1
        for split, parts in _parts(edges_into, class_of, members):
            names = [split]
            for part in parts:
                names.append(len(members))
                members.append(part)
                members[split] -= part
                is_waiting.append(False)
                for u in part:
                    class_of[u] = names[-1]
            # A class that waits is going to be used whole: then all its parts must be.
            spared = None if is_waiting[split] else max(names, key=lambda c: len(members[c]))
            for name in names:
                if name != spared and not is_waiting[name]:
                    waiting.append(name)
                    is_waiting[name] = True
    _, first, colours = np.unique(np.array(class_of), return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return Stable(rank[colours], visits)


def _parts(edges_into: dict[int, int], class_of: list[int], members: list[set[int]]):
    """For every class that splits: its number and the parts that leave it.

    One part stays, and is never copied: the vertices without an edge into the splitter, or else
    the largest group, so that the work is bounded by the edges that were seen.
    """
    groups: dict[int, dict[int, set[int]]] = {}
    for u, count in edges_into.items():
        groups.setdefault(class_of[u], {}).setdefault(count, set()).add(u)
    for split, by_count in groups.items():
        parts = sorted(by_count.values(), key=len)
        if sum(map(len, parts)) == len(members[split]):
            parts.pop()
        if parts:
            yield split, parts
