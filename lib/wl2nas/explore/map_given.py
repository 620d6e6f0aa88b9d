"""What a map is given, checked: coordinates, columns, the size of a sample."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int, Shaped

from wl2nas import _require, cells
from wl2nas.explore.map_rules import rule_name

Columns = dict[str, Shaped[np.ndarray, " N"]]


def by_encoder(coordinates, n: int) -> dict[str, Float[np.ndarray, "N 2"]]:
    """Coordinates of every encoder by name; of a single one, which has no name, by ""."""
    if not isinstance(coordinates, Mapping):
        return {"": _require.finite("coordinates", coordinates, shape=(n, 2))}
    if not coordinates:
        raise ValueError("coordinates is empty; give those of one encoder at least, by name")
    return {
        name: _require.finite(f"coordinates[{name!r}]", xy, shape=(n, 2))
        for name, xy in coordinates.items()
    }


def colourings(columns, n: int) -> Columns:
    """Columns without gaps, one at least."""
    if not isinstance(columns, Mapping) or not columns:
        raise ValueError("colourings is empty; give at least one column to colour by, by name")
    return {name: _require.finite(name, column, shape=(n,)) for name, column in columns.items()}


def values(columns: Mapping, n: int) -> Columns:
    """Columns that may have gaps, but not only gaps."""
    found = {}
    for name, column in columns.items():
        found[name] = _require.array(name, column, shape=(n,)).astype(np.float64)
        _require.finite(name, found[name][~np.isnan(found[name])])
        if np.isnan(found[name]).all():
            raise ValueError(f"{name} holds no number; leave it out")
    return found


def rule_columns(space: cells.CellSpace, named: Columns) -> Columns:
    """What a rule can name: vertices, edges, every operation's number, and the caller's columns."""
    inner = enumerate(space.rules.inner, 1)
    columns = {"vertices": space.n_vertices, "edges": space.n_edges}
    columns |= {name: (space.ops == code).sum(axis=1) for code, name in inner}
    for title, column in named.items():
        columns.setdefault(rule_name(title), column)
    return columns


def sample_rows(n: int, size: int | None, start: int) -> Int[np.ndarray, " M"]:
    """The rows that are shown, in order: all of them, or so many at random and the start."""
    if size is None:
        return np.arange(n)
    size = _require.whole("sample", size, at_least=1, at_most=n)
    others = np.delete(np.arange(n), start)
    drawn = np.random.default_rng(0).choice(others, size - 1, replace=False)
    return np.sort(np.append(drawn, start))
