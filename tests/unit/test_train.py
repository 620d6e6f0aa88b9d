import dataclasses
import json

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from safetensors import safe_open
from safetensors.numpy import save_file

from wl2nas import cells, train
from wl2nas import model as models

SPACE = cells.nasbench101().take(np.arange(0, 400_000, 4_000))
ROWS = np.arange(len(SPACE))
SMALL = models.Arch2VecConfig(hidden=16, latent=4, layers=1)
CONFIG = train.TrainConfig(epochs=2, batch=16, steps_per_call=2)  # two epochs of six steps


def new_model():
    return models.Arch2Vec(SMALL, rngs=nnx.Rngs(0))


def fit(model, config=CONFIG, rows=ROWS, **settings):
    return train.fit(model, SPACE, rows, config, progress_bar=False, **settings)


def tensors(model, *kinds):
    return train.named_tensors(nnx.state(model, *(kinds or (nnx.Param, nnx.BatchStat))))


def unequal(a, b, *kinds):
    """Names of the tensors in which two models differ, if only in one bit."""
    a, b = tensors(a, *kinds), tensors(b, *kinds)
    assert a.keys() == b.keys()
    return [name for name in a if a[name].tobytes() != b[name].tobytes()]


def batch(rows):
    """Adjacency and one-hot operations of some rows."""
    return jnp.asarray(SPACE.adjacency[rows], float), models.one_hot(
        jnp.asarray(SPACE.ops[rows]), 5
    )


@pytest.fixture(scope="module")
def whole():
    """A run without interruption, and its history."""
    model = new_model()
    return model, fit(model)


# --- the order of the cells ---------------------------------------------------------------------


def test_an_epoch_sees_every_row_once_but_the_incomplete_last_batch():
    rows = np.random.default_rng(0).choice(1_000, 100, replace=False)
    order = train.epoch_order(CONFIG, rows, 0)
    assert order.shape == (6, 16)
    assert len(np.unique(order)) == 96
    assert set(order.flat) < set(rows)
    assert order.ravel().tolist() != rows[:96].tolist()
    even = train.epoch_order(CONFIG, rows[:96], 0)
    assert sorted(even.flat) == sorted(rows[:96])


@pytest.mark.parametrize("reshuffle", [False, True])
def test_only_reshuffle_changes_the_order_of_the_second_epoch(reshuffle):
    config = dataclasses.replace(CONFIG, reshuffle=reshuffle)
    first, second = (train.epoch_order(config, ROWS, epoch) for epoch in (0, 1))
    assert (first == second).all() == (not reshuffle)


def test_the_published_split_is_the_last_tenth():
    training, held_out = train.split_published(423_624)
    assert (len(training), len(held_out)) == (381_261, 42_363)
    assert (np.concatenate([training, held_out]) == np.arange(423_624)).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.arange(15), "15 cells do not fill one batch of 16"),
        (np.arange(90, 110), r"rows must be row numbers 0\.\.99"),
        (np.arange(-1, 30), r"rows must be row numbers 0\.\.99"),
        (np.ones(100, bool), r"rows must be row numbers 0\.\.99"),
        (np.array([], int), r"rows must be row numbers 0\.\.99"),
    ],
)
def test_bad_rows_are_named(rows, message):
    with pytest.raises(ValueError, match=message):
        fit(new_model(), rows=rows)


# --- one run ------------------------------------------------------------------------------------


def test_the_loss_goes_down(whole):
    _, history = whole
    assert history.shape == (12, 3)
    total = history.sum(axis=1)
    assert total[-3:].mean() < 0.9 * total[:3].mean()


def test_the_same_seed_gives_the_same_run_and_another_seed_another(whole):
    model, history = whole
    again = new_model()
    assert (fit(again) == history).all()
    assert not unequal(model, again)
    other = fit(new_model(), dataclasses.replace(CONFIG, seed=1), steps=2)
    assert (other != history[:2]).any(axis=1).all()


def test_training_mode_is_lost_after_the_first_epoch_as_published(whole):
    """Statistics stay, weights move, and the loss is the one of evaluation mode."""
    model, history = whole
    first_epoch = new_model()
    fit(first_epoch, steps=6)
    assert not unequal(model, first_epoch, nnx.BatchStat)
    assert unequal(model, first_epoch, nnx.Param)
    first_epoch.eval()
    parts = first_epoch.loss_parts(*batch(train.epoch_order(CONFIG, ROWS, 1)[0]))
    assert np.allclose(history[6], parts, rtol=1e-5)


def test_training_mode_can_be_kept(whole):
    """Nothing is learned here: both epochs are the same batches through the same weights."""
    model, first_epoch = new_model(), new_model()
    config = dataclasses.replace(CONFIG, train_mode_lost=False, learning_rate=0.0)
    kept = fit(model, config)
    fit(first_epoch, config, steps=6)
    assert not unequal(model, new_model(), nnx.Param)
    assert np.allclose(kept[0], whole[1][0], rtol=1e-5)
    assert np.allclose(kept[6:, 2], kept[:6, 2], rtol=1e-5)  # KL: statistics of the batch,
    assert np.abs(kept[6:, :2] - kept[:6, :2]).min() > 1e-4  # the rest: noise drawn anew
    assert set(unequal(model, first_epoch, nnx.BatchStat)) == set(tensors(model, nnx.BatchStat))


# --- interruptions ------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [2, 3, 8])
def test_a_run_in_two_pieces_is_the_run_in_one(whole, tmp_path, steps):
    model, history = whole
    file = tmp_path / "run.safetensors"
    assert len(fit(new_model(), steps=steps, checkpoint=file)) == steps
    resumed = new_model()
    assert (fit(resumed, checkpoint=file) == history).all()
    assert not unequal(model, resumed)
    assert (fit(new_model(), checkpoint=file) == history).all()  # nothing left to do


def test_a_run_is_not_resumed_on_other_cells(tmp_path):
    file = tmp_path / "run.safetensors"
    fit(new_model(), steps=2, checkpoint=file)
    with pytest.raises(ValueError, match="other rows"):
        fit(new_model(), rows=ROWS[::-1], checkpoint=file)


@pytest.mark.parametrize("place", ["tqdm.update", "save"])
def test_a_run_that_crashed_goes_on_from_its_last_checkpoint(whole, tmp_path, monkeypatch, place):
    model, history = whole
    file, calls = tmp_path / "run.safetensors", []

    def crash_at_the_third(original):
        def call(*arguments, **settings):
            calls.append(arguments)
            if len(calls) == 3:
                raise RuntimeError("power cut")
            return original(*arguments, **settings)

        return call

    target = f"wl2nas.train.{place}"
    with monkeypatch.context() as patch:
        original = train.tqdm.update if place == "tqdm.update" else train.save
        patch.setattr(target, crash_at_the_third(original))
        with pytest.raises(RuntimeError, match="power cut"):
            fit(new_model(), checkpoint=file)
    with safe_open(file, framework="numpy") as saved:
        assert saved.get_tensor("progress/step") == 4
    resumed = new_model()
    assert (fit(resumed, checkpoint=file) == history).all()
    assert not unequal(model, resumed)


def test_a_nan_weight_is_reported_with_the_step_and_never_saved(tmp_path):
    model, file = new_model(), tmp_path / "run.safetensors"
    model.decoder.to_operations.bias[...] = model.decoder.to_operations.bias[...].at[2].set(np.nan)
    with pytest.raises(FloatingPointError, match=r"nan.* at step 0"):
        fit(model, checkpoint=file)
    assert list(tmp_path.iterdir()) == []


def broken_loss(progress, parts):
    return progress, parts._replace(kl=parts.kl.at[1].set(jnp.inf))


def broken_weight(progress, parts):
    bias = progress.params["encoder"]["to_mean"]["bias"]
    bias[...] = bias[...].at[0].set(jnp.nan)
    return progress, parts


@pytest.mark.parametrize(
    ("fault", "message"),
    [(broken_loss, "inf.* at step 3"), (broken_weight, "to_mean/bias is not finite after step 3")],
)
def test_what_is_not_finite_leaves_the_last_good_checkpoint(
    whole, tmp_path, monkeypatch, fault, message
):
    file, steps = tmp_path / "run.safetensors", train.run_steps
    fit(new_model(), steps=2, checkpoint=file)
    before = file.read_bytes()
    monkeypatch.setattr(train, "run_steps", lambda *arguments: fault(*steps(*arguments)))
    with pytest.raises(FloatingPointError, match=message):
        fit(new_model(), checkpoint=file)
    assert file.read_bytes() == before
    monkeypatch.undo()
    assert (fit(new_model(), checkpoint=file) == whole[1]).all()


def test_a_failed_run_leaves_the_model_as_it_was(monkeypatch):
    model, steps = new_model(), train.run_steps
    monkeypatch.setattr(train, "run_steps", lambda *arguments: broken_loss(*steps(*arguments)))
    with pytest.raises(FloatingPointError):
        fit(model)
    assert not unequal(model, new_model())


# --- checkpoint files ---------------------------------------------------------------------------


def test_a_checkpoint_gives_back_the_model(whole, tmp_path):
    model, file = whole[0], tmp_path / "model.safetensors"
    train.save_checkpoint(file, model, trained_by="a test")
    again = train.load_checkpoint(file, SMALL)
    assert again.config == SMALL
    assert not unequal(model, again)
    model.eval()
    for a, b in zip(model.encode(*batch(ROWS)), again.encode(*batch(ROWS)), strict=True):
        assert (a == b).all()
    with safe_open(file, framework="numpy") as saved:
        assert json.loads(saved.metadata()["wl2nas"])["trained_by"] == "a test"


@pytest.fixture(scope="module")
def files(whole, tmp_path_factory):
    """The bytes of a model checkpoint and of a training checkpoint."""
    folder = tmp_path_factory.mktemp("files")
    train.save_checkpoint(folder / "model", whole[0])
    fit(new_model(), steps=2, checkpoint=folder / "run")
    return {kind: (folder / kind).read_bytes() for kind in ("model", "run")}


READERS = {
    "model": train.load_checkpoint,
    "run": lambda path: fit(new_model(), checkpoint=path),
}


def rewrite(path, change):
    """Change tensors or header of a checkpoint and write it again."""
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()["wl2nas"])
        content = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    change(content, header)
    save_file(content, path, metadata={"wl2nas": json.dumps(header)})


def bias(content):
    """The name of one weight; its path starts differently in the two kinds of files."""
    return next(name for name in sorted(content) if name.endswith("encoder/to_mean/bias"))


DAMAGE = {
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-9]), "corrupt or truncated"),
    "empty": (lambda path: path.write_bytes(b""), "corrupt or truncated"),
    "random bytes": (
        lambda path: path.write_bytes(np.random.default_rng(0).bytes(5_000)),
        "corrupt or truncated",
    ),
    "foreign": (
        lambda path: save_file({"weight": np.zeros(3)}, path, metadata={"made": "elsewhere"}),
        "safetensors file, but not a 'wl2nas checkpoint 1'",
    ),
    "without metadata": (lambda path: save_file({"weight": np.zeros(3)}, path), "but not a"),
    "another model": (
        lambda path: rewrite(path, lambda content, header: header.update(model="Ours")),
        "holds a Ours, none of",
    ),
    "a tensor missing": (
        lambda path: rewrite(path, lambda content, header: content.pop(bias(content))),
        "disagree on the tensor .*encoder/to_mean/bias",
    ),
    "a tensor too many": (
        lambda path: rewrite(path, lambda content, header: content.update(fifth=np.zeros(5))),
        "disagree on the tensor 'fifth'",
    ),
    "another shape": (
        lambda path: rewrite(
            path, lambda content, header: content.update({bias(content): np.zeros(5)})
        ),
        r"to_mean/bias is \(5,\), expected \(4,\)",
    ),
    "NaN": (
        lambda path: rewrite(path, lambda content, header: content[bias(content)].fill(np.nan)),
        "to_mean/bias holds NaN",
    ),
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_checkpoint_is_refused_in_words(files, tmp_path, kind, damage):
    path = tmp_path / "file.safetensors"
    path.write_bytes(files[kind])
    READERS[kind](path)
    path.write_bytes(files[kind])
    do, message = DAMAGE[damage]
    do(path)
    with pytest.raises(ValueError, match=message) as caught:
        READERS[kind](path)
    assert str(path) in str(caught.value)


def test_the_history_belongs_to_a_training_checkpoint(files, tmp_path):
    path = tmp_path / "run"
    path.write_bytes(files["run"])
    rewrite(path, lambda content, header: content.pop("history"))
    with pytest.raises(ValueError, match="disagree on the tensor 'history'"):
        READERS["run"](path)


def test_one_kind_of_checkpoint_is_not_the_other(files, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(files["run"])
    with pytest.raises(ValueError, match="is an unfinished run"):
        train.load_checkpoint(path)
    path.write_bytes(files["model"])
    with pytest.raises(ValueError, match="is a finished model, no run to resume"):
        fit(new_model(), checkpoint=path)


def test_a_checkpoint_of_other_settings_is_refused_by_name(files, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(files["model"])
    with pytest.raises(ValueError, match="with hidden=16, not hidden=32"):
        train.load_checkpoint(path, dataclasses.replace(SMALL, hidden=32))
    path.write_bytes(files["run"])
    with pytest.raises(ValueError, match=r"with clip=5\.0, not clip=1\.0"):
        fit(new_model(), dataclasses.replace(CONFIG, clip=1.0), checkpoint=path)
    wider = models.Arch2Vec(dataclasses.replace(SMALL, hidden=32), rngs=nnx.Rngs(0))
    with pytest.raises(ValueError, match="with hidden=16, not hidden=32"):
        fit(wider, checkpoint=path)


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.safetensors"):
        train.load_checkpoint(tmp_path / "nowhere.safetensors")


def full_disk(path, content):
    with path.open("wb") as file:
        file.write(content[:100])
    raise OSError("disk full")


def no_permission(source, target):
    raise OSError("not permitted")


@pytest.mark.parametrize(
    ("target", "fault"),
    [("wl2nas.train.Path.write_bytes", full_disk), ("wl2nas.files.os.replace", no_permission)],
)
def test_a_write_that_fails_leaves_nothing_half_written(
    files, tmp_path, monkeypatch, target, fault
):
    path = tmp_path / "model.safetensors"
    path.write_bytes(files["model"])
    with monkeypatch.context() as patch:
        patch.setattr(target, fault)
        with pytest.raises(OSError, match=r"disk full|not permitted"):
            train.save_checkpoint(path, new_model())
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == files["model"]
