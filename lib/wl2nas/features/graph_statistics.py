"""The two simplest descriptions of a cell as numbers: seven statistics, and the stored matrix.

They are the first rivals of every representation in the course. The one-hot matrix describes one
stored form of a cell, and another form of the same cell gets another vector. Six of the statistics
do not depend on the form. The parameters do, by a little, where the channels of the output do not
divide by the number of its predecessors (``network``); those of the rows are the public table's.
"""

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from wl2nas import cells
from wl2nas.cells import channels

STATISTICS = (
    "vertices", "edges", "conv1x1", "conv3x3", "maxpool", "longest path", "log parameters",
)  # fmt: skip


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
    choice = np.zeros((len(first), space.ops.shape[1], len(cells.OPERATIONS)), np.int64)
    for k, row in enumerate(first):
        n = space.n_vertices[row]
        fixed[k], inner = channels.parameters_by_vertex(space.adjacency[row, :n, :n])
        for v, choices in enumerate(inner, 1):
            choice[k, v, list(choices)] = list(choices.values())
    # Input, output and padding choose among zeros.
    chosen = [choice[member, v, op] for v, op in enumerate(space.ops.T)]
    return fixed[member] + np.sum(chosen, axis=0)


def statistics(space: cells.CellSpace) -> Float[np.ndarray, "N 7"]:
    """The seven ``STATISTICS`` of every cell; the last is the natural logarithm."""
    counts = [(space.ops == op).sum(axis=1) for op in (cells.CONV1X1, cells.CONV3X3, cells.MAXPOOL)]
    columns = [space.n_vertices, space.n_edges, *counts, longest_paths(space)]
    return np.stack([*columns, np.log(trainable_parameters(space))], axis=1).astype(float)


def one_hot(space: cells.CellSpace) -> Float32[np.ndarray, "N 56"]:
    """The stored form: 21 entries above the diagonal, and seven times five marks for operations.

    A padded vertex has no mark.
    """
    x, y = np.triu_indices(space.ops.shape[1], 1)
    entries = space.adjacency[:, x, y]
    marks: Bool[np.ndarray, "N V K"] = space.ops[:, :, None] == np.arange(len(cells.OPERATIONS))
    flat = marks.reshape(len(space), -1)
    return np.concatenate([entries, flat], axis=1).astype(np.float32)
