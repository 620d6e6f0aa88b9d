"""What the map's panel says of one cell: its colours in both views, and who shares its skeleton."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Shaped

from wl2nas import cells, wl
from wl2nas.explore.members import ClassIndex, for_drawing


class Description(NamedTuple):
    """What the panel says of one cell."""

    row: int
    colours: Int[np.ndarray, " n"]
    skeleton_colours: Int[np.ndarray, " n"]
    same_skeleton: Int[np.ndarray, " S"]


def describe(index: ClassIndex, row: int | np.integer) -> Description:
    """Colours of a cell in both views, and the other rows whose skeleton has the same colours.

    On NAS-Bench-101 equal colours on A + A^T mean isomorphic skeletons. ValueError if there is no
    such row.
    """
    row, *same = index.rows(row)
    chosen = index.space[row]
    return Description(
        row,
        wl.refine(chosen.adjacency, chosen.ops, direction="both")[-1],
        wl.refine(chosen.adjacency, chosen.ops, direction="undirected")[-1],
        np.array(same, np.int64),
    )


def panel_text(space: cells.CellSpace, description: Description) -> str:
    """The panel in words: what the picture shows, for screen readers and tests."""
    chosen, others = space[description.row], description.same_skeleton
    edges = ", ".join(f"{i}→{j}" for i, j in chosen.edges)
    colours = [len(np.unique(c)) for c in (description.colours, description.skeleton_colours)]
    listed = ", ".join(str(row) for row in others[:6]) + (", …" if len(others) > 6 else "")
    plural = "row" if len(others) == 1 else "rows"
    same = f"{len(others)} ({plural} {listed})" if len(others) else "none on this map"
    return (
        f"Row {description.row}: {len(chosen)} vertices ({', '.join(chosen.names)}), "
        f"{len(chosen.edges)} edges ({edges}). Colours: {colours[0]} with direction kept, "
        f"{colours[1]} on A + A^T. Same-skeleton cells: {same}."
    )


def drawing(space: cells.CellSpace, row: int | np.integer) -> dict:
    """A cell as the page draws it."""
    return {"row": int(row), **for_drawing(space[row])}


def next_sharing(description: Description) -> int:
    """The next row with this skeleton; the first one after the last. ValueError if it is alone."""
    others = description.same_skeleton
    if len(others) == 0:
        raise ValueError(f"no other cell has the skeleton of row {description.row}")
    return int(others[np.searchsorted(others, description.row) % len(others)])


def for_page(
    space: cells.CellSpace,
    description: Description,
    values: Mapping[str, Shaped[np.ndarray, " N"]],
) -> dict:
    """All that the page shows of a cell, with its values as text."""
    others = description.same_skeleton
    return {
        **drawing(space, description.row),
        "words": panel_text(space, description),
        "colours": description.colours.tolist(),
        "skeletonColours": description.skeleton_colours.tolist(),
        "others": len(others),
        "other": drawing(space, next_sharing(description)) if len(others) else None,
        "values": [[name, said(column[description.row])] for name, column in values.items()],
    }


def said(value: float | np.number) -> str:
    """A value as text, "unknown" where there is none."""
    return "unknown" if np.isnan(value) else f"{value:,.6g}"
