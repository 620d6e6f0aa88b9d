"""What lies on the paths of a cell from input to output: integers, read off the graph.

For every set of operations, how short and how long a path can be that meets no other; for every
operation, how often a path must and can meet it, how many edges its vertices have, and which of
them begin or end a path. They say what the counts of operations say, and where the operations
stand. None depends on the form in which a cell is stored, and none on channels.

All of them are minima, maxima and sums along paths, which one pass over the vertices in topological
order gives: what is best on the way to a vertex is best on the way to one of its predecessors.
Where a set of operations allows no path, its longest path has 0 edges and its shortest as many as
a cell can have vertices, one more than any path: so a larger set never has a shorter longest path,
nor a longer shortest one.

Cells are worked on in blocks, with the cells along the last axis: adjacency (V, V, n), operations
(V, n). Source: after GRAF (``graf_features``), to which it adds the numbers on a path, the degrees
of operations instead of sets, and the number of paths.
"""

import itertools
from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int, Int16

from wl2nas import cells

BLOCK = 8_192  # cells at a time: what is computed of them fits the processor's cache
FAR = 1_000  # longer than any path, and the sum of as many as a cell has vertices fits 16 bits
MOST_OPERATIONS = 8  # whose sets are 255

Adjacency = Bool[np.ndarray, "V V n"]
Ops = Int[np.ndarray, "V n"]


def subsets(rules: cells.Rules) -> list[tuple[int, ...]]:
    """The sets of inner operations but the empty one, as codes: small ones first, then in order.

    The empty set is left out, since its one path is the edge from input to output. ValueError
    where there are too many.

    >>> subsets(cells.Rules(("conv", "pool"), max_vertices=4, max_edges=5))
    [(1,), (2,), (1, 2)]
    """
    codes = range(1, rules.output)
    if len(codes) > MOST_OPERATIONS:
        raise ValueError(
            f"rules of {rules.name} have {len(codes)} operations, whose sets are too many to have "
            f"columns of their own; at most {MOST_OPERATIONS} operations are taken"
        )
    sizes = range(1, len(codes) + 1)
    return [chosen for size in sizes for chosen in itertools.combinations(codes, size)]


def subset_names(rules: cells.Rules) -> list[str]:
    """The ``subsets`` as texts: the names of the operations, joined by "or"."""
    return [" or ".join(rules.operations[op] for op in chosen) for chosen in subsets(rules)]


def path_names(rules: cells.Rules) -> tuple[str, ...]:
    """What ``path_statistics`` says of the cells of these rules, in the order of its columns."""
    first, last = rules.ends
    of_each = (
        "{}", "fewest {} on a path", "most {} on a path", "largest in-degree of {}",
        "sum of in-degrees of {}", "largest out-degree of {}", "sum of out-degrees of {}",
        f"{first} -> {{}}", f"{{}} -> {last}",
    )  # fmt: skip
    return (
        "vertices", "edges", f"{first} -> {last}", "log(1 + paths)",
        *(f"shortest path through {names}" for names in subset_names(rules)),
        *(f"longest path through {names}" for names in subset_names(rules)),
        *(name.format(op) for op in rules.inner for name in of_each),
    )  # fmt: skip


def path_statistics(space: cells.CellSpace) -> Float[np.ndarray, "N S"]:
    """The ``path_names`` of every cell, 45 on NAS-Bench-101; ValueError for too many operations.

    >>> line = cells.Cell([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "maxpool", "output"])
    >>> found = path_statistics(cells.stack(line))[0].tolist()
    >>> found[:7]  # three vertices, two edges, no edge from end to end, log 2; no path, none, one
    [3.0, 2.0, 0.0, 0.6931471805599453, 7.0, 7.0, 2.0]
    """
    return by_blocks(space, _of_block, len(path_names(space.rules)))


def by_blocks(space: cells.CellSpace, columns: Callable, number: int) -> Float[np.ndarray, "N S"]:
    """What ``columns(adjacency, ops, rules)`` lists for a block, side by side for every cell."""
    found = np.empty((len(space), number))
    for begin in range(0, len(space), BLOCK):
        part = slice(begin, begin + BLOCK)
        adjacency = np.ascontiguousarray(space.adjacency[part].transpose(1, 2, 0))
        ops = np.ascontiguousarray(space.ops[part].T)
        found[part] = np.stack(columns(adjacency, ops, space.rules), axis=1)
    return found


def _of_block(adjacency: Adjacency, ops: Ops, rules: cells.Rules) -> list:
    """The columns of ``path_statistics`` for one block."""
    into, out_of = adjacency.sum(axis=0), adjacency.sum(axis=1)
    shortest, longest = path_lengths(adjacency, ops, rules)
    before_output = (adjacency & (ops == rules.output)).any(axis=1)
    columns = [
        (ops != cells.PADDING).sum(axis=0),
        into.sum(axis=0),
        (adjacency[0] & (ops == rules.output)).sum(axis=0),
        np.log1p(_number_of_paths(adjacency, ops, rules)),
        *shortest,
        *longest,
    ]
    for op in range(1, rules.output):
        here = ops == op
        columns += [
            here.sum(axis=0),
            at_output(along_paths(adjacency, here.astype(np.int16), np.minimum), ops, rules),
            at_output(along_paths(adjacency, here.astype(np.int16), np.maximum), ops, rules),
            *(f(here * degree) for degree in (into, out_of) for f in (_largest, _sum)),
            (adjacency[0] & here).sum(axis=0),
            (before_output & here).sum(axis=0),
        ]
    return columns


def _largest(values: Int[np.ndarray, "V n"]) -> Int[np.ndarray, " n"]:
    return values.max(axis=0)


def _sum(values: Int[np.ndarray, "V n"]) -> Int[np.ndarray, " n"]:
    return values.sum(axis=0)


# --- along paths --------------------------------------------------------------------------------


def along_paths(
    adjacency: Adjacency, weight: Int16[np.ndarray, "V n"], best: Callable
) -> Int16[np.ndarray, "V n"]:
    """The ``best``, minimum or maximum, sum of weights on a path from the input to every vertex.

    Both ends are counted. Beyond ``FAR`` either way where no path leads there.
    """
    none = np.int16(FAR if best is np.minimum else -FAR)
    found = weight.copy()
    for v in range(1, len(weight)):  # predecessors have smaller numbers
        arriving = np.full(weight.shape[1], none)
        for u in range(v):
            arriving = best(arriving, np.where(adjacency[u, v], found[u], none))
        found[v] += arriving
    return found


def at_output(values: Int[np.ndarray, "V n"], ops: Ops, rules: cells.Rules):
    """What stands at the output of every cell."""
    return np.where(ops == rules.output, values, 0).sum(axis=0)


def path_lengths(adjacency: Adjacency, ops: Ops, rules: cells.Rules) -> tuple[list, list]:
    """Edges on the shortest and on the longest path through each of the ``subsets``.

    Where there is no such path, the number of vertices V that cells are padded to, and 0.
    """
    shortest: list[np.ndarray] = []
    longest: list[np.ndarray] = []
    step, none = np.ones(ops.shape, np.int16), len(ops)
    step[0] = 0
    for chosen in subsets(rules):
        barred = ~np.isin(ops, (cells.INPUT, *chosen, rules.output))
        near = along_paths(adjacency, np.where(barred, np.int16(FAR), step), np.minimum)
        far = along_paths(adjacency, np.where(barred, np.int16(-FAR), step), np.maximum)
        shortest.append(np.minimum(at_output(near, ops, rules), none))
        longest.append(np.maximum(at_output(far, ops, rules), 0))
    return shortest, longest


def _number_of_paths(adjacency: Adjacency, ops: Ops, rules: cells.Rules) -> Int[np.ndarray, " n"]:
    """Paths from input to output of every cell."""
    number = np.zeros(ops.shape, np.int64)
    number[0] = 1
    for v in range(1, len(ops)):
        number[v] = (adjacency[:v, v] * number[:v]).sum(axis=0)
    return at_output(number, ops, rules)
