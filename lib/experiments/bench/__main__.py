"""`make bench`: run it on an idle machine; the load is recorded.

python -m experiments.bench                    every section but exact, into data/results/bench.json
python -m experiments.bench searching public   these sections, printed and not kept
"""

import argparse
import time

from course.results import load_average, processor, record
from experiments.bench import encoding, public, reading, searching, spaces, training
from wl2nas import cells

SECTIONS = {  # with about how long it takes on two idle cores
    "spaces": (spaces.bench, "enumeration, colour refinement (1/4 min)"),
    "searching": (searching.bench, "canonical codes, neighbours, every search (1 1/2 min)"),
    "reading": (reading.bench, "the official file, 400,000 records (1 min)"),
    "training": (training.bench, "both models, beside the machine's matrix products (2 min)"),
    "public": (public.bench, "the port beside the public step, if PyTorch is there (2 1/2 min)"),
    "encoding": (encoding.bench, "the latent space, there and back (1 min)"),
    "exact": (training.to_exact, "ours until held-out cells are exact; only by name (10 min)"),
}
GOALS = {
    "ratio_wl": "at least 400",
    "search_gp_pool_of_20000_s": "at most 1",
    "gp_scores_all_cells_at_200_s": "at most 1.5",
    "tfrecord_records_per_s_one_core": "at least 100,000",
    "share_of_matmul_rate_arch2vec": "at least 0.4",
    "share_of_matmul_rate_ours": "at least 0.4",
    "ratio_public_one_core": "at least 4",
    "ratio_public_two_cores": "at least 4",
}


def measured(name: str, space) -> dict[str, float]:
    """The numbers of a section, to three digits, and its own seconds; printed when it is done."""
    started, (bench, _) = time.perf_counter(), SECTIONS[name]
    numbers = bench(space)
    numbers[f"seconds_of_{name}"] = time.perf_counter() - started
    numbers = {key: float(f"{value:.3g}") for key, value in numbers.items()}
    for key, value in numbers.items():
        goal = f"   (goal: {GOALS[key]})" if key in GOALS else ""
        print(f"{key:>52}: {value:,g}{goal}", flush=True)
    return numbers


def main():
    sections = "\n".join(f"  {name:10} {what}" for name, (_, what) in SECTIONS.items())
    parser = argparse.ArgumentParser(
        prog="python -m experiments.bench",
        description=f"{__doc__}\nsections:\n{sections}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sections", nargs="*", help="names from the list above")
    chosen = parser.parse_args().sections
    if unknown := [name for name in chosen if name not in SECTIONS]:
        parser.error(f"no section {unknown[0]!r}; there are {', '.join(SECTIONS)}")
    started, space = time.perf_counter(), cells.nasbench101()
    numbers = {"load_before": load_average()}
    print(f"{processor()}; load average {numbers['load_before']}", flush=True)
    for name in chosen or [name for name in SECTIONS if name != "exact"]:
        numbers |= measured(name, space)
    if not chosen:
        record("bench", "make bench", numbers, seed=0, started=started)


if __name__ == "__main__":
    main()
