"""The measured table: cells of up to five vertices trained on MNIST-1D, shipped with the library.

Made by ``make table`` (lib/experiments/table.py); its card is in data/README.md. A search sees the
mean validation accuracy over the seeds, a cell is judged by its mean test accuracy. pandas is
imported by the functions that make frames, so that a search can do without.
"""

import csv
import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wl2nas import files
from wl2nas.benchmarks.table import CELLS, AccuracyTable

if TYPE_CHECKING:
    import pandas

_COLUMNS = ("row", "seed", "validation", "test", "parameters", "seconds")
_MOST_LINE, _MOST_COLUMNS = 1_000, 50  # in bytes; every training is a line
_MOST_LINES = 1_000_000  # as text and as a frame, a line takes thirty times its bytes
_REMEDY = "restore it or run `make table`"


def trainings(path: Path | str | None = None) -> "pandas.DataFrame":
    """One record per training: row, seed, validation and test accuracy (0..1), parameters,
    seconds, mean loss of some epochs. ValueError names what is wrong with the file."""
    if path is None:
        return _checked("measured.csv", records(files.shipped("measured.csv"), "measured.csv"))
    content = files.read_whole(path, remedy=_REMEDY)
    return _checked(str(path), records(content, str(path)))


def load(path: Path | str | None = None) -> AccuracyTable:
    """The measured table: mean over seeds, validation as objective, test as reported accuracy.

    Means are rounded to nine digits behind the point, so that equal ones are equal.
    """
    means = (100 * trainings(path).groupby("row")[["validation", "test"]].mean()).round(9)
    return AccuracyTable(
        "measured",
        means.index.to_numpy(),
        means["validation"].to_numpy(),
        means["test"].to_numpy(),
    )


# --- lines of text ------------------------------------------------------------------------------


def with_digests(text: str) -> bytes:
    """Comma-separated lines, each with a digest of itself and the first line in a last column."""
    first, *lines = text.splitlines()
    sealed = [f"{first},digest", *(f"{line},{_digest(first, line)}" for line in lines)]
    return ("\n".join(sealed) + "\n").encode()


def records(
    content: bytes, named: str, *, remedy: str = _REMEDY, texts: tuple[str, ...] = ()
) -> "pandas.DataFrame":
    """The records of a table as they stand there, digests checked and taken off if it has some.

    ``texts``: columns that hold texts, even where these look like numbers. ValueError names the
    line that was altered, and refuses lines of another form before parsing.
    """
    import pandas as pd

    try:
        if content.count(b"\n") > _MOST_LINES:
            raise ValueError(f"it has more than {_MOST_LINES:,} lines")
        lines = content.decode("utf-8").split("\n")
        _check_lines(lines)
        if lines[0].endswith(",digest"):
            lines = _without_digests(lines)
        kinds = dict.fromkeys(texts, str)
        return pd.read_csv(io.StringIO("\n".join(lines)), quoting=csv.QUOTE_NONE, dtype=kinds)
    except (ValueError, OverflowError) as error:  # pandas' own errors are ValueErrors
        raise ValueError(f"{named} is corrupt or truncated ({error}); {remedy}") from error


def _digest(first: str, line: str) -> str:
    return hashlib.sha256(f"{first}\n{line}".encode()).hexdigest()[:12]


def _check_lines(lines: list[str]):
    """All of one form, as many a column as the first: pandas takes minutes for a million."""
    names = lines[0].split(",")
    columns = len(names) - 1
    if len(set(names)) != len(names):
        raise ValueError("two columns have one name")
    for k, line in enumerate(lines[:-1] if lines[-1] == "" else lines, start=1):
        if len(line) > _MOST_LINE or columns >= _MOST_COLUMNS:
            raise ValueError(f"line {k} is too long, or has more than {_MOST_COLUMNS} columns")
        if line.count(",") != columns:
            raise ValueError(f"line {k} has {line.count(',') + 1} fields, not {columns + 1}")


def _without_digests(lines: list[str]) -> list[str]:
    if lines.pop() != "":
        raise ValueError("its last line is cut")
    first, *rest = (line.rpartition(",") for line in lines)
    for k, (line, _, digest) in enumerate(rest, start=2):
        if digest != _digest(first[0], line):
            raise ValueError(f"line {k} is not what was written: its digest is another")
    return [first[0], *(line for line, _, _ in rest)]


def _checked(named: str, table: "pandas.DataFrame") -> "pandas.DataFrame":
    """The same table, if every number in it can be one of a training."""
    if missing := [name for name in _COLUMNS if name not in table]:
        raise ValueError(f"{named} is not a measured table: it has no column {missing[0]!r}")
    for name in table:
        if table[name].dtype.kind not in "iuf" or not np.isfinite(table[name]).all():
            raise ValueError(f"{named} is corrupt or truncated: {name} holds what is no number")
    for name in ("validation", "test"):
        if not table[name].between(0, 1).all():
            raise ValueError(f"{named} is corrupt or truncated: {name} is not within 0..1")
    if table["row"].dtype.kind != "i" or not table["row"].between(0, CELLS - 1).all():
        raise ValueError(f"{named} is corrupt: row is not a row of nasbench101(), 0..423623")
    if table["seed"].dtype.kind != "i" or table["seed"].min() < 0:
        raise ValueError(f"{named} is corrupt: seed is not a whole number of 0 or more")
    if table.duplicated(["row", "seed"]).any():
        raise ValueError(f"{named} is corrupt: a row and seed stand twice")
    return table
