import jax
import jax.numpy as jnp
import numpy as np

from answers.shapes import cell
from wl2nas import cells, graphs


def longer(cell, op):
    """The same cell with one more vertex between its last one and the output."""
    n = len(cell)
    edges = [*cell.edges, (n - 1, n)]
    return cells.Cell(graphs.from_edges(n + 1, edges), [*cell.names[:-1], op, "output"])


BRANCHES = cell([(0, 1), (0, 2), (1, 3), (2, 3)], "conv3x3", "conv3x3")
CHAIN = cell([(0, 1), (1, 2), (2, 3), (0, 3)], "conv3x3", "conv3x3")
BRIDGE = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
ONE_WAY, OTHER_WAY = cell(BRIDGE, "conv3x3", "maxpool"), cell(BRIDGE, "maxpool", "conv3x3")
# On the skeletons of these, closed neighbourhoods agree: found by counting, as the hint says.
KITE = [(0, 1), (0, 3), (1, 2), (2, 3), (2, 4), (3, 4)]
LATE = cell(KITE, "maxpool", "conv1x1", "maxpool")
EARLY = cell(KITE, "maxpool", "maxpool", "conv1x1")

# A vertex that all others are joined to adds the same to every closed neighbourhood.
HUB = [(0, 3), (1, 3), (2, 3), (3, 4)]
HUB_INNER = ["conv3x3", "conv3x3", "maxpool"]
BRANCHES_HUB = cell([(0, 1), (0, 2), (1, 4), (2, 4), *HUB], *HUB_INNER)
CHAIN_HUB = cell([(0, 1), (1, 2), (2, 4), (0, 4), *HUB], *HUB_INNER)

TWO = [(0, 1), (0, 3), (1, 2), (2, 5), (3, 4), (4, 5)]
POOLS = ["maxpool"] * 4
TWO_CHAINS, WITH_RUNG = cell(TWO, *POOLS), cell([*TWO, (1, 4)], *POOLS)


def along(adjacency, x):
    return adjacency.T @ x


def earlier(cell, op):
    """The same cell with one more vertex between the input and its first ones."""
    edges = [(0, 1), *((i + 1, j + 1) for i, j in cell.edges)]
    return cells.Cell(graphs.from_edges(len(cell) + 1, edges), ["input", op, *cell.names[1:]])


def numpy_loop(adjacency, x):
    return np.stack([np.asarray(a).T @ np.asarray(h) for a, h in zip(adjacency, x, strict=True)])


def mean_of(h, matrix, epsilon):
    count = np.maximum(matrix.sum(axis=-1, keepdims=True), 1)
    return (1 + epsilon) * h + matrix @ h / count


def sum_of(h, matrix, epsilon):
    return (1 + epsilon) * h + matrix @ h


def unguarded(h, matrix, epsilon):
    with np.errstate(all="ignore"):
        return (1 + epsilon) * h + matrix @ h / matrix.sum(axis=-1, keepdims=True)


def closed(h, matrix, epsilon):
    return mean_of(h, matrix + np.eye(matrix.shape[-1]), epsilon)


def of_squares(h, matrix):
    return 1.1 * h + matrix @ (h + h**2)


def of_exponentials(h, matrix):
    return 0.3 * h + np.log1p(matrix @ np.exp(h))


def in_32_bits(h, matrix):
    return np.float32(1.1) * h.astype("f4") + matrix.astype("f4") @ np.exp(h.astype("f4"))


TRUTHS = {
    "first sum": (1, 2, 0),
    "epsilon zero": 264_600,
    "relu width": 128,
    "mean or max": "max",
    "rows in float32": "more",
}
WRONG = {
    "first sum": (1, 1, 0),
    "epsilon zero": 135_000,
    "relu width": 16,
    "mean or max": "both",
    "rows in float32": "equal",
}
RIGHT = {
    "one to many": [
        jax.vmap(along),
        jax.jit(jax.vmap(along)),
        lambda adjacency, x: jnp.einsum("nuv,nuf->nvf", adjacency, x),
        lambda adjacency, x: jnp.swapaxes(adjacency, 1, 2) @ x,
    ],
    "merged at zero": [(LATE, EARLY), [EARLY, LATE], (BRANCHES_HUB, CHAIN_HUB)],
    "invisible to the mean": [
        (longer(TWO_CHAINS, "conv1x1"), longer(WITH_RUNG, "conv1x1")),
        (earlier(TWO_CHAINS, "conv3x3"), earlier(WITH_RUNG, "conv3x3")),
    ],
    "bad epsilons": [
        range(-4, 3),
        [2, 1, 0, -1, -2, -3, -4.0],
        np.arange(-4, 3),
        set(range(-4, 3)),
    ],
    "a layer by hand": [(0, 2.5, 1), [0.0, 2.5, 1.0], np.array([0, 2.5, 1])],
    "sum to mean": [(mean_of, -0.5), [mean_of, -2 / 3]],
    "a way of your own": [of_squares, of_exponentials],
}
FAULTS = [
    ("one to many", jnp.ones(3), "hand in a function of a batch, not ArrayImpl"),
    ("one to many", along, r"for adjacency \(3, 4, 4\) and x \(3, 4, 2\) it raises: "),
    (
        "one to many",
        lambda a, x: a.permute(0, 2, 1) @ x,
        "it raises: .* has no attribute 'permute'",
    ),
    ("one to many", jax.vmap(along, in_axes=(0, None)), r"result has shape \(3, 3, 4, 2\)"),
    ("one to many", numpy_loop, "it must return a JAX array; it returns a ndarray"),
    ("one to many", jax.vmap(lambda a, x: a @ x), "run against the edges"),
    ("one to many", lambda a, x: x[0], r"the result has shape \(4, 2\)"),
    ("one to many", lambda a, x: x, "differ from those of a loop"),
    ("merged at zero", (BRANCHES, CHAIN), "right, but four vertices are those of the example"),
    ("merged at zero", (ONE_WAY, OTHER_WAY), "on the skeleton does not separate these two either"),
    ("merged at zero", (BRANCHES, ONE_WAY), "these two get different vectors, also with epsilon"),
    ("merged at zero", (BRANCHES, BRANCHES), "one and the same cell"),
    (
        "merged at zero",
        (longer(BRANCHES, "conv1x1"), longer(CHAIN, "conv1x1")),
        "different vectors",
    ),
    ("merged at zero", (BRANCHES, 3), "hand in two cells.Cell, not int"),
    ("invisible to the mean", (TWO_CHAINS, WITH_RUNG), "right, but six vertices are those of"),
    ("invisible to the mean", (BRANCHES, CHAIN), "the mean tells these two apart"),
    (
        "invisible to the mean",
        (earlier(TWO_CHAINS, "conv3x3"), earlier(WITH_RUNG, "maxpool")),
        "the mean tells these two apart",
    ),
    ("invisible to the mean", (CHAIN, CHAIN), "one and the same cell"),
    ("invisible to the mean", ("a", "b"), "hand in two cells.Cell, not str"),
    ("bad epsilons", [0, 0.5], "with at most three neighbours epsilon = 0.5 merges nothing"),
    ("bad epsilons", range(-4, 4), "epsilon = 3 merges nothing"),
    ("bad epsilons", [-1, 0, 1], "right so far, but 4 more of them exist"),
    ("bad epsilons", [], "right so far, but 7 more of them exist"),
    ("bad epsilons", 0, "hand in a list of numbers, not int"),
    ("bad epsilons", ["all"], "hand in a list of numbers, not list of texts"),
    ("a layer by hand", (0, 2, 1), "this is the sum at epsilon = 0; its own vector counts one and"),
    ("a layer by hand", (1, 2.5, 0), "who are the neighbours of the second convolution"),
    ("a layer by hand", (1, 2), "hand in three numbers: inputs, convolutions, outputs"),
    ("a layer by hand", "abc", "hand in three numbers: inputs, convolutions, outputs, not str"),
    ("sum to mean", mean_of, "hand in a pair: your function of"),
    ("sum to mean", (3, 0), "your function of .* and an epsilon, not int"),
    ("sum to mean", (mean_of, 5), "choose an epsilon between -2 and 2"),
    ("sum to mean", (mean_of, float("nan")), "choose an epsilon between -2 and 2"),
    ("sum to mean", (sum_of, -0.5), "this is still the sum"),
    ("sum to mean", (unguarded, -0.5), "padding has no neighbours: divide by 1 there, not by 0"),
    ("sum to mean", (closed, -0.5), "not .* plus the mean over the neighbours"),
    (
        "sum to mean",
        (lambda h, m, e: h[0], 0),
        r"for h \(3, 5, 2\) and M \(3, 5, 5\) the result has",
    ),
    ("sum to mean", (mean_of, 0), "at epsilon = 0 it loses nothing, so look further"),
    ("sum to mean", (mean_of, -1), "at epsilon = -1 the sum loses classes, too"),
    ("a way of your own", 3, "hand in a function of h and M, not int"),
    ("a way of your own", lambda h, m: h + m @ h, "this is the sum again"),
    ("a way of your own", lambda h, m: 1.1 * h + m @ np.clip(h, -1, 1), "this is the sum again"),
    ("a way of your own", lambda h, m: mean_of(h, m, 1), "this is the mean again"),
    (
        "a way of your own",
        lambda h, m: h**2,
        r"it finds \d+ of 1,717",
    ),
    ("a way of your own", lambda h, m: np.cumsum(h, axis=1), "may not depend on their order"),
    (
        "a way of your own",
        lambda h, m: h[0],
        r"the result has shape \(7, 5\), and should have that of h",
    ),
    ("a way of your own", lambda h, m: h + np.inf, "in layer 1, some numbers are not finite"),
]
