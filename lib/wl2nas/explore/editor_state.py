"""What the cell editor shows, as a text that can be sent to somebody.

``model=ours&ops=conv3x3,maxpool&edges=0-1,1-2,2-3&move=0.5,-1``: a model's name, the inner
vertices, the edges, and how far the latent point is moved along the two directions of the map.
``static/editor_text.js`` reads and writes the same.
"""

import re
from typing import NamedTuple

import numpy as np

from wl2nas import _require, cells


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


def as_encoded(state: State, rules: cells.Rules) -> cells.CellSpace:
    """The state's graph as the model reads it: a cell in its canonical form, all else as it is."""
    n, v = len(state.ops), rules.max_vertices
    adjacency, ops = np.zeros((1, v, v), bool), np.full((1, v), cells.PADDING, np.int8)
    adjacency[0, :n, :n], ops[0, :n] = state.adjacency, state.ops
    graph = cells.CellSpace(adjacency, ops, rules)
    return cells.stack(cells.canonical_form(graph[0])) if graph.legal()[0] else graph
