"""`make nearness`: are cells that a representation puts near each other alike?

Three questions, of arch2vec as published, of ours, of the one-hot matrix and of the seven
statistics, with the mean test accuracies of NAS-Bench-101 (downloaded once, see
`wl2nas.benchmarks.nasbench101`):

* **Neighbours.** ANCHORS random cells, each with the nearest cell that has another vector. Nulls
  choose the partner without any representation: ``random``, any cell; ``matched``, one with as many
  vertices, edges and operations of each kind; ``edge_moved``, one edge out of place and another
  skeleton; ``one_change``, a random legal edit. Gaps are in percentage points.
* **Walks.** WALKS walks as in the paper's Figure 5, from random cells of seven vertices: from a
  cell to the nearest one that was not visited, STEPS times; edits between a cell and the next.
  ``random`` jumps to any cell.
* **Groups.** k-means, with as many groups as there are compositions (vertices, edges, operations of
  each kind), which are the null: the share of the variance of the ranks of accuracies that lies
  between the groups, adjusted for their number, and edits between two cells of one group.

Vectors closer than EQUAL count as one, as those of same-skeleton cells do. Only aggregates are
written; of several that are as near one is drawn.
"""

import time

import numpy as np
from scipy import stats
from sklearn.cluster import MiniBatchKMeans

from course.representations import REPRESENTATIONS
from course.results import record
from experiments.one_edge import Forms, edge_moved, one_of_each
from experiments.same_skeleton import bootstrap_se, composition, skeleton_classes
from wl2nas import benchmarks, cells
from wl2nas.cells import edits

SEED = 0
ROWS = ("arch2vec_published", "ours", "one_hot", "statistics")
ANCHORS, WALKS, STEPS, PAIRS = 5_000, 50, 15, 3_000
EQUAL = 1e-4  # rounding leaves up to a hundredth of it between same-skeleton cells
CLOSEST = 64  # so many, and all ties, are found in float32; more if all are equal to the row
BLOCK = 100  # anchors at a time


def nearest(values: np.ndarray, rows: np.ndarray, rng, *, apart: float, but=None) -> np.ndarray:
    """The row nearest to each of ``rows`` that is at least ``apart`` from it, (R,).

    values: (N, D) in float32. ``but`` has rows (R, K) that are left out for each of them. Of
    several that are as near, one is drawn. ValueError if no row is left.
    """
    found, squares = np.empty(len(rows), int), (values**2).sum(axis=1)
    but = rows[:, None] if but is None else but
    for start in range(0, len(rows), BLOCK):
        here = slice(start, start + BLOCK)
        rough = squares - 2 * values[rows[here]] @ values.T
        np.put_along_axis(rough, but[here], np.inf, axis=1)
        for k, row in enumerate(rows[here]):
            found[start + k] = rng.choice(_nearest_of(rough[k], values, row, apart))
    return found


def _nearest_of(rough: np.ndarray, values: np.ndarray, row: int, apart: float) -> np.ndarray:
    """All rows that are nearest to ``row``, by distances in float64 of those close by ``rough``."""
    count = CLOSEST
    while True:
        limit = np.partition(rough, count)[count] if count < len(rough) else np.inf
        close = np.flatnonzero((rough <= limit) & np.isfinite(rough))
        difference = values[close].astype(np.float64) - values[row]
        distance = np.linalg.norm(difference, axis=1)
        distance[distance < apart] = np.inf
        if np.isfinite(distance.min(initial=np.inf)):
            return close[distance == distance.min()]
        if count >= len(rough):
            raise ValueError(f"no other row is {apart} or more from row {row}")
        count *= 8  # thousands of cells have equal statistics


def moved(space, anchors: np.ndarray, rng) -> np.ndarray:
    """Pairs (anchor, partner) of other skeletons, one edge out of place; a partner for each."""
    classes = skeleton_classes(space)
    pairs = edge_moved(Forms(space), anchors, np.arange(len(space)), classes)
    return one_of_each(pairs, rng)


def matched(keys: np.ndarray, anchors: np.ndarray, rng) -> np.ndarray:
    """Another row with the key of each anchor, (A,); the anchor itself where there is none."""
    order = np.argsort(keys, kind="stable")
    start = np.searchsorted(keys[order], np.arange(keys.max() + 2))
    size, place = np.diff(start)[keys[anchors]], np.empty(len(keys), int)
    place[order] = np.arange(len(keys)) - start[keys[order]]
    step = rng.integers(1, np.maximum(size, 2))
    return order[start[keys[anchors]] + (place[anchors] + step) % size]


def likeness(space, accuracy: np.ndarray, a: np.ndarray, b: np.ndarray) -> dict:
    """How alike the cells of pairs are, in edits and in accuracy."""
    far, gap = edits.distances(space.take(a), space.take(b)), np.abs(accuracy[a] - accuracy[b])
    rng = np.random.default_rng((SEED, 9))
    return {
        "pairs": len(a),
        "mean_edits": round(float(far.mean()), 3),
        "one_edit": round(float((far == 1).mean()), 4),
        "median_gap": round(float(np.median(gap)), 4),
        "median_gap_se": round(bootstrap_se(lambda g, _: np.median(g), gap, gap, rng), 4),
        "spearman": round(float(stats.spearmanr(accuracy[a], accuracy[b]).statistic), 4),
    }


def neighbours(space, accuracy: np.ndarray, vectors: dict[str, np.ndarray]) -> dict:
    """Likeness of anchors and their partners, by the way in which partners are chosen."""
    rng = np.random.default_rng((SEED, 1))
    anchors = np.sort(rng.choice(len(space), ANCHORS, replace=False))
    # A single change needs a cell that has one; a partner of equal composition, another such cell.
    keys = composition(space)
    anchors = anchors[(np.bincount(keys)[keys[anchors]] > 1) & (space.n_vertices[anchors] > 2)]
    partners = {
        "random": (anchors, rng.integers(len(space), size=len(anchors))),
        "matched": (anchors, matched(keys, anchors, rng)),
        "edge_moved": moved(space, anchors, rng).T,
        "one_change": (anchors, space.rows(edits.random_edits(space.take(anchors), rng))),
    }
    for name, values in vectors.items():
        partners[name] = anchors, nearest(values, anchors, rng, apart=EQUAL)
    return {name: likeness(space, accuracy, *pair) for name, pair in partners.items()}


def walks(space, vectors: dict[str, np.ndarray]) -> dict:
    """Mean edits between a cell and the next of greedy walks, and its standard error by walk."""
    rng = np.random.default_rng((SEED, 2))
    first = rng.choice(np.flatnonzero(space.n_vertices == cells.MAX_VERTICES), WALKS)
    found = {"random": rng.integers(len(space), size=(WALKS, STEPS + 1))}
    for name, values in vectors.items():
        path = first[:, None]
        for _ in range(STEPS):
            step = nearest(values, path[:, -1], rng, apart=-1, but=path)
            path = np.column_stack([path, step])
        found[name] = path
    return {name: _steps(space, path) for name, path in found.items()}


def _steps(space, path: np.ndarray) -> dict:
    a, b = space.take(path[:, :-1].ravel()), space.take(path[:, 1:].ravel())
    by_walk = edits.distances(a, b).reshape(len(path), -1).mean(axis=1)
    error = by_walk.std(ddof=1) / len(by_walk) ** 0.5
    return {"mean_edits": round(float(by_walk.mean()), 3), "standard_error": round(float(error), 3)}


def between(groups: np.ndarray, values: np.ndarray) -> float:
    """The share of the variance that lies between groups, less what chance would put there."""
    size = np.bincount(groups)
    mean = np.bincount(groups, values) / np.maximum(size, 1)
    within = ((values - mean[groups]) ** 2).sum() / (len(values) - (size > 0).sum())
    return float(1 - within / values.var(ddof=1))


def grouping(space, ranks: np.ndarray, groups: np.ndarray) -> dict:
    """What a grouping of all cells says about accuracy, and how similar the cells of a group are.

    Edits are between PAIRS random pairs, each of two cells of one group.
    """
    rng = np.random.default_rng((SEED, 3))
    first = rng.choice(np.flatnonzero(np.bincount(groups)[groups] > 1), PAIRS)
    second = matched(groups, first, rng)
    far = edits.distances(space.take(first), space.take(second))
    return {
        "groups": len(np.unique(groups)),
        "between": round(between(groups, ranks), 4),
        "mean_edits": round(float(far.mean()), 3),
    }


def groups(space, accuracy: np.ndarray, vectors: dict[str, np.ndarray]) -> dict:
    """Groupings by composition, by k-means of every representation, and at random."""
    ranks, keys = stats.rankdata(accuracy) / len(accuracy), composition(space)
    rng = np.random.default_rng((SEED, 4))
    k = len(np.unique(keys))
    found = {"composition": keys, "random": rng.integers(k, size=len(space))}
    for name, values in vectors.items():
        means = MiniBatchKMeans(k, random_state=SEED, n_init=3, batch_size=4_096)
        found[name] = means.fit(values).predict(values)
    return {name: grouping(space, ranks, group) for name, group in found.items()}


def main():
    started, space = time.perf_counter(), cells.nasbench101()
    accuracy = benchmarks.load("nasbench101").reported
    vectors = {name: REPRESENTATIONS[name].features(space).astype(np.float32) for name in ROWS}
    numbers = {
        "settings": {"anchors": ANCHORS, "walks": WALKS, "steps": STEPS, "pairs": PAIRS},
        "neighbours": neighbours(space, accuracy, vectors),
        "walks": walks(space, vectors),
        "groups": groups(space, accuracy, vectors),
    }
    record("nearness", "make nearness", numbers, seed=SEED, started=started)
    for name, rows in numbers.items():
        print(name, *(f"{row}: {value}" for row, value in rows.items()), sep="\n  ")


if __name__ == "__main__":
    main()
