"""Cells as a model reads them: the one place that decides whether a model and cells fit.

Indices beyond an array's end raise nothing in JAX, and a one-hot row of an unknown code is zero: a
space that does not fit would give ordinary numbers.
"""

import numpy as np

from wl2nas import cells


def as_space(these):
    """A space of cells from one: one cell, or any iterable of cells, is stacked.

    TypeError for what holds no cells.
    """
    if hasattr(these, "padding"):
        raise TypeError("draws are not cells yet; generation.valid_strict(draws)[1] are those that "
                        "are")  # fmt: skip
    if hasattr(these, "adjacency") and hasattr(these, "ops"):
        return cells.stack([these]) if np.ndim(these.ops) == 1 else these
    listed = list(these) if hasattr(these, "__iter__") else [these]
    if odd := [each for each in listed if not isinstance(each, cells.Cell)]:
        raise TypeError(f"space must be a CellSpace, a Cell or several; it holds a "
                        f"{type(odd[0]).__name__}")  # fmt: skip
    if not listed:
        raise ValueError("space must hold at least one cell; it is empty")
    return cells.stack(listed)


def fitting(config, these):
    """A space that fits the settings of a model; see ``as_space`` for what may be given.

    ValueError names what does not fit: shapes, the number of vertices, an operation code.
    """
    space = as_space(these)
    n, v = space.ops.shape if np.ndim(space.ops) == 2 else (None, None)
    if n is None or space.adjacency.shape != (n, v, v):
        raise ValueError(f"a space has adjacency (N, V, V) and ops (N, V); they are "
                         f"{space.adjacency.shape} and {space.ops.shape}")  # fmt: skip
    if v != config.vertices:
        raise ValueError(f"the space has {v} vertices, padding included; the model was made with "
                         f"vertices={config.vertices}")  # fmt: skip
    if hasattr(space, "rules"):
        check_rules(config, space.rules)
    _check_entries(config, space)
    return space


def check_rules(config, rules: cells.Rules):
    """ValueError where a model has other operations than these rules: codes would change names."""
    if len(rules.operations) != config.operations:
        raise ValueError(
            f"{rules.name} has {len(rules.operations)} operations, input and output included; the "
            f"model was made with operations={config.operations}"
        )


def _check_entries(config, space):
    if space.ops.dtype.kind not in "iu":
        raise ValueError(f"ops must be whole numbers; they are {space.ops.dtype}")
    code = int(space.ops.max(initial=-1))
    if code >= config.operations:
        raise ValueError(f"the space holds the operation code {code}; the model was made with "
                         f"operations={config.operations}")  # fmt: skip
    if (code := int(space.ops.min(initial=-1))) < -1:
        raise ValueError(f"the space holds the operation code {code}; -1 is padding, others count "
                         "from 0")  # fmt: skip
    if space.adjacency.dtype != bool and not np.isin(space.adjacency, (0, 1)).all():
        raise ValueError("adjacency must hold nothing but 0 and 1")
