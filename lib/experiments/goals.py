"""`make goals`: print the tables of the reproduction from data/results/, computing nothing anew.

A cell holds the mean over the finished runs in per cent, their standard deviation where there are
several, and their number. Greedy decoding unless the column says otherwise.
"""

import json

import numpy as np
import pandas as pd

from reproduce import BASELINES, HEADLINE, STEPS, SWITCHES
from results import RESULTS, numbers_of

# Yan et al. 2020, Table 1, in per cent: reconstruction, validity, uniqueness, by space.
PAPER = {
    ("gae", "101"): (98.75, 29.88, 99.25),
    ("vgae", "101"): (97.45, 41.18, 99.34),
    ("arch2vec_without_kl", "101"): (100, 30.31, 99.20),
    ("arch2vec_published", "101"): (100, 44.97, 99.69),
    ("gae", "201"): (99.52, 79.28, 78.42),
    ("vgae", "201"): (98.32, 79.30, 88.42),
    ("arch2vec_without_kl", "201"): (100, 77.09, 96.57),
    ("arch2vec_published", "201"): (100, 79.41, 98.72),
}


def runs(row: str, space: str = "101", split: str = "*") -> list[dict]:
    """The numbers of all finished runs of a row."""
    files = sorted((RESULTS / "reproduce").glob(f"{row}-{space}-{split}-*.json"))
    return [json.loads(file.read_text())["numbers"] for file in files]


def spread(values) -> str:
    """Mean ± standard deviation in per cent, and the number of runs; a dot without any."""
    values = 100 * np.array(list(values), float)
    if len(values) == 0:
        return "·"
    deviation = f" ± {values.std(ddof=1):.2f}" if len(values) > 1 else ""
    return f"{values.mean():.2f}{deviation} ({len(values)})"


def rate(found: list[dict], prior: str, key: str, decoding: str = "greedy") -> str:
    """One rate of the draws from one prior."""
    return spread(run["generation"][prior][decoding][key] for run in found)


def prior_of(row: str) -> str:
    """Ours draws from the Gaussian of full covariance, arch2vec from its own prior."""
    return "full_covariance" if row.startswith("ours") else "per_entry"


def published_rule(row: str, space: str) -> str:
    """The published rule wants the output in the last place; ours says where its padding is."""
    return "pruned" if row.startswith("ours") and space == "101" else "published"


def _line(row: str, space: str, split: str, prior: str | None = None) -> dict:
    found, prior = runs(row, space, split), prior or prior_of(row)
    groups = [run["cells_told_apart"] for run in found if "cells_told_apart" in run]
    told = {group["distinct"] for group in groups if group["ambiguous"] == 0}
    line = {
        "exact, held out": spread(run["exact_reconstruction_held_out"] for run in found),
        "told apart": ", ".join(f"{n:,}" for n in sorted(told)) or "·",
        "valid, published": rate(found, prior, published_rule(row, space)),
        "valid, strict": rate(found, prior, "valid"),
        "unique": rate(found, prior, "unique"),
        "yield": rate(found, prior, "distinct_per_draw"),
    }
    for name in ("coverage", "held_out_hit"):  # of draws from the priors that rows report
        values = [run["generation"][prior].get(name) for run in found]
        line[name] = spread(value for value in values if value is not None)
    return line


def goal_table() -> pd.DataFrame:
    """The headline rows on NAS-Bench-101, by split, and on NAS-Bench-201."""
    lines = {}
    for row in HEADLINE:
        for space, split in (("101", "published"), ("101", "class-aware"), ("201", "random")):
            lines[row, space, split] = _line(row, space, split)
    return pd.DataFrame(lines).T.fillna("·")


def row_table(rows) -> pd.DataFrame:
    """Rows on NAS-Bench-101, the published split."""
    return pd.DataFrame({row: _line(row, "101", "published") for row in rows}).T.fillna("·")


def prior_table() -> pd.DataFrame:
    """The headline rows by prior and decoding: strict validity and yield."""
    lines = {}
    for row in HEADLINE:
        found = runs(row, split="published")
        for prior in found[0]["generation"] if found else ():
            for decoding in ("greedy", "sampled"):
                lines[row, prior, decoding] = {
                    "valid, strict": rate(found, prior, "valid", decoding),
                    "yield": rate(found, prior, "distinct_per_draw", decoding),
                }
    return pd.DataFrame(lines).T


def paper_table() -> pd.DataFrame:
    """Table 1 of the paper beside our runs, in its own measures."""
    lines = {}
    for space in ("101", "201"):
        for row in (*BASELINES, "arch2vec_published", "arch2vec_repaired", "ours"):
            found, prior = (
                runs(row, space, "published" if space == "101" else "random"),
                prior_of(row),
            )
            paper = PAPER.get((row, space), ("·",) * 3)
            lines[row, space] = {
                "paper: reconstruction, validity, uniqueness": " / ".join(map(str, paper)),
                "edges, entry by entry": spread(run["edges_entrywise"] for run in found),
                "whole cells": spread(run["exact_reconstruction_held_out"] for run in found),
                "valid, published": rate(found, prior, published_rule(row, space)),
                "valid, strict": rate(found, prior, "valid"),
                "unique of strict": rate(found, prior, "unique"),
            }
    return pd.DataFrame(lines).T


def expected_unique(draws: int, choices: int) -> float:
    """Expected number of distinct values among uniform draws from so many choices."""
    return choices * (1 - (1 - 1 / choices) ** draws)


def main():
    tables = {
        "Goals": goal_table(),
        "The oddities, one removed at a time": row_table([*list(HEADLINE)[:2], *SWITCHES]),
        "Baselines": row_table(BASELINES),
        "From arch2vec to ours": row_table(("arch2vec_repaired", *STEPS, "ours")),
        "Priors": prior_table(),
        "The paper's Table 1": paper_table(),
        "Nulls": pd.DataFrame(numbers_of("reproduce/nulls")).T,
    }  # fmt: skip
    for title, table in tables.items():
        print(f"\n{title}\n{table.to_string()}")
    valid = round(10_000 * 0.7941)
    expected = expected_unique(valid, 15_625)
    print(
        f"\nThe paper's NAS-Bench-201 row: {valid:,} valid draws, 98.72 % of them distinct, are "
        f"{valid * 0.9872:,.0f} cells. {valid:,} uniform draws from 15,625 strings give "
        f"{expected:,.0f} distinct ones on average, {100 * expected / valid:.1f} %."
    )


if __name__ == "__main__":
    main()
