"""Edit distance between cells: the fewest single changes that turn one into the other.

A change, at a cost of 1 each, inserts an inner vertex (without edges), deletes one (that has none
left), gives one another operation, inserts an edge or deletes one. Input stays input and output
stays output. What stands between the two cells need not be a cell.

Why a minimum over orders is enough. A sequence of changes says which inner vertex of one cell
becomes which of the other, and taking a vertex u that is deleted for a vertex w that is inserted
costs no more: one operation at most instead of two, and the edges that both have need not change.
So in some cheapest sequence only one cell has vertices without a partner; padding the inner
vertices of both cells to as many slots as the rules allow gives these an empty slot as partner, and
the orders of the slots, 5! = 120 on NAS-Bench-101, hold every such sequence.

With the slots of one cell in a fixed order the cost is the number of entries in which two padded
matrices and lists of operations differ. Reordering both alike changes no such number; therefore
the minimum is a metric on cells up to isomorphism.

Shapes: adjacency (N, V, V), operations (N, V) with -1 on the padding, as in ``cells``.
"""

import itertools

import numpy as np
from jaxtyping import Bool, Int

from wl2nas import graphs
from wl2nas.cells.rules import INPUT, PADDING
from wl2nas.cells.space import Cell, CellSpace, reordered, stack


def slots(space) -> CellSpace:
    """The same graphs with the output in the last slot, the padding just before it."""
    output, v = space.n_vertices - 1, space.ops.shape[1]
    order = np.tile(np.arange(v), (len(space), 1))
    order[np.arange(len(space)), output] = v - 1
    order[:, -1] = output
    return reordered(space, order)


def distances(a, b) -> Int[np.ndarray, " N"]:
    """The edit distance between row k of a space and row k of another, for every k.

    ValueError if they differ in length, in the number of padded vertices, or in their rules.
    """
    if a.rules != b.rules:
        raise ValueError(f"a and b must follow the same rules, not {a.rules.name} and "
                         f"{b.rules.name}")  # fmt: skip
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


def distance(a: Cell, b: Cell) -> int:
    """The edit distance between two cells."""
    return int(distances(stack([a]), stack([b]))[0])


# --- neighbours at distance 1 -------------------------------------------------------------------


def legal_edits(space) -> tuple[Bool[np.ndarray, "N V K"], Bool[np.ndarray, "N V V"]]:
    """Every single change that turns a cell into another one of its rules.

    The first array marks the inner operations 1, 2, ..., K that a vertex could get, the second the
    edges that could be inserted, in any direction that closes no cycle, or deleted. No single
    change touches the number of vertices: a vertex without edges is on no path.
    """
    rules = space.rules
    inner = (space.ops > INPUT) & (space.ops < rules.output)
    choices = np.arange(1, rules.output)
    relabelled = inner[:, :, None] & (space.ops[:, :, None] != choices)
    return relabelled, rules.togglable(space.adjacency, space.ops)


def random_edits(space, rng: np.random.Generator) -> CellSpace:
    """Every cell after one change, drawn with equal chances from its ``legal_edits``.

    The result is a cell in topological order, but in general not its representative. ValueError
    for a cell that no single change turns into another, such as one without inner vertices.
    """
    relabelled, toggled = legal_edits(space)
    (n, v), k = space.ops.shape, relabelled.shape[2]
    legal = np.concatenate([relabelled.reshape(n, -1), toggled.reshape(n, -1)], axis=1)
    if not legal.any(axis=1).all():
        row = int(np.argmin(legal.any(axis=1)))
        raise ValueError(f"no edit of the cell at row {row} is legal: {space[row]}")
    chosen = np.where(legal, rng.random(legal.shape), -1).argmax(axis=1)
    adjacency, ops = space.adjacency.copy(), space.ops.copy()
    new_operation = chosen < v * k
    vertex, choice = np.divmod(chosen[new_operation], k)
    ops[np.flatnonzero(new_operation), vertex] = 1 + choice
    start, end = np.divmod(chosen[~new_operation] - v * k, v)
    adjacency[np.flatnonzero(~new_operation), start, end] ^= True
    edited = CellSpace(adjacency, ops, space.rules)
    # Where the wiring is never touched it stands in its own order already.
    return in_topological_order(edited) if toggled.any() else edited


def random_walks(space, steps: Int[np.ndarray, " N"] | int, rng: np.random.Generator) -> CellSpace:
    """Every cell after as many ``random_edits``, one after the other, as ``steps`` says of it.

    A walk may come back to where it began, and cells may be isomorphic to others. ValueError for
    steps that are no whole numbers of 0 or more, one for each cell or one for all.
    """
    steps = np.asarray(steps)
    fit = steps.dtype.kind in "iu" and steps.shape in ((), (len(space),))
    if not fit or (steps.size and steps.min() < 0):
        raise ValueError(f"steps must be whole numbers of 0 or more, one or {len(space)}; they are "
                         f"{steps.dtype} of shape {steps.shape}")  # fmt: skip
    steps, here = np.broadcast_to(steps, len(space)), space
    for step in range(steps.max(initial=0)):
        moving = steps > step
        moved = random_edits(here.take(moving), rng)
        adjacency, ops = here.adjacency.copy(), here.ops.copy()
        adjacency[moving], ops[moving] = moved.adjacency, moved.ops
        here = CellSpace(adjacency, ops, space.rules)
    return here


def in_topological_order(space) -> CellSpace:
    """The same acyclic graphs, sorted by the number of vertices that reach a vertex.

    Along an edge this number grows. Padding stays behind.
    """
    before = graphs.reaches(space.adjacency).sum(axis=1)
    before[space.ops == PADDING] = space.ops.shape[1]
    return reordered(space, np.argsort(before, axis=1, kind="stable"))
