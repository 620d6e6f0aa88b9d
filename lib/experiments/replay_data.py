"""`make replay-data`: the runs that the search replay shows, on the measured table.

Sixty questions, ten of them dealt, as in notebook 09; four representations for the process. Equal
vectors of a trained one are made equal first, as `make search` does.
"""

import time

from course import representations
from course.results import record
from experiments.search_grounds import ground_of
from wl2nas.explore import replay

NAMES = ("statistics", "wl_directed", "arch2vec_published", "ours")
SEEDS = 50


def main():
    started, ground = time.perf_counter(), ground_of("measured")
    described = {
        name: (representations.REPRESENTATIONS[name].label, ground.features(name)) for name in NAMES
    }
    numbers = replay.record(ground.table, described, seeds=range(SEEDS))
    record("replay", "make replay-data", numbers, seed=list(range(SEEDS)), started=started)
    print(f"{len(numbers['runs'])} methods, {SEEDS} runs of {numbers['questions']} questions each: "
          f"{time.perf_counter() - started:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
