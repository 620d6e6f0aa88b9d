"""Questions and exercises of notebooks 08 and 08b."""

import functools
import math

import numpy as np
from scipy import stats
from sklearn.cluster import KMeans

from course.check import guesses, handed_in
from course.check.question import Question
from course.check.words import Unfit
from course.representations import REPRESENTATIONS, checkpoint
from wl2nas import cells, generation, graphs, latent, train, wl
from wl2nas.cells import edits

_RUNGS = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]


def _cell(edges, *inner: str) -> cells.Cell:
    n = len(inner) + 2
    return cells.Cell(graphs.from_edges(n, edges), ["input", *inner, "output"])


def _bridge_to_chain() -> int:
    chain = _cell([(0, 1), (1, 2), (2, 3)], "conv3x3", "conv1x1")
    return edits.distance(_cell(_RUNGS, "conv3x3", "maxpool"), chain)


@functools.cache
def _arch2vec():
    return train.load_checkpoint(checkpoint("arch2vec_published"))


def _changes_within(space: cells.CellSpace, group: np.ndarray) -> np.ndarray:
    """The edit distance from each cell to the next one of its group."""
    order = np.argsort(group, kind="stable")
    same = group[order[:-1]] == group[order[1:]]
    return edits.distances(space.take(order[:-1][same]), space.take(order[1:][same]))


def _follows_best() -> str:
    """Whose distance has the highest rank correlation with changes, over 1,000 random pairs."""
    names = {"one_hot": "one-hot", "wl_skeleton": "colours"}
    names |= {"arch2vec_published": "arch2vec", "ours": "ours"}
    space, rng = cells.nasbench101(), np.random.default_rng(0)
    rows = rng.choice(np.flatnonzero(space.n_vertices == 7), (1_000, 2))
    a, b = space.take(rows[:, 0]), space.take(rows[:, 1])
    changes, found = edits.distances(a, b), {}
    for name, called in names.items():
        features = REPRESENTATIONS[name].features(cells.concatenate([a, b]))
        dense = features.toarray() if hasattr(features, "toarray") else features
        one, other = np.split(np.asarray(dense, float), 2)
        far = np.linalg.norm(one - other, axis=1)
        found[called] = stats.spearmanr(changes, far).statistic
    return max(found, key=found.__getitem__)


def _least_between_same_skeletons() -> int:
    """The fewest changes between two different cells with one skeleton, of up to five vertices."""
    space = cells.nasbench101()
    small = space.take(space.n_vertices <= 5)
    code = wl.space_codes(small, direction="undirected", rounds=3)[-1]
    return int(_changes_within(small, code).min())


def _halfway() -> float:
    """Legal cells halfway between 400 random pairs, in per cent, to five."""
    space, rng = cells.nasbench101(), np.random.default_rng(0)
    rows = rng.choice(np.flatnonzero(space.n_vertices == 7), (400, 2))
    ends = [latent.posterior(_arch2vec(), space.take(side)).mean for side in rows.T]
    drawn = latent.decode(_arch2vec(), (np.asarray(ends[0]) + np.asarray(ends[1])) / 2)
    return 5 * round(20 * generation.valid_strict(drawn)[0].mean())


def _within_a_group() -> float:
    """Changes between two cells of one k-means group of arch2vec, to a tenth, of 1,500 cells."""
    space, rng = cells.nasbench101(), np.random.default_rng(0)
    picked = np.sort(rng.choice(np.flatnonzero(space.n_vertices == 7), 1_500, replace=False))
    few = space.take(picked)
    vectors = latent.embed(_arch2vec(), few).astype(float)
    group = KMeans(21, n_init=1, random_state=0).fit_predict(vectors)
    return round(float(_changes_within(few, group).mean()), 1)


def _valid_random_edges() -> float:
    return generation.valid_published(generation.iid_draws(10_000, 0.41, seed=0)).mean()


QUESTIONS = {
    "bridge to chain": Question(
        "How many changes lead from the bridge to the chain of two convolutions?",
        _bridge_to_chain,
        "Two edges go, and the pooling becomes a convolution.",
    ),
    "follows changes": Question(
        "Whose distance follows the number of changes best, over random pairs? (answer 'one-hot', "
        "'colours', 'arch2vec' or 'ours')",
        _follows_best,
        "It keeps the directions and every operation, which each change touches.",
        form=guesses.one_of("one-hot", "colours", "arch2vec", "ours"),
    ),
    "step of length zero": Question(
        "What is the smallest number of changes between two different cells at distance zero?",
        _least_between_same_skeletons,
        "One skeleton has its number of edges and its operations; a single change breaks one.",
    ),
    "halfway": Question(
        "Halfway between two random cells, in how many cases out of a hundred does arch2vec "
        "decode a legal cell?",
        _halfway,
        "Every edge is decided by two points alone; that the pieces fit would be luck.",
        (25, 60, 90),
    ),
    "within a group": Question(
        "How many changes are two cells of one of arch2vec's 21 groups apart, on average?",
        _within_a_group,
        "Groups of a space of this size are large; so are those by counts of operations.",
        (2, 5, 7.5),
    ),
    "random edges": Question(
        "Of graphs with independent edges at probability 0.41 and random legal operations, how "
        "many in a hundred are valid after pruning?",
        lambda: 100 * _valid_random_edges(),
        "Pruning removes what is on no path, and little more is asked for.",
        (5, 45, 75),
    ),
}


# --- exercises ----------------------------------------------------------------------------------

_CHAIN = _cell([(0, 1), (1, 2), (2, 3)], "conv3x3", "maxpool")
_BESIDE = _cell([(0, 1), (0, 2), (1, 3), (2, 3)], "conv1x1", "maxpool")


def _changes_by_hand(value) -> str | None:
    """The edit distance of a chain of two operations from two side by side."""
    given = guesses.number(value)
    truth = edits.distance(_CHAIN, _BESIDE)
    if given == truth:
        return None
    if given < truth:
        return "too few; write down the edges of both, and cross out those that both have"
    return "there is a shorter way; which edges do both have?"


def _edit_distance(function) -> str | None:
    """The edit distance of two cells with as many vertices, by all pairings."""
    handed_in.function_of(function, "submit a function of two cells")
    space, rng = cells.nasbench101(), np.random.default_rng(0)
    for n in (3, 4, 5, 6):
        rows = rng.choice(np.flatnonzero(space.n_vertices == n), (6, 2))
        for a, b in rows:
            on = f"cells of {n} vertices"
            # Cells of their own, since the function may work in place.
            found = handed_in.call(function, _copy(space[a]), _copy(space[b]), on=on)
            given, truth = guesses.number(found), edits.distance(space[a], space[b])
            if given == truth:
                continue
            plain = _entries_that_differ(space[a], space[b])
            if given == plain:
                return (f"rows {a} and {b}: {given:g}, which is the count for the vertices as "
                        "they are numbered; try every pairing of the inner ones")  # fmt: skip
            if given == 2 * truth:
                return f"rows {a} and {b}: {given:g}, twice of what it should be"
            return f"rows {a} and {b}: {given:g}, and {truth} is right"
    return None


def _copy(cell: cells.Cell) -> cells.Cell:
    return cells.Cell(cell.adjacency.copy(), cell.ops.copy(), cell.rules)


def _entries_that_differ(a: cells.Cell, b: cells.Cell) -> int:
    """Changes with the vertices paired as they are numbered."""
    return int((a.adjacency != b.adjacency).sum() + (a.ops != b.ops).sum())


def _two_rows(value) -> np.ndarray:
    """Two rows of the space."""
    last = len(cells.nasbench101()) - 1
    rows = handed_in.whole_numbers_of(value, "submit two rows of the space, as (17, 42)")
    if len(rows) != 2 or not all(0 <= row <= last for row in rows):
        raise Unfit(f"submit two rows of the space, whole numbers from 0 to {last:,}")
    return np.array(rows)


def _far_apart(rows: np.ndarray) -> str | None:
    changes = edits.distance(cells.nasbench101()[rows[0]], cells.nasbench101()[rows[1]])
    return None if changes >= 6 else f"these two are {changes} changes apart; six are wanted"


def _legal_all_the_way(value) -> str | None:
    """Two cells between which arch2vec decodes legal cells at nine stops."""
    rows = _two_rows(value)
    sizes = cells.nasbench101().n_vertices[rows]
    if (sizes != 7).any():
        return f"cells with seven vertices are wanted; these have {sizes[0]} and {sizes[1]}"
    if fault := _far_apart(rows):
        return fault
    z = np.asarray(latent.posterior(_arch2vec(), cells.nasbench101().take(rows)).mean)
    way = np.linspace(0, 1, 9)[:, None, None]
    legal = generation.valid_strict(latent.decode(_arch2vec(), (1 - way) * z[0] + way * z[1]))[0]
    if legal.all():
        return None
    return f"at {(~legal).sum()} of the nine stops there is no legal cell"


def _near_and_far(value) -> str | None:
    """Two cells with different skeletons, close for arch2vec and six changes apart or more."""
    rows = _two_rows(value)
    if fault := _far_apart(rows):
        return fault
    one, other = latent.embed(_arch2vec(), cells.nasbench101().take(rows)).astype(float)
    distance = math.dist(one, other)
    if distance < 1e-4:
        return "these two have one skeleton, and are one point for arch2vec"
    return None if distance < 0.1 else f"their distance is {distance:.2f}, and not below 0.1"


def _without_its_edge(value) -> str | None:
    """By which definition two paths, one of which lost its last edge, are a valid sample."""
    given = guesses.one_of("published", "strict", "both", "neither")(value)
    adjacency = graphs.from_edges(7, [(0, 1), (1, 2), (2, 6), (0, 3), (3, 4), (4, 5)])[None]
    ops, padding = np.array([[0, 2, 2, 2, 2, 2, 4]]), np.zeros((1, 7), bool)
    draws = generation.Draws(adjacency, ops, padding, cells.NASBENCH101)
    published, strict = generation.valid_published(draws)[0], generation.valid_strict(draws)[0][0]
    truth = {(True, True): "both", (True, False): "published", (False, True): "strict"}
    if given == truth.get((bool(published), bool(strict)), "neither"):
        return None
    return "prune first: which vertices are on a path from 0 to 6, and is the rest a cell?"


def _edge_probability(value) -> str | None:
    """A probability whose validity is within two points of the best on a grid."""
    given = guesses.share(value)
    if not 0 <= given <= 1:
        raise Unfit(f"a probability lies between 0 and 1; this is {given:g}")
    reached = _valid_at(given)
    best = max(_valid_at(p) for p in np.arange(0.05, 1, 0.05).tolist())
    if reached >= best - 0.02:
        return None
    return f"at {given:g}, {reached:.0%} are valid; somewhere it is {best:.0%}"


@functools.cache
def _valid_at(p: float) -> float:
    return generation.valid_published(generation.iid_draws(4_000, p, seed=1)).mean()


def _a_better_prior(value) -> str | None:
    """Latents of which a fifth are strictly valid, and no cell comes up time and again."""
    real = isinstance(value, np.ndarray) and value.dtype.kind in "fiu"
    if not real or value.shape != (2_000, 7, 16) or not np.isfinite(value).all():
        raise Unfit("submit 2,000 latents, an array (2000, 7, 16) of finite numbers")
    z = value.astype(float)
    strict, made = generation.valid_strict(latent.decode(_arch2vec(), z))
    repeated = int(strict.sum()) - generation.count_unique(made)
    if repeated > 500:
        return f"{repeated} of them repeat a cell that another one decodes to"
    return None if strict.mean() >= 0.2 else f"{strict.mean():.0%} of them are strictly valid"


EXERCISES = {
    "without its edge": _without_its_edge,
    "edge probability": _edge_probability,
    "a better prior": _a_better_prior,
    "changes by hand": _changes_by_hand,
    "edit distance": _edit_distance,
    "legal all the way": _legal_all_the_way,
    "near and far": _near_and_far,
}
