"""Checkpoint files: what is written is read back, and what is damaged or hostile is refused."""

import dataclasses
import inspect
import json
import re
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from safetensors import safe_open
from safetensors.numpy import save_file

from small_models import (
    CONFIG,
    COSINE,
    KINDS,
    OURS,
    SMALL,
    SPACE,
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
    cells = jnp.asarray(SPACE.adjacency), jnp.asarray(SPACE.ops)
    for a, b in zip(model.encode_cells(*cells), again.encode_cells(*cells), strict=True):
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
    """Change tensors or header of a checkpoint and write it again, with the right digest."""
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()["wl2nas"])
        content = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    change(content, header)
    if "sha256" in header:
        header["sha256"] = train.tensor_files._digest(header, content)
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
        "(holds|is a run of) a Ours, no(ne|t) of",
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


def full_disk(descriptor):
    raise OSError("disk full")


def no_permission(source, target):
    raise OSError("not permitted")


@pytest.mark.parametrize(
    ("target", "fault"),
    [("wl2nas.files.os.fsync", full_disk), ("wl2nas.files.os.replace", no_permission)],
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


# --- what cannot be read back is not written ----------------------------------------------------


def test_a_model_that_could_not_be_read_back_is_not_written(tmp_path):
    model = new_model()
    bias = model.encoder.to_mean.bias
    for value, message in ((jnp.nan, "to_mean/bias holds NaN"), (1e38, "holds numbers beyond")):
        bias[...] = jnp.full(4, value)
        with pytest.raises(ValueError, match=message):
            train.save_checkpoint(tmp_path / "model", model)
    model.encoder.to_mean.bias = nnx.Param(jnp.zeros(4, jnp.bfloat16))
    with pytest.raises(ValueError, match="to_mean/bias is bfloat16; a checkpoint holds"):
        train.save_checkpoint(tmp_path / "model", model)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ({"config": "mine"}, "the note 'config' must be a text under a name of its own"),
        ({"sha256": "0"}, "the note 'sha256' must be"),
        ({"epochs": 3}, "the note 'epochs' must be a text"),
        ({"history": "x" * 2**20}, "the notes make a header of .* bytes; the most is 1,048,576"),
    ],
)
def test_notes_are_texts_of_a_sane_length_under_names_of_their_own(tmp_path, notes, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(train.save_checkpoint)(tmp_path / "model", new_model(), **notes)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_for_a_model_is_made_and_a_folder_in_its_place_refused(tmp_path):
    train.save_checkpoint(tmp_path / "new" / "model", new_model())
    assert not unequal(train.load_checkpoint(tmp_path / "new" / "model"), new_model())
    with pytest.raises(ValueError, match="new is a folder or a device; name a file"):
        train.save_checkpoint(tmp_path / "new", new_model())
    for read in (train.load_checkpoint, train.about):
        with pytest.raises(ValueError, match="new is a folder or a device; name a file"):
            read(tmp_path / "new")


# --- the digest ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", READERS)
def test_every_flipped_byte_is_found(files, tmp_path, kind):
    """At random places, the first and the last bytes of the header and of the tensors too."""
    content, path = bytearray(files[kind]), tmp_path / "file"
    begin = 8 + int.from_bytes(content[:8], "little")
    places = np.random.default_rng(0).integers(0, len(content), 40)
    header = np.random.default_rng(1).integers(8, begin, 40)
    settings = bytes(content).index(b"0.3")  # the dropout: another one would be a setting too
    for place in (0, 7, 8, begin - 1, begin, len(content) - 1, settings + 2, *places, *header):
        content[place] ^= 1
        path.write_bytes(bytes(content))
        content[place] ^= 1
        if files[kind][place] == ord(" ") or content[place] ^ 1 == ord(" "):
            continue  # space for space between the names of a header is the same header
        with pytest.raises(ValueError, match=re.escape(str(path))):
            READERS[kind](path)


@pytest.mark.parametrize("kind", READERS)
def test_a_file_without_a_digest_is_refused(files, tmp_path, kind):
    path = tmp_path / "file"
    path.write_bytes(files[kind])
    rewrite(path, lambda content, header: header.pop("sha256"))
    with pytest.raises(ValueError, match=f"{path} has no digest of its contents"):
        READERS[kind](path)


def test_shipped_checkpoints_have_digests():
    for path in (ROOT / "data" / "checkpoints").iterdir():
        assert train.load_checkpoint(path).config.vertices == 7
        assert len(train.about(path)["sha256"]) == 64


# --- settings that are not believed -------------------------------------------------------------

SETTINGS = {
    "hidden": (60_000, "128", -1, 0, 16.0, True, None, [16], 10**40),
    "layers": (10**7, 0, 1.5),
    "vertices": (10**9, 1, -7, "7"),
    "operations": (10**9, 0),
    "latent": (10**6, 0),
    "dropout": (5, 1.0, -0.1, "0.3", float("nan"), float("inf")),
    "mask_padding": ("no", 1, None),
    "kl_weight": (float("nan"), -1.0, float("inf")),
    "pooling": ("max", 3, ["mean"]),
    "variational": ("False",),
}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("kind", READERS)
def test_a_setting_in_a_file_is_refused_by_name(files, tmp_path, kind, name):
    path = tmp_path / "file"
    for value in SETTINGS[name]:
        path.write_bytes(files[kind])
        rewrite(path, lambda content, header, value=value: header["config"].update({name: value}))
        with pytest.raises(ValueError, match=re.escape(f"{path}: {name} must be")):
            READERS[kind](path)


def test_settings_that_the_tensors_do_not_have_are_refused_before_a_model_is_made(files, tmp_path):
    path = tmp_path / "file"
    for settings in ({"hidden": 8_192, "layers": 1}, {"latent": 5}):
        path.write_bytes(files["model"])
        rewrite(path, lambda content, header, new=settings: header["config"].update(new))
        with pytest.raises(ValueError, match=r"file: .* is \(.*\), expected \("):
            train.load_checkpoint(path)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no JSON", "its metadata is no JSON"),
        ("[" * 100_000, "its metadata is no JSON"),
        ('{"a":' * 100_000, "its metadata is no JSON"),
        ("9" * 100_000, "its metadata is no JSON"),
        ("[1, 2]", "but not a 'wl2nas checkpoint 1'"),
        ("null", "but not a"),
        ("3", "but not a"),
        ("{}", "but not a"),
        ('{"format": 1}', "but not a"),
        ('{"format": "wl2nas checkpoint 1", "model": null}', "model must be a str; it is None"),
        ('{"format": "wl2nas checkpoint 1", "config": []}', "config must be a dict; it is "),
        ('{"format": "wl2nas checkpoint 1", "training": 1}', "training must be a dict; it is 1"),
        ('{"format": "wl2nas checkpoint 1", "note": {}}', "note must be a str; it is {}"),
        ('{"format": "wl2nas checkpoint 1"}', ""),
        ('{"format": "wl2nas checkpoint 1", "training": {}}', ""),
        ('{"format": "wl2nas checkpoint 1", "model": "Arch2Vec"}', ""),
        ('{"format": "wl2nas checkpoint 1", "model": "Arch2Vec", "training": {}}', ""),
    ],
)
def test_metadata_that_is_none_is_refused_in_words(tmp_path, kind, text, message):
    path = tmp_path / "file"
    save_file({"weight": np.zeros(3)}, path, metadata={"wl2nas": text})
    with pytest.raises(ValueError, match=f"{path}.*{re.escape(message)}"):
        READERS[kind](path)


TRAINING = {
    "epochs": (0, 10**12, 2.0, "2"),
    "batch": (0, -16),
    "learning_rate": (-1.0, float("nan")),
    "steps_per_call": (-1, 0),
    "train_mode_lost": ("False",),
    "schedule": ("linear",),
}


@pytest.mark.parametrize("name", TRAINING)
def test_a_setting_of_the_training_in_a_file_is_refused_by_name(files, tmp_path, name):
    path = tmp_path / "file"
    for value in TRAINING[name]:
        path.write_bytes(files["run"])
        rewrite(path, lambda content, header, value=value: header["training"].update({name: value}))
        with pytest.raises(ValueError, match=re.escape(f"{path}: {name} must be")):
            READERS["run"](path)


# --- tensors that are not believed --------------------------------------------------------------


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros(4, np.int8), "to_mean/bias is I8, expected float32"),
        (np.zeros(4, np.float16), "to_mean/bias is F16, expected float32"),
        (np.zeros(4, np.int32), "to_mean/bias is int32, expected float32"),
        (np.zeros(4, bool), "to_mean/bias is BOOL, expected float32"),
        (np.full(4, 1e38, np.float32), "to_mean/bias holds numbers beyond 1e\\+18"),
        (np.full(4, -np.inf, np.float32), "to_mean/bias holds NaN or infinity"),
        (np.zeros((4, 1), np.float32), r"to_mean/bias is \(4, 1\), expected \(4,\)"),
        (np.zeros(0, np.float32), r"to_mean/bias is \(0,\), expected \(4,\)"),
    ],
)
def test_a_tensor_of_the_wrong_kind_is_refused_by_name(files, tmp_path, kind, value, message):
    path = tmp_path / "file"
    path.write_bytes(files[kind])
    rewrite(path, lambda content, header: content.update({bias(content): value}))
    with pytest.raises(ValueError, match=f"{path}: .*{message}"):
        READERS[kind](path)


@pytest.mark.parametrize("kind", READERS)
def test_a_negative_variance_is_refused(files, tmp_path, kind):
    path = tmp_path / "file"
    path.write_bytes(files[kind])

    def below_zero(content, header):
        name = next(name for name in sorted(content) if name.endswith("inner_norm/var"))
        content[name] = -content[name]

    rewrite(path, below_zero)
    with pytest.raises(ValueError, match="inner_norm/var is negative"):
        READERS[kind](path)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("progress/step", np.int32(-1), "progress/step is negative"),
        ("progress/step", np.int32(10**9), "progress/step is 1000000000, but .* 2 steps"),
        ("progress/step", np.int32(3), "progress/step is 3, but the history has 2 steps"),
        ("progress/step", np.float32(1.5), "progress/step is float32, expected int32"),
        ("progress/step", np.zeros(2, np.int32), r"progress/step is \(2,\), expected \(\)"),
        ("history", np.zeros((13, 3), np.float32), r"history is \(13, 3\), expected \(12, 3\)"),
        ("history", np.zeros((2, 4), np.float32), r"history is \(2, 4\), expected \(2, 3\)"),
        ("history", np.float32(1), r"history is \(\), expected \(0, 3\)"),
        ("history", np.full((2, 3), np.nan, np.float32), "history holds NaN"),
    ],
)
def test_a_step_or_a_history_that_cannot_be_is_refused(files, tmp_path, name, value, message):
    path = tmp_path / "file"
    path.write_bytes(files["run"])
    rewrite(path, lambda content, header: content.update({name: np.array(value)}))
    with pytest.raises(ValueError, match=f"{path}: {message}"):
        READERS["run"](path)


def test_what_the_optimiser_counted_is_checked(files, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(files["run"])

    def other_count(content, header):
        (name,) = (name for name in content if name.endswith("count"))
        content[name] = np.array(7, np.int32)

    rewrite(path, other_count)
    with pytest.raises(ValueError, match="count is 7, but the history has 2 steps"):
        READERS["run"](path)


# --- files of absurd size -----------------------------------------------------------------------


@pytest.mark.parametrize("read", [train.load_checkpoint, train.about])
def test_a_file_of_absurd_size_is_refused_before_it_is_parsed(tmp_path, monkeypatch, read):
    """A header of many megabytes, as a million names make; one that claims more than there is;
    and a file of two gigabytes, which takes no room on the disk."""
    monkeypatch.setattr(train.tensor_files, "safe_open", lambda *_, **__: pytest.fail("parsed"))
    many, long, large = (tmp_path / name for name in ("many", "long", "large"))
    many.write_bytes((20 * 2**20).to_bytes(8, "little") + b" " * 20 * 2**20)
    long.write_bytes((2**63).to_bytes(8, "little") + b"{}")
    with large.open("wb") as file:
        file.truncate(2**31)
    for path, message in ((many, "has a header of"), (long, "claims a header"), (large, "bytes")):
        with pytest.raises(ValueError, match=f"{path} .*{message}"):
            read(path)
