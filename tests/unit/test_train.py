import dataclasses
import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest
from flax import nnx
from safetensors import safe_open
from safetensors.numpy import save_file

from wl2nas import cell_vae, cells, train
from wl2nas import model as models

ROOT = Path(__file__).parents[2]
SPACE = cells.nasbench101().take(np.arange(0, 400_000, 4_000))
ROWS = np.arange(len(SPACE))
SMALL = models.Arch2VecConfig(hidden=16, latent=4, layers=1)
OURS = cell_vae.CellVAEConfig(
    width=16, latent=4, hidden=40, layers=1, kl_weight=0.02, blurred=0.25, exact=0.25
)
CONFIG = train.TrainConfig(epochs=2, batch=16, steps_per_call=2)  # two epochs of six steps
COSINE = dataclasses.replace(CONFIG, learning_rate=1e-2, schedule="cosine", train_mode_lost=False)
# Every kind of model, small, and the settings that it is trained with.
KINDS = {
    "Arch2Vec": (lambda: models.Arch2Vec(SMALL, rngs=nnx.Rngs(0)), CONFIG),
    "CellVAE": (lambda: cell_vae.CellVAE(OURS, rngs=nnx.Rngs(0)), COSINE),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def new_model(kind="Arch2Vec"):
    return KINDS[kind][0]()


def fit(model, config=None, rows=ROWS, **settings):
    config = config or KINDS[type(model).__name__][1]
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


@functools.cache
def whole_run(kind):
    """A run without interruption, and its history."""
    model = new_model(kind)
    return model, fit(model)


@pytest.fixture(scope="module")
def whole():
    return whole_run("Arch2Vec")


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


def test_a_random_split_holds_a_tenth_out():
    training, held_out = train.split_random(1_000, seed=1)
    assert len(held_out) == 100
    assert sorted([*training, *held_out]) == list(range(1_000))
    assert (train.split_random(1_000, seed=1)[1] == held_out).all()
    assert (train.split_random(1_000, seed=2)[1] != held_out).any()


def test_no_skeleton_lies_on_both_sides_of_a_class_aware_split():
    """Skeletons as graphs: networkx decides, among those of equal invariants."""
    space = cells.nasbench101()
    space = space.take(np.flatnonzero(space.n_vertices <= 5))
    training, held_out = train.split_class_aware(space, seed=0)
    assert sorted([*training, *held_out]) == list(range(len(space)))
    assert 0.05 < len(held_out) / len(space) < 0.15

    def skeleton(row):
        cell = space[row]
        graph = nx.from_numpy_array((cell.adjacency | cell.adjacency.T).astype(int))
        nx.set_node_attributes(graph, dict(enumerate(cell.names)), "op")
        return graph

    def key(graph):
        return sorted((graph.nodes[v]["op"], graph.degree(v)) for v in graph)

    known = {}
    for row in training:
        known.setdefault(str(key(skeleton(row))), []).append(skeleton(row))
    same_op = nx.algorithms.isomorphism.categorical_node_match("op", None)
    for row in held_out:
        mine = skeleton(row)
        for other in known.get(str(key(mine)), []):
            assert not nx.is_isomorphic(mine, other, node_match=same_op), row


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


@each_kind
def test_the_loss_goes_down(kind):
    _, history = whole_run(kind)
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


@pytest.mark.parametrize(
    ("kind", "steps"), [*(("Arch2Vec", steps) for steps in (2, 4, 8)), ("CellVAE", 4)]
)
def test_a_run_in_two_pieces_is_the_run_in_one(tmp_path, kind, steps):
    """Also with a rate that falls over the whole run."""
    model, history = whole_run(kind)
    file = tmp_path / "run.safetensors"
    assert len(fit(new_model(kind), steps=steps, checkpoint=file)) == steps
    resumed = new_model(kind)
    assert (fit(resumed, checkpoint=file) == history).all()
    assert not unequal(model, resumed)
    assert (fit(new_model(kind), checkpoint=file) == history).all()  # nothing left to do


def test_a_piece_may_end_within_a_call(whole, tmp_path):
    """Then the calls before and after it are of one step, and other programs: their rounding may
    differ, which Adam magnifies, but by far less than other batches or a fresh optimiser."""
    _, history = whole
    file = tmp_path / "run.safetensors"
    fit(new_model(), steps=3, checkpoint=file)
    in_pieces = fit(new_model(), checkpoint=file)
    assert np.allclose(in_pieces, history, rtol=1e-3)
    assert not np.allclose(np.roll(history, 1, axis=0)[3:], history[3:], rtol=1e-2)


def test_a_run_is_not_resumed_on_other_cells(tmp_path):
    file = tmp_path / "run.safetensors"
    fit(new_model(), steps=2, checkpoint=file)
    with pytest.raises(ValueError, match="other rows"):
        fit(new_model(), rows=ROWS[::-1], checkpoint=file)


@each_kind
@pytest.mark.parametrize("place", ["tqdm.update", "save"])
def test_a_run_that_crashed_goes_on_from_its_last_checkpoint(kind, tmp_path, monkeypatch, place):
    model, history = whole_run(kind)
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
            fit(new_model(kind), checkpoint=file)
    with safe_open(file, framework="numpy") as saved:
        assert saved.get_tensor("progress/step") == 4
    resumed = new_model(kind)
    assert (fit(resumed, checkpoint=file) == history).all()
    assert not unequal(model, resumed)


@each_kind
def test_a_nan_weight_is_reported_with_the_step_and_never_saved(tmp_path, kind):
    model, file = new_model(kind), tmp_path / "run.safetensors"
    layer = {"Arch2Vec": "to_operations", "CellVAE": "latent_to_output"}[kind]
    bias = getattr(model.decoder, layer).bias  # of a logit of the first vertex's operation
    bias[...] = bias[...].at[2].set(np.nan)
    message = r"\[ *nan .*operations, adjacency, KL\) at step 0; lower the learning rate"
    with pytest.raises(FloatingPointError, match=message):
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


# --- the learning rate --------------------------------------------------------------------------


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_the_rate_step_by_step(schedule):
    """Adam's step along a gradient that never changes is the rate itself."""
    steps, config = 12, dataclasses.replace(CONFIG, schedule=schedule, learning_rate=0.3)
    descent = train.optimiser(config, steps)
    weight, gradient = jnp.zeros(1), jnp.full(1, 2.0)
    state = descent.init(weight)
    for step in range(steps + 1):
        update, state = descent.update(gradient, state, weight)
        cosine = 0.15 * (1 + np.cos(np.pi * step / steps))
        expected = 0.3 if schedule == "constant" else cosine
        # In float32 1 - 0.999^k is off by up to 2^-24 / 0.001, its root by half of that.
        assert np.allclose(-update, expected, rtol=0, atol=10 * 0.3 * 2**-25 / 0.001)


def test_the_last_steps_of_a_cosine_run_hardly_move():
    """Over the whole run of 12 steps, although the first fit stops early: rates of the first two
    steps 1 and .98, of the last two .07 and .02."""
    snapshots = []
    for steps in (0, 2, 10):
        model = new_model("CellVAE")
        fit(model, steps=steps)
        snapshots.append(tensors(model))
    snapshots.append(tensors(whole_run("CellVAE")[0]))
    start, after_two, before, end = (
        np.concatenate([x.ravel() for x in s.values()]) for s in snapshots
    )
    first, last = np.abs(after_two - start).mean(), np.abs(end - before).mean()
    assert 0 < last < 0.15 * first


def test_an_unknown_schedule_is_named():
    with pytest.raises(ValueError, match=r'schedule must be "constant" or "cosine".*\'linear\''):
        train.TrainConfig(schedule="linear")


# --- bad input ----------------------------------------------------------------------------------


def test_a_cell_vae_is_not_trained_with_the_habits_of_arch2vec(monkeypatch):
    with pytest.raises(ValueError, match=r"train_mode_lost is arch2vec's"):
        fit(new_model("CellVAE"), CONFIG)
    monkeypatch.setattr(train, "OURS", COSINE)  # what it takes if nothing is said
    silent = train.fit(new_model("CellVAE"), SPACE, ROWS, steps=2, progress_bar=False)
    assert (silent == whole_run("CellVAE")[1][:2]).all()


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("CellVAE", {"vertices": 8, "hidden": 40}, r"7 vertices.* vertices=8"),
        ("CellVAE", {"operations": 4}, r"operation code 4.* operations=4"),
        ("Arch2Vec", {"operations": 3}, r"operation code 4.* operations=3"),
    ],
)
def test_a_space_that_the_settings_do_not_fit_is_named(kind, settings, message):
    config = dataclasses.replace(new_model(kind).config, **settings)
    model = type(new_model(kind))(config, rngs=nnx.Rngs(0))
    with pytest.raises(ValueError, match=message):
        fit(model)


# --- several devices ----------------------------------------------------------------------------


def devices_report(count):
    """What the script says on so many pretended devices, in a process of its own."""
    flags = f"--xla_force_host_platform_device_count={count}"
    return subprocess.Popen(
        [sys.executable, Path(__file__).with_name("devices_report.py")],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_four_devices_train_as_one_does():
    """Both models: four steps, in which every device sees a quarter of each batch."""
    reports = []
    for run in [devices_report(count) for count in (1, 4)]:
        output, errors = run.communicate(timeout=600)
        assert run.returncode == 0, errors
        reports.append(json.loads(output))
    one, four = reports
    assert (one["devices"], four["devices"]) == (1, 4)
    batches = ("16", "18", "10", "7", "3")
    assert [one["used"][b] for b in batches] == [1, 1, 1, 1, 1]
    assert [four["used"][b] for b in batches] == [4, 3, 2, 1, 3]
    assert four["limited"] == 2  # of 16, when at most 2 are asked for
    for kind in KINDS:
        a, b = np.array(one[kind]), np.array(four[kind])
        assert a.shape == (4, 3)
        assert np.abs(np.diff(a.sum(axis=1))).min() > 1e-3
        assert np.allclose(a, b, rtol=1e-5, atol=1e-6)


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


def test_a_checkpoint_of_another_kind_of_model_is_refused_by_name(tmp_path):
    for kind, other in (KINDS, reversed(KINDS)):
        model, run = tmp_path / f"{kind}.model", tmp_path / f"{kind}.run"
        train.save_checkpoint(model, new_model(kind))
        assert type(train.load_checkpoint(model)).__name__ == kind
        with pytest.raises(ValueError, match=f"holds a {kind}, but config is a {other}Config"):
            train.load_checkpoint(model, new_model(other).config)
        fit(new_model(kind), steps=2, checkpoint=run)
        with pytest.raises(ValueError, match=f"is a run of a {kind}, not of a {other}"):
            fit(new_model(other), checkpoint=run)


def test_our_own_model_is_saved_and_refused_by_its_settings(tmp_path):
    path, model = tmp_path / "model", whole_run("CellVAE")[0]
    train.save_checkpoint(path, model)
    assert not unequal(model, train.load_checkpoint(path, OURS))
    with pytest.raises(ValueError, match="with hidden=40, not hidden=80"):
        train.load_checkpoint(path, dataclasses.replace(OURS, hidden=80))
    path.unlink()
    fit(new_model("CellVAE"), steps=2, checkpoint=path)
    for settings in ({"schedule": "constant"}, {"learning_rate": 0.5}):
        name, stored = next((k, getattr(COSINE, k)) for k in settings)
        with pytest.raises(ValueError, match=f"with {name}={stored!r}, not {name}="):
            fit(new_model("CellVAE"), dataclasses.replace(COSINE, **settings), checkpoint=path)


@pytest.mark.parametrize("kind", READERS)
def test_a_setting_younger_than_the_file_takes_its_default(files, tmp_path, kind):
    """Files of both kinds were written before there were these settings."""
    path = tmp_path / "file"
    path.write_bytes(files[kind])
    young = ("kl_weight", "pooling", "layer", "edges", "variational")

    def forget(content, header):
        for name in young:
            del header["config"][name]
        if kind == "run":
            del header["training"]["schedule"]

    rewrite(path, forget)
    read = READERS[kind](path)
    if kind == "model":
        assert read.config == SMALL
    else:
        assert len(read) == 12


@pytest.mark.parametrize("kind", READERS)
def test_a_setting_that_this_version_does_not_know_is_named(files, tmp_path, kind):
    path = tmp_path / "file"
    path.write_bytes(files[kind])
    rewrite(path, lambda content, header: header["config"].update(attention=8))
    with pytest.raises(ValueError, match="unknown setting 'attention'"):
        READERS[kind](path)


def test_the_published_checkpoint_has_the_published_settings():
    model = train.load_checkpoint(ROOT / "data" / "checkpoints" / "arch2vec_published.safetensors")
    assert model.config == models.Arch2VecConfig()


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
