"""`make predictors`: which predictor of accuracies is best, chosen on one table, told on another.

* **Choice.** Every variant of ``VARIANTS`` learns the mean test accuracies of 100 random cells of
  the measured table and predicts those of all its others; Kendall's tau-b is between prediction and
  accuracy. Chosen is the one of the highest mean tau over ``CHOICE`` draws, the same for all
  variants. Taus that are equal to three decimals are ties, which go to fewer processes, then to
  fewer groups, then to the first in the list. NAS-Bench-101 has no say in it.
* **Report.** The chosen one, once, over NAS-Bench-101: n random cells are learned, all others are
  judged by the mean test accuracies of the public table (downloaded once, see
  `wl2nas.benchmarks.nasbench101`). Beside it each of its processes alone, and ``BASELINES``: one
  Gaussian process with one length for all of its features, which trials on NAS-Bench-101 itself
  had found.

A draw has the seed (SEED, n, k), on either table. With more than 1,000 cells the lengths and the
noise are chosen by 1,000 of them (`wl2nas.search.grouped`); all are learned from.

Resumable: the choice, and every draw of the report, is written when it is done. Only aggregates
are written.
"""

import argparse
import hashlib
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from course import representations  # noqa: F401  enters the trained ones into the registry
from course.results import numbers_of, record
from experiments.downstream import summary
from wl2nas import benchmarks, cells, files
from wl2nas.search import grouped, predictor, targets

SEED = 1
CHOICE = 50  # draws of LABELS cells of the measured table
LABELS = 100
REPORT = {100: 20, 424: 10, 4_236: 3}  # cells of NAS-Bench-101: draws of them
COST = "the choice takes about 5 minutes of one core, the report half an hour"


# --- variants -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Process:
    """One Gaussian process: its groups of features, and what it learns of the answers.

    Each group has a length of its own; "a+b" is one group, of the columns of both.
    """

    groups: tuple[str, ...]
    targets: str = "normal_scores"

    def __str__(self):
        return f"{' | '.join(self.groups)}; {self.targets}"


Variant = tuple[Process, ...]  # whose predictions are averaged


def beside(*names: str) -> Variant:
    """A process for each of these representations, with widths and parameters beside it."""
    return tuple(Process((name, "widths", "parameters")) for name in names)


VARIANTS: dict[str, Variant] = {
    "paths, one length": (Process(("paths",)),),
    "all of the trial, one length": (Process(("paths+edges+statistics",)),),
    "graf, one length": (Process(("graf",)),),
    "graf+widths+parameters, one length": (Process(("graf+widths+parameters",)),),
    "graf, parameters": (Process(("graf", "parameters")),),
    "graf, widths": (Process(("graf", "widths")),),
    **{
        f"graf on {name}": (Process(("graf", "widths", "parameters"), name),)
        for name in ("raw", "floored", "log_error")
    },
    **{
        name: beside(name)
        for name in ("graf", "paths", "edges", "wl_directed_1", "wl_skeleton_1", "one_hot",
                     "statistics_plain", "gin_random_directed", "arch2vec_published", "ours")
    },
    **{
        " & ".join(names): beside(*names)
        for names in (
            ("graf", "ours"),
            ("graf", "edges"),
            ("graf", "wl_directed_1"),
            ("graf", "edges", "wl_directed_1"),
            ("graf", "edges", "ours"),
            ("graf", "wl_directed_1", "ours"),
            ("graf", "edges", "wl_directed_1", "ours"),
            ("graf", "paths", "edges", "wl_directed_1", "ours"),
        )
    },
}  # fmt: skip
BASELINES = ("paths, one length", "all of the trial, one length")


class Groups:
    """The groups of a space by name, each worked out when it is first asked for."""

    def __init__(self, space: cells.CellSpace):
        self.space = space
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str):
        if name not in self._known:
            parts = [predictor.group(self.space, part) for part in name.split("+")]
            self._known[name] = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
        return self._known[name]


def taus(variants: dict[str, Variant], groups: Groups, accuracy, n: int, draw: int) -> dict:
    """Kendall's tau-b of every variant over the cells that it has not learned, of one draw."""
    rows = drawn(len(accuracy), n, draw)
    others = np.setdiff1d(np.arange(len(accuracy)), rows)
    predicted = predictions(variants, groups, accuracy, rows)
    return {name: tau(found[others], accuracy[others]) for name, found in predicted.items()}


def drawn(cells_: int, n: int, draw: int) -> np.ndarray:
    """The n of so many cells that are learned in a draw."""
    return np.random.default_rng((SEED, n, draw)).choice(cells_, n, replace=False)


def predictions(variants: dict[str, Variant], groups: Groups, accuracy, rows) -> dict:
    """What every variant predicts of all cells, in its own unit, from the accuracies of these."""
    predicted: dict[Process, np.ndarray] = {}
    for process in dict.fromkeys(process for variant in variants.values() for process in variant):
        learned = targets.TARGETS[process.targets](accuracy[rows])
        predicted[process] = grouped.predict(
            [groups[name] for name in process.groups], rows, learned
        )
    return {
        name: np.mean([predicted[process] for process in variant], axis=0)
        for name, variant in variants.items()
    }


def tau(predicted, accuracy) -> float:
    """Kendall's tau-b between the two, to four decimals."""
    return round(float(stats.kendalltau(predicted, accuracy).statistic), 4)


# --- choice and report --------------------------------------------------------------------------


def on_measured() -> dict[str, dict]:
    """Mean tau, and its standard error, of every variant on the measured table."""
    table = benchmarks.load("measured")
    groups = Groups(cells.nasbench101().take(table.rows))
    draws = [taus(VARIANTS, groups, table.reported, LABELS, k) for k in range(CHOICE)]
    return {name: summary([draw[name] for draw in draws]) for name in VARIANTS}


def chosen(measured: dict[str, dict]) -> str:
    """The name of the variant that the rule of this experiment chooses."""

    def rank(name: str) -> tuple:
        processes = VARIANTS[name]
        many = sum(len(process.groups) for process in processes)
        return -round(measured[name]["mean"], 3), len(processes), many

    return min(measured, key=rank)


def told(name: str) -> dict[str, Variant]:
    """What is reported if this variant is chosen: it, each of its processes, the baselines."""
    alone = {v: VARIANTS[v] for v in VARIANTS if len(VARIANTS[v]) == 1}
    parts = {v: variant for v, variant in alone.items() if variant[0] in VARIANTS[name]}
    return {name: VARIANTS[name], **parts, **{v: VARIANTS[v] for v in BASELINES}}


def report(numbers: dict, save):
    """Draw after draw over NAS-Bench-101, few cells first, entered into the numbers."""
    accuracy = benchmarks.load("nasbench101").reported
    groups, variants = Groups(cells.nasbench101()), told(numbers["chosen"])
    for n, count in REPORT.items():
        rows = numbers["nasbench101"].setdefault(str(n), {name: [] for name in variants})
        for k in range(len(rows[numbers["chosen"]]), count):
            for name, tau in taus(variants, groups, accuracy, n, k).items():
                rows[name].append(tau)
            save()
        numbers["mean"][str(n)] = {name: summary(draws) for name, draws in rows.items()}
        save()
        show(f"tau from {n:,} cells of NAS-Bench-101", numbers["mean"][str(n)])


def show(title: str, means: dict[str, dict]):
    """A line for every variant."""
    print(title)
    for name, found in means.items():
        print(f"  {name:48}{found['mean']:.3f} +- {found['standard_error']:.3f}", flush=True)


def settings() -> dict:
    """What the numbers hang on."""
    return {
        "choice": [LABELS, CHOICE],
        "report": {str(n): draws for n, draws in REPORT.items()},
        "lengths_chosen_by": grouped.CHOSEN_BY,
        "variants": {name: [*map(str, variant)] for name, variant in VARIANTS.items()},
        "measured_table": hashlib.sha256(files.shipped("measured.csv")).hexdigest(),
    }


def main(arguments=None):
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args(arguments)
    print(f"Of {len(VARIANTS)} variants one is chosen: {COST}.", flush=True)
    started, numbers = time.perf_counter(), numbers_of("predictors")
    if numbers.get("settings") != settings():  # other settings, other numbers: start anew
        numbers = {"settings": settings(), "nasbench101": {}, "mean": {}}

    def save():
        record("predictors", "make predictors", numbers, seed=SEED, started=started)

    if "measured" not in numbers:
        numbers["measured"] = on_measured()
        numbers["chosen"] = chosen(numbers["measured"])
        save()
    show(f"tau from {LABELS} cells of the measured table", numbers["measured"])
    print(f"chosen: {numbers['chosen']}", flush=True)
    report(numbers, save)


if __name__ == "__main__":
    main()
