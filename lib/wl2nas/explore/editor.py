"""The cell editor: change a cell, see its latent point move; drag the point, see the cell change.

Drawing is in ``static/editor.js``, the arithmetic of cells in ``static/cell.js``, forward passes of
the models in ``static/model.js``; a plain page without a kernel uses all three
(``static/editor.html``). This module hands over one file (``editor_file``), answers what lies near
among all cells, and gets back the state as a text (``editor_state``).
"""

import numpy as np
import traitlets
from jaxtyping import Float

from wl2nas import _require, cells, generation, latent
from wl2nas.explore import editor_file, editor_models, editor_state, editor_still, page

NEAR = 20  # at most so many nearest cells are answered at once


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
            name: editor_models.rounded(each)
            for name, each in editor_models.named_models(model, space).items()
        }
        self.space, self.seed = space, seed
        self._embeddings: dict[str, Float[np.ndarray, "N D"]] = {}
        file = editor_file.export(self.models, space, values=values, seed=seed)
        first = editor_state.State(next(iter(self.models)), space[row].adjacency, space[row].ops)
        super().__init__(state=editor_state.encode(first, space.rules), file=file)

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
        state, model = self._shown()
        axes = editor_models.directions(model, self.space, seed=self.seed)
        return editor_still.decoded(state, model, self.space.rules, axes)

    def still(self) -> bytes:
        """A PNG of what the state shows, without a browser."""
        state, model = self._shown()
        return editor_still.still(state, model, self.space, seed=self.seed)

    def _shown(self):
        state = editor_state.decode(self.state, self.space.rules, list(self.models))
        return state, self.models[state.model]

    def show(self, alt: str):
        """Display the explorer and print ``alt``, as ``page.show`` does."""
        page.show(self.model_id, self.still, alt)
