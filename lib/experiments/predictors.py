"""`make predictors`: which predictor of accuracies is best, chosen on one table, told on another.

* **Choice.** Every variant of ``VARIANTS`` learns the mean test accuracies of n random cells of the
  measured table and predicts its others; Kendall's tau-b is between prediction and accuracy. The
  draws of cells are the same for all. Chosen is the first in the list, which goes from simple to
  elaborate, whose tau (the mean over the sizes) is behind the best by no more than ``WORTH``, or
  than one standard error of their paired difference: less is no reason to be elaborate.
* **Report.** The chosen one, once, over NAS-Bench-101, with the cells of `make downstream`: n of
  them are learned, all others are judged by the mean test accuracies of the public table. Beside it
  ``SELECTED_THERE``, which was found in trials on NAS-Bench-101 itself and is marked so.
* **Control.** The chosen one with permuted accuracies, as in `make downstream`.
* **Ceiling.** Tau of a single training's validation accuracy with the mean test accuracy. The
  public table has no validation; with ``--official FILE`` it is computed from Google's file.

Resumable: every variant, and every draw of the report, is written when it is done. Only aggregates
are written.
"""

import argparse
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from course.representations import REPRESENTATIONS
from course.results import numbers_of, record
from experiments import downstream
from experiments.downstream import training_cells
from wl2nas import benchmarks, cells, features, files, wl
from wl2nas.features import standardised
from wl2nas.search import additive, gp, targets

SEED = 0
COST = "about 2 minutes of one core for the choice, 15 for the report"
CHOICE = {100: 20, 424: 4, 1_266: 2}  # training cells of the measured table: draws of them
WORTH = 0.001  # of tau
REPORT = {n: downstream.DRAWS[n] for n in (100, 424, 4_236)}
CHOSEN_BY = 500  # training cells that choose lengths and noise, at most
CEILING = {"kendall_tau": 0.900, "source": "a trial on 30,001 cells, not computed by this command"}


# --- variants -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Variant:
    """A model, the groups of features that it reads ("a+b" is one group), and what it learns."""

    model: str
    groups: tuple[str, ...]
    targets: str = "normal_scores"

    @property
    def name(self) -> str:
        """A line that tells it from all others."""
        return f"{self.model}: {' | '.join(self.groups)}; {self.targets}"


GROUPS: dict[str, Callable] = {
    "paths": lambda space: standardised(features.path_statistics(space)),
    "graf": lambda space: standardised(features.graf(space)),
    "widths": lambda space: standardised(features.branch_widths(space)),
    "parameters": lambda space: standardised(np.log(features.trainable_parameters(space))[:, None]),
    "colours": lambda space: wl.colour_counts(space, direction="both", rounds=1),
    "ours": lambda space: standardised(REPRESENTATIONS["ours"].features(space)),
}
IN_LIBRARY = Variant("sum", ("graf", "widths"))
SELECTED_THERE = Variant("sum", ("paths+parameters",))
VARIANTS = (
    *(Variant("rbf", ("paths+parameters",), name) for name in ("floored", "raw", "normal_scores")),
    SELECTED_THERE,
    *(Variant("sum", groups) for groups in (
        ("paths",), ("graf+parameters",), ("graf+widths",), ("paths+widths",),
        ("paths", "parameters"), ("graf", "parameters"), ("paths", "widths"))),
    IN_LIBRARY,
    Variant("sum", ("graf", "widths"), "floored"),
    *(Variant("sum", ("graf", "widths", more)) for more in ("colours", "ours", "graf+widths")),
)  # fmt: skip


class Values:
    """The groups of a space by name, each worked out when it is first asked for."""

    def __init__(self, space):
        self.space, self._known = space, {}

    def __getitem__(self, group: str):
        if group not in self._known:
            parts = [GROUPS[name](self.space) for name in group.split("+")]
            self._known[group] = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
        return self._known[group]


def predict(variant: Variant, groups: list, rows: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """What a variant predicts for all cells, (N,), from answers at these rows."""
    learned = targets.TARGETS[variant.targets](answers)
    if variant.model == "sum":
        return additive.predict(groups, rows, learned, chosen_by=CHOSEN_BY)
    (values,) = groups
    known = values[rows]
    process = gp.fit(gp.squared_distances(known, known), learned, chosen_by=CHOSEN_BY)
    return process.mean(gp.squared_distances(values, known))


def tau(variant: Variant, groups: list, accuracy, rows: np.ndarray, answers) -> float:
    """Kendall's tau-b over the other cells."""
    others = np.ones(len(accuracy), bool)
    others[rows] = False
    found = predict(variant, groups, rows, answers)
    return float(stats.kendalltau(found[others], accuracy[others]).statistic)


# --- choice -------------------------------------------------------------------------------------


def on_measured(variant: Variant, values: Values, accuracy) -> dict[str, list[float]]:
    """Tau of every draw by the number of training cells."""
    groups, found = [values[group] for group in variant.groups], {}
    for n, draws in CHOICE.items():
        training = [training_cells(len(accuracy), n, k) for k in range(draws)]
        taus = [tau(variant, groups, accuracy, rows, accuracy[rows]) for rows in training]
        found[str(n)] = np.round(taus, 4).tolist()
    return found


def chosen(taus: dict[str, dict[str, list[float]]]) -> str:
    """The first variant that is not clearly behind the best; each size counts alike."""

    def mean(name: str) -> float:
        return float(np.mean([np.mean(draws) for draws in taus[name].values()]))

    best = max(taus, key=mean)

    def behind(name: str) -> bool:
        apart = [np.subtract(taus[best][n], taus[name][n]) for n in taus[name]]
        errors = [d.std(ddof=1) / len(d) ** 0.5 for d in apart]
        return mean(best) - mean(name) > max(np.hypot.reduce(errors) / len(errors), WORTH)

    return next(name for name in taus if not behind(name))


def choose(numbers: dict, save: Callable[[], None]) -> Variant:
    """The variant chosen on the measured table; those measured before are not measured again."""
    table = benchmarks.load("measured")
    values = Values(cells.nasbench101().take(table.rows))
    for variant in VARIANTS:
        if variant.name not in numbers["measured"]:
            numbers["measured"][variant.name] = on_measured(variant, values, table.reported)
            means = [f"{np.mean(t):.4f}" for t in numbers["measured"][variant.name].values()]
            print(f"{variant.name:60}{'  '.join(means)}", flush=True)
            save()
    numbers["chosen"] = chosen({v.name: numbers["measured"][v.name] for v in VARIANTS})
    save()
    return next(variant for variant in VARIANTS if variant.name == numbers["chosen"])


# --- report -------------------------------------------------------------------------------------


def report(variant: Variant, values: Values, accuracy, draws: dict[str, list], save):
    """Tau of every draw over NAS-Bench-101, few training cells first; entered into ``draws``."""
    groups = [values[group] for group in variant.groups]
    for n, count in REPORT.items():
        taus = draws.setdefault(str(n), [])
        for k in range(len(taus), count):
            rows = training_cells(len(accuracy), n, k)
            taus.append(round(tau(variant, groups, accuracy, rows, accuracy[rows]), 4))
            save()
        print(f"{variant.name}, tau from {n:,}: {np.mean(taus):.3f}", flush=True)


def control(variant: Variant, values: Values, accuracy) -> dict:
    """Tau of predictions from permuted accuracies, over a sample of other cells."""
    groups, taus = [values[group] for group in variant.groups], []
    for k in range(downstream.PERMUTATIONS):
        rows = training_cells(len(accuracy), downstream.CONTROL + downstream.OTHERS, k)
        known = np.arange(downstream.CONTROL)
        mixed = np.random.default_rng((SEED, k)).permutation(accuracy[rows[known]])
        taus.append(tau(variant, [x[rows] for x in groups], accuracy[rows], known, mixed))
    return downstream.summary(taus)


def ceiling(official: str) -> dict:
    """Tau of one training's validation with the mean test accuracy, from Google's file."""
    table = benchmarks.from_tfrecord(official).table(validation="one", seed=SEED)
    found = stats.kendalltau(table.objective, table.reported).statistic
    return {
        "kendall_tau": round(float(found), 4),
        "source": f"{len(table):,} cells of the official file",
    }


def settings() -> dict:
    """What the numbers hang on."""
    return {
        "choice": {str(n): draws for n, draws in CHOICE.items()},
        "report": {str(n): draws for n, draws in REPORT.items()},
        "chosen_by": CHOSEN_BY,
        "measured_table": hashlib.sha256(files.shipped("measured.csv")).hexdigest(),
        "selected_on_nasbench101": SELECTED_THERE.name,
    }


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--official", help="Google's nasbench_only108.tfrecord, for the ceiling")
    official = parser.parse_args(arguments).official
    print(f"Takes {COST}.", flush=True)
    started, numbers = time.perf_counter(), numbers_of("predictors")
    if numbers.get("settings") != settings():  # other settings, other numbers: start anew
        numbers = {"settings": settings(), "measured": {}, "nasbench101": {}}

    def save():
        numbers["mean"] = {
            name: {n: downstream.summary(taus) for n, taus in draws.items() if len(taus) > 1}
            for name, draws in numbers["nasbench101"].items()
        }
        record("predictors", "make predictors", numbers, seed=SEED, started=started)

    best = choose(numbers, save)
    accuracy = benchmarks.load("nasbench101").reported
    values = Values(cells.nasbench101())
    if numbers.get("permuted", {}).get("variant") != best.name:
        numbers["permuted"] = {"variant": best.name, **control(best, values, accuracy)}
    numbers["ceiling"] = ceiling(official) if official else numbers.get("ceiling", CEILING)
    for variant in (best, SELECTED_THERE):
        draws = numbers["nasbench101"].setdefault(variant.name, {})
        report(variant, values, accuracy, draws, save)


if __name__ == "__main__":
    main()
