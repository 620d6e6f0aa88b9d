"""`make goals`: print the tables of the reproduction from data/results/, computing nothing anew."""

import json

import numpy as np

from reproduce import BASELINES, HEADLINE, STEPS, SWITCHES
from results import RESULTS

# Yan et al. 2020, Table 1, in per cent: reconstruction, validity, uniqueness. 101, then 201.
PAPER = {
    "gae": (98.75, 29.88, 99.25, 99.52, 79.28, 78.42),
    "vgae": (97.45, 41.18, 99.34, 98.32, 79.30, 88.42),
    "arch2vec_without_kl": (100, 30.31, 99.20, 100, 77.09, 96.57),
    "arch2vec_published": (100, 44.97, 99.69, 100, 79.41, 98.72),
}


def results(row: str, space: str = "101", split: str | None = None) -> list[dict]:
    """The numbers of all finished runs of a row, by split and seed."""
    files = sorted((RESULTS / "reproduce").glob(f"{row}-{space}-{split or '*'}-*.json"))
    return [json.loads(file.read_text())["numbers"] for file in files]


def spread(values) -> str:
    """Mean and standard deviation in per cent, with the number of runs."""
    values = 100 * np.array(list(values), float)
    if len(values) == 0:
        return "·"
    deviation = f" ± {values.std(ddof=1):.2f}" if len(values) > 1 else ""
    return f"{values.mean():.2f}{deviation} ({len(values)})"


def of_prior(runs: list[dict], prior: str, key: str, decoding: str | None = "greedy") -> str:
    """One rate of one prior over the runs."""
    found = [run["generation"][prior] for run in runs]
    return spread((f[decoding] if decoding else f)[key] for f in found)


def best_prior(row: str) -> str:
    """The prior that a row is reported with: the published one for arch2vec, for ours the full."""
    return "full_covariance" if row.startswith("ours") else "per_entry"


def published_rule(row: str) -> str:
    """The published rule wants the output in the last place; ours says where its padding is."""
    return "pruned" if row.startswith("ours") else "published"


def goal_table():
    """Every goal of the headline rows, by split."""
    rows = []
    for row in HEADLINE:
        prior = best_prior(row)
        for split in ("published", "class-aware"):
            runs = results(row, split=split)
            told = {run["cells_told_apart"]["distinct"] for run in runs}
            rows.append({
                "row": row, "split": split,
                "exact, held out": spread(r["exact_reconstruction_held_out"] for r in runs),
                "told apart": ", ".join(f"{n:,}" for n in sorted(told)) or "·",
                "valid, published": of_prior(runs, prior, published_rule(row)),
                "valid, strict": of_prior(runs, prior, "valid"),
                "yield at 10,000": of_prior(runs, prior, "distinct_per_draw"),
                "coverage": of_prior(runs, "full_covariance", "coverage", None),
                "held-out cells hit": of_prior(runs, "full_covariance", "held_out_hit", None),
            })  # fmt: skip
    return rows
