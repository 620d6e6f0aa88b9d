"""Models of a reader's own keep the same promise: trained, interrupted, resumed, saved, loaded."""

import dataclasses
import inspect
import re
import subprocess
import sys
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from small_models import CONFIG, OURS, ROWS, SMALL, SPACE, unequal
from wl2nas import latent, models, train
from wl2nas.models import arch2vec, cell_vae, kinds, promise
from wl2nas.models.promise import Loss, Posterior, kl_to_standard, one_hot, reparameterise


@dataclass(frozen=True)
class TinyConfig:
    """Settings of a third model, without any checks of its own."""

    vertices: int = 7
    operations: int = 5
    latent: int = 3
    scale: float = 1.0
    widths: tuple[int, ...] = (4,)


class Tiny(nnx.Module):
    """A linear autoencoder of whole cells, and a running mean for good measure."""

    def __init__(self, config: TinyConfig, *, rngs: nnx.Rngs):
        entries = config.vertices * (config.vertices + config.operations)
        self.into = nnx.Linear(entries, 2 * config.latent, rngs=rngs)
        self.out = nnx.Linear(config.latent, entries, rngs=rngs)
        self.seen = nnx.BatchStat(jnp.zeros(()))
        self.config = config

    def _flat(self, adjacency, ops):
        parts = adjacency.astype(jnp.float32), one_hot(ops, self.config.operations)
        return jnp.concatenate([part.reshape(len(ops), -1) for part in parts], axis=1)

    def encode_cells(self, adjacency, ops):
        return Posterior(*jnp.split(self.into(self._flat(adjacency, ops)), 2, axis=1))

    def embedding(self, mean, ops):
        return self.config.scale * mean

    def draw(self, z, key=None):
        v, noise = self.config.vertices, 0.0
        logits = self.out(z)
        if key is not None:
            noise = jax.random.logistic(key, logits.shape)
        edges, ops = jnp.split(logits + noise, [v * v], axis=1)
        ops = ops.reshape(len(z), v, -1)
        edges = jnp.triu(edges.reshape(len(z), v, v) > 0, 1)
        return edges, ops.argmax(axis=2), (ops < 0).all(axis=2)

    def objective(self, adjacency, ops, key=None):
        posterior, truth = self.encode_cells(adjacency, ops), self._flat(adjacency, ops)
        self.seen[...] = 0.9 * self.seen[...] + 0.1 * truth.mean()
        z = posterior.mean
        if key is not None:
            z = reparameterise(posterior, jax.random.normal(key, z.shape))
        logits = self.out(z)
        nats = (jax.nn.softplus(logits) - truth * logits).sum(axis=1).mean()
        return Loss(nats, jnp.zeros(()), 0.1 * kl_to_standard(posterior).mean())


class Halved(models.Arch2Vec):
    """A subclass of a model that there is: embeddings of half the length."""

    def embedding(self, mean, ops):
        return super().embedding(mean, ops) / 2


MINE = {
    "Tiny": (Tiny, TinyConfig(latent=4, widths=(4, 5)), train.TrainConfig()),
    "Halved": (Halved, SMALL, CONFIG),
}
each_of_mine = pytest.mark.parametrize("name", MINE)


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    """Whatever a test registers is forgotten after it."""
    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))


def made(name):
    kind, config, training = MINE[name]
    training = dataclasses.replace(training, epochs=2, batch=16, steps_per_call=2)
    return kind(config, rngs=nnx.Rngs(0)), training


# --- a model of one's own -----------------------------------------------------------------------


@each_of_mine
def test_a_model_of_ones_own_is_trained_interrupted_and_resumed_bit_for_bit(tmp_path, name):
    file, (whole, training) = tmp_path / "run", made(name)
    history = train.fit(whole, SPACE, ROWS, training, progress_bar=False)
    assert history.shape == (12, 3)
    assert history[-2:].sum() < history[:2].sum()
    part, _ = made(name)
    train.fit(part, SPACE, ROWS, training, steps=5, checkpoint=file, progress_bar=False)
    resumed, _ = made(name)
    again = train.fit(resumed, SPACE, ROWS, training, checkpoint=file, progress_bar=False)
    assert (again == history).all()
    assert not unequal(whole, resumed)


@each_of_mine
@pytest.mark.parametrize("way", ["kind", "kind and config", "registered", "decorated"])
def test_a_model_of_ones_own_is_saved_and_loaded(tmp_path, name, way):
    model, file = made(name)[0], tmp_path / "model"
    train.save_checkpoint(file, model)
    how: dict = {"kind": type(model)} if "kind" in way else {}
    if "config" in way:
        how["config"] = model.config
    if way == "registered":
        models.register(type(model), type(model.config))
    if way == "decorated":
        assert models.register(type(model)) is type(model)
    loaded = train.load_checkpoint(file, **how)
    assert type(loaded) is type(model)
    assert loaded.config == model.config
    assert not unequal(model, loaded)
    few = SPACE.take(np.arange(5))
    assert (latent.embed(loaded, few) == latent.embed(model, few)).all()


def test_a_third_model_is_embedded_and_decoded():
    model, _ = made("Tiny")
    assert latent.embed(model, SPACE).shape == (100, 4)
    draws = latent.decode(model, latent.posterior(model, SPACE).mean, seed=0)
    assert draws.adjacency.shape == (100, 7, 7)
    assert 0 <= latent.exact_reconstruction(model, SPACE, padding=True) <= 1
    with pytest.raises(ValueError, match=r"z must be real latents of shape \(N, 4\)"):
        latent.decode(model, np.zeros((2, 3), np.float32))


def test_the_settings_of_a_third_model_are_checked_by_their_annotations(tmp_path):
    model, file = made("Tiny")[0], tmp_path / "model"
    train.save_checkpoint(file, model)
    for change, message in (
        ({"latent": "4"}, "latent must be a whole number; it is '4'"),
        ({"latent": True}, "latent must be a whole number; it is True"),
        ({"scale": float("nan")}, "scale must be a number; it is nan"),
        ({"widths": 4}, "widths must be a tuple of .*; it is 4"),
        ({"widths": [4, 5.5]}, r"widths must be a whole number; it is 5\.5"),
        ({"depth": 4}, "unknown setting 'depth'"),
    ):
        header = train.about(file)
        header["config"] = {**header["config"], **change}
        with pytest.raises(ValueError, match=message):
            train.checkpoints._stored(file, TinyConfig, header["config"])


# --- what is refused ----------------------------------------------------------------------------


def test_a_file_of_an_unknown_class_names_the_ways_in(tmp_path):
    train.save_checkpoint(tmp_path / "model", made("Tiny")[0])
    message = (
        r"holds a Tiny, none of \['Arch2Vec', 'CellVAE'\]; pass its class as kind, or register"
    )
    with pytest.raises(ValueError, match=message):
        train.load_checkpoint(tmp_path / "model")
    with pytest.raises(ValueError, match="holds a Tiny, but kind is Halved"):
        train.load_checkpoint(tmp_path / "model", kind=Halved)


def test_a_name_alone_makes_nothing_from_a_file(tmp_path):
    """In a process that does not know the class, even where the module could be imported."""
    train.save_checkpoint(tmp_path / "model", made("Tiny")[0])
    code = (
        "import sys; from wl2nas import train\n"
        "try: train.load_checkpoint(sys.argv[1])\n"
        "except ValueError as error: print(error)\n"
        "assert 'test_promise' not in sys.modules"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "model"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "holds a Tiny, none of" in run.stdout


def test_two_models_of_one_name_are_not_confused(tmp_path):
    impostor = type("Arch2Vec", (models.Arch2Vec,), {})
    with pytest.raises(ValueError, match="another model is called Arch2Vec"):
        models.register(impostor)
    model = impostor(SMALL, rngs=nnx.Rngs(0))
    with pytest.raises(ValueError, match="another model is called Arch2Vec"):
        train.save_checkpoint(tmp_path / "model", model)
    with pytest.raises(ValueError, match="another model is called Arch2Vec"):
        train.fit(model, SPACE, ROWS, CONFIG, checkpoint=tmp_path / "run", progress_bar=False)
    assert list(tmp_path.iterdir()) == []


def test_a_class_may_be_defined_again_as_in_a_notebook():
    again = type("Tiny", (Tiny,), {"__module__": Tiny.__module__, "__qualname__": "Tiny"})
    models.register(Tiny)
    assert models.register(again) is again
    assert kinds.known("Tiny").model is again


def test_a_class_that_does_not_say_what_its_config_is_has_to_be_told():
    class Untold(Tiny):
        def __init__(self, config, *, rngs):
            super().__init__(config, rngs=rngs)

    with pytest.raises(TypeError, match=r"register\(Untold, ItsConfig\)"):
        models.register(Untold)
    models.register(Untold, TinyConfig)
    assert kinds.known("Untold").settings is TinyConfig


class Forgetful(Tiny):
    """Keeps randomness of its own, which no checkpoint would bring back."""

    def __init__(self, config: TinyConfig, *, rngs: nnx.Rngs):
        super().__init__(config, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)


def test_a_model_that_keeps_randomness_is_refused_before_the_first_step(tmp_path):
    model = Forgetful(TinyConfig(), rngs=nnx.Rngs(0))
    message = "the Forgetful keeps 'dropout/.*', which is neither nnx.Param nor nnx.BatchStat"
    with pytest.raises(TypeError, match=message):
        train.fit(model, SPACE, ROWS, checkpoint=tmp_path / "run", progress_bar=False)
    with pytest.raises(TypeError, match=message):
        train.save_checkpoint(tmp_path / "model", model)
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_a_file_cannot_hold_is_refused_before_the_first_step(tmp_path):
    @dataclass(frozen=True)
    class Odd(TinyConfig):
        extra: object = frozenset({1})

    with pytest.raises(ValueError, match=r"a file would not give back .*frozenset"):
        train.save_checkpoint(tmp_path / "model", Tiny(Odd(), rngs=nnx.Rngs(0)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lacking", ["config", "encode_cells", "draw", "objective", "embedding"])
def test_what_breaks_the_promise_is_named(lacking):
    class Broken:
        config, train, eval = TinyConfig(), None, None
        encode_cells = embedding = draw = objective = None

    delattr(Broken, lacking)
    for use in (
        lambda: inspect.unwrap(train.fit)(Broken(), SPACE, ROWS),
        lambda: inspect.unwrap(latent.embed)(Broken(), SPACE),
        lambda: inspect.unwrap(latent.decode)(Broken(), np.zeros((1, 3))),
    ):
        with pytest.raises(TypeError, match=f"a Broken has no '{lacking}'"):
            use()


def test_settings_that_can_change_are_refused():
    model = Tiny(dataclasses.replace(TinyConfig()), rngs=nnx.Rngs(0))
    object.__setattr__(model.config, "widths", [4])
    with pytest.raises(TypeError, match="the config of a Tiny must be a frozen dataclass"):
        latent.embed(model, SPACE)


def test_an_objective_returns_a_loss():
    class Bare(Tiny):
        def objective(self, adjacency, ops, key=None):
            return super().objective(adjacency, ops, key).total

    with pytest.raises(TypeError, match="objective must return a Loss"):
        train.fit(Bare(TinyConfig(), rngs=nnx.Rngs(0)), SPACE, ROWS, progress_bar=False)


# --- habits -------------------------------------------------------------------------------------


def test_habits_of_the_kinds_that_there_are():
    published, ours = models.Arch2Vec.habits, models.CellVAE.habits
    assert (published.prior, ours.prior) == ("per_entry", "full_covariance")
    assert (published.decodes_padding, ours.decodes_padding) == (False, True)
    assert (published.may_lose_training_mode, ours.may_lose_training_mode) == (True, False)
    assert promise.habits_of(Tiny) == models.Habits()
    assert promise.habits_of(made("Halved")[0]) is published


def test_a_kind_is_found_by_the_names_of_its_settings():
    assert kinds.with_settings(SMALL) is models.Arch2Vec
    assert kinds.with_settings(OURS) is models.CellVAE
    assert kinds.with_settings({"blurred": 0.5}) is models.CellVAE
    with pytest.raises(ValueError, match="no kind of model has the settings"):
        kinds.with_settings({"blurred": 0.5, "pooling": "mean"})


def test_no_part_of_the_library_asks_which_kind_a_model_is():
    sources = {module.__file__ for module in (train.loop, train.checkpoints, latent, promise)}
    for path in sources:
        with open(path, encoding="utf-8") as file:
            assert not re.search(r"isinstance\(.*(Arch2Vec|CellVAE)", file.read()), path


def test_both_kinds_use_the_terms_of_the_promise():
    for name in ("Posterior", "Loss", "kl_to_standard", "reparameterise", "one_hot"):
        assert getattr(arch2vec, name) is getattr(cell_vae, name) is getattr(promise, name)
