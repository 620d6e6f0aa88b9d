"""The scoreboard, as far as a notebook reveals it."""

import io

import pandas as pd

from course import results
from wl2nas import files

MOST_BYTES = 20_000  # thirty times what it has; pandas takes minutes for a million columns

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


def upto(notebook: str) -> pd.DataFrame:
    """The scoreboard as far as the notebook with this number ("00".."11") reveals it.

    Text cells: a dot for what is not revealed or not measured yet. Rows and columns are those of
    data/results/scoreboard.csv, which `make scoreboard` writes. Raises ValueError for another
    number and where the file is damaged, FileNotFoundError where there is none.

    >>> upto("00").loc["ours", "trained"]
    'yes'
    """
    if notebook not in {f"{k:02d}" for k in range(12)}:
        raise ValueError(f'notebook must be a notebook number "00".."11"; it is {notebook!r}')
    table = _read()
    for row in table.index:
        for column in table.columns:
            value = table.loc[row, column]
            if pd.isna(value) or not revealed(row, column, notebook):
                table.loc[row, column] = "·"
            elif column == "cells_told_apart":
                table.loc[row, column] = f"{int(value):,}"
    return table


def _read() -> pd.DataFrame:
    """The whole scoreboard as texts, with gaps where nothing was measured."""
    path = results.RESULTS / "scoreboard.csv"
    if not path.exists():
        raise FileNotFoundError(f"no {path}: it is part of the repository; or call make scoreboard")
    try:
        content = files.read_whole(path, most_bytes=MOST_BYTES)
        table = pd.read_csv(io.BytesIO(content), dtype=str, index_col=0, encoding="utf-8")
        table["cells_told_apart"].dropna().astype(int)
    except (ValueError, KeyError, OSError) as error:  # pandas' parser errors are ValueErrors
        raise ValueError(f"{path} is damaged ({error}); restore it: make scoreboard") from error
    if not (table.index.is_unique and table.index.notna().all()):
        raise ValueError(f"{path} is damaged (rows without names of their own): make scoreboard")
    return table
