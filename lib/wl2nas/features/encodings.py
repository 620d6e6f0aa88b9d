"""The stored form of a cell as numbers: its matrix and its operations, entry by entry.

It describes one form of a cell, and another form of the same cell gets another vector.
"""

import numpy as np
from jaxtyping import Bool, Float32, Int

from wl2nas import cells


def marks(ops: Int[np.ndarray, "N V"], operations: int) -> Bool[np.ndarray, "N V K"]:
    """Operation codes 0, 1, ... as one mark in a row of ``operations``; none for padding."""
    return ops[:, :, None] == np.arange(operations)


def one_hot(space: cells.CellSpace) -> Float32[np.ndarray, "N F"]:
    """The entries above the diagonal, then V times K marks for operations; no mark for padding.

    On NAS-Bench-101 21 + 7 * 5 = 56 numbers.
    """
    x, y = np.triu_indices(space.ops.shape[1], 1)
    flat = marks(space.ops, len(space.rules.operations)).reshape(len(space), -1)
    return np.concatenate([space.adjacency[:, x, y], flat], axis=1).astype(np.float32)
