"""Questions and exercises of notebook 06."""

import itertools

import jax
import numpy as np

from course.check import facts, guesses, handed_in
from course.check.question import Question
from course.check.words import kind
from wl2nas import cells, graphs, wl
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
    if len(pair[0]) == 6:
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


EXERCISES = {
    "one to many": _one_to_many,
    "merged at zero": _merged_at_zero,
    "invisible to the mean": _invisible_to_the_mean,
    "bad epsilons": _bad_epsilons,
}
