"""The scoreboard, as far as a notebook reveals it."""

from pathlib import Path

import pandas as pd

from course.results import RESULTS

# The notebook that reveals a value, by row and column; a row's default, else by column.
_REVEALED = {
    ("*", "trained"): "00",
    ("statistics", "*"): "01",
    ("one_hot", "*"): "01",
    ("wl_skeleton", "cells_told_apart"): "02",
    ("wl_directed", "cells_told_apart"): "04",
    ("gin_random_skeleton", "*"): "06",
    ("gin_random_directed", "*"): "06",
    ("arch2vec_published", "cells_told_apart"): "00",
    ("arch2vec_repaired", "cells_told_apart"): "07",
    ("ours", "cells_told_apart"): "07",
    ("*", "exact_reconstruction"): "07",
    ("*", "edit_distance_spearman"): "08",
    ("*", "kendall_tau_100"): "09",
    ("*", "best_at_100"): "09",
    ("*", "best_at_100_se"): "09",
    ("*", "best_at_150"): "09",
    ("*", "best_at_150_se"): "09",
}


def revealed(row: str, column: str, upto: str) -> bool:
    """Whether notebook ``upto`` or one before it reveals this value."""
    for key in ((row, column), ("*", column), (row, "*")):
        if key in _REVEALED:
            return _REVEALED[key] <= upto
    return True


def upto(notebook: str, path: Path | None = None) -> pd.DataFrame:
    """The scoreboard as far as the notebook with this number ("00".."11") reveals it.

    Text cells: a dot for what is not revealed or not measured yet.
    """
    if notebook not in {f"{k:02d}" for k in range(12)}:
        raise ValueError(f'notebook must be a notebook number "00".."11"; it is {notebook!r}')
    table = pd.read_csv(path or RESULTS / "scoreboard.csv", dtype=str, index_col=0)
    for row in table.index:
        for column in table.columns:
            value = table.loc[row, column]
            if pd.isna(value) or not revealed(row, column, notebook):
                table.loc[row, column] = "·"
            elif column == "cells_told_apart":
                table.loc[row, column] = f"{int(value):,}"
    return table
