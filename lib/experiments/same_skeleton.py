"""`make same-skeleton`: how alike are the accuracies of cells with one skeleton?

On NAS-Bench-101's mean test accuracies of three trainings (downloaded once, see
`wl2nas.benchmarks.nasbench101`). The two cells of every skeleton that exactly two cells share make
the pairs. Two nulls pair the same cells otherwise: at random, and matched, with a cell of as many
vertices, edges and operations of each kind, but of another skeleton.
Everything is measured twice: with all cells, and without those that may hold a failed training.
Only aggregates are written; gaps are in percentage points.
"""

import time

import numpy as np
from scipy import stats

from results import record
from wl2nas import benchmarks, cells, wl

SEED, RESAMPLES = 0, 200
QUANTILES = (5, 25, 50, 75, 95)
EDGES = (*np.arange(0, 10, 0.25).tolist(), 10.0, 20.0, 50.0, 100.0)
LARGE = 20  # points
# A failed training stays at chance, 10 %. Means of three with k failures and 3 - k trainings that
# reach a % lie at (10 k + (3 - k) a) / 3; the bands, in percent, hold the peaks that this makes.
FAILED = {"three": (0, 15), "two": (30, 42), "one": (55, 67)}
SOUND = 67.0  # above (10 + 2 * 95) / 3: from here on none of the three trainings failed


def skeleton_classes(space) -> np.ndarray:
    """The number of its skeleton for every cell, (N,); two rounds tell all skeletons apart."""
    codes = wl.space_codes(space, direction="undirected", rounds=2)[2]
    return np.unique(codes, return_inverse=True)[1]


def composition(space) -> np.ndarray:
    """The number of its vertices, edges and operation counts for every cell, (N,)."""
    counts = [(space.ops == op).sum(axis=1) for op in (cells.CONV1X1, cells.CONV3X3, cells.MAXPOOL)]
    key = np.stack([space.n_vertices, space.n_edges, *counts], axis=1)
    return np.unique(key, axis=0, return_inverse=True)[1].reshape(-1)


def classes_of_two(classes: np.ndarray) -> np.ndarray:
    """The rows of the two cells of every class of exactly two, (P, 2)."""
    order = np.argsort(classes, kind="stable")
    counts = np.bincount(classes)
    starts = np.cumsum(counts) - counts
    first = starts[counts == 2]
    return np.stack([order[first], order[first + 1]], axis=1)


def random_pairs(pairs, rng) -> np.ndarray:
    """As many pairs of different rows, drawn from the rows in ``pairs``, (P, 2)."""
    rows = pairs.ravel()
    first = rng.integers(len(rows), size=len(pairs))
    second = (first + rng.integers(1, len(rows), size=len(pairs))) % len(rows)
    return rows[np.stack([first, second], axis=1)]


def matched_pairs(pairs, classes, groups, rng) -> np.ndarray:
    """One row of every pair, drawn, with another of its group but not of its class, (Q, 2).

    The other one is drawn from the rows in ``pairs`` too. Both rows of a pair are of one group; a
    pair whose group holds no third row is left out.
    """
    rows = pairs.ravel()
    order = rows[np.argsort(groups[rows], kind="stable")]
    counts = np.bincount(groups[rows])
    starts = np.cumsum(counts) - counts
    anchor = pairs[np.arange(len(pairs)), rng.integers(2, size=len(pairs))]
    anchor = anchor[counts[groups[anchor]] > 2]
    partner = anchor.copy()
    while len(same := np.flatnonzero(classes[partner] == classes[anchor])):
        group = groups[anchor[same]]
        partner[same] = order[starts[group] + rng.integers(counts[group])]
    return np.stack([anchor, partner], axis=1)


def spearman(a, b) -> float:
    """Spearman between the pairs and the pairs the other way round."""
    both = np.concatenate([a, b])
    ranks = stats.rankdata(both)
    return float(np.corrcoef(ranks, np.concatenate([ranks[len(a) :], ranks[: len(a)]]))[0, 1])


def bootstrap_se(statistic, a, b, rng) -> float:
    """Standard deviation of a statistic over resamples of the pairs."""
    drawn = (rng.integers(len(a), size=len(a)) for _ in range(RESAMPLES))
    return float(np.std([statistic(a[k], b[k]) for k in drawn], ddof=1))


def median_gap(a, b) -> float:
    """Median of the absolute differences."""
    return float(np.median(np.abs(a - b)))


def describe(accuracy, pairs, rng) -> dict:
    """Rank correlation and gaps of some pairs of rows."""
    a, b = accuracy[pairs].T
    gaps = np.abs(a - b)
    return {
        "pairs": len(pairs),
        "spearman": spearman(a, b),
        "spearman_se": bootstrap_se(spearman, a, b, rng),
        "median_gap": median_gap(a, b),
        "median_gap_se": bootstrap_se(median_gap, a, b, rng),
        "gap_quantiles": dict(
            zip(map(str, QUANTILES), np.percentile(gaps, QUANTILES).tolist(), strict=True)
        ),
        "gaps_above_20": int((gaps > LARGE).sum()),
        "histogram": np.histogram(gaps, EDGES)[0].tolist(),
    }


def variance_within(accuracy, labels) -> dict:
    """One-way analysis of variance over the classes of at least two cells.

    The share of the sum of squares that lies within classes, and the intraclass correlation
    ICC(1) with the usual mean class size n0. Source: Donner 1986, Int. Stat. Review 54.
    """
    sizes = np.bincount(labels)
    kept = sizes[labels] >= 2
    values, labels = accuracy[kept], np.unique(labels[kept], return_inverse=True)[1]
    sizes = np.bincount(labels)
    n, k = len(values), len(sizes)
    means = np.bincount(labels, values) / sizes
    within = float(((values - means[labels]) ** 2).sum())
    total = float(((values - values.mean()) ** 2).sum())
    n0 = (n - (sizes**2).sum() / n) / (k - 1)
    mean_between, mean_within = (total - within) / (k - 1), within / (n - k)
    icc = (mean_between - mean_within) / (mean_between + (n0 - 1) * mean_within)
    return {"cells": n, "classes": k, "share_within": within / total, "icc": float(icc)}


def failures(accuracy) -> dict:
    """How many cells look as if one, two or three of their trainings had failed."""
    counts = {k: int(((accuracy >= lo) & (accuracy < hi)).sum()) for k, (lo, hi) in FAILED.items()}
    below = int((accuracy < SOUND).sum())
    return {
        "bands_percent": FAILED,
        **counts,
        "sound_from_percent": SOUND,
        "below_sound": below,
        "below_sound_outside_bands": below - sum(counts.values()),
    }


def large_gaps(accuracy, pairs) -> dict:
    """How many of the gaps above 20 points have an end in a band of failures, or below SOUND."""
    large = pairs[np.abs(np.diff(accuracy[pairs], axis=1))[:, 0] > LARGE]
    values = accuracy[large]
    in_band = np.zeros(values.shape, bool)
    for low, high in FAILED.values():
        in_band |= (values >= low) & (values < high)
    return {
        "pairs": len(large),
        "with_an_end_in_a_band": int(in_band.any(axis=1).sum()),
        "with_an_end_below_sound": int((values < SOUND).any(axis=1).sum()),
    }


def alone_among_best(accuracy, classes, groups) -> dict:
    """How many of the best cells share their skeleton with no other, and how many of all.

    Expected: as many as if each of the best were replaced by any cell of its group.
    """
    alone = np.bincount(classes)[classes] == 1
    rate = (np.bincount(groups, alone) / np.bincount(groups))[groups]
    best, tops = np.argsort(-accuracy, kind="stable"), (12, 100, 1_000, 10_000)
    shares: dict = {str(top): int(alone[best[:top]].sum()) for top in tops}
    expected = {str(top): float(rate[best[:top]].sum()) for top in tops}
    return {**shares, "all_cells": int(alone.sum()), "expected_by_composition": expected}


def measure(space, accuracy, rng) -> dict:
    """All numbers, for a space and its accuracies in percent."""
    classes, groups = skeleton_classes(space), composition(space)
    pairs = classes_of_two(classes)
    kinds = {
        "same_skeleton": pairs,
        "random": random_pairs(pairs, rng),
        "matched": matched_pairs(pairs, classes, groups, rng),
    }
    sound = accuracy >= SOUND
    shared = np.bincount(classes)[classes] >= 2  # both analyses of variance see the same cells
    numbers: dict = {
        "cells": len(space),
        "skeletons": int(classes.max()) + 1,
        "class_sizes": np.bincount(np.bincount(classes))[1:].tolist(),
        "compositions": int(groups.max()) + 1,
        "bin_edges": EDGES,
        "failed_trainings": failures(accuracy),
        "gaps_above_20": large_gaps(accuracy, pairs),
        "alone_among_best": alone_among_best(accuracy, classes, groups),
    }
    for name, keep in {"all_cells": np.ones(len(space), bool), "sound_cells": sound}.items():
        numbers[name] = {
            kind: describe(accuracy, rows[keep[rows].all(axis=1)], rng)
            for kind, rows in kinds.items()
        }
        used = keep & shared
        numbers[name]["variance_within_skeleton"] = variance_within(accuracy[used], classes[used])
        numbers[name]["variance_within_composition"] = variance_within(accuracy[used], groups[used])
    return numbers


def rounded(numbers):
    """The same nest of dictionaries, figures rounded to four decimals."""
    if isinstance(numbers, dict):
        return {key: rounded(value) for key, value in numbers.items()}
    return round(numbers, 4) if isinstance(numbers, float) else numbers


def main():
    started = time.perf_counter()
    accuracy = benchmarks.load("nasbench101").reported
    numbers = rounded(measure(cells.nasbench101(), accuracy, np.random.default_rng(SEED)))
    record("same_skeleton", "make same-skeleton", numbers, seed=SEED, started=started)
    for name in ("all_cells", "sound_cells"):
        for kind in ("same_skeleton", "matched", "random"):
            row = numbers[name][kind]
            print(
                f"{name:>12} {kind:>14}: Spearman {row['spearman']:.3f}, "
                f"median gap {row['median_gap']:.2f} points"
            )


if __name__ == "__main__":
    main()
