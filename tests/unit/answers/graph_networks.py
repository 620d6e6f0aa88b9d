import jax
import jax.numpy as jnp
import numpy as np

from wl2nas import cells, graphs


def cell(edges, *inner):
    return cells.Cell(graphs.from_edges(2 + len(inner), edges), ["input", *inner, "output"])


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


TRUTHS = {
    "first sum": (1, 2, 0),
    "epsilon zero": 264_600,
    "mean or max": "max",
    "rows in float32": "more",
}
WRONG = {
    "first sum": (1, 1, 0),
    "epsilon zero": 135_000,
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
]
