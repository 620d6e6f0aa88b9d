"""The neighbours of every cell of a space: the rows that one change leads to.

A change is one of ``edits.legal_edits``: another operation, an edge more, or an edge less, so that
neighbours are the cells at edit distance 1. The relation is symmetric, but no such change touches
the number of vertices. (And 576 cells of NAS-Bench-101 have nine edges, none of which can go: from
them no wiring but their own is reached.) Who wants to travel between the sizes adds the changes of
``resized``: an inner vertex comes, with one edge into it and one out of it, or goes with all its
edges. These are not symmetric, as a vertex of more edges can go, and does not come back in one
change; but with them every cell of NAS-Bench-101 is reached from every other.

Cells with one matrix are changed together, block by block, and what comes out is found among the
rows of the space by its canonical code. All 423,624 cells of NAS-Bench-101 have 15.1 neighbours on
average; one core finds them in about half a minute.

Shapes: adjacency (N, V, V), operations (N, V) with -1 on the padding, as in ``cells``.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from wl2nas import _require, graphs
from wl2nas.cells import codes, edits
from wl2nas.cells.rules import INPUT, PADDING
from wl2nas.cells.space import CellSpace, concatenate

BLOCK = 8_192  # cells that are changed at a time

Changed = tuple[CellSpace, Int[np.ndarray, " M"]]  # cells, and the row that each was made from


@dataclass(frozen=True, eq=False)
class Neighbours:
    """For every row of a space other rows: those of row r are ``rows[start[r] : start[r + 1]]``.

    Ascending, each once, r itself never. The two arrays are read-only.
    """

    start: Int[np.ndarray, " rows_and_one"]
    rows: Int[np.ndarray, " M"]

    def __post_init__(self):
        object.__setattr__(self, "start", graphs.read_only(self.start))
        object.__setattr__(self, "rows", graphs.read_only(self.rows))

    def __len__(self) -> int:
        return len(self.start) - 1

    def of(self, row) -> Int[np.ndarray, " k"]:
        """The neighbours of a row, a view; ValueError for a row that there is none of."""
        row = _require.whole("row", row, at_least=0, at_most=len(self) - 1)
        return self.rows[self.start[row] : self.start[row + 1]]


def neighbourhoods(space: CellSpace, *, resize: bool = False) -> Neighbours:
    """Which rows of a space one change of a cell leads to; cells that it lacks are left out.

    ``resize`` adds the changes that touch the number of vertices. Of equal cells in a space the
    first row is the neighbour.

    >>> from wl2nas import cells
    >>> space = cells.nasbench201()
    >>> neighbourhoods(space).of(0)[:9].tolist()  # six places, four other operations each
    [1, 2, 3, 4, 5, 10, 15, 20, 25]
    """
    changes = (edited, resized) if _require.flag("resize", resize) else (edited,)
    n, known = len(space), codes.canonical_codes(space)
    order = np.argsort(known, kind="stable")
    together = np.argsort(codes.edge_bits(space.adjacency, space.rules), kind="stable")
    pairs = [np.empty(0, np.int64)]  # a cell and its neighbour, as one number each
    for begin in range(0, n, BLOCK):
        rows = together[begin : begin + BLOCK]
        for change in changes:
            made, source = change(space.take(rows))
            wanted = codes.canonical_codes(made)
            place = np.minimum(np.searchsorted(known, wanted, sorter=order), n - 1)
            found = order[place]
            held = known[found] == wanted
            pairs.append(np.unique(rows[source[held]] * n + found[held]))
    joined = np.unique(np.concatenate(pairs))
    start = np.searchsorted(joined, np.arange(n + 1) * n)
    return Neighbours(start, joined % n if n else joined)


# --- changes ------------------------------------------------------------------------------------


def edited(space: CellSpace) -> Changed:
    """Every cell after each of its ``edits.legal_edits``, and the row that it was made from.

    In topological order, but in general not as representatives; of isomorphic ones there are all.
    """
    relabelled, toggled = edits.legal_edits(space)
    source, vertex, choice = np.nonzero(relabelled)
    ops = space.ops[source]
    ops[np.arange(len(ops)), vertex] = 1 + choice
    renamed = CellSpace(space.adjacency[source], ops, space.rules)
    forwards, from_forwards = _rewired(space, np.triu(toggled))
    backwards, from_backwards = _rewired(space, np.tril(toggled))
    return (
        concatenate([renamed, forwards, edits.in_topological_order(backwards)]),
        np.concatenate([source, from_forwards, from_backwards]),
    )


def _rewired(space, toggled: Bool[np.ndarray, "N V V"]) -> Changed:
    """Every cell with one of the marked edges inserted or deleted, its vertices as they stood."""
    source, i, j = np.nonzero(toggled)
    adjacency = space.adjacency[source]
    adjacency[np.arange(len(source)), i, j] ^= True
    return CellSpace(adjacency, space.ops[source], space.rules), source


def resized(space: CellSpace) -> Changed:
    """Every cell with an inner vertex more or less, and the row that it was made from.

    As in ``edited``. A vertex comes with any operation and one edge on each side; it goes where
    every other vertex stays on a path.
    """
    grown, from_grown = _grown(space)
    shrunk, from_shrunk = _shrunk(space)
    made = edits.in_topological_order(concatenate([grown, shrunk]))
    return made, np.concatenate([from_grown, from_shrunk])


def _grown(space) -> Changed:
    """A new vertex behind the output, an edge i -> it -> j wherever that closes no cycle."""
    rules, real = space.rules, space.ops != PADDING
    room = (space.n_vertices < max(rules.sizes)) & (space.n_edges + 2 <= rules.max_edges)
    backwards = np.swapaxes(graphs.reaches(space.adjacency), 1, 2)
    between = real[:, :, None] & real[:, None, :] & ~backwards & room[:, None, None]
    between &= ~np.eye(real.shape[1], dtype=bool)
    # Input and output need no exception: every vertex lies behind the one and before the other.
    source, i, j = (np.repeat(part, len(rules.inner)) for part in np.nonzero(between))
    adjacency, ops = space.adjacency[source], space.ops[source]
    made, new = np.arange(len(source)), space.n_vertices[source]
    adjacency[made, i, new] = adjacency[made, new, j] = True
    ops[made, new] = 1 + made % len(rules.inner)
    return CellSpace(adjacency, ops, rules), source


def _shrunk(space) -> Changed:
    """A vertex taken out, where all before it have another successor, and all behind it another
    predecessor; padding is left in its place."""
    rules, adjacency = space.rules, space.adjacency
    only_successor = (adjacency & (adjacency.sum(axis=2) == 1)[:, :, None]).any(axis=1)
    only_predecessor = (adjacency & (adjacency.sum(axis=1) == 1)[:, None, :]).any(axis=2)
    inner = (space.ops > INPUT) & (space.ops < rules.output)
    spare = inner & ~only_successor & ~only_predecessor
    spare &= (space.n_vertices > min(rules.sizes))[:, None]
    source, vertex = np.nonzero(spare)
    made, left, ops = np.arange(len(source)), adjacency[source], space.ops[source]
    left[made, vertex] = left[made, :, vertex] = False
    ops[made, vertex] = PADDING
    return CellSpace(left, ops, rules), source
