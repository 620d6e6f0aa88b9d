"""The stored form of a cell as numbers: its matrix and its operations, entry by entry.

It describes one form of a cell, and another form of the same cell gets another vector.
"""

import numpy as np
from jaxtyping import Float32

from wl2nas import cells, graphs


def one_hot(space: cells.CellSpace) -> Float32[np.ndarray, "N F"]:
    """The entries above the diagonal, then V times K marks for operations; no mark for padding.

    On NAS-Bench-101 21 + 7 * 5 = 56 numbers.
    """
    x, y = np.triu_indices(space.ops.shape[1], 1)
    marks = graphs.one_hot(space.ops, len(space.rules.operations))
    return np.concatenate([space.adjacency[:, x, y], marks.reshape(len(space), -1)], axis=1).astype(
        np.float32
    )
