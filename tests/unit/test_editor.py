"""The cell editor without a browser: its file, its state, what it answers."""

import json

import numpy as np
import pytest
from flax import nnx

import small_models
from wl2nas import cells, explore, generation, latent, models
from wl2nas.explore import editor_file, editor_models, editor_state
from wl2nas.models import arch2vec, cell_vae

SPACE = small_models.SPACE
OURS = cell_vae.CellVAE(small_models.OURS, rngs=nnx.Rngs(0))
PUBLISHED = arch2vec.Arch2Vec(small_models.SMALL, rngs=nnx.Rngs(1))
BOTH = {"ours": OURS, "arch2vec": PUBLISHED}
RULES = cells.NASBENCH101
VALUES = np.where(np.arange(len(SPACE)) % 7 == 0, 90.25, np.nan)


def parts(content: bytes):
    """The header of a file, and what its arrays hold, read as its description says."""
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    numbers = np.frombuffer(content[4 + length :], "<f2")
    return header, lambda where: numbers[where[0] :][: int(np.prod(where[1]))].reshape(where[1])


# --- the file -----------------------------------------------------------------------------------


def test_the_file_holds_what_it_says():
    header, array = parts(editor_file.export(BOTH, SPACE, values=VALUES))
    assert list(header["models"]) == ["ours", "arch2vec"]
    rows = np.array(header["sample"]["rows"])
    assert (np.array(header["sample"]["codes"]) == SPACE.codes[rows]).all()
    known = [value for value in header["sample"]["values"] if value is not None]
    assert known == [90.25] * int(np.isfinite(VALUES).sum())
    for name, model in BOTH.items():
        said, small = header["models"][name], editor_models.rounded(model)
        vectors = latent.embed(small, SPACE.take(rows))
        np.testing.assert_allclose(array(said["embedding"]), vectors, atol=2e-3)
        kernel = np.asarray(small.encoder.layer0.first.kernel[...])
        assert (array(said["weights"]["encoder.layer0.first.kernel"]) == kernel).all()
        assert not any("log_sigma" in path for path in said["weights"])


def test_a_packed_kernel_says_every_weight_that_counts():
    header, array = parts(editor_file.export(OURS, SPACE))
    decoder = editor_models.rounded(OURS).decoder
    for name, mask in zip(("first", "second", "output"), decoder.masks(), strict=True):
        where = header["models"]["ours"]["weights"][f"decoder.{name}.kernel"]
        packed, kernel = array(where), np.asarray(getattr(decoder, name).kernel[...])
        columns = np.split(packed, np.cumsum(mask.sum(axis=0))[:-1])
        for column, (mine, weights) in enumerate(zip(mask.T, kernel.T, strict=True)):
            assert mine[: mine.sum()].all()  # what a unit sees is a prefix
            assert (columns[column] == weights[mine]).all()


def test_the_directions_are_the_principal_ones():
    axes = editor_models.directions(PUBLISHED, SPACE)
    vectors = latent.embed(editor_models.rounded(PUBLISHED), SPACE)
    np.testing.assert_allclose(axes.vectors @ axes.vectors.T, np.eye(2), atol=1e-9)
    coordinates, shares = latent.principal_components(vectors)
    np.testing.assert_allclose((vectors - axes.mean) @ axes.vectors.T, coordinates, atol=1e-5)
    np.testing.assert_allclose(axes.shares, shares, rtol=1e-4)


def test_known_values_are_in_the_sample_and_drawn_cells_come_first(monkeypatch):
    monkeypatch.setattr(editor_models, "SAMPLE", 20)
    found = editor_file.sample(SPACE, VALUES, seed=3)
    assert found.drawn == 20 and len(np.unique(found.rows)) == len(found.rows)
    assert set(np.flatnonzero(np.isfinite(VALUES)).tolist()) <= set(found.rows.tolist())
    assert (found.rows[:20] == editor_file.sample(SPACE, seed=3).rows).all()
    assert (found.rows[:20] != editor_file.sample(SPACE, seed=4).rows).any()


def test_rounding_changes_neither_the_model_nor_its_mode():
    before = np.asarray(OURS.encoder.to_mean.kernel[...]).copy()
    small = editor_models.rounded(OURS)
    kernel = np.asarray(small.encoder.to_mean.kernel[...])
    assert (kernel == kernel.astype(np.float16)).all() and (kernel != before).any()
    assert (np.asarray(OURS.encoder.to_mean.kernel[...]) == before).all()


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        ({}, ValueError, "model is empty"),
        ({"my model": OURS}, ValueError, "called as a variable"),
        (object(), TypeError, "computes CellVAE and Arch2Vec; 'object' is a object"),
        (
            cell_vae.CellVAE(
                models.CellVAEConfig(width=8, latent=4, hidden=28, directed=False), rngs=nnx.Rngs(0)
            ),
            ValueError,
            "directed=True; 'ours' has False",
        ),
        (
            models.Arch2Vec(models.Arch2VecConfig(hidden=8, pooling="sum"), rngs=nnx.Rngs(0)),
            ValueError,
            "pooling='mean'; 'arch2vec' has 'sum'",
        ),
        (
            models.Arch2Vec(models.Arch2VecConfig(hidden=8, vertices=8), rngs=nnx.Rngs(0)),
            ValueError,
            "made with vertices=8",
        ),
    ],
)
def test_a_model_that_the_page_cannot_compute_is_named(model, error, message):
    with pytest.raises(error, match=message):
        explore.Editor(model, SPACE)


def test_weights_and_spaces_that_do_not_fit_the_file_are_named():
    broken = nnx.clone(OURS)
    broken.encoder.to_mean.bias[...] = broken.encoder.to_mean.bias[...] + 1e6
    with pytest.raises(ValueError, match="weights beyond float16"):
        explore.Editor(broken, SPACE)
    with pytest.raises(ValueError, match="at least 3 cells"):
        explore.Editor(OURS, SPACE.take([0, 1]))
    with pytest.raises(ValueError, match=r"values must hold a number for each of the 100 cells"):
        explore.Editor(OURS, SPACE, values=[1.0, 2.0])
    with pytest.raises(ValueError, match="values hold infinity"):
        explore.Editor(OURS, SPACE, values=np.full(len(SPACE), np.inf))
    with pytest.raises(ValueError, match="start must be a whole number"):
        explore.Editor(OURS, SPACE, start=len(SPACE))
    fixed = cells.nasbench201()
    settings = models.CellVAEConfig(
        vertices=fixed.rules.max_vertices, operations=len(fixed.rules.operations), width=8,
        latent=4, hidden=80,
    )  # fmt: skip
    with pytest.raises(ValueError, match="one wiring"):
        explore.Editor(models.CellVAE(settings, rngs=nnx.Rngs(0)), fixed)


# --- the state ----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [0, 17, 50])
def test_a_state_survives_the_text(row):
    cell = SPACE[row]
    state = editor_state.State("b", cell.adjacency, cell.ops, (0.5, -1.25))
    back = editor_state.decode(editor_state.encode(state, RULES), RULES, ["a", "b"])
    assert (back.model, back.move) == ("b", (0.5, -1.25))
    assert (back.adjacency == cell.adjacency).all() and (back.ops == cell.ops).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "state must say ops"),
        ("ops=&colour=1", "state must say ops"),
        ("ops=conv5x5", "'conv5x5' is no inner operation"),
        ("ops=input", "'input' is no inner operation"),
        ("ops=conv3x3,", "'' is no inner operation"),
        ("ops=" + ",".join(["maxpool"] * 6), "at most 7 vertices, not 8"),
        ("ops=conv3x3&edges=1-0", "edge '1-0' must lead"),
        ("ops=conv3x3&edges=0-3", "edge '0-3' must lead"),
        ("ops=conv3x3&edges=0-1,", "edge '' must lead"),
        ("ops=&move=1", "move must be two numbers"),
        ("ops=&move=nan,0", "move must be two numbers below"),
        ("ops=&model=c", "unknown model 'c'"),
    ],
)
def test_a_bad_state_is_named(text, message):
    with pytest.raises(ValueError, match=message):
        editor_state.decode(text, RULES, ["a", "b"])


# --- the widget ---------------------------------------------------------------------------------


@pytest.fixture
def explorer():
    made = explore.Editor(BOTH, SPACE, values=VALUES, start=17)
    yield made
    assert made.errors == []


def test_it_starts_with_its_row_and_leaves_a_picture(explorer):
    state = editor_state.decode(explorer.state, RULES, list(BOTH))
    assert (state.adjacency == SPACE[17].adjacency).all() and state.model == "ours"
    assert explorer.still().startswith(b"\x89PNG")
    explorer.state = "model=arch2vec&ops=conv3x3,conv1x1&edges=0-1,1-3&move=0.5,0"  # no cell
    assert explorer.still().startswith(b"\x89PNG")


def test_what_is_decoded_is_what_the_model_decodes(explorer):
    for name, model in explorer.models.items():
        explorer.state = explorer.state.replace("model=ours", f"model={name}")
        mean = latent.posterior(model, SPACE.take([17])).mean
        expected = latent.decode(model, mean)
        assert (explorer.decoded().adjacency == expected.adjacency).all()
        far = explorer.state.replace("move=0,0", "move=3,-2")
        explorer.state = far
        axes = editor_models.directions(model, SPACE)
        expected = latent.decode(model, mean + 3 * axes.vectors[0] - 2 * axes.vectors[1])
        assert (explorer.decoded().adjacency == expected.adjacency).all()
        assert isinstance(explorer.decoded(), generation.Draws)
        explorer.state = far.replace("move=3,-2", "move=0,0").replace(name, "ours")


def test_python_answers_over_the_whole_space(explorer):
    vectors = latent.embed(explorer.models["arch2vec"], SPACE)
    question = {"model": "arch2vec", "point": vectors[5].tolist(), "number": 4}
    found = explorer.answer(**question, skip=None)["nearest"]
    distances = np.linalg.norm(vectors - vectors[5], axis=1)
    assert [cell["row"] for cell in found] == np.argsort(distances, kind="stable")[:4].tolist()
    assert found[0]["distance"] == 0 and found[0]["code"] == int(SPACE.codes[5])
    skipped = explorer.answer(**question, skip=int(SPACE.codes[5]))["nearest"]
    assert [cell["row"] for cell in skipped[:3]] == [cell["row"] for cell in found[1:]]
    with pytest.raises(ValueError, match="unknown model"):
        explorer.answer(model="other", point=[0.0], number=1, skip=None)
    with pytest.raises(ValueError, match="number must be a whole number"):
        explorer.answer(**(question | {"number": 1_000}), skip=None)


def test_a_question_that_cannot_be_answered_is_shown_and_recorded():
    made = explore.Editor(OURS, SPACE)
    said = []
    made.send = lambda content, buffers=None: said.append(content)
    made._hear(None, {"number": 3, "question": {"model": "ours", "point": [0.0], "number": 1,
                                                "skip": None}}, None)  # fmt: skip
    assert said[0]["number"] == 3 and "point" in said[0]["error"]
    assert len(made.errors) == 1
