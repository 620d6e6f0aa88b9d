"""Files are there whole or not at all, and none is believed."""

import hashlib
import io
import json
import os
import re
import stat
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from wl2nas import files

ROOT = Path(__file__).parents[2]


# --- writing ------------------------------------------------------------------------------------

WRITER = """
import pathlib, sys
from wl2nas.files import write_atomically
path, letter = pathlib.Path(sys.argv[1]), sys.argv[2].encode()
for _ in range(150):
    write_atomically(path, letter * 500_000)
    content = path.read_bytes()
    assert content in (b"a" * 500_000, b"b" * 500_000), (len(content), content[:1])
"""


def test_two_processes_that_write_one_file_do_no_harm(tmp_path):
    path = tmp_path / "new folder" / "file.bin"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, letter], stderr=subprocess.PIPE)
        for letter in "ab"
    ]
    complaints = [writer.communicate(timeout=300)[1].decode() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], complaints
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_permissions_are_those_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_atomically(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_what_is_replaced_keeps_its_permissions_and_a_link_stays_one(tmp_path):
    path, link = tmp_path / "file", tmp_path / "folder" / "link"
    link.parent.mkdir()
    path.write_bytes(b"old")
    path.chmod(0o600)
    link.symlink_to(path)
    files.write_atomically(link, b"new")
    assert link.is_symlink() and path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(tmp_path.rglob("*")) == sorted([path, link, link.parent])


@pytest.mark.parametrize("failing", ["replace", "fsync"])
@pytest.mark.parametrize("error", [OSError("the disk is full"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, failing, error):
    path = tmp_path / "file"
    files.write_atomically(path, b"old")

    def fail(*_):
        raise error

    monkeypatch.setattr(files.os, failing, fail)
    with pytest.raises(type(error)) as caught:
        files.write_atomically(path, b"new")
    if isinstance(error, OSError):
        assert f"{path} could not be written: the disk is full" in str(caught.value)
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == b"old"


def test_what_is_no_place_for_a_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=f"{tmp_path} is a folder or a device; name a file"):
        files.write_atomically(tmp_path, b"new")
    (tmp_path / "file").write_bytes(b"old")
    for below in ("file/x", "file/x/y"):
        with pytest.raises(ValueError, match="is a file, and no folder for"):
            files.write_atomically(tmp_path / below, b"new")
    assert (tmp_path / "file").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["n" * 255, "a[b]*?.json", ".hidden", "ü" * 100])
def test_any_name_of_a_file_can_be_written(tmp_path, name):
    left = tmp_path / f".{name[:40]}.{files._OF_A_MACHINE}-{dead_process()}-{'0' * 16}.partial"
    left.write_bytes(b"")
    files.write_atomically(tmp_path / name, b"content")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_only_what_a_dead_writer_of_this_file_left_is_removed(tmp_path):
    here, there, dead = files._OF_A_MACHINE, "0" * 8, dead_process()
    kept = [
        tmp_path / f".file.{here}-{os.getpid()}-{'1' * 16}.partial",  # alive
        tmp_path / f".file.{there}-{dead}-{'2' * 16}.partial",  # on another machine
        tmp_path / f".other.{here}-{dead}-{'3' * 16}.partial",  # of another file
        tmp_path / ".file.notes.partial",  # somebody's own
    ]
    old = tmp_path / f".file.{there}-{dead}-{'4' * 16}.partial"
    for path in (*kept, old, tmp_path / f".file.{here}-{dead}-{'5' * 16}.partial"):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    files.write_atomically(tmp_path / "file", b"")
    assert sorted(tmp_path.iterdir()) == sorted([*kept, tmp_path / "file"])


# --- where files lie ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("~/x", "/home/someone/x"),
        ("$PLACE/x", "/a place/x"),
        ("${PLACE}/x", "/a place/x"),
        ("/x", "/x"),
        ("x/y", "x/y"),
        ("/x~", "/x~"),
    ],
)
def test_a_path_in_a_variable_is_what_a_shell_would_make_of_it(monkeypatch, said, meant):
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("PLACE", "/a place")
    monkeypatch.setenv("WL2NAS_CACHE", said)
    assert files.environment_path("WL2NAS_CACHE") == Path(meant)


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.delenv("WL2NAS_CACHE", raising=False)
    assert files.environment_path("WL2NAS_CACHE") is None
    for said in ("", "  "):
        monkeypatch.setenv("WL2NAS_CACHE", said)
        assert files.environment_path("WL2NAS_CACHE") is None


@pytest.mark.parametrize("said", ["$NO_SUCH_PLACE/x", "${NO_SUCH_PLACE}", "~no_such_user_here/x"])
def test_a_path_of_nothing_is_refused(monkeypatch, said):
    monkeypatch.setenv("WL2NAS_CACHE", said)
    with pytest.raises(ValueError, match=f"WL2NAS_CACHE must be a path.*{re.escape(said)}"):
        files.environment_path("WL2NAS_CACHE")


def test_every_path_in_a_variable_is_read_in_one_place():
    read = re.compile(r"environ\.get|environ\[\"\w+\"\](?! =)|getenv")
    found = [p for p in (ROOT / "lib").rglob("*.py") if read.search(p.read_text(encoding="utf-8"))]
    assert found == [ROOT / "lib" / "wl2nas" / "files.py"]


def test_every_file_is_written_in_one_place():
    """By name in the library's folders; what goes into a buffer is fine."""
    writes = re.compile(
        r"\.write_(text|bytes)\(|\.open\(\"[wax]|[^.\w]open\([^)]*[\"'][wax]|"
        r"to_csv\([^)\s]*path|np\.savez?(_compressed)?\((?!buffer)"
    )
    for path in (ROOT / "lib").rglob("*.py"):
        found = writes.findall(path.read_text(encoding="utf-8"))
        assert len(found) == (path.name == "files.py" and path.parent.name == "wl2nas"), path


# --- what is shipped ----------------------------------------------------------------------------


def test_the_digests_of_what_is_shipped_are_those_of_the_list_of_data():
    sums = (files.DATA / files.SUMS).read_text(encoding="utf-8")
    digests = dict(line.split()[::-1] for line in sums.splitlines())
    listed = dict(
        re.findall(
            r"^\| `lib/wl2nas/_data/([\w.]+)` .*\| ([0-9a-f]{64}) \|$",
            (ROOT / "data" / "README.md").read_text(encoding="utf-8"),
            re.M,
        )
    )
    del listed[files.SUMS]
    assert digests == listed
    shipped = {path.name for path in files.DATA.iterdir() if path.is_file()}
    assert set(digests) == shipped - {files.SUMS}
    for name, digest in digests.items():
        assert hashlib.sha256(files.shipped(name)).hexdigest() == digest


@pytest.fixture
def copied(tmp_path, monkeypatch):
    for path in files.DATA.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(files, "DATA", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["nasbench101.npy", "measured.csv"])
def test_a_flipped_byte_in_a_shipped_file_is_found(copied, name):
    good, rng = (copied / name).read_bytes(), np.random.default_rng(0)
    for place in rng.integers(len(good), size=10):
        bad = bytearray(good)
        bad[place] ^= 1 << rng.integers(8)
        (copied / name).write_bytes(bad)
        with pytest.raises(ValueError, match=f"{name} is truncated or altered.*git checkout"):
            files.shipped(name)
    for bad in (b"", good[:-1], good + b"\n"):
        (copied / name).write_bytes(bad)
        with pytest.raises(ValueError, match=f"{name} is truncated or altered"):
            files.shipped(name)


def test_what_is_not_there_or_not_known_is_named(copied):
    with pytest.raises(ValueError, match=r"no digest of '\.\./files\.py', only of"):
        files.shipped("../files.py")
    (copied / "measured.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"no .*measured\.csv; restore it"):
        files.shipped("measured.csv")
    (copied / files.SUMS).write_bytes(b"\xff\x00 measured.csv x\n")
    with pytest.raises(ValueError, match=r"has no digest of 'measured\.csv'"):
        files.shipped("measured.csv")


# --- .npy and .npz ------------------------------------------------------------------------------


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def header(text: str, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + data


def claim(descr="'<u4'", order="False", shape="(3,)") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}\n"
    return header(text, bytes(12))


@pytest.mark.parametrize(
    "array", [np.arange(6.0), np.arange(6.0).reshape(2, 3).T, np.array(3.0), np.zeros((0, 4))]
)
def test_an_array_comes_back_and_cannot_be_written_into(array):
    found = files.read_npy(npy(array), "f8", array.shape)
    np.testing.assert_array_equal(found, array)
    with pytest.raises(ValueError, match="read-only"):
        found[...] = 1


GOOD = npy(np.arange(3, dtype=np.uint32))
BAD_NPY = {
    "empty": b"",
    "no npy": b"PK\x03\x04 and so on",
    "half a header": GOOD[:40],
    "a byte missing": GOOD[:-1],
    "a byte more": GOOD + b"x",
    "other type": npy(np.arange(3.0)),
    "other order of bytes": npy(np.arange(3, dtype=">u4")),
    "other shape": npy(np.zeros((3, 1), np.uint32)),
    "objects": npy(np.array([{}, [], None], object)),
    "records": npy(np.zeros(3, "u4,f8")),
    "absurd shape": claim(shape="(10**18,)"),
    "absurd shape, spelt out": claim(shape="(1000000000000000000,)"),
    "negative shape": claim(shape="(-3,)"),
    "shape of truth": claim(shape="(True, 3)"),
    "a product beyond 64 bits": claim(shape="(4294967296, 4294967296, 3)"),
    "a list as shape": claim(shape="[3]"),
    "no shape": header("{'descr': '<u4', 'fortran_order': False}\n", bytes(12)),
    "an unknown type": claim(descr="'<u3'"),
    "a type of types": claim(descr="[('a', '<u4')]"),
    "a word as order": claim(order="'no'"),
    "a call": header("__import__('os').abort()\n"),
    "a bracket left open": header("{'descr': (\n"),
    "deep": header("(" * 9_000 + "\n"),
    "deeper than the limit": header("(" * 60_000),
    "no text": header("\x00\x01\x02"),
    "header of four gigabytes": b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}",
    "version nine": b"\x93NUMPY\x09\x00" + GOOD[8:],
    "random": np.random.default_rng(0).bytes(500),
}


@pytest.mark.parametrize("name", BAD_NPY)
def test_a_bad_npy_is_refused_in_words(tmp_path, name):
    path = tmp_path / "codes.npy"
    path.write_bytes(BAD_NPY[name])
    with pytest.raises(ValueError, match=r"codes\.npy .*; rebuild it"):
        files.read_npy(path, "uint32", (3,), remedy="rebuild it")


def test_a_missing_file_a_folder_and_a_huge_one_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no .*codes\.npy; rebuild it"):
        files.read_npy(tmp_path / "codes.npy", "uint32", (3,), remedy="rebuild it")
    with pytest.raises(ValueError, match="is a folder or a device, not a file; rebuild it"):
        files.read_npy(tmp_path, "uint32", (3,), remedy="rebuild it")
    with (tmp_path / "huge.npy").open("wb") as file:  # a hole: it takes no place on the disk
        file.truncate(files.MOST_BYTES + 1)
    with pytest.raises(ValueError, match=r"huge\.npy has 268,435,457 bytes; .*; rebuild it"):
        files.read_npy(tmp_path / "huge.npy", "uint32", (3,), remedy="rebuild it")


def npz(parts: dict[str, bytes], method=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def claiming_less(content: bytes, size: int) -> bytes:
    """The zip whose list of contents claims another size of what it unpacks to."""
    place = content.rindex(b"PK\x01\x02") + 24
    return content[:place] + size.to_bytes(4, "little") + content[place + 4 :]


def test_the_arrays_of_an_npz_come_back(tmp_path):
    np.savez_compressed(tmp_path / "kit.npz", a=np.arange(3), **{"b: c/d": np.array(2.5)})
    found = files.read_npz(tmp_path / "kit.npz")
    assert found["a"].tolist() == [0, 1, 2] and found["b: c/d"] == 2.5 and len(found) == 2
    assert not found["a"].flags.writeable


def test_a_lie_about_the_size_costs_no_memory():
    """300 MB in 300 kB that claim to be a hundred bytes: what is claimed is unpacked, no more."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(3 * 10**8))
    content = claiming_less(buffer.getvalue(), 100)
    assert len(content) < 10**6
    tracemalloc.start()
    with pytest.raises(ValueError, match="CRC"):
        files.read_npz(content)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10**7


BAD_NPZ = {
    "empty": b"",
    "no zip": b"not a zip",
    "cut": npz({"a.npy": GOOD})[:-30],
    "a flipped byte": npz({"a.npy": GOOD}, zipfile.ZIP_STORED).replace(GOOD[-9:], b"x" + GOOD[-8:]),
    "no npy inside": npz({"a.npy": b"hello"}),
    "an object inside": npz({"a.npy": BAD_NPY["objects"]}),
    "words inside": npz({"a.npy": npy(np.array(["a", "b"]))}),
    "absurd shape inside": npz({"a.npy": BAD_NPY["absurd shape, spelt out"]}),
    "a gigabyte inside": npz({"a.npy": bytes(2**20), "b.npy": bytes(2**26)}),
    "a lie about its size": claiming_less(npz({"a.npy": bytes(2**22)}), 100),
    "many arrays": npz({f"{k}.npy": b"" for k in range(10_001)}),
    "packed otherwise": npz({"a.npy": GOOD}, zipfile.ZIP_BZIP2),
    "twice": npz({"a": GOOD, "a.npy": GOOD}),
}


@pytest.mark.parametrize("name", BAD_NPZ)
def test_a_bad_npz_is_refused_in_words(tmp_path, name):
    path = tmp_path / "kit.npz"
    path.write_bytes(BAD_NPZ[name])
    with pytest.raises(ValueError, match=r"kit\.npz.*; rebuild it"):
        files.read_npz(path, remedy="rebuild it")


def test_a_flipped_byte_anywhere_in_an_npz_is_refused_or_changes_nothing():
    good, rng = npz({"a.npy": GOOD, "b.npy": npy(np.arange(40.0))}), np.random.default_rng(0)
    truth = files.read_npz(good)
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 1 << rng.integers(8)
        try:
            found = files.read_npz(bytes(bad))
        except ValueError:
            continue
        for array in found.values():  # a name in the list of contents has no checksum
            assert any(np.array_equal(array, other) for other in truth.values())


# --- JSON ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe\x00", b'{"a": NaN}', b"[-Infinity]", b"[" * 100_000, b"9" * 5_000,
     json.dumps("ü").encode("utf-16"), b'{"a": 1e999}', b"[-1e400]", b'{"a": 1, "b": 2, "a": 3}',
     b'[{"a": {"b": 1, "b": 1}}]'],
    ids=range(12),
)  # fmt: skip
def test_bad_json_is_refused_in_words(tmp_path, content):
    path = tmp_path / "found.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"found\.json is corrupt \(.*\); run it again") as caught:
        files.read_json(path, remedy="run it again")
    assert type(caught.value) is ValueError


def test_a_path_may_be_a_text_and_nothing_else(tmp_path, no_annotations):
    path = tmp_path / "found.json"
    path.write_bytes(b"[1]")
    assert files.read_json(str(path)) == [1]
    (tmp_path / "found.npy").write_bytes(GOOD)
    assert len(files.read_npy(str(tmp_path / "found.npy"), "uint32")) == 3
    for wrong in (None, 3, [path]):
        with pytest.raises(TypeError, match="path must be the path of a file; it is"):
            files.read_json(wrong)
