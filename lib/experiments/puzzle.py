"""`make puzzle`: train the two cells of the opening puzzle with ten seeds each.

Same network, signals and settings as `make table`. They share a DAG, so they train together.
"""

import time

import numpy as np

from course.results import record
from experiments.table import Settings, signals, train_dag
from wl2nas import cells

ROWS, SEEDS = (40965, 182952), range(100, 110)


def main():
    started = time.perf_counter()
    table = train_dag(cells.nasbench101(), np.array(ROWS), SEEDS, signals(), Settings())
    by_row = {
        str(row): part.sort_values("seed", kind="stable") for row, part in table.groupby("row")
    }
    numbers = {
        row: {"test": part["test"].tolist(), "validation": part["validation"].tolist()}
        for row, part in by_row.items()
    }
    record("puzzle", "make puzzle", numbers, seed=list(SEEDS), started=started)
    print({row: np.mean(value["test"]).round(4) for row, value in numbers.items()})


if __name__ == "__main__":
    main()
