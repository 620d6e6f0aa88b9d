"""Checkpoint files: what is written is read back, and what is damaged or hostile is refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from small_models import (
    CONFIG,
    COSINE,
    KINDS,
    OURS,
    ROWS,
    SMALL,
    fit,
    new_model,
    unequal,
    whole_run,
)
from wl2nas import train
from wl2nas.models import arch2vec

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def whole():
    return whole_run("Arch2Vec")


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
    wider = arch2vec.Arch2Vec(dataclasses.replace(SMALL, hidden=32), rngs=nnx.Rngs(0))
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
    assert model.config == arch2vec.Arch2VecConfig()


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
    [("pathlib.Path.write_bytes", full_disk), ("wl2nas.files.os.replace", no_permission)],
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
