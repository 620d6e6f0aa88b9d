"""The stepper: draw a directed labelled graph, or two, and refine their colours round by round.

Drawing lives in ``static/stepper.js``, refinement in ``static/graphs.js``; a plain page without a
kernel uses both (``static/stepper.html``). This module hands over graphs and gets back the state, a
text that can be sent to somebody: ``round=1&cell=0&a=GRAPH&b=GRAPH``, where GRAPH is
``vertices;edges;labels;positions``, such as ``3;0-1,1-2;0,0,1;10,50,50,50,90,50``.
"""

import re
from typing import NamedTuple

import anywidget
import numpy as np
import traitlets
from jaxtyping import Bool, Int
from matplotlib.figure import Figure

from wl2nas import _require, cells, draw, graphs, wl
from wl2nas.explore import page

MOST_VERTICES, MOST_LABEL, MOST_ROUND = 40, 99, 1_000  # as in graphs.js


class Drawn(NamedTuple):
    """A directed graph with a label and a place, x and y within 0..100, for each vertex."""

    adjacency: Bool[np.ndarray, "n n"]
    labels: Int[np.ndarray, " n"]
    positions: Int[np.ndarray, "n 2"]


class State(NamedTuple):
    """One graph or two, the round that is shown, and whether to say what a cell still lacks."""

    graphs: tuple[Drawn, ...]
    round: int = 0
    must_be_cell: bool = False


def drawn(graph, labels=None) -> Drawn:
    """A cell, or a matrix (n, n) and labels, with places: a cell from left to right, else a circle.

    Raises ValueError for more than 40 vertices, loops, or labels outside 0..99.
    """
    if isinstance(graph, cells.Cell):
        places = draw.cell_layout(graph.adjacency)
        low, width = places.min(axis=0), np.maximum(np.ptp(places, axis=0), [1, 1])
        unit = (places - low) / width
        flat = np.ptp(places[:, 1]) == 0
        y = np.full(len(unit), 50.0) if flat else 85 - 70 * unit[:, 1]
        return _checked(graph.adjacency, graph.ops, np.stack([8 + 84 * unit[:, 0], y], axis=1))
    adjacency = graphs.as_adjacency(graph)
    angle = 2 * np.pi * np.arange(len(adjacency)) / max(len(adjacency), 1)
    circle = np.stack([50 + 40 * np.sin(angle), 50 - 40 * np.cos(angle)], axis=1)
    return _checked(adjacency, graphs.as_labels(labels, len(adjacency)), circle)


def _checked(adjacency, labels, positions) -> Drawn:
    if not 1 <= len(adjacency) <= MOST_VERTICES:
        raise ValueError(f"the stepper draws 1 to {MOST_VERTICES} vertices, not {len(adjacency)}")
    if adjacency.diagonal().any():
        raise ValueError("adjacency has a loop; the stepper draws none")
    labels = np.asarray(labels, np.int64)
    if ((labels < 0) | (labels > MOST_LABEL)).any():
        raise ValueError(f"labels must be 0..{MOST_LABEL}; one is {labels.min()} or {labels.max()}")
    return Drawn(adjacency, labels, np.rint(positions).astype(np.int64))


def encode(state: State) -> str:
    """The state as text; the inverse of ``decode``."""
    parts = [f"round={state.round}", f"cell={int(state.must_be_cell)}"]
    for name, graph in zip("ab", state.graphs, strict=False):
        edges = ",".join(f"{i}-{j}" for i, j in np.argwhere(graph.adjacency))
        numbers = [",".join(map(str, values)) for values in (graph.labels, graph.positions.ravel())]
        parts.append(f"{name}=" + ";".join([str(len(graph.labels)), edges, *numbers]))
    return "&".join(parts)


def decode(text: str) -> State:
    """The state that a text says; ValueError names the part that cannot be read."""
    if not isinstance(text, str):
        raise TypeError(f"state must be a text, such as 'a=2;0-1'; it is {text!r:.60}")
    pairs = [part.partition("=")[::2] for part in text.split("&")]
    parts = dict(pairs)
    if "a" not in parts:
        raise ValueError(f"state holds no graph ('a=' is missing): {text[:60]!r}")
    if len(parts) < len(pairs) or not parts.keys() <= {"round", "cell", "a", "b"}:
        raise ValueError(f"state must say round, cell, a and b once at most: {text[:60]!r}")
    round_ = _numbers(parts.get("round", "0"), "round")
    if len(round_) != 1 or not 0 <= round_[0] <= MOST_ROUND:
        raise ValueError(
            f"round must be one number from 0 to {MOST_ROUND}; it is {parts['round'][:20]!r}"
        )
    if (cell := parts.get("cell", "0")) not in ("0", "1"):
        raise ValueError(f"cell must be 0 or 1; it is {cell[:20]!r}")
    found = tuple(_decode_graph(parts[name]) for name in "ab" if name in parts)
    return State(found, int(round_[0]), cell == "1")


def _decode_graph(text: str) -> Drawn:
    given = text.split(";")
    if len(given) > 4:
        raise ValueError(f"a graph is vertices;edges;labels;positions; this is {text[:60]!r}")
    count, edges, labels, positions = given + [""] * (4 - len(given))
    n, *more = _numbers(count, "number of vertices").tolist()
    if more or not 1 <= n <= MOST_VERTICES:
        raise ValueError(f"the stepper draws 1 to {MOST_VERTICES} vertices, not {count[:20]}")
    adjacency = np.zeros((n, n), bool)
    for edge in edges.split(",") if edges else []:
        ends = re.fullmatch(r"([0-9]{1,6})-([0-9]{1,6})", edge)
        if ends is None or max(int(ends[1]), int(ends[2])) >= n:
            raise ValueError(f"edge {edge[:20]!r} does not join two of the vertices 0..{n - 1}")
        adjacency[int(ends[1]), int(ends[2])] = True
    graph = drawn(adjacency, _numbers(labels, "labels") if labels else None)
    if not positions:
        return graph
    places = _numbers(positions, "positions")
    if len(places) != 2 * n or places.min() < 0 or places.max() > 100:
        raise ValueError(f"positions must hold {2 * n} numbers within 0..100, x and y of each")
    return graph._replace(positions=places.reshape(n, 2))


def _numbers(text: str, what: str) -> Int[np.ndarray, " k"]:
    if not re.fullmatch(r"-?[0-9]{1,6}(,-?[0-9]{1,6})*", text):
        raise ValueError(f"{what} must be whole numbers with commas; this is {text[:20]!r}")
    return np.array([int(part) for part in text.split(",")])


class Stepper(anywidget.AnyWidget):
    """The explorer. ``Stepper(cell)``, ``Stepper(matrix)``, or two of them to compare.

    ``state`` is the text that the page shows, and follows what the reader does.
    """

    _esm = page.module("stepper.js")
    state = traitlets.Unicode("").tag(sync=True)

    def __init__(self, first, second=None, *, round: int = 0):
        pair = (first,) if second is None else (first, second)
        round = _require.whole("round", round, at_least=0, at_most=MOST_ROUND)
        super().__init__(state=encode(State(tuple(map(drawn, pair)), round)))

    def still(self) -> bytes:
        """A PNG of what the state shows, the four directions side by side, without a browser."""
        state = decode(self.state)
        rows = len(state.graphs)
        figure = Figure(figsize=(7.6, 2.2 * rows), dpi=110, layout="constrained")
        axes = np.atleast_2d(figure.subplots(rows, 4))
        for column, direction in zip(axes.T, wl.DIRECTIONS, strict=True):
            column[0].set_title(direction, fontsize=10)
            for ax, graph, colours in zip(column, state.graphs, colours_of(state, direction),
                                          strict=True):  # fmt: skip
                position = (graph.positions * [1, -1]) / 22
                draw.graph(graph.adjacency, ax=ax, position=position, colours=colours,
                           directed=direction != "undirected")  # fmt: skip
        return draw.png(figure)

    def show(self, alt: str):
        """Display the explorer with ``alt`` below, as ``page.show`` does."""
        page.show(self.model_id, self.still, alt)


def colours_of(state: State, direction: str) -> list[Int[np.ndarray, " m"]]:
    """The colours of each graph at the round of the state, refined together as one graph."""
    whole = state.graphs[0].adjacency
    for graph in state.graphs[1:]:
        whole = graphs.disjoint_union(whole, graph.adjacency)
    labels = np.concatenate([graph.labels for graph in state.graphs])
    history = wl.refine(whole, labels, direction=direction)
    colours = history[min(state.round, len(history) - 1)]
    return np.split(colours, [len(state.graphs[0].labels)])[: len(state.graphs)]
