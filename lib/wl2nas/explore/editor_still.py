"""The picture of the cell editor, for pages without a kernel."""

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from wl2nas import cells, draw, generation, latent
from wl2nas.explore import editor_models, page
from wl2nas.explore.editor_state import State, as_encoded


def decoded(
    state: State, model, rules: cells.Rules, axes: editor_models.Directions
) -> generation.Draws:
    """What the state's model decodes from the state's point: one draw, unchecked."""
    graph = as_encoded(state, rules)
    mean = np.asarray(latent.posterior(model, graph).mean)
    return latent.decode(model, mean + np.array(state.move) @ axes.vectors, rules=rules)


def still(state: State, model, space: cells.CellSpace, *, seed: int = 0) -> bytes:
    """A PNG of the three views: the graph, its point among a sample, and what is decoded.

    ``model`` has rounded weights, as the page computes.
    """
    graph = as_encoded(state, space.rules)
    sample = latent.embed(model, space.take(editor_models.drawn_rows(space, seed=seed)))
    axes = editor_models.principal(sample)
    draws = decoded(state, model, space.rules, axes)
    figure = Figure(figsize=(9.6, 2.6), dpi=110, layout="constrained")
    before, between, after = figure.subplots(1, 3)
    _draw_graph(before, graph, "the cell")
    start = axes.places(latent.embed(model, graph))[0]
    _draw_map(between, axes.places(sample), start, start + np.array(state.move))
    _draw_graph(
        after, generation.without_padding(draws), f"decoded from its point by {state.model}"
    )
    return draw.png(figure)


def _draw_graph(ax, graph: cells.CellSpace, title: str):
    """A graph, a cell or not; what is no cell is drawn in the order of its vertices."""
    if graph.legal()[0]:
        draw.cell(graph[0], ax=ax)
    else:
        n, title = int(graph.n_vertices[0]), f"{title}: no cell"
        draw.decoded_graph(graph.adjacency[0, :n, :n], graph.ops[0, :n], graph.rules, ax=ax)
    ax.set_title(title, fontsize=10)


def _draw_map(
    ax,
    sample: Float[np.ndarray, "S 2"],
    start: Float[np.ndarray, " 2"],
    end: Float[np.ndarray, " 2"],
):
    """The sample, the place of the graph as a square, and the point, moved from it."""
    ax.plot(*sample.T, ".", color="#b0b4bb", ms=2)
    ax.plot(*zip(start, end, strict=True), "--", color=page.CHOSEN)
    ax.plot(*start, "s", mfc="white", mec="black", ms=8)
    ax.plot(*end, "o", color=page.CHOSEN, mec="black", ms=8)
    ax.set(xticks=[], yticks=[])
    ax.set_title("its point", fontsize=10)
