"""Questions and exercises of notebook 06."""

import itertools

import jax
import numpy as np

from course import results
from course.check import facts, guesses, handed_in
from course.check.question import Question
from course.check.words import Unfit, kind
from wl2nas import cells, graphs, wl
from wl2nas.features import distinct
from wl2nas.features import random_networks as networks

CHAIN = cells.Cell(
    graphs.from_edges(4, [(0, 1), (1, 2), (2, 3), (0, 3)]),
    ["input", "conv3x3", "conv3x3", "output"],
)


def _small() -> cells.CellSpace:
    """All cells of up to six vertices."""
    space = cells.nasbench101()
    return space.take(space.n_vertices <= 6)


def _first_sum() -> tuple[int, int, int]:
    """Input, convolution and output as the first convolution of the chain counts them."""
    own = graphs.skeleton(CHAIN.adjacency) | np.eye(4, dtype=bool)
    kinds = (cells.INPUT, cells.CONV3X3, cells.OUTPUT)
    inputs, convolutions, outputs = (int((own[1] & (CHAIN.ops == kind)).sum()) for kind in kinds)
    return inputs, convolutions, outputs


def _losing() -> str:
    """Which of mean and max merge what colour refinement separates, on the small cells."""
    space = _small()
    truth = wl.count_classes(space, direction="undirected", rounds=3)[-1]
    found = {
        how: networks.classes(space, direction="undirected", aggregate=how, layers=3).distinct
        for how in ("mean", "max")
    }
    losing = [how for how, count in found.items() if count < truth]
    return {0: "neither", 1: losing[0] if losing else "", 2: "both"}[len(losing)]


def _relu_width() -> int:
    """The smallest width at which ReLU in the place of tanh told all skeletons apart."""
    widths = results.numbers_of("gin_classes")["skeleton_width_relu"]
    return min(int(width) for width, found in widths.items() if found == 270_793)


def _float32_rows() -> str:
    """Whether distinct rows of float32 vectors are fewer or more than the classes."""
    space = _small()
    rows = networks.random_embedding(space, direction="undirected", dtype=np.float32)
    truth = wl.count_classes(space, direction="undirected", rounds=2)[-1]
    found = len(np.unique(rows, axis=0))
    return "fewer" if found < truth else "more" if found > truth else "equal"


QUESTIONS = {
    "first sum": Question(
        "At epsilon = 0, what is the sum at vertex 1 of the chain, the first convolution? (answer "
        "with three counts, such as (1, 1, 1), of input, convolutions, output)",
        _first_sum,
        "It sees the input and the other convolution, and counts itself as one more neighbour.",
        form=guesses.counts(3),
    ),
    "epsilon zero": Question(
        "Colour refinement on the skeletons finds 270,793 classes. How many does the same network "
        "find with epsilon = 0?",
        lambda: networks.classes(cells.nasbench101(), direction="undirected", epsilon=0).distinct,
        "Only signatures that differ by who is in the middle are lost.",
        (135_000, 264_600, 270_793),
    ),
    "relu width": Question(
        "Which of these widths is the smallest at which two layers with random weights and ReLU "
        "find all 270,793 skeletons?",
        _relu_width,
        "A ReLU forgets what is negative; the more columns, the less is forgotten by all of them.",
        (1, 16, 128),
    ),
    "mean or max": Question(
        "On the skeletons of all cells of up to six vertices, with epsilon = 0.1 and three layers: "
        "which of mean and max finds fewer classes than colour refinement? (answer 'mean', 'max', "
        "'both' or 'neither')",
        _losing,
        "A mean forgets how many there are only where all counts are multiplied alike.",
        form=guesses.one_of("mean", "max", "both", "neither"),
    ),
    "rows in float32": Question(
        "The skeletons' vectors in float32: are the different rows fewer than the classes, equal "
        "in number, or more? (answer 'fewer', 'equal' or 'more')",
        _float32_rows,
        "The same sum in another order of its terms rounds differently.",
        form=guesses.one_of("fewer", "equal", "more"),
    ),
}


# --- exercises ----------------------------------------------------------------------------------


def _one_to_many(many) -> str | None:
    """A function of JAX arrays (N, V, V) and (N, V, F) that sends messages along the edges."""
    handed_in.function_of(many, "hand in a function of a batch")
    rng = np.random.default_rng(0)
    for n, v, f in ((3, 4, 2), (5, 5, 5)):
        adjacency = np.triu(rng.random((n, v, v)) < 0.6, 1).astype(np.float32)
        x = rng.integers(1, 9, (n, v, f)).astype(np.float32)
        shapes = f"adjacency {adjacency.shape} and x {x.shape}"
        batch = jax.numpy.asarray(adjacency), jax.numpy.asarray(x)
        returned = handed_in.call(many, *batch, on=shapes)
        if not isinstance(returned, jax.Array):
            return f"it must return a JAX array; it returns a {kind(returned)}"
        found = handed_in.array_of(returned, "it must return real numbers")
        if found.shape != x.shape:
            return f"for {shapes} the result has shape {found.shape}, and should have that of x"
        along = np.stack([a.T @ h for a, h in zip(adjacency, x, strict=True)])
        against = np.stack([a @ h for a, h in zip(adjacency, x, strict=True)])
        if np.allclose(found, against):
            return "these messages run against the edges: A @ x gathers from successors"
        if not np.allclose(found, along):
            return f"for {shapes} the numbers differ from those of a loop over the graphs"
    return None


def _merged(pair, **settings) -> bool:
    """Whether a network with random weights and six layers gives two cells one vector."""
    return networks.classes(cells.stack(pair), layers=6, **settings).distinct == 1


def _merged_at_zero(pair) -> str | None:
    """Two cells that colours on the skeleton separate, and the sum at epsilon = 0 does not."""
    a, b = pair = handed_in.cells_of(pair, 2)
    if facts.one_cell(a, b):
        return "these two are one and the same cell"
    if facts.separating_round(a, b, "undirected") is None:
        return "colour refinement on the skeleton does not separate these two either"
    if not _merged(pair, direction="undirected", epsilon=0):
        return "these two get different vectors, also with epsilon = 0"
    if len(a) == 4:
        return "right, but four vertices are those of the example; find a larger pair"
    return None


def _invisible_to_the_mean(pair) -> str | None:
    """Two cells that no mean over predecessors and over successors tells apart."""
    pair = handed_in.cells_of(pair, 2)
    if facts.one_cell(*pair):
        return "these two are one and the same cell"
    if not _merged(pair, direction="both", aggregate="mean"):
        return "the mean tells these two apart"
    if max(map(len, pair)) == 6:
        return "right, but six vertices are those of the example; find a larger pair"
    return None


def _bad_epsilons(values) -> str | None:
    """All epsilon for which two signatures of at most three neighbours have one sum."""
    ask = "hand in a list of numbers"
    listed = handed_in.items_of(values, ask, unordered=True)
    given = set(handed_in.array_of(listed, ask).astype(float).ravel().tolist())
    truth = _colliding_epsilons(3)
    if wrong := sorted(given - truth):
        return f"with at most three neighbours epsilon = {wrong[0]:g} merges nothing"
    if missing := truth - given:
        return f"right so far, but {len(missing)} more of them exist"
    return None


def _colliding_epsilons(neighbours: int) -> set[float]:
    """By trying all pairs of signatures with own colours a and b and neighbours among a, b."""
    seen = [
        (a, b) for a, b in itertools.product(range(neighbours + 1), repeat=2) if a + b <= neighbours
    ]
    # (1 + eps) a + x = (1 + eps) b + y: what b has more, a has less, by 1 + eps.
    return {
        float(x[1] - y[1] - 1)
        for x, y in itertools.product(seen, repeat=2)
        if x[1] - y[1] == y[0] - x[0]
    }


def _by_hand(counts) -> str | None:
    """What the second convolution of the chain holds after a layer with epsilon = 0.5."""
    ask = "hand in three numbers: inputs, convolutions, outputs"
    given = handed_in.array_of(handed_in.items_of(counts, ask), ask)
    if given.shape != (3,):
        return ask
    space = cells.stack([CHAIN])
    h = graphs.one_hot(space.ops, 5).astype(float)
    settings = {"direction": "undirected", "aggregate": "sum"}
    kinds = [cells.INPUT, cells.CONV3X3, cells.OUTPUT]
    truth, without = (
        networks.signature(h, space.adjacency, epsilon=epsilon, **settings)[0, 2, kinds]
        for epsilon in (0.5, 0)
    )
    if np.allclose(given, without):
        return "this is the sum at epsilon = 0; its own vector counts one and a half times"
    if not np.allclose(given, truth):
        return "who are the neighbours of the second convolution, and how often does it count?"
    return None


def _up_to_five() -> cells.CellSpace:
    space = cells.nasbench101()
    return space.take(space.n_vertices <= 5)


def _sum_to_mean(pair) -> str | None:
    """A mean in the place of the sum, and an epsilon that is bad for it and not for the sum."""
    ask = "hand in a pair: your function of (h, M, epsilon) and an epsilon"
    gather, epsilon = handed_in.pair_of(pair, ask)
    handed_in.function_of(gather, ask)
    number = handed_in.array_of(epsilon, ask)
    if number.size != 1 or not abs(epsilon := float(number.reshape(-1)[0])) <= 2:
        return "choose an epsilon between -2 and 2"
    rng = np.random.default_rng(0)
    matrix = graphs.skeleton(np.triu(rng.random((3, 5, 5)) < 0.6, 1))
    matrix[:, 4] = matrix[:, :, 4] = False  # padding
    h = rng.normal(size=(3, 5, 2))
    on = f"h {h.shape} and M {matrix.shape}"
    returned = handed_in.call(gather, h.copy(), matrix.astype(float), 0.3, on=on)
    found = handed_in.array_of(returned, "it must return real numbers")
    if found.shape != h.shape:
        return f"for {on} the result has shape {found.shape}, and should have that of h"
    own = 1.3 * h
    if not np.isfinite(found[:, 4]).all():
        return "padding has no neighbours: divide by 1 there, not by 0"
    if np.allclose(found, own + networks.gather(matrix, h, "sum"), atol=1e-5):
        return "this is still the sum"
    if not np.allclose(found, own + networks.gather(matrix, h, "mean"), atol=1e-5):
        return "the numbers are not (1 + epsilon) h plus the mean over the neighbours"
    space = _up_to_five()
    truth = wl.count_classes(space, direction="undirected", rounds=3)[-1]
    settings = {"direction": "undirected", "epsilon": epsilon, "layers": 3}
    by_sum, by_mean = (
        networks.classes(space, aggregate=how, **settings).distinct for how in ("sum", "mean")
    )
    if by_mean == truth:
        return f"your mean is right; at epsilon = {epsilon:g} it loses nothing, so look further"
    if by_sum < truth:
        return f"your mean is right; at epsilon = {epsilon:g} the sum loses classes, too"
    return None


def _own_vectors(gather, space: cells.CellSpace) -> np.ndarray:
    """A vector for every cell, by three layers of random weights around the reader's function."""
    rng = np.random.default_rng(0)
    matrix = graphs.skeleton(space.adjacency).astype(float)
    h, real = graphs.one_hot(space.ops, 5).astype(float), (space.ops >= 0)[..., None]
    weights = bias = None
    for layer in range(3):
        parts = []
        for part in (slice(start, start + 500) for start in range(0, len(space), 500)):
            on = f"h {h[part].shape} and M {matrix[part].shape}"
            returned = handed_in.call(gather, h[part].copy(), matrix[part].copy(), on=on)
            found = handed_in.array_of(returned, "it must return real numbers").astype(float)
            if found.shape != h[part].shape:
                raise Unfit(
                    f"for {on} the result has shape {found.shape}, and should have that of h"
                )
            if not np.isfinite(found).all():
                raise Unfit(f"for {on}, in layer {layer + 1}, some numbers are not finite")
            parts.append(found)
        weights, bias = rng.normal(size=(h.shape[-1], 16)), rng.normal(size=16)
        h = np.tanh(np.concatenate(parts) @ (weights / np.sqrt(len(weights))) + bias) * real
    return h.sum(axis=1)


def _own_way(gather) -> str | None:
    """A way of gathering, no sum, mean or maximum, that loses no skeleton of five vertices."""
    handed_in.function_of(gather, "hand in a function of h and M")
    space = _up_to_five()
    vectors = _own_vectors(gather, space)
    gap = np.linalg.norm(_own_vectors(gather, networks.shuffled(space)) - vectors, axis=1).max()
    if gap > 1e-2:
        return "vertices numbered otherwise get other vectors; it may not depend on their order"
    if how := _known_way(gather):
        return f"this is the {how} again, beside some multiple of the own vector"
    groups = distinct.join(vectors, max(gap, 1e-14))
    truth = wl.count_classes(space, direction="undirected", rounds=3)[-1]
    if groups.ambiguous:
        return "rounding and differences overlap here; compute in NumPy, whose numbers have 64 bits"
    if groups.distinct < truth:
        return f"it finds {groups.distinct:,} of {truth:,} skeletons of up to five vertices"
    return None


def _known_way(gather) -> str | None:
    """Whether what a function gathers is a multiple of h and of sum, mean or maximum."""
    rng = np.random.default_rng(1)
    matrix = graphs.skeleton(np.triu(rng.random((4, 6, 6)) < 0.7, 1))
    h = rng.uniform(-1, 1, (4, 6, 16))  # as wide as a layer, and within what tanh gives
    returned = handed_in.call(gather, h.copy(), matrix.astype(float), on=f"h {h.shape}")
    found = handed_in.array_of(returned, "it must return real numbers").astype(float).ravel()
    if found.shape != (h.size,) or not np.isfinite(found).all():
        raise Unfit(f"for h {h.shape} the result must be as large as h, and finite")
    for how in ("sum", "mean", "max"):
        parts = np.stack([h.ravel(), networks.gather(matrix, h, how).ravel()], axis=1)
        fitted = parts @ np.linalg.lstsq(parts, found, rcond=None)[0]
        if np.allclose(fitted, found, rtol=1e-4, atol=1e-4):
            return {"max": "maximum"}.get(how, how)
    return None


EXERCISES = {
    "one to many": _one_to_many,
    "merged at zero": _merged_at_zero,
    "invisible to the mean": _invisible_to_the_mean,
    "bad epsilons": _bad_epsilons,
    "a layer by hand": _by_hand,
    "sum to mean": _sum_to_mean,
    "a way of your own": _own_way,
}
