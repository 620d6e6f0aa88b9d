"""The cell editor: change a cell, see its latent point move; drag the point, see the cell change.

Drawing is in ``static/editor.js``, the arithmetic of cells in ``static/cell.js``, forward passes of
the models in ``static/model.js``; a plain page without a kernel uses all three
(``static/editor.html``). This module hands over one file (``editor_file``), answers what lies near
among all cells, and gets back the state, a text that can be sent to somebody:
``model=ours&ops=conv3x3,maxpool&edges=0-1,1-2,2-3&move=0.5,-1``.
"""

import re
from typing import NamedTuple

import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure

from wl2nas import _require, cells, draw, generation, latent
from wl2nas.explore import editor_file, page

NEAR = 20  # at most so many nearest cells are answered at once


class State(NamedTuple):
    """A graph that may or may not be a cell, and the point, moved from that of the graph.

    ``adjacency`` (n, n) is upper triangular, ``ops`` (n,) are codes, input first, output last.
    """

    model: str
    adjacency: np.ndarray
    ops: np.ndarray
    move: tuple[float, float] = (0.0, 0.0)  # along the two principal directions


def encode(state: State, rules: cells.Rules) -> str:
    """The state as text; the inverse of ``decode``."""
    ops = ",".join(rules.operations[op] for op in state.ops[1:-1])
    edges = ",".join(f"{i}-{j}" for i, j in np.argwhere(state.adjacency))
    move = ",".join(f"{value:g}" for value in state.move)
    return f"model={state.model}&ops={ops}&edges={edges}&move={move}"


def decode(text: str, rules: cells.Rules, models: list[str]) -> State:
    """The state that a text says, for models of these names; ValueError names what is wrong."""
    if not isinstance(text, str):
        raise TypeError(f"state must be a text, such as 'ops=conv3x3&edges=0-1,1-2'; it is "
                        f"{text!r:.60}")  # fmt: skip
    parts = dict(part.partition("=")[::2] for part in text.split("&"))
    if "ops" not in parts or not parts.keys() <= {"model", "ops", "edges", "move"}:
        raise ValueError(f"state must say ops, and may say model, edges, move: {text[:60]!r}")
    model = _require.choice("model", parts.get("model", models[0]), models)
    named = parts["ops"].split(",") if parts["ops"] else []
    if odd := [name for name in named if name not in rules.inner]:
        raise ValueError(f"ops: {odd[0][:30]!r} is no inner operation; choose from {rules.inner}")
    ops = np.array([cells.INPUT, *map(rules.code, named), rules.output])
    if len(ops) > rules.max_vertices:
        raise ValueError(f"ops: a cell has at most {rules.max_vertices} vertices, not {len(ops)}")
    adjacency = _edges(parts.get("edges", ""), len(ops))
    return State(model, adjacency, ops, _move(parts.get("move", "0,0")))


def _edges(text: str, n: int) -> np.ndarray:
    adjacency = np.zeros((n, n), bool)
    for edge in text.split(",") if text else []:
        ends = re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})", edge)
        if ends is None or not int(ends[1]) < int(ends[2]) < n:
            raise ValueError(f"edge {edge[:20]!r} must lead from a vertex to a later one, of "
                             f"0..{n - 1}")  # fmt: skip
        adjacency[int(ends[1]), int(ends[2])] = True
    return adjacency


def _move(text: str) -> tuple[float, float]:
    try:
        a, b = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"move must be two numbers with a comma; it is {text[:30]!r}") from None
    if not (abs(a) < 1e4 and abs(b) < 1e4):
        raise ValueError(f"move must be two numbers below 10,000; it is {text[:30]!r}")
    return a, b


class Editor(page.Answering):
    """The explorer: ``Editor(model, space)``, or ``Editor({"ours": ours, ...}, space)``.

    ``model``: a ``CellVAE`` or ``Arch2Vec`` made for the space, or several by name; the first is
    shown first. ``values`` (N,): an accuracy in percent for every row, NaN where none is known.
    ``start``: the row to begin with. ``seed``: of the sample that the map shows. ``state`` is the
    text that the page shows, and follows what the reader does; ``errors`` are the exceptions.
    TypeError or ValueError names a model, or a space, that the page cannot compute.
    """

    _esm = page.module("editor.js")
    state = traitlets.Unicode("").tag(sync=True)
    file = traitlets.Bytes(b"").tag(sync=True)

    def __init__(self, model, space: cells.CellSpace, *, values=None, start: int = 0,
                 seed: int = 0):  # fmt: skip
        row = _require.whole("start", start, at_least=0, at_most=len(space) - 1)
        self.models = {
            name: editor_file.rounded(each)
            for name, each in editor_file.named_models(model, space).items()
        }
        self.space, self.seed = space, seed
        self._embeddings: dict[str, Float[np.ndarray, "N D"]] = {}
        file = editor_file.export(self.models, space, values=values, seed=seed)
        first = State(next(iter(self.models)), space[row].adjacency, space[row].ops)
        super().__init__(state=encode(first, space.rules), file=file)

    def answer(self, **question) -> dict:
        """What lies near, for a page that knows a sample only; ``question`` as in ``nearest``."""
        return {"nearest": self.nearest(**question)}

    def nearest(self, *, model: str, point: list, number: int, skip: int | None) -> list[dict]:
        """The cells of the whole space that lie nearest to a point of a model's embedding.

        ``skip`` is the code of a cell to leave out. The first time every cell is embedded.
        """
        embedding = self._embedding(_require.choice("model", model, list(self.models)))
        target = _require.finite("point", np.asarray(point, np.float64), shape=embedding.shape[1:])
        number = _require.whole("number", number, at_least=1, at_most=min(NEAR, len(self.space)))
        square = ((embedding - target.astype(np.float32)) ** 2).sum(axis=1)
        if skip is not None:
            square = np.where(self.space.codes == np.uint64(skip), np.inf, square)
        rows = np.argsort(square, kind="stable")[:number]
        return [self._described(int(row), embedding[row], square[row]) for row in rows]

    def _embedding(self, name: str) -> Float[np.ndarray, "N D"]:
        if name not in self._embeddings:
            self._embeddings[name] = latent.embed(self.models[name], self.space)
        return self._embeddings[name]

    def _described(self, row: int, vector, square) -> dict:
        return {"row": row, "code": int(self.space.codes[row]), "point": vector.tolist(),
                "distance": float(np.sqrt(square))}  # fmt: skip

    def decoded(self) -> generation.Draws:
        """What the state's model decodes from the state's point: one draw, unchecked."""
        state = decode(self.state, self.space.rules, list(self.models))
        model, graph = self.models[state.model], as_encoded(state, self.space.rules)
        mean = np.asarray(latent.posterior(model, graph).mean)
        axes = editor_file.directions(model, self.space, seed=self.seed)
        return latent.decode(model, mean + np.array(state.move) @ axes.vectors, rules=graph.rules)

    def still(self) -> bytes:
        """A PNG of what the state shows, without a browser: the graph, and what is decoded."""
        rules = self.space.rules
        state = decode(self.state, rules, list(self.models))
        graph, draws = as_encoded(state, rules), self.decoded()
        figure = Figure(figsize=(7.6, 2.6), dpi=110, layout="constrained")
        real = ~draws.padding[0]
        decoded_ops = np.where(real, draws.ops[0], cells.PADDING)
        decoded_adjacency = draws.adjacency[0] & real[:, None] & real
        for ax, title, adjacency, ops in zip(
            figure.subplots(1, 2), ("the cell", f"decoded from its point by {state.model}"),
            (graph.adjacency[0], decoded_adjacency), (graph.ops[0], decoded_ops), strict=True,
        ):  # fmt: skip
            draw.decoded_graph(adjacency, ops, rules, ax=ax)
            ax.set_title(title, fontsize=10)
        return draw.png(figure)

    def show(self, alt: str):
        """Display the explorer and print ``alt``, as ``page.show`` does."""
        page.show(self.model_id, self.still, alt)


def as_encoded(state: State, rules: cells.Rules) -> cells.CellSpace:
    """The state's graph as the model reads it: a cell in its canonical form, all else as it is."""
    n, v = len(state.ops), rules.max_vertices
    adjacency, ops = np.zeros((1, v, v), bool), np.full((1, v), cells.PADDING, np.int8)
    adjacency[0, :n, :n], ops[0, :n] = state.adjacency, state.ops
    graph = cells.CellSpace(adjacency, ops, rules)
    return cells.stack(cells.canonical_form(graph[0])) if graph.legal()[0] else graph
