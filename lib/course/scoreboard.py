"""The scoreboard, as far as a notebook reveals it: five questions, an answer for each rival."""

import io
import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from course import results
from course.representations import REPRESENTATIONS
from wl2nas import draw, files
from wl2nas.draw import Field

MOST_BYTES = 20_000  # thirty times what it has; pandas takes minutes for a million columns
CELLS = 423_624
SHOWN = ("00", "04", "06", "07c", "08", "09b")  # the notebooks that show it: something is new
NOT_YET, MEANINGLESS = "?", "–"

# What a column asks. The best cell is asked for after 100 questions.
QUESTIONS = {
    "cells_told_apart": "tells cells\napart (%)",
    "exact_reconstruction": "rebuilds\na cell (%)",
    "edit_distance_spearman": "near means\nsimilar",
    "kendall_tau_100": "predicts\naccuracy",
    "best_at_100": "finds a good\ncell (%)",
}
MEASURED = (*QUESTIONS, "best_at_100_se")
# The accuracies between which the last column's bar grows: what random search is expected to have
# after 100 questions, and the best cell (NAS-Bench-101, mean test).
RANDOM, BEST = 93.57, 94.318

# The notebook that reveals a value, by row and column; a row's default, else by column.
_REVEALED = {
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
}


def revealed(row: str, column: str, upto: str) -> bool:
    """Whether notebook ``upto`` or one before it reveals this value."""
    for key in ((row, column), ("*", column), (row, "*")):
        if key in _REVEALED:
            return _REVEALED[key] <= upto
    return True


def show(notebook: str):
    """Display the scoreboard as far as this notebook reveals it: a picture, a folded table behind.

    What no notebook before it showed is marked. A column comes with the notebook that teaches it;
    "?" is not revealed yet, "–" has no meaning. Raises as ``fields`` does.
    """
    columns = {QUESTIONS[column]: answers for column, answers in fields(notebook).items()}
    names = [row.label for row in REPRESENTATIONS.values()]
    trained = [k for k, row in enumerate(REPRESENTATIONS.values()) if row.trained]
    figure, axis = plt.subplots(figsize=(7.2, 0.3 * len(names) + 0.7))
    draw.board(columns, names, rules=(0, trained[0]), ax=axis)
    questions = {heading: " ".join(heading.split()) for heading in columns}
    new = [f"{name}, {questions[heading]}: {answer.text}" for heading, answers in columns.items()
           for name, answer in zip(names, answers, strict=True) if answer.new]  # fmt: skip
    draw.show(figure, f"The scoreboard after notebook {notebook}, trained rivals below the lower "
              f"line. New, in blue: {'; '.join(new) or 'nothing yet'}.")  # fmt: skip
    texts = {questions[heading]: [answer.text for answer in answers]
             for heading, answers in columns.items()}  # fmt: skip
    draw.folded(pd.DataFrame(texts, index=pd.Index(names, name="")), "The same as a table")


def fields(notebook: str) -> dict[str, list[Field]]:
    """What stands in the columns of the scoreboard that this notebook shows, a row for each of
    ``REPRESENTATIONS``.

    The numbers are those of data/results/scoreboard.csv, which `make scoreboard` writes. Raises
    ValueError for a notebook that shows none and where the file is damaged, FileNotFoundError
    where there is none.

    >>> [answer.text for answer in fields("04")["cells_told_apart"]][:4]
    ['4.0', '–', '63.9', '100']
    """
    if notebook not in SHOWN:
        raise ValueError(f"notebook must be one of {', '.join(SHOWN)}; it is {notebook!r}")
    table = _read()
    before = SHOWN[SHOWN.index(notebook) - 1] if notebook != SHOWN[0] else notebook
    return {
        column: [_field(table, row, column, notebook, before) for row in REPRESENTATIONS]
        for column in QUESTIONS
        if any(revealed(row, column, notebook) for row in REPRESENTATIONS)
    }


def _field(table: pd.DataFrame, row: str, column: str, notebook: str, before: str) -> Field:
    value = table.loc[row, column]
    if not revealed(row, column, notebook):
        return Field(NOT_YET)
    if pd.isna(value):
        return Field(MEANINGLESS)
    new, number = not revealed(row, column, before), float(value)
    if column == "cells_told_apart":
        return Field(_per_cent(number / CELLS), number / CELLS, new)
    if column == "exact_reconstruction":
        return Field(_per_cent(number), number, new)
    if column == "best_at_100":
        error = table.loc[row, f"{column}_se"]
        ahead = (number - RANDOM) / (BEST - RANDOM)
        return Field(f"{value} ± {error}", float(np.clip(ahead, 0, 1)), new)
    return Field(value, float(np.clip(number, 0, 1)), new)


def _per_cent(share: float) -> str:
    """To one digit; above 99.9 to three, cut off, since only all is 100."""
    if 0.999 < share < 1:
        return f"{math.floor(1e5 * share + 1e-6) / 1e3:.3f}"
    return "100" if share == 1 else f"{100 * share:.1f}"


def _read() -> pd.DataFrame:
    """The whole scoreboard as texts, with gaps where nothing was measured."""
    path = results.RESULTS / "scoreboard.csv"
    if not path.exists():
        raise FileNotFoundError(f"no {path}: it is part of the repository; or call make scoreboard")
    try:
        content = files.read_whole(path, most_bytes=MOST_BYTES)
        table = pd.read_csv(io.BytesIO(content), dtype=str, index_col=0, encoding="utf-8")
        table = table[list(MEASURED)].reindex(list(REPRESENTATIONS))  # a reader's own row has gaps
        table.astype(float)
    except (ValueError, KeyError, OSError) as error:  # pandas' parser errors are ValueErrors
        raise ValueError(f"{path} is damaged ({error}); restore it: make scoreboard") from error
    return table
