"""Edit distance between cells: the fewest single changes that turn one into the other.

A change, at a cost of 1 each, inserts an inner vertex (without edges), deletes one (that has none
left), gives one another operation, inserts an edge or deletes one. Input stays input and output
stays output. What stands between the two cells need not be a cell.

Why a minimum over orders is enough. A sequence of changes says which inner vertex of one cell
becomes which of the other, and taking a vertex u that is deleted for a vertex w that is inserted
costs no more: one operation at most instead of two, and the edges that both have need not change.
So in some cheapest sequence only one cell has vertices without a partner, at most five of them;
padding the inner vertices of both cells to five slots gives these an empty slot as partner, and
the 5! = 120 orders of the slots hold every such sequence.

With the slots of one cell in a fixed order the cost is the number of entries in which two padded
matrices and lists of operations differ. Reordering both alike changes no such number; therefore
the minimum is a metric on cells up to isomorphism.

Shapes: adjacency (N, V, V), operations (N, V) with -1 on the padding, as in ``cells``.
"""

import itertools

import numpy as np
from jaxtyping import Bool, Int

from wl2nas import cells


def slots(space) -> cells.CellSpace:
    """The same graphs with the output in the last slot, the padding just before it."""
    output, v = space.n_vertices - 1, space.ops.shape[1]
    order = np.tile(np.arange(v), (len(space), 1))
    order[np.arange(len(space)), output] = v - 1
    order[:, -1] = output
    return cells.reordered(space, order)


def distances(a, b) -> Int[np.ndarray, " N"]:
    """The edit distance between row k of a space and row k of another, for every k.

    ValueError if they differ in length or in the number of padded vertices.
    """
    if a.ops.shape != b.ops.shape:
        raise ValueError(
            f"a and b must pair row by row; their operations are {a.ops.shape} and {b.ops.shape}"
        )
    moving, fixed = slots(a), slots(b)
    last = fixed.ops.shape[1] - 1
    fewest = np.full(len(fixed), np.iinfo(np.int64).max)
    for inner in itertools.permutations(range(1, last)):
        order = np.array([0, *inner, last])
        edges = (moving.adjacency[:, order][:, :, order] != fixed.adjacency).sum(axis=(1, 2))
        operations = (moving.ops[:, order] != fixed.ops).sum(axis=1)
        np.minimum(fewest, edges + operations, out=fewest)
    return fewest


def distance(a: cells.Cell, b: cells.Cell) -> int:
    """The edit distance between two cells."""
    return int(distances(cells.stack([a]), cells.stack([b]))[0])


# --- neighbours at distance 1 -------------------------------------------------------------------


def reaches(adjacency: Bool[np.ndarray, "N V V"]) -> Bool[np.ndarray, "N V V"]:
    """Where a path of one edge or more leads from i to j: the transitive closure."""
    reach = adjacency
    for _ in range(int(np.ceil(np.log2(adjacency.shape[1])))):  # paths of at most 1, 2, 4, ...
        reach = reach | (reach @ reach)
    return reach


def legal_edits(space) -> tuple[Bool[np.ndarray, "N V 3"], Bool[np.ndarray, "N V V"]]:
    """Every single change that turns a cell of NAS-Bench-101 into another one.

    The first array marks the operations conv1x1, conv3x3, maxpool that a vertex could get, the
    second the edges that could be inserted, in any direction that closes no cycle, or deleted. No
    single change touches the number of vertices: a vertex without edges is on no path.
    """
    adjacency, real = space.adjacency, space.ops != cells.PADDING
    choices = np.arange(cells.CONV1X1, cells.MAXPOOL + 1)
    inner = real & (space.ops != cells.INPUT) & (space.ops != cells.OUTPUT)
    relabelled = inner[:, :, None] & (space.ops[:, :, None] != choices)
    # Both ends keep another edge on that side: then every vertex stays on a path.
    spare_out, spare_in = (adjacency.sum(axis=axis) > 1 for axis in (2, 1))
    deleted = adjacency & spare_out[:, :, None] & spare_in[:, None, :]
    # An edge into the input or out of the output would close a cycle, as all vertices lie between.
    backwards = np.swapaxes(reaches(adjacency), 1, 2) | np.eye(adjacency.shape[1], dtype=bool)
    room = (space.n_edges < cells.MAX_EDGES)[:, None, None]
    inserted = real[:, :, None] & real[:, None, :] & ~adjacency & ~backwards & room
    return relabelled, deleted | inserted


def random_edits(space, rng: np.random.Generator) -> cells.CellSpace:
    """Every cell after one change, drawn with equal chances from its ``legal_edits``.

    The result is a cell in topological order, but in general not its representative. ValueError
    for a cell without inner vertices, which no single change turns into another.
    """
    if (space.n_vertices <= 2).any():
        row = int(np.argmin(space.n_vertices))
        raise ValueError(f"the cell at row {row} has no inner vertex, so no edit of it is legal")
    n, v = space.ops.shape
    relabelled, toggled = legal_edits(space)
    legal = np.concatenate([relabelled.reshape(n, -1), toggled.reshape(n, -1)], axis=1)
    chosen = np.where(legal, rng.random(legal.shape), -1).argmax(axis=1)
    adjacency, ops = space.adjacency.copy(), space.ops.copy()
    new_operation = chosen < v * 3
    vertex, choice = np.divmod(chosen[new_operation], 3)
    ops[np.flatnonzero(new_operation), vertex] = cells.CONV1X1 + choice
    start, end = np.divmod(chosen[~new_operation] - v * 3, v)
    adjacency[np.flatnonzero(~new_operation), start, end] ^= True
    return in_topological_order(cells.CellSpace(adjacency, ops))


def in_topological_order(space) -> cells.CellSpace:
    """The same acyclic graphs, sorted by the number of vertices that reach a vertex.

    Along an edge this number grows. Padding stays behind.
    """
    before = reaches(space.adjacency).sum(axis=1)
    before[space.ops == cells.PADDING] = space.ops.shape[1]
    return cells.reordered(space, np.argsort(before, axis=1, kind="stable"))
