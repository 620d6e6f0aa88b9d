"""`make brec`: 1-WL and 2-FWL on the 400 graph pairs of BREC, counted by category.

BREC (Wang and Zhang 2023, arXiv 2304.07702) is public: GitHub GraphPKU/BREC, MIT licence. Here its
pairs are read in graph6 form from `brec_pairs.json` in the folder that WL2NAS_CACHE names: a list
of {"subset", "g6_a", "g6_b"}. Only our own counts are written.
"""

import sys
import time
from pathlib import Path

from tqdm.auto import tqdm

from course.results import record
from wl2nas import files, graphs, wl
from wl2nas.theory import fwl


def pairs() -> list[dict]:
    """The pairs of BREC, or an exit in words where they are missing."""
    path = (files.environment_path("WL2NAS_CACHE") or Path()) / "brec_pairs.json"
    if not path.exists():
        sys.exit(
            f"make brec reads the 400 pairs of BREC from {path}, which is missing. Take the graphs "
            "from GitHub GraphPKU/BREC (arXiv 2304.07702), write them as a list of "
            '{"subset", "g6_a", "g6_b"} in graph6, and name the folder in WL2NAS_CACHE.'
        )
    return files.read_json(path)


def verdict(pair: dict) -> tuple[bool, bool]:
    """Whether 1-WL, and whether 2-FWL, separates a pair."""
    a, b = graphs.from_graph6(pair["g6_a"]), graphs.from_graph6(pair["g6_b"])
    return wl.separating_round(a, b) is not None, fwl.separating_round(a, b, k=2) is not None


def main():
    started = time.perf_counter()
    numbers: dict = {}
    for pair in tqdm(pairs(), unit="pair"):
        row = numbers.setdefault(
            pair["subset"], {"pairs": 0, "wl1": 0, "fwl2": 0, "most_vertices": 0}
        )
        wl1, fwl2 = verdict(pair)
        row["pairs"] += 1
        row["wl1"] += wl1
        row["fwl2"] += fwl2
        row["most_vertices"] = max(row["most_vertices"], len(graphs.from_graph6(pair["g6_a"])))
    record("brec", "make brec", numbers, started=started)
    for subset, row in numbers.items():
        print(f"{subset:>18}: {row}")


if __name__ == "__main__":
    main()
