"""Run it on an idle machine; the load is recorded. Baselines over a sample are scaled to the space.

``--to-exact`` also trains ours until held-out cells are exact: ten minutes more.
"""

import sys
import time

import numpy as np

from course.results import load_average, record
from experiments.bench import reading, searching, spaces, training
from wl2nas import cells

SAMPLE = 10_000


def main():
    started, load = time.perf_counter(), load_average()
    space = cells.nasbench101()
    sample = space.take(np.random.default_rng(0).choice(len(space), SAMPLE, replace=False))
    numbers = {"load_before": load}
    numbers |= spaces.bench_space(space, sample) | spaces.bench_wl(space, sample)
    numbers |= spaces.bench_neighbours(space, sample) | searching.bench_search(space)
    numbers |= reading.bench_tfrecord() | training.bench_training(space)
    numbers |= training.bench_public_step(space) | training.bench_latent(space)
    if "--to-exact" in sys.argv:  # ten minutes more
        numbers |= training.ours_to_exact(space)
    numbers = {name: float(f"{value:.3g}") for name, value in numbers.items()}
    record("bench", "make bench", numbers, seed=0, started=started)
    for name, value in numbers.items():
        print(f"{name:>52}: {value:,g}")


if __name__ == "__main__":
    main()
