"""`make scoreboard`: count what colour refinement tells apart, and join data/results.

Empty where a value is not measured yet or has no meaning; nothing is filled in by hand.
"""

import io
import time

import numpy as np
import pandas as pd

from course import searches, tables
from course.representations import REPRESENTATIONS
from course.results import RESULTS, numbers_of, record
from wl2nas import cells, features, wl
from wl2nas.files import write_atomically

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
    table = pd.DataFrame(
        index=pd.Index(list(REPRESENTATIONS), name="representation"), columns=list(COLUMNS)
    )
    table["trained"] = ["yes" if row.trained else "no" for row in REPRESENTATIONS.values()]
    counts, random = numbers_of("wl_classes"), numbers_of("gin_classes")
    told = {
        "statistics": numbers_of("statistics")["cells_told_apart"],
        "wl_skeleton": counts["undirected"][2],  # rounds 0-2
        "wl_directed": counts["both"][2],
    }
    found = {row: random[row] for row in REPRESENTATIONS if row in random}
    for row in [row.name for row in REPRESENTATIONS.values() if row.trained]:
        if runs := tables.runs(row):  # seed 0 first
            found[row] = runs[0]["cells_told_apart"]
            exact = np.mean([run["exact_reconstruction_held_out"] for run in runs])
            table.loc[row, "exact_reconstruction"] = f"{exact:.5f}"  # .99998 is not 1
    told |= {row: group["distinct"] for row, group in found.items() if group["ambiguous"] == 0}
    for row, count in told.items():
        table.loc[row, "cells_told_apart"] = count
    downstream = numbers_of("downstream").get("rows", {})
    for row, numbers in ((row, downstream[row]) for row in REPRESENTATIONS if row in downstream):
        spearman = numbers["edit_distance"]["random_pairs"]["spearman"]
        table.loc[row, "edit_distance_spearman"] = f"{spearman:.3f}"
        table.loc[row, "kendall_tau_100"] = f"{numbers['kendall_tau']['100']['mean']:.3f}"
    found = numbers_of("search/A").get("arms", {})
    for row, arm in ((row, found[f"gp/{row}"]) for row in REPRESENTATIONS if f"gp/{row}" in found):
        for questions in (100, 150):
            mean, error = (searches.at(arm, questions, k) for k in ("mean", "standard_error"))
            table.loc[row, f"best_at_{questions}"] = f"{mean:.3f}"
            table.loc[row, f"best_at_{questions}_se"] = f"{error:.3f}"
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
