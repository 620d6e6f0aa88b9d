"""`make goals`: print the tables of the reproduction from data/results/, computing nothing anew.

The tables are those of notebook 07c: means over the finished runs, in per cent, with the standard
deviation where there are several; a dot is not measured yet. Greedy decoding unless said otherwise.
"""

import pandas as pd

from course import tables
from experiments.reproduce import BASELINES, HEADLINE, STEPS, SWITCHES

GOALS = {
    "exact": tables.EXACT,
    "told apart": tables.TOLD_APART,
    "valid": tables.VALID,
    "strict": tables.STRICT,
    "unique": tables.UNIQUE,
    "yield": tables.YIELD,
    "coverage": tables.COVERAGE,
    "of held-out": "generation/own/held_out_hit",
    "coverage, sampled": "generation/own/coverage_sampled",
}
ENTRIES = {"operations": "operations_entrywise", "edges": "edges_entrywise"}
PRIORS = {
    f"{prior}, {decoding}: {name}": f"generation/{prior}/{decoding}/{key}"
    for prior in ("standard", "per_entry", "per_entry_shared", "full_covariance")
    for decoding in ("greedy", "sampled")
    for name, key in (("strict", "valid"), ("yield", "distinct_per_draw"))
}


def goal_table() -> pd.DataFrame:
    """The headline rows on NAS-Bench-101, by split, and on NAS-Bench-201."""
    places = (("101", "published"), ("101", "class-aware"), ("201", "random"))
    return pd.concat(
        {place: tables.means(HEADLINE, GOALS, space=place[0], split=place[1]) for place in places}
    )


def expected_unique(draws: int, choices: int) -> float:
    """Expected number of distinct values among uniform draws from so many choices."""
    return choices * (1 - (1 - 1 / choices) ** draws)


def main():
    rows = [*HEADLINE, *BASELINES]
    found = {
        "Goals": goal_table(),
        "The oddities, one removed at a time":
            tables.means([*list(HEADLINE)[:2], *SWITCHES], GOALS),
        "Baselines": tables.means(BASELINES, GOALS),
        "From arch2vec to ours": tables.means(["all_repaired", *STEPS, "ours"], GOALS),
        "Priors (transposed)": tables.means(HEADLINE, PRIORS).T,
        "Entry by entry, as the public code counts": tables.means(rows, ENTRIES),
        "The paper's Table 1, NAS-Bench-101": tables.table_1("101"),
        "The paper's Table 1, NAS-Bench-201": tables.table_1("201"),
        "Nulls": tables.nulls(),
    }  # fmt: skip
    for title, table in found.items():
        print(f"\n{title}\n{table.to_string()}")
    _, valid, unique = tables.PAPER["201"]["arch2vec_published"]
    draws = round(100 * valid)
    expected = expected_unique(draws, 15_625)
    print(
        f"\nThe paper's NAS-Bench-201 row: {draws:,} valid draws, {unique} % of them distinct, are "
        f"{draws * unique / 100:,.0f} cells. {draws:,} uniform draws from 15,625 strings give "
        f"{expected:,.0f} distinct ones on average, {100 * expected / draws:.1f} %."
    )


if __name__ == "__main__":
    main()
