"""Results and the porting kit: written so that they can be read; not believed."""

import functools
import json

import numpy as np
import pytest

from course import results
from course.porting import kit


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    return tmp_path


def test_what_is_recorded_is_read_back(folder):
    results.record("deep/one", "make one", {"a": [1, 2.5], "b": None}, seed=(0, 1), started=0.0)
    found = results.read("deep/one")
    assert found["numbers"] == results.numbers_of("deep/one") == {"a": [1, 2.5], "b": None}
    assert found["seed"] == [0, 1] and found["command"] == "make one"
    assert results.names("deep/*") == ["deep/one"]
    assert results.numbers_of("deep/two") == {} and results.names("two*") == []
    with pytest.raises(FileNotFoundError, match="not measured yet"):
        results.read("deep/two")


def test_every_committed_result_fits_the_schema():
    names = results.names("*") + results.names("*/*")
    assert len(names) > 70
    for name in names:
        assert results.read(name)["numbers"]


@pytest.mark.parametrize(
    "bad",
    [float("nan"), float("inf"), np.float64("nan"), [1, [float("-inf")]], {"x": float("nan")}],
)
def test_a_number_that_is_none_is_not_written(folder, bad):
    with pytest.raises(ValueError, match="no result 'one' was written: its numbers must be finite"):
        results.record("one", "make one", {"a": bad})
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("bad", [np.int64(3), np.arange(3), {1, 2}, b"bytes"])
def test_what_json_does_not_know_is_not_written(folder, bad):
    with pytest.raises(TypeError, match=r"no result 'one' was written: .*\.tolist\(\)"):
        results.record("one", "make one", {"a": bad})
    assert list(folder.iterdir()) == []


def test_numbers_within_themselves_are_not_written(folder):
    numbers: dict = {}
    numbers["a"] = numbers
    with pytest.raises(ValueError, match="no result 'one' was written"):
        results.record("one", "make one", numbers)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"numbers": [1]}, "numbers must be a dict"),
        ({"command": ""}, "command must be a text"),
        ({"seed": True}, "seed must be a whole number"),
        ({"seed": "0"}, "seed must be a whole number"),
        ({"seed": [0, 1.5]}, "seed must be a whole number"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(folder, change, message):
    given = {"command": "make one", "numbers": {}, "seed": None} | change
    with pytest.raises(ValueError, match=f"no result 'one' was written: {message}"):
        results.record("one", given["command"], given["numbers"], seed=given["seed"])
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["", "../one", "/one", "a//b", "a/..", ".", None, 3, "a\0", "a\\b"]
)
def test_a_name_that_leads_elsewhere_is_refused(folder, name):
    for use in (results.read, results.numbers_of, results.names):
        with pytest.raises(ValueError, match="name must be one as"):
            use(name)
    with pytest.raises(ValueError, match="name must be one as"):
        results.record(name, "make one", {})


KEYS = ("command", "seed", "versions", "python", "processor", "date", "seconds", "load_average",
        "numbers")  # fmt: skip


def without(key, content):
    return {name: value for name, value in content.items() if name != key}


BAD = {
    "empty": b"",
    "random": np.random.default_rng(0).bytes(300),
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "NaN": lambda good: good | {"numbers": {"a": float("nan")}},
    "a flag as load": lambda good: good | {"load_average": True},
    "less than no time": lambda good: good | {"seconds": -1},
    "endless": lambda good: good | {"seconds": "1"},
    "no date": lambda good: good | {"date": "2026-02-30"},
    "another date": lambda good: good | {"date": "20260101"},
    "versions of nothing": lambda good: good | {"versions": {"jax": None}},
    **{f"without {key}": functools.partial(without, key) for key in KEYS},
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_result_is_refused_in_words(folder, name):
    results.record("one", "make one", {"a": 1})
    path, bad = folder / "one.json", BAD[name]
    good = json.loads(path.read_bytes())
    path.write_bytes(bad if isinstance(bad, bytes) else json.dumps(bad(good)).encode())
    for use in (results.read, results.numbers_of):
        with pytest.raises(ValueError, match=r"one\.json is .*restore it: git checkout"):
            use("one")


def test_a_folder_in_the_place_of_a_result_is_named(folder):
    (folder / "one.json").mkdir()
    with pytest.raises(ValueError, match=r"one\.json is a folder .*restore it: git checkout"):
        results.read("one")


# --- the porting kit ----------------------------------------------------------------------------


def test_the_kit_cannot_be_changed_for_the_whole_process():
    with pytest.raises(ValueError, match="read-only"):
        kit.porting_kit()["adjacency"][0, 0, 1] = 5


@pytest.fixture
def copied(tmp_path, monkeypatch):
    path = tmp_path / "porting_kit.npz"
    path.write_bytes(kit.KIT.read_bytes())
    monkeypatch.setattr(kit, "KIT", path)
    return path


def test_a_corrupt_kit_is_refused_in_words(copied):
    good, truth = copied.read_bytes(), kit.porting_kit()
    rng, refused = np.random.default_rng(0), 0
    for place in rng.integers(len(good), size=40):
        bad = bytearray(good)
        bad[place] ^= 1 << rng.integers(8)
        copied.write_bytes(bad)
        try:
            found = kit.porting_kit.__wrapped__()
        except ValueError as error:
            assert str(copied) in str(error) and "make porting-kit" in str(error)
            refused += 1
            continue
        for name in found.keys() & truth.keys():
            np.testing.assert_array_equal(found[name], truth[name])
    assert refused > 20
    for bad in (b"", good[:1000], good[:-1], b"PK\x05\x06" + bytes(18)):
        copied.write_bytes(bad)
        with pytest.raises(ValueError, match=r"porting_kit\.npz .*make porting-kit"):
            kit.porting_kit.__wrapped__()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": None}, "no porting kit: it has no 'rows'"),
        ({"training: layer 2": None}, "it has no 'training: layer 2'"),
        ({"noise": np.array([np.nan])}, "noise holds NaN"),
    ],
)
def test_another_kit_is_refused_in_words(copied, change, message):
    arrays = {**kit.porting_kit(), **change}
    np.savez(copied, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(ValueError, match=message):
        kit.porting_kit.__wrapped__()
