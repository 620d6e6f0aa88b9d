"""The tables of the reproduction, read from data/results/reproduce.

A run is one training with its measurements; a row of a table is the mean over the runs that there
are. What was not measured yet is a dot.
"""

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from course import results
from wl2nas.models import kinds
from wl2nas.models.promise import habits_of

# Yan et al. 2020, Table 1, in per cent: reconstruction, validity, uniqueness.
PAPER = {
    "101": {
        "gae": (98.75, 29.88, 99.25),
        "vgae": (97.45, 41.18, 99.34),
        "arch2vec_without_kl": (100, 30.31, 99.20),
        "arch2vec_published": (100, 44.97, 99.69),
    },
    "201": {
        "gae": (99.52, 79.28, 78.42),
        "vgae": (98.32, 79.30, 88.42),
        "arch2vec_without_kl": (100, 77.09, 96.57),
        "arch2vec_published": (100, 79.41, 98.72),
    },
}
# What the notebooks call a row; a row without a name here keeps its own.
CALLED = {
    "gae": "graph autoencoder",
    "vgae": "variational graph autoencoder",
    "arch2vec_without_kl": "arch2vec without the KL",
    "arch2vec_published": "arch2vec as published",
    "arch2vec_repaired": "arch2vec, noise kept on",
    "kl_normalised_once": "KL divided once",
    "softmax": "softmax for the operations",
    "padding_masked": "padding masked",
    "reshuffled": "cells reshuffled",
    "all_repaired": "all five",
    "directed_encoder": "an encoder with directions",
    "asymmetric_decoder": "and asymmetric edges",
    "ours_shorter": "ours, 16 epochs",
    "ours_undirected": "ours on A + Aᵀ",
    "ours": "ours",
    "ours_collapsed": "ours, collapsed",
    "ours_not_blurred": "ours, never blurred",
    "ours_high_kl": "ours, ten times the KL",
    "resampled_training": "training cells again",
    "uniform": "a uniform sampler",
    "iid": "independent edges",
}
# Where the numbers of a run stand in its file. "own" and "own rule": see ``at``.
EXACT = "exact_reconstruction_held_out"
TOLD_APART = "cells_told_apart/distinct"
VALID = "generation/own/greedy/own rule"
STRICT = "generation/own/greedy/valid"
UNIQUE = "generation/own/greedy/unique"
YIELD = "generation/own/greedy/distinct_per_draw"
COVERAGE = "generation/own/coverage"


def runs(row: str, *, space: str = "101", split: str | None = None) -> list[dict]:
    """The numbers of all finished runs of a row, in the order of their seeds; perhaps none.

    Without a split: the published one of NAS-Bench-101, the random one of NAS-Bench-201.
    """
    split = split or {"101": "published", "201": "random"}[space]
    found = results.names(f"reproduce/{row}-{space}-{split}-*")
    return [results.numbers_of(name) for name in found]


def at(run: dict, path: str):
    """The number of a run at a path such as "generation/full_covariance/greedy/valid".

    "own" is the prior that a model is reported with: per entry, as published, for latents of
    vertices; of full covariance for latents of cells. "own rule" is the published rule of
    validity; where the model itself says what is padding, after dropping that. None where the
    file does not have it, and for a number of vectors that rounding leaves open.
    """
    habits = habits_of(kinds.with_settings(run.get("model", {})))
    drops_padding = habits.decodes_padding and run["run"]["space"] == "101"
    names = {
        "own": habits.prior,
        "own rule": "pruned" if drops_padding else "published",
    }
    if path == TOLD_APART and run.get("cells_told_apart", {}).get("ambiguous") != 0:
        return None
    found: Any = run
    for name in path.split("/"):
        found = found.get(names.get(name, name)) if isinstance(found, dict) else None
    return found


def measured(row: str, path: str, **which) -> np.ndarray:
    """One number of every finished run of a row."""
    found = [at(run, path) for run in runs(row, **which)]
    return np.array([value for value in found if value is not None])


def written(values: np.ndarray) -> str:
    """Shares in per cent, mean and standard deviation, to three digits above 99.9, which two might
    round to all; counts as they are, from least to most."""
    if len(values) == 0:
        return "·"
    if values.dtype.kind in "iu":
        return "–".join(f"{count:,}" for count in dict.fromkeys((values.min(), values.max())))
    digits = 3 if 0.999 < values.mean() < 1 else 2
    deviation = f" ± {100 * values.std(ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{100 * values.mean():.{digits}f}{deviation}"


def means(rows, columns: dict[str, str], **which) -> pd.DataFrame:
    """A table of text: rows by name, columns as paths into the files of their runs."""
    table = pd.DataFrame(
        {name: [written(measured(row, path, **which)) for row in rows]
         for name, path in columns.items()},
        index=pd.Index(list(rows), name="in per cent"),
    )  # fmt: skip
    return table.assign(runs=[len(runs(row, **which)) for row in rows])


def called(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with the names that the notebooks use for its rows."""
    return table.rename(index=CALLED)


def table_1(space: str) -> pd.DataFrame:
    """Table 1 of the paper beside ours: its three measures, and four of ours."""
    rows = (*PAPER[space], "arch2vec_repaired", "ours")
    columns = {"exact": EXACT, "valid": VALID, "strict": STRICT, "unique": UNIQUE}
    paper = [
        [f"{number:.2f}" for number in PAPER[space][row]] if row in PAPER[space] else ["·"] * 3
        for row in rows
    ]
    names = [f"paper: {name}" for name in ("exact", "valid", "unique")]
    beside = pd.DataFrame(paper, index=list(rows), columns=names)
    return beside.join(means(rows, columns, space=space)).rename_axis("in per cent")


def nulls() -> pd.DataFrame:
    """Generators without a model of cells, judged as ours is; an empty table if not measured."""
    if not (found := results.numbers_of("reproduce/nulls")):
        return pd.DataFrame()
    shares = pd.DataFrame(found).T
    names = {"valid": "strict", "unique": "unique", "distinct_per_draw": "yield",
             "coverage": "coverage", "new": "new"}  # fmt: skip
    shares = shares.rename(columns=names).reindex(columns=names.values())
    return shares.map(lambda share: written(np.array([share], float))).rename_axis("in per cent")


def exact_by_epoch(row: str, **which) -> Float[np.ndarray, " E"]:
    """Exact reconstruction of held-out cells after every epoch, the mean over the runs; not a
    number where a run was interrupted, empty where there is no run."""
    curves = [run["exact_by_epoch"] for run in runs(row, **which)]
    return np.array(curves, float).mean(axis=0) if curves else np.zeros(0)
