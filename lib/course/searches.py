"""What `make search` found, as tables: means, paired differences with bands, shares that reached.

A ground is one of `make search`: "A", "B", "cifar10", ...; an arm is a method on a representation,
such as "gp/statistics" or "evolution". Runs of two arms with one seed are compared with each other:
they saw the same noise and, where they start at random, the same first cells.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

from course import representations, results

METHODS = {"gp": "", "wl": "kernel of colours, ", "dngo": "DNGO, ", "reinforce": "REINFORCE, ",
           "forest": "random forest, ", "random": "random search", "local": "local search",
           "evolution": "evolution"}  # fmt: skip
DIRECTIONS = {"undirected": "skeleton", "both": "with direction"}
LEVEL = 0.05  # the share of families of comparisons that would hold a false difference

# Yan et al. 2020, result files of their repository: mean test accuracy on NAS-Bench-101 after 100
# questions. Their searches see validation accuracies: they stand beside ground B, not beside A.
PUBLISHED_AT_100 = {
    "arch2vec, Bayesian optimisation": 93.963,
    "arch2vec, REINFORCE": 93.833,
    "supervised, Bayesian optimisation": 93.596,
    "supervised, REINFORCE": 93.581,
    "REINFORCE without embedding": 93.432,
    "regularised evolution": 93.423,
    "random search": 93.418,
}


def arms(ground: str) -> dict[str, dict]:
    """The arms that ran on a ground, by name; FileNotFoundError where none did."""
    return results.read(f"search/{ground}")["numbers"]["arms"]


def at(arm: dict, questions: int, what: str = "mean") -> float:
    """A number of an arm after so many questions; NaN where it asked fewer."""
    if questions not in arm["questions"]:
        return float("nan")
    return arm[what][arm["questions"].index(questions)]


def table(ground: str, names: Iterable[str], questions: Iterable[int]) -> pd.DataFrame:
    """Means and standard errors in percent, a row for an arm; a dot where it asked fewer."""
    found, questions = arms(ground), list(questions)
    names, columns = list(names), [str(q) for q in questions]
    rows = [[_written(found[name], q) for q in questions] for name in names]
    frame = pd.DataFrame(rows, index=map(called, names), columns=columns)
    return frame.assign(runs=[found[name]["runs"] for name in names])


def _written(arm: dict, questions: int) -> str:
    mean, error = at(arm, questions), at(arm, questions, "standard_error")
    return "·" if np.isnan(mean) else f"{mean:.3f} ± {error:.3f}"


def by_seed(arm: dict, questions: int) -> Float[np.ndarray, " R"]:
    """What every run held after so many questions, in the order of seeds."""
    return np.array(arm["by_seed"][str(questions)])


def difference(a: dict, b: dict, questions: int, comparisons: int = 1) -> tuple[float, float]:
    """a minus b seed by seed, in points: the mean, and half the width of its band.

    The band holds the true mean in 95 of 100 cases; where several comparisons are made, all of them
    in 95 of 100 (Bonferroni). Seeds that only one of them has are left out.
    """
    gaps = [by_seed(arm, questions) for arm in (a, b)]
    n = min(map(len, gaps))
    gap = gaps[0][:n] - gaps[1][:n]
    quantile = stats.t.ppf(1 - LEVEL / 2 / comparisons, n - 1)
    return float(gap.mean()), float(quantile * gap.std(ddof=1) / n**0.5)


def differences(ground: str, pairs: Iterable[tuple[str, str]], questions: int) -> pd.DataFrame:
    """``difference`` of every pair of arms, corrected for how many pairs there are."""
    found, pairs = arms(ground), list(pairs)
    rows = []
    for a, b in pairs:
        mean, half = difference(found[a], found[b], questions, len(pairs))
        ahead = "neither" if abs(mean) <= half else "first" if mean > 0 else "second"
        band = f"{mean - half:+.3f} to {mean + half:+.3f}"
        rows.append((called(a), called(b), f"{mean:+.3f}", band, ahead))
    return pd.DataFrame(rows, columns=["first", "second", "points", "band", "ahead"])


def shares(ground: str, names: Iterable[str], questions: Iterable[int]) -> pd.DataFrame:
    """The runs in percent that hold one of the two best cells of the table."""
    found, names = arms(ground), list(names)
    return pd.DataFrame(
        {str(q): [f"{100 * at(found[name], q, 'share_at_second_best'):.0f}" for name in names]
         for q in questions}, index=map(called, names),
    )  # fmt: skip


def label(name: str) -> str:
    """What a description is called in figures."""
    return representations.features.named(name).label  # those of the course among them


def called(arm: str) -> str:
    """What an arm is called in tables: "gp/ours, raw" is "ours, raw"."""
    method, _, rest = arm.partition("/")
    if not rest:
        return METHODS.get(method, method)
    name, comma, more = rest.replace("selected on NAS-Bench-101", "marked").partition(", ")
    description = DIRECTIONS[name] if method == "wl" else label(name)
    return f"{METHODS[method]}{description}{comma}{more}"


def dot(arm: dict, questions: int) -> tuple[float, float]:
    """The mean after so many questions, and half the width of its band."""
    quantile = stats.t.ppf(1 - LEVEL / 2, arm["runs"] - 1)
    return at(arm, questions), float(quantile * at(arm, questions, "standard_error"))


def levers(
    ground: str, names: Iterable[str], targets: Iterable[str], chosen: str, questions: int
) -> pd.DataFrame:
    """Means and standard errors of descriptions (rows) under what is learned (columns)."""
    found, targets = arms(ground), list(targets)
    return pd.DataFrame(
        [[_written(found[f"gp/{name}" + ("" if t == chosen else f", {t}")], questions)
          for t in targets] for name in names],
        index=[label(name) for name in names], columns=targets,
    )  # fmt: skip


def across(grounds: Iterable[str], names: Iterable[str], questions: int) -> pd.DataFrame:
    """Means and standard errors of arms (rows) on several grounds (columns)."""
    columns, names = {}, list(names)
    for ground in grounds:
        found = arms(ground)
        columns[ground] = [_written(found[name], questions) for name in names]
    return pd.DataFrame(columns, index=map(called, names))
