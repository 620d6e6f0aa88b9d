"""The measured table: cells of up to five vertices trained on MNIST-1D, shipped with the library.

Made by ``make table`` (lib/experiments/table.py); its card is in data/README.md. A search sees the
mean validation accuracy over the seeds, a cell is judged by its mean test accuracy.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from wl2nas.benchmarks.table import AccuracyTable

SHIPPED = Path(__file__).parents[1] / "_data" / "measured.csv"
_COLUMNS = ("row", "seed", "validation", "test", "parameters", "seconds")


def trainings(path: Path | None = None) -> pd.DataFrame:
    """One record per training: row, seed, validation and test accuracy (0..1), parameters,
    seconds, mean loss of some epochs. ValueError names what is wrong with the file."""
    path = path or SHIPPED
    try:
        table = pd.read_csv(path)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is corrupt ({error}); restore it or run `make table`") from error
    if missing := [name for name in _COLUMNS if name not in table]:
        raise ValueError(f"{path} is not a measured table: it has no column {missing[0]!r}")
    for name in table:
        if table[name].dtype.kind not in "iuf" or not np.isfinite(table[name]).all():
            raise ValueError(f"{path} is corrupt or truncated: {name} holds what is no number")
    for name in ("validation", "test"):
        if not table[name].between(0, 1).all():
            raise ValueError(f"{path} is corrupt or truncated: {name} is not within 0..1")
    if table["row"].dtype.kind != "i" or not table["row"].between(0, 423_623).all():
        raise ValueError(f"{path} is corrupt: row is not a row of nasbench101(), 0..423623")
    if table.duplicated(["row", "seed"]).any():
        raise ValueError(f"{path} is corrupt: a row and seed stand twice")
    return table


def load(path: Path | None = None) -> AccuracyTable:
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
