"""Simple statistics of a cell: how large it is, which operations it has, how deep it is.

Two of them hang on the directions of the edges, the longest path and the parameters; the others are
``plain_statistics``. ``edge_counts`` say which operation feeds which.

They are the first rivals of every representation in the course. They do not depend on the form in
which a cell is stored, but for the parameters, which do by a little, where the channels of the
output do not divide by the number of its predecessors (``cells.channels``); those of the rows of
NAS-Bench-101 are the public table's.
"""

import numpy as np
from jaxtyping import Float, Int

from wl2nas import cells
from wl2nas.cells import channels


def statistic_names(rules: cells.Rules) -> tuple[str, ...]:
    """What ``statistics`` says of the cells of these rules, in the order of its columns.

    The parameters come last, where the rules say which convolutions their operations are.
    """
    names = ("vertices", "edges", *rules.inner, "longest path")
    return (*names, "log parameters") if rules.kernels else names


STATISTICS = statistic_names(cells.NASBENCH101)


def longest_paths(space: cells.CellSpace) -> Int[np.ndarray, " N"]:
    """Edges on the longest path from input to output of every cell."""
    longest = np.zeros(space.ops.shape, np.int64)
    for v in range(1, space.ops.shape[1]):  # predecessors have smaller numbers
        longest[:, v] = np.where(space.adjacency[:, :, v], longest + 1, 0).max(axis=1)
    return longest.max(axis=1)


def trainable_parameters(space: cells.CellSpace) -> Int[np.ndarray, " N"]:
    """``channels.trainable_parameters`` of every cell, each structure worked out once."""
    first, member = cells.structures(space)
    fixed = np.zeros(len(first), np.int64)
    choice = np.zeros((len(first), space.ops.shape[1], len(space.rules.operations)), np.int64)
    for k, row in enumerate(first):
        n = space.n_vertices[row]
        adjacency = space.adjacency[row, :n, :n]
        fixed[k], inner = channels.parameters_by_vertex(adjacency, space.rules)
        for v, choices in enumerate(inner, 1):
            choice[k, v, list(choices)] = list(choices.values())
    # Input, output and padding choose among zeros.
    chosen = [choice[member, v, op] for v, op in enumerate(space.ops.T)]
    return fixed[member] + np.sum(chosen, axis=0)


def plain_statistics(space: cells.CellSpace) -> Float[np.ndarray, "N S"]:
    """Vertices, edges and the count of every operation: the same whichever way edges point."""
    counts = [(space.ops == op).sum(axis=1) for op in range(1, space.rules.output)]
    return np.stack([space.n_vertices, space.n_edges, *counts], axis=1).astype(float)


def statistics(space: cells.CellSpace) -> Float[np.ndarray, "N S"]:
    """The ``statistic_names`` of every cell; parameters as the natural logarithm.

    >>> statistics(cells.nasbench101().take([0])).round(1).tolist()
    [[7.0, 9.0, 1.0, 3.0, 1.0, 5.0, 16.0]]
    """
    columns = [*plain_statistics(space).T, longest_paths(space)]
    if space.rules.kernels:
        columns.append(np.log(trainable_parameters(space)))
    return np.stack(columns, axis=1)


def edge_count_names(rules: cells.Rules) -> tuple[str, ...]:
    """What ``edge_counts`` counts, in the order of its columns."""
    first, *inner, last = rules.operations
    return tuple(f"{i} -> {j}" for i in (first, *inner) for j in (*inner, last))


def edge_counts(space: cells.CellSpace) -> Int[np.ndarray, "N E"]:
    """How many edges of every cell lead from one operation to another, for all pairs of them.

    (K + 1)^2 numbers for K inner operations, 16 on NAS-Bench-101: nothing leads to the input, and
    the output leads nowhere.

    >>> line = cells.Cell([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "maxpool", "output"])
    >>> counts = edge_counts(cells.stack(line))[0]
    >>> [edge_count_names(line.rules)[k] for k in np.flatnonzero(counts)]
    ['input -> maxpool', 'maxpool -> output']
    """
    k = space.rules.output  # as many operations can begin an edge as can end one
    row, i, j = np.nonzero(space.adjacency)
    pair = space.ops[row, i].astype(np.int64) * k + space.ops[row, j] - 1
    counts = np.bincount(row * k**2 + pair, minlength=len(space) * k**2)
    return counts.reshape(len(space), k**2)
