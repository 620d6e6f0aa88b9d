"""Files that are there whole or not at all, and files that are not believed.

A file is written under a name of its own beside its place and then takes it, so that two writers
at once do no harm. What is read has a limit before it is parsed: of bytes, and of what they claim
to unpack to. Nothing of a file is ever executed. Where a file is wrong, ValueError names it and
says what to do.
"""

import errno
import hashlib
import io
import json
import math
import os
import platform
import re
import secrets
import stat
import time
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

DATA = Path(__file__).parent / "_data"
SUMS = "SHA256SUMS"  # the digests of all that is shipped, as sha256sum writes them
MOST_BYTES = 2**28  # of a file that is read whole
STALE = 24 * 3600  # seconds after which nobody is writing any more, whatever machine it was on
_OF_A_MACHINE = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
_PARTIAL = re.compile(r"\.(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{16}\.partial")


# --- writing ------------------------------------------------------------------------------------


def write_atomically(path: Path | str, content: bytes):
    """Write a file so that it is there whole or not at all, whoever else writes it.

    The folder is made if it is missing; permissions stay those of the file that is replaced, and
    a link stays a link. ValueError if the path is none of a file, OSError that names it if it
    cannot be written.
    """
    place = Path(os.path.realpath(path))
    partial = partial_beside(place)
    try:
        partial.write_bytes(content)  # not tempfile's, which only the owner may read
        if place.exists():
            partial.chmod(stat.S_IMODE(place.stat().st_mode))
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, place)
    except OSError as error:
        why = f"{path} could not be written: {error.strerror or error}"
        raise OSError(error.errno or errno.EIO, why) from error
    finally:  # after Ctrl-C too
        partial.unlink(missing_ok=True)


def partial_beside(path: Path) -> Path:
    """A name of this process's own beside a file that is to be; left-overs of others are removed.

    Makes the folder. ValueError if a folder or a device has the name, or a file the folder's.
    """
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is a folder or a device; name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ValueError(f"{path.parent} is a file, and no folder for {path.name}") from error
    for other in path.parent.glob(f".{_glob_literal(_stem(path))}.*.partial"):
        if _is_left_over(other, path):
            other.unlink(missing_ok=True)
    own = f"{_OF_A_MACHINE}-{os.getpid()}-{secrets.token_hex(8)}"
    return path.with_name(f".{_stem(path)}.{own}.partial")


def _stem(path: Path) -> str:
    """The start of a temporary name: short enough to be a name where the file's own is."""
    return path.name[:40]


def _glob_literal(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)


def _is_left_over(partial: Path, path: Path) -> bool:
    """Whether its writer is dead, or, if on another machine, has not written for a day."""
    found = _PARTIAL.fullmatch(partial.name.removeprefix(f".{_stem(path)}"))
    if found is None:
        return False
    if found["machine"] == _OF_A_MACHINE and not _is_running(int(found["process"])):
        return True
    try:
        return time.time() - partial.stat().st_mtime > STALE
    except FileNotFoundError:  # finished in this moment
        return False


def _is_running(process: int) -> bool:
    if os.name != "posix":  # on Windows os.kill ends a process, whatever the signal
        return True
    try:
        os.kill(process, 0)  # signal 0 asks only
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


# --- where files lie ----------------------------------------------------------------------------


def environment_path(name: str) -> Path | None:
    """The path in an environment variable, ``~`` and ``$NAME`` replaced; None if unset or empty.

    ValueError if there is nothing to replace them with: a folder of the name "~" helps nobody.
    """
    said = os.environ.get(name, "").strip()
    path = os.path.expanduser(os.path.expandvars(said))
    if path.startswith("~") or re.search(r"\$(\w|\{)", path):
        raise ValueError(f"{name} must be a path; in {said!r} there is a ~ or $ that stands for "
                         "nothing here: write the path out")  # fmt: skip
    return Path(path) if path else None


# --- reading ------------------------------------------------------------------------------------


def shipped(name: str) -> bytes:
    """A file that ships with the library, checked against its sha256.

    >>> len(shipped("nasbench101.npy"))
    1694624
    """
    remedy = (
        f"restore it (git checkout {DATA / name}) or install wl2nas anew; after `make data` or "
        f"`make table` write the new digest into {SUMS} and data/README.md"
    )
    sums = read_whole(DATA / SUMS, remedy=remedy, most_bytes=2**16).decode(errors="replace")
    digests = dict(line.split()[::-1] for line in sums.splitlines() if len(line.split()) == 2)
    if name not in digests:
        raise ValueError(f"{DATA / SUMS} has no digest of {name!r}, only of {tuple(digests)}")
    content = read_whole(DATA / name, remedy=remedy)
    if (found := hashlib.sha256(content).hexdigest()) != digests[name]:
        raise ValueError(f"{DATA / name} is truncated or altered: its sha256 is {found}, not "
                         f"{digests[name]} as {SUMS} beside it says; {remedy}")  # fmt: skip
    return content


def read_whole(
    path: Path | str, *, remedy: str = "restore it", most_bytes: int = MOST_BYTES
) -> bytes:
    """The bytes of a file, if they are not too many.

    FileNotFoundError if there is none, ValueError if it is no file or too large; with the remedy.
    """
    path = existing(path, remedy=remedy)
    if (size := path.stat().st_size) > most_bytes:
        raise ValueError(f"{path} has {size:,} bytes; the most is {most_bytes:,}; {remedy}")
    return path.read_bytes()


def existing(path: Path | str, *, remedy: str) -> Path:
    """The path of a file that is there; FileNotFoundError or ValueError with the remedy if not."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be the path of a file; it is {path!r}")
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}; {remedy}")
    if not path.is_file():
        raise ValueError(f"{path} is a folder or a device, not a file; {remedy}")
    return path


def read_json(path: Path | str, *, remedy: str = "restore it", most_bytes: int = 2**26):
    """What a JSON file says, without NaN and infinity, which are no JSON, and no name twice."""
    content = read_whole(path, remedy=remedy, most_bytes=most_bytes)
    try:
        return json.loads(
            content.decode("utf-8"),
            parse_float=_finite,
            parse_constant=_finite,
            object_pairs_hook=_each_once,
        )
    except (ValueError, RecursionError) as error:
        raise _damaged(path, error, remedy) from error


def _finite(text: str) -> float:
    """The number; 1e999 is infinity to Python, which says so nowhere."""
    if not math.isfinite(found := float(text)):
        raise ValueError(f"{text} is no number of JSON, or too large")
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a name stands in it twice")
    return found


def read_npy(
    source: Path | str | bytes,
    dtype: str,
    shape: tuple | None = None,
    *,
    named: str = "this .npy",
    remedy: str = "restore it",
) -> np.ndarray:
    """The read-only array of a .npy file that holds this type and shape (None: any).

    Both are compared with what its header claims before memory is taken, and so is its length.

    >>> buffer = io.BytesIO(); np.save(buffer, np.arange(3, dtype="<i4"))
    >>> read_npy(buffer.getvalue(), "<i4", (3,))
    array([0, 1, 2], dtype=int32)
    """
    named, content = _content(source, named, remedy)
    claimed = kind, found, *_ = _npy_header(content, named, remedy)
    if kind != np.dtype(dtype) or (shape is not None and found != shape):
        raise ValueError(f"{named} must hold {np.dtype(dtype)} of the shape {shape or 'any'}; it "
                         f"claims {kind} {found}; {remedy}")  # fmt: skip
    return _array(content, claimed, named, remedy)


def read_npz(
    source: Path | str | bytes,
    *,
    named: str = "this .npz",
    remedy: str = "restore it",
    most_bytes: int = 2**26,
    most_arrays: int = 10_000,
) -> dict[str, np.ndarray]:
    """The read-only arrays of numbers in a .npz file, by name.

    Refused, before anything is unpacked, if it claims to unpack to more than ``most_bytes``.
    """
    named, content = _content(source, named, remedy)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            parts = file.infolist()
            claimed = sum(part.file_size for part in parts)
            if claimed > most_bytes or len(parts) > most_arrays:
                raise ValueError(f"it claims {claimed:,} bytes in {len(parts):,} arrays; at most "
                                 f"{most_bytes:,} in {most_arrays:,} are read")  # fmt: skip
            if {part.compress_type for part in parts} - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise ValueError("it is packed in a way that NumPy does not use")
            packed = {part.filename.removesuffix(".npy"): _unpacked(file, part) for part in parts}
            if len(packed) != len(parts):
                raise ValueError("an array stands in it twice")
    except (ValueError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError,
            NotImplementedError, OverflowError, IndexError, KeyError) as error:  # fmt: skip
        raise _damaged(named, error, remedy) from error
    return {name: _any_numbers(part, f"{named}: {name}", remedy) for name, part in packed.items()}


def _unpacked(file: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """A part of a zip; `ZipFile.read` would unpack up to 2 GB before it looks at the size."""
    with file.open(part) as stream:
        return stream.read(part.file_size)


def _content(source: Path | str | bytes, named: str, remedy: str) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        return named, source
    return str(source), read_whole(source, remedy=remedy)


def _any_numbers(content: bytes, named: str, remedy: str) -> np.ndarray:
    claimed = _npy_header(content, named, remedy)
    if claimed[0].kind not in "biuf":
        raise ValueError(f"{named} must hold numbers; it claims {claimed[0]}; {remedy}")
    return _array(content, claimed, named, remedy)


def _npy_header(content: bytes, named: str, remedy: str) -> tuple[np.dtype, tuple, str, int]:
    """What a .npy file claims: type, shape, order, and where its data begin."""
    stream = io.BytesIO(content)
    try:
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, fortran, kind = read[npy.read_magic(stream)](stream)
        if any(isinstance(n, bool) or n < 0 for n in shape):
            raise ValueError(f"its shape is {shape}")
    except (ValueError, TypeError, KeyError, SyntaxError, RecursionError, MemoryError, UserWarning,
            tokenize.TokenError) as error:  # fmt: skip
        raise _damaged(named, f"no .npy file: {error}", remedy) from error
    return kind, shape, "CF"[fortran], stream.tell()


def _array(content: bytes, claimed: tuple, named: str, remedy: str) -> np.ndarray:
    kind, shape, order, start = claimed
    there, wanted = len(content) - start, math.prod(shape) * kind.itemsize
    if there != wanted:
        raise ValueError(f"{named} is truncated or altered: {there:,} bytes of data where its "
                         f"header claims {wanted:,}; {remedy}")  # fmt: skip
    found = np.frombuffer(content, kind, offset=start).copy().reshape(shape, order=order)
    found.setflags(write=False)
    return found


def _damaged(named, why, remedy: str) -> ValueError:
    return ValueError(f"{named} is corrupt ({' '.join(str(why).split())[:200]}); {remedy}")
