"""Simple statistics of a cell: how large it is, which operations it has, how deep it is.

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


def statistics(space: cells.CellSpace) -> Float[np.ndarray, "N S"]:
    """The ``statistic_names`` of every cell; parameters as the natural logarithm.

    >>> statistics(cells.nasbench101().take([0])).round(1).tolist()
    [[7.0, 9.0, 1.0, 3.0, 1.0, 5.0, 16.0]]
    """
    counts = [(space.ops == op).sum(axis=1) for op in range(1, space.rules.output)]
    columns = [space.n_vertices, space.n_edges, *counts, longest_paths(space)]
    if space.rules.kernels:
        columns.append(np.log(trainable_parameters(space)))
    return np.stack(columns, axis=1).astype(float)
