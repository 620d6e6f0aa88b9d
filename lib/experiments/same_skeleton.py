"""`make same-skeleton`: how alike are the accuracies of cells with one skeleton?

On NAS-Bench-101's mean test accuracies of three trainings (downloaded once, see
`wl2nas.benchmarks.nasbench101`). The two cells of every skeleton that exactly two cells share make
the pairs. Beside them stand nulls, which pair the same cells otherwise, each nearer than the last:

* ``random``            any two of them;
* ``matched``           as many vertices, edges and operations of each kind, another skeleton;
* ``seven_statistics``  also the same longest path and the same parameters, another skeleton;
* ``one_edge_moved``    one edge taken out and put in elsewhere, forwards in an order that fits
  both cells, another skeleton;
* ``moved_equal_size``  the same with as many parameters.

The last two have counterparts of one skeleton: ``one_edge_turned`` holds the partners that are one
turned edge apart, ``turned_equal_size`` those of them with as many parameters, for the very cells
of ``moved_equal_size``.
Everything is measured twice: with all cells, and without those that may hold a failed training.
Only aggregates are written; gaps are in percentage points.
"""

import time

import numpy as np
from scipy import stats

from course.results import record
from experiments.one_edge import Forms, edge_moved, edge_turned, one_of_each
from wl2nas import benchmarks, cells, features, wl
from wl2nas.theory import orientations

SEED, RESAMPLES = 0, 200
QUANTILES = (5, 25, 50, 75, 95)
EDGES = (*np.arange(0, 10, 0.25).tolist(), 10.0, 20.0, 50.0, 100.0)
LARGE = 20  # points
# A failed training stays at chance, 10 %. Means of three with k failures and 3 - k trainings that
# reach a % lie at (10 k + (3 - k) a) / 3; the bands, in percent, hold the peaks that this makes.
FAILED = {"three": (0, 15), "two": (30, 42), "one": (55, 67)}
SOUND = 67.0  # above (10 + 2 * 95) / 3: from here on none of the three trainings failed
TOPS = (12, 100, 1_000, 10_000)
PUZZLE = (40965, 182952)  # the pair of notebook 00


def skeleton_classes(space) -> np.ndarray:
    """The number of its skeleton for every cell, (N,); two rounds tell all skeletons apart."""
    codes = wl.space_codes(space, direction="undirected", rounds=2)[2]
    return np.unique(codes, return_inverse=True)[1]


def composition(space) -> np.ndarray:
    """The number of its vertices, edges and operation counts for every cell, (N,)."""
    counts = [(space.ops == op).sum(axis=1) for op in (cells.CONV1X1, cells.CONV3X3, cells.MAXPOOL)]
    return numbered(space.n_vertices, space.n_edges, *counts)


def seven_statistics(space) -> np.ndarray:
    """The same with longest path and trainable parameters, (N,)."""
    further = features.longest_paths(space), features.trainable_parameters(space)
    return numbered(composition(space), *further)


def numbered(*keys) -> np.ndarray:
    """One number for every combination of keys, each (N,), in their order, (N,)."""
    return np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)[1].reshape(-1)


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


def matched_pairs(pool, anchors, classes, groups, rng) -> np.ndarray:
    """Every anchor with a row of the pool of its group but not of its class, drawn, (Q, 2).

    The anchors are of the pool; one without such a row is left out.
    """
    blocks = numbered(groups, classes)  # ascending by group, then by class
    order = pool[np.argsort(blocks[pool], kind="stable")]
    own_size, size = np.bincount(blocks[pool]), np.bincount(groups[pool])
    start = (np.cumsum(size) - size)[groups[anchors]]
    own = (np.cumsum(own_size) - own_size)[blocks[anchors]]
    others = size[groups[anchors]] - own_size[blocks[anchors]]
    place = start + rng.integers(np.maximum(others, 1))
    place += np.where(place >= own, own_size[blocks[anchors]], 0)  # step over the own class
    found = others > 0
    return np.stack([anchors[found], order[place[found]]], axis=1)


def equal_size_triples(turned, moved, parameters, rng) -> np.ndarray:
    """Rows (anchor, partner, other), (T, 3), all three with as many parameters.

    ``turned`` are pairs (anchor, partner), each anchor once; ``moved`` all pairs (anchor, other).
    """
    turned, moved = (pairs[np.ptp(parameters[pairs], axis=1) == 0] for pairs in (turned, moved))
    partner = dict(turned.tolist())
    drawn = one_of_each(moved, rng).tolist()
    return np.array([(a, partner[a], b) for a, b in drawn if a in partner])


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


def describe(accuracy, parameters, pairs, rng) -> dict:
    """Rank correlation and gaps of some pairs of rows, and the share with equal parameters."""
    a, b = accuracy[pairs].T
    gaps = np.abs(a - b)
    return {
        "pairs": len(pairs),
        "equal_parameters": float(np.mean(np.ptp(parameters[pairs], axis=1) == 0)),
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


def failed_trainings(accuracy) -> np.ndarray:
    """How many of the three trainings of a cell failed, by the band of their mean, (N,)."""
    failed = np.zeros(len(accuracy), int)
    for count, (low, high) in zip((3, 2, 1), FAILED.values(), strict=True):
        failed[(accuracy >= low) & (accuracy < high)] = count
    return failed


def failures(accuracy) -> dict:
    """How many cells look as if one, two or three of their trainings had failed."""
    failed = failed_trainings(accuracy)
    counts = {name: int((failed == k).sum()) for k, name in zip((3, 2, 1), FAILED, strict=True)}
    below = int((accuracy < SOUND).sum())
    return {
        "bands_percent": FAILED,
        **counts,
        "sound_from_percent": SOUND,
        "below_sound": below,
        "below_sound_outside_bands": below - sum(counts.values()),
    }


def failing_together(accuracy, kinds) -> dict:
    """How probable it is that a training fails: at all, and when another one has failed.

    The other one is of the same cell (of the first kind), or of the cell that it is paired with.
    """
    failed, (same, *_) = failed_trainings(accuracy), kinds.values()
    k = failed[same].ravel()
    given = {}
    for kind, rows in kinds.items():
        one, other = failed[rows[:, :2]].T
        given[kind] = float(2 * (one * other).sum() / (3 * (one + other).sum()))
    below = (accuracy < SOUND)[same]
    return {
        "any": float(k.mean() / 3),
        "same_cell": float((k * (k - 1)).sum() / (2 * k.sum())),
        **given,
        "pairs_with_both_ends_below_sound": int(below.all(axis=1).sum()),
        "if_independent": float(len(below) * below.mean() ** 2),
    }


def large_gaps(accuracy, pairs) -> dict:
    """How many of the gaps above 20 points have an end in a band of failures, or below SOUND."""
    large = pairs[np.abs(np.diff(accuracy[pairs], axis=1))[:, 0] > LARGE]
    return {
        "pairs": len(large),
        "with_an_end_in_a_band": int((failed_trainings(accuracy)[large] > 0).any(axis=1).sum()),
        "with_an_end_below_sound": int((accuracy[large] < SOUND).any(axis=1).sum()),
    }


def alone_among_best(accuracy, classes, nulls) -> dict:
    """How many of the best cells share their skeleton with no other, and how many of all.

    Beside it, for every null, a number of a group for each cell: how many of the best are not the
    only one of their group (``usable``), how many of these are alone, and how many would be
    expected if each were replaced by another cell of its group.
    """
    alone = np.bincount(classes)[classes] == 1
    best = np.argsort(-accuracy, kind="stable")
    numbers: dict = {str(top): int(alone[best[:top]].sum()) for top in TOPS}
    numbers["all_cells"] = int(alone.sum())
    for name, groups in nulls.items():
        size, lonely = np.bincount(groups)[groups], np.bincount(groups, alone)[groups]
        usable = [best[:top][size[best[:top]] > 1] for top in TOPS]
        numbers[name] = {
            str(top): {
                "usable": len(rows),
                "alone": int(alone[rows].sum()),
                "expected": float(((lonely - alone)[rows] / (size[rows] - 1)).sum()),
            }
            for top, rows in zip(TOPS, usable, strict=True)
        }
    return numbers


def series_parallel_among_best(space, accuracy) -> dict:
    """How many of the best cells have a skeleton that can be directed in one way only."""
    parallel = orientations.series_parallel(space)
    best = np.argsort(-accuracy, kind="stable")
    return {str(top): int(parallel[best[:top]].sum()) for top in TOPS}


def among_the_best(accuracy, pairs) -> dict:
    """The accuracies at some ranks, to two decimals, and the gaps of pairs with an end up there."""
    best = np.argsort(-accuracy, kind="stable")
    top = np.isin(pairs, best[: TOPS[-1]]).any(axis=1)
    return {
        "accuracy_at_rank": {
            str(k): round(float(accuracy[best[k - 1]]), 2) for k in (1, 100, 1_000, 10_000)
        },
        "pairs_with_an_end_in_the_best_10000": int(top.sum()),
        "median_gap": median_gap(*accuracy[pairs[top]].T),
    }


def as_far_apart(accuracy, pairs) -> int:
    """How many pairs have at least the gap of notebook 00's pair."""
    return int((np.abs(np.diff(accuracy[pairs])) >= abs(np.diff(accuracy[list(PUZZLE)]))).sum())


def pair_up(space, classes, groups, parameters, rng) -> dict[str, np.ndarray]:
    """The pairs of every kind, (P, 2) each.

    The last two kinds have a third column, each other's partners: all measurements of them are on
    the same first cells, and leave out the same ones.
    """
    pairs, forms = classes_of_two(classes), Forms(space)
    pool = pairs.ravel()
    anchors = pairs[np.arange(len(pairs)), rng.integers(2, size=len(pairs))]
    moved = edge_moved(forms, anchors, pool, classes)
    turned = edge_turned(forms, anchors, pool)
    kinds = {
        "same_skeleton": pairs,
        "random": random_pairs(pairs, rng),
        "matched": matched_pairs(pool, anchors, classes, groups["composition"], rng),
        "seven_statistics": matched_pairs(pool, anchors, classes, groups["seven_statistics"], rng),
        "one_edge_moved": one_of_each(moved, rng),
        "one_edge_turned": turned,
    }
    triples = equal_size_triples(turned, moved, parameters, rng)
    return kinds | {"turned_equal_size": triples, "moved_equal_size": triples[:, [0, 2, 1]]}


def measure(space, accuracy, rng) -> dict:
    """All numbers, for a space and its accuracies in percent."""
    classes = skeleton_classes(space)
    groups = {"composition": composition(space), "seven_statistics": seven_statistics(space)}
    parameters = features.trainable_parameters(space)
    kinds = pair_up(space, classes, groups, parameters, rng)
    pairs, sound = kinds["same_skeleton"], accuracy >= SOUND
    numbers: dict = {
        "cells": len(space),
        "skeletons": int(classes.max()) + 1,
        "class_sizes": np.bincount(np.bincount(classes))[1:].tolist(),
        "compositions": int(groups["composition"].max()) + 1,
        "bin_edges": EDGES,
        "failed_trainings": failures(accuracy),
        "failing_together": failing_together(accuracy, kinds),
        "gaps_above_20": large_gaps(accuracy, pairs),
        "alone_among_best": alone_among_best(accuracy, classes, groups),
        "series_parallel_among_best": series_parallel_among_best(space, accuracy),
        "among_the_best": among_the_best(accuracy, pairs),
        "sound_pairs_with_the_gap_of_the_puzzle": as_far_apart(
            accuracy, pairs[sound[pairs].all(1)]
        ),
    }
    for name, keep in {"all_cells": np.ones(len(space), bool), "sound_cells": sound}.items():
        numbers[name] = {
            kind: describe(accuracy, parameters, rows[keep[rows].all(axis=1), :2], rng)
            for kind, rows in kinds.items()
        }
        # Both analyses of variance see the same cells.
        used = np.flatnonzero(keep & (np.bincount(classes[keep])[classes] >= 2))
        for kind, labels in {"skeleton": classes, "composition": groups["composition"]}.items():
            numbers[name][f"variance_within_{kind}"] = variance_within(accuracy[used], labels[used])
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
        for kind, row in numbers[name].items():
            if "median_gap" in row:
                print(
                    f"{name:>11} {kind:>17}: {row['pairs']:>6,} pairs, Spearman "
                    f"{row['spearman']:.3f}, median gap {row['median_gap']:.3f} points"
                )


if __name__ == "__main__":
    main()
