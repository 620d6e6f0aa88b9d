import dataclasses
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest
from flax import nnx
from safetensors import safe_open

from small_models import (
    CONFIG,
    COSINE,
    KINDS,
    ROWS,
    SPACE,
    fit,
    new_model,
    plainly,
    tensors,
    unequal,
    whole_run,
)
from wl2nas import cells, models, train
from wl2nas.models import arch2vec

each_kind = pytest.mark.parametrize("kind", KINDS)


def batch(rows):
    """Adjacency and one-hot operations of some rows."""
    return jnp.asarray(SPACE.adjacency[rows], float), arch2vec.one_hot(
        jnp.asarray(SPACE.ops[rows]), 5
    )


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


def test_a_split_of_nothing_is_refused():
    for split, n in ((train.split_published, 1), (train.split_random, 0)):
        with pytest.raises(ValueError, match="n must be a whole number of 2 or more; it is"):
            split(n)
    with pytest.raises(ValueError, match="n must be a whole number of 2 or more; it is"):
        inspect.unwrap(train.split_published)(SPACE)
    with pytest.raises(ValueError, match="seed must be a whole number of 0 or more; it is -1"):
        train.split_random(10, seed=-1)
    with pytest.raises(ValueError, match="space has 1 class of same-skeleton cells"):
        train.split_class_aware(SPACE.take([3, 3]))


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
        ([], r"rows must be row numbers 0\.\.99"),
        ([0.0, 1.0], r"rows must be row numbers 0\.\.99"),
        (np.arange(100).reshape(10, 10), r"rows must be row numbers 0\.\.99"),
        (["1", "2"], r"rows must be row numbers 0\.\.99"),
        (slice(50), r"rows must be row numbers 0\.\.99"),
        (None, r"rows must be row numbers 0\.\.99"),
        (np.arange(100) > 50, r"np\.flatnonzero\(mask\)"),
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


@pytest.mark.parametrize(("kind", "steps_per_call"), [("Arch2Vec", 1), ("CellVAE", 3)])
def test_steps_per_call_may_change_on_the_way(tmp_path, kind, steps_per_call):
    """It changes nothing but the rounding of another program, which Adam magnifies a little."""
    _, history = whole_run(kind)
    file, config = tmp_path / "run.safetensors", KINDS[kind][1]
    other = dataclasses.replace(config, steps_per_call=steps_per_call)
    fit(new_model(kind), steps=4, checkpoint=file)
    fit(new_model(kind), other, steps=9, checkpoint=file)
    resumed = fit(new_model(kind), checkpoint=file)
    assert np.allclose(resumed, history, rtol=1e-3)


def test_a_run_ends_with_its_last_epoch_however_many_steps_are_asked_for(whole):
    model = new_model()
    assert (fit(model, steps=1_000) == whole[1]).all()
    assert not unequal(model, whole[0])


def test_a_checkpoint_that_is_further_on_is_not_trained_and_gives_all_its_steps(tmp_path):
    file, later = tmp_path / "run.safetensors", new_model()
    history = fit(later, steps=4, checkpoint=file)
    before, model = file.read_bytes(), new_model()
    assert (fit(model, steps=1, checkpoint=file) == history).all()
    assert not unequal(model, later)
    assert file.read_bytes() == before


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
@pytest.mark.parametrize("place", [(train.loop.tqdm, "update"), (train.tensor_files, "save")])
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

    with monkeypatch.context() as patch:
        patch.setattr(*place, crash_at_the_third(getattr(*place)))
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
    file, steps = tmp_path / "run.safetensors", train.loop.run_steps
    fit(new_model(), steps=2, checkpoint=file)
    before = file.read_bytes()
    monkeypatch.setattr(train.loop, "run_steps", lambda *arguments: fault(*steps(*arguments)))
    with pytest.raises(FloatingPointError, match=message):
        fit(new_model(), checkpoint=file)
    assert file.read_bytes() == before
    monkeypatch.undo()
    assert (fit(new_model(), checkpoint=file) == whole[1]).all()


@pytest.mark.parametrize("training", [True, False])
def test_a_failed_run_leaves_the_model_as_it_was(monkeypatch, training):
    model, steps = new_model(), train.loop.run_steps
    model.train() if training else model.eval()
    monkeypatch.setattr(train.loop, "run_steps", lambda *arguments: broken_loss(*steps(*arguments)))
    with pytest.raises(FloatingPointError):
        fit(model)
    assert not unequal(model, new_model())
    assert model.encoder.layer0.inner_norm.use_running_average == (not training)


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


# --- settings -----------------------------------------------------------------------------------


def test_without_settings_training_mode_is_kept_and_the_order_drawn_anew():
    sane = train.TrainConfig()
    assert not sane.train_mode_lost
    assert sane.reshuffle


def test_the_presets_are_those_of_the_published_code_and_of_the_results():
    published = train.TrainConfig(
        epochs=8, batch=32, learning_rate=1e-3, clip=5.0, train_mode_lost=True, reshuffle=False
    )
    ours = train.TrainConfig(epochs=32, batch=256, learning_rate=2e-3, schedule="cosine")
    assert (published, ours) == (train.PUBLISHED, train.OURS)


@pytest.mark.parametrize(
    ("name", "values", "wanted"),
    [
        *[
            (name, (0, -1, 1.5, 2.0, True, "8", None, 10**9), "a whole number from 1 to 1000000")
            for name in ("epochs", "batch", "steps_per_call")
        ],
        ("learning_rate", (-1e-3, np.nan, np.inf, "1e-3", None, True), "a number from 0 to 100"),
        ("clip", (0.0, -1.0, np.nan, np.inf, "5"), "a number from 1e-06 to"),
        ("seed", (-1, 1.5, None, True, 2**32), "a whole number from 0"),
        ("train_mode_lost", ("False", 0, None), "True or False"),
        ("reshuffle", ("no", 1, np.nan), "True or False"),
        ("schedule", ("linear", "Cosine", None, 1), "one of ('constant', 'cosine')"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name, values, wanted):
    for value in values:
        with pytest.raises(ValueError, match=re.escape(f"{name} must be {wanted}")):
            plainly(train.TrainConfig, **{name: value})


def test_numbers_of_numpy_are_settings_like_others():
    numpys = {"epochs": np.int64(8), "learning_rate": np.float32(0.5), "reshuffle": np.True_}
    config = plainly(train.TrainConfig, **numpys)
    assert config == train.TrainConfig(epochs=8, learning_rate=0.5, reshuffle=True)
    assert {type(value) for value in dataclasses.asdict(config).values()} == {int, float, bool, str}
    assert plainly(train.TrainConfig, learning_rate=1, clip=5).clip == 5.0


# --- bad input ----------------------------------------------------------------------------------


def test_a_model_has_settings_of_its_own_if_nothing_is_said(monkeypatch):
    for kind, preset in ((models.Arch2Vec, train.PUBLISHED), (models.CellVAE, train.OURS)):
        assert train.settings.default_for(kind) == preset
    habits = dataclasses.replace(models.CellVAE.habits, training=dataclasses.asdict(COSINE))
    monkeypatch.setattr(models.CellVAE, "habits", habits)
    silent = train.fit(new_model("CellVAE"), SPACE, ROWS, steps=2, progress_bar=False)
    assert (silent == whole_run("CellVAE")[1][:2]).all()


def test_a_cell_vae_is_not_trained_with_the_habits_of_arch2vec():
    with pytest.raises(ValueError, match=r"train_mode_lost is arch2vec's; a CellVAE"):
        fit(new_model("CellVAE"), CONFIG)


def test_what_is_no_model_and_no_settings_is_refused_in_words():
    plain = inspect.unwrap(train.fit)
    with pytest.raises(TypeError, match=r"model must keep the promise .* a Linear has no 'config'"):
        plain(nnx.Linear(2, 2, rngs=nnx.Rngs(0)), SPACE, ROWS)
    with pytest.raises(TypeError, match="config must be a TrainConfig; it is a dict"):
        plain(new_model(), SPACE, ROWS, {"epochs": 2})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"devices": 0}, "devices must be a whole number of 1 or more; it is 0"),
        ({"devices": -1}, "devices must be .* it is -1"),
        ({"steps": -1}, "steps must be a whole number of 0 or more; it is -1"),
        ({"steps": 2.0}, r"steps must be .* it is 2\.0"),
    ],
)
def test_a_number_of_steps_or_devices_that_cannot_be_is_named(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(train.fit)(
            new_model(), SPACE, ROWS, CONFIG, checkpoint=tmp_path / "new" / "run", **arguments
        )
    assert not (tmp_path / "new").exists()
    with pytest.raises(ValueError, match=r"devices must be a whole number of .* it is 1\.5"):
        inspect.unwrap(train.over_devices)(16, 1.5)


def test_a_checkpoint_that_cannot_be_written_is_refused_before_the_first_step(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(train.loop, "run_steps", lambda *_: pytest.fail("a step was made"))
    with pytest.raises(ValueError, match="is a folder or a device; name a file"):
        fit(new_model(), checkpoint=tmp_path)
    (tmp_path / "file").write_text("text", encoding="utf-8")
    with pytest.raises(ValueError, match=r"the folder of .* cannot be made"):
        fit(new_model(), checkpoint=tmp_path / "file" / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_folder_of_a_checkpoint_is_made(tmp_path):
    for path in (tmp_path / "a" / "b" / "run", str(tmp_path / "c" / "run")):
        fit(new_model(), steps=1, checkpoint=path)
        assert Path(path).exists()


@pytest.mark.parametrize(
    "rows",
    [
        ROWS.tolist(),
        tuple(ROWS.tolist()),
        range(100),
        jnp.arange(100),
        ROWS.astype(np.uint8),
        ROWS.astype(np.int32),
    ],
    ids=["list", "tuple", "range", "jax", "uint8", "int32"],
)
def test_rows_may_be_any_sequence_of_whole_numbers(rows, whole):
    assert (fit(new_model(), rows=rows, steps=2) == whole[1][:2]).all()


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("CellVAE", {"vertices": 8, "hidden": 40}, r"7 vertices.* vertices=8"),
        ("CellVAE", {"operations": 4}, r"5 operations.* operations=4"),
        ("Arch2Vec", {"operations": 3}, r"5 operations.* operations=3"),
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
