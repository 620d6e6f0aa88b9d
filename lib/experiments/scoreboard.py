"""`make scoreboard`: count what colour refinement tells apart, and join data/results.

Empty where a value is not measured yet or has no meaning; nothing is filled in by hand.
"""

import io
import time

import numpy as np
import pandas as pd

from results import RESULTS, numbers_of, record
from wl2nas import cells, features, wl
from wl2nas.files import write_atomically

ROWS = (
    "statistics",
    "one_hot",
    "wl_skeleton",
    "wl_directed",
    "gin_random_skeleton",
    "gin_random_directed",
    "arch2vec_published",
    "arch2vec_repaired",
    "ours",
)
COLUMNS = (
    "trained",
    "cells_told_apart",
    "exact_reconstruction",
    "edit_distance_spearman",
    "kendall_tau_100",
    "best_at_100",
    "best_at_100_se",
    "best_at_150",
    "best_at_150_se",
)
TRAINED = {"arch2vec_published", "arch2vec_repaired", "ours"}


def measure_wl():
    """Classes of the whole space after every round, in the four directions."""
    started, space = time.perf_counter(), cells.nasbench101()
    counts = {d: wl.count_classes(space, direction=d) for d in wl.DIRECTIONS}
    record("wl_classes", "make scoreboard", counts, started=started)


def measure_statistics():
    """How many different rows the seven statistics take."""
    started, rows = time.perf_counter(), features.statistics(cells.nasbench101())
    distinct = {"cells_told_apart": len(np.unique(rows, axis=0))}
    record("statistics", "make scoreboard", distinct, started=started)


def join() -> pd.DataFrame:
    """The table, from the results that there are."""
    table = pd.DataFrame(index=pd.Index(ROWS, name="representation"), columns=list(COLUMNS))
    table["trained"] = ["yes" if row in TRAINED else "no" for row in ROWS]
    table.loc["statistics", "cells_told_apart"] = numbers_of("statistics")["cells_told_apart"]
    counts = numbers_of("wl_classes")
    table.loc["wl_skeleton", "cells_told_apart"] = counts["undirected"][2]  # rounds 0-2
    table.loc["wl_directed", "cells_told_apart"] = counts["both"][2]
    for row in ("arch2vec_published", "arch2vec_repaired", "ours"):
        if numbers := numbers_of(row):
            told = numbers["cells_told_apart"]
            if told["ambiguous"] == 0:
                table.loc[row, "cells_told_apart"] = told["distinct"]
            exact = numbers["exact_reconstruction_held_out"]
            table.loc[row, "exact_reconstruction"] = f"{exact:.4f}"
    return table


def main():
    measure_wl()
    measure_statistics()
    buffer = io.StringIO()
    join().to_csv(buffer)
    write_atomically(RESULTS / "scoreboard.csv", buffer.getvalue().encode())
    print(join().fillna("").to_string())


if __name__ == "__main__":
    main()
