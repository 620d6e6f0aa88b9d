"""Tensors in a safetensors file, with a header of ours and a digest of the whole.

A file is not believed: its size and its header have limits before anything is parsed; names, types
and shapes of the tensors are compared with what is wanted before one is read; then come values, and
last the digest, which finds a single flipped byte. Nothing of a file is ever executed.
"""

import hashlib
import json
import re
import reprlib
from collections.abc import Mapping
from pathlib import Path

import jax
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from wl2nas.files import write_atomically

FORMAT = "wl2nas checkpoint 1"
KEY = "wl2nas"  # of our header in the metadata of the file
MOST_BYTES, MOST_HEADER_BYTES = 2**30, 2**20
LARGEST = 1e18  # a number whose square float32 still holds
_TYPES = {"F32": "float32", "F64": "float64", "I32": "int32", "I64": "int64"}
# Running variances, Adam's second moments, counters of steps; by their path in a file.
_NEVER_NEGATIVE = re.compile(
    r"(1|progress/stats)/(.*/)?var|progress/opt_state/(.*/)?(nu/.*|count)|progress/step"
)


def named_tensors(tree) -> dict[str, np.ndarray]:
    """The leaves of a pytree by their path, without the last step that NNX versions differ in."""
    return {name: np.asarray(leaf) for name, leaf in _named(tree).items()}


def names_of(tree) -> list[str]:
    """The paths alone, of leaves of any kind."""
    return list(_named(tree))


def as_in_a_file(header: Mapping) -> dict:
    """What a file would give back of this; TypeError or ValueError if it could not hold it."""
    return json.loads(json.dumps(header))


def _named(tree) -> dict:
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    names = [jax.tree_util.keystr(path, simple=True, separator="/") for path, _ in leaves]
    return {
        name.removesuffix("/value"): leaf for name, (_, leaf) in zip(names, leaves, strict=True)
    }


# --- writing ------------------------------------------------------------------------------------


def write(path: Path, header: dict, tree):
    """Write the leaves of a pytree; ValueError instead of a file that could not be read back."""
    tensors = {name: np.array(leaf, order="C") for name, leaf in named_tensors(tree).items()}
    for name, tensor in tensors.items():
        if str(tensor.dtype) not in _TYPES.values():
            raise ValueError(f"{name} is {tensor.dtype}; a checkpoint holds {[*_TYPES.values()]}")
        _check_values(path, name, tensor)
    header = {"format": FORMAT, **header}
    header["sha256"] = _digest(header, tensors)
    content = save(tensors, metadata={KEY: json.dumps(header)})
    if (size := int.from_bytes(content[:8], "little")) > MOST_HEADER_BYTES:
        raise ValueError(f"the notes make a header of {size:,} bytes; the most is "
                         f"{MOST_HEADER_BYTES:,}")  # fmt: skip
    write_atomically(path, content)


def _digest(header: Mapping, tensors: Mapping[str, np.ndarray]) -> str:
    """Of all that a file says: the header but for its digest, and every tensor with its name."""
    said = {name: value for name, value in header.items() if name != "sha256"}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        digest.update(tensors[name].tobytes())
    return digest.hexdigest()


# --- reading ------------------------------------------------------------------------------------


def read_header(path: Path) -> dict:
    """What a file says of itself; ValueError if it is none of ours, FileNotFoundError if none."""
    _check_sizes(path)
    try:
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get(KEY)
    except SafetensorError as error:
        raise _corrupt(path, error) from error
    try:
        header = json.loads(text) if text is not None else {}
    except (ValueError, RecursionError) as error:
        raise _corrupt(path, f"its metadata is no JSON: {type(error).__name__}") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(f"{path} is a safetensors file, but not a {FORMAT!r}")
    for name, value in header.items():
        wanted = dict if name in ("config", "training") else str
        if not isinstance(value, wanted):
            raise ValueError(f"{path}: {name} must be a {wanted.__name__}; it is "
                             f"{reprlib.repr(value)}")  # fmt: skip
    return header


def read(path: Path, header: Mapping, like):
    """The tensors of a file in a pytree like this one, whose leaves need only shape and dtype."""
    wanted = _named(like)
    try:
        with safe_open(path, framework="numpy") as file:
            if odd := sorted(set(wanted) ^ set(file.keys())):
                raise ValueError(f"{path} and the model disagree on the tensor {odd[0]!r}")
            for name, leaf in wanted.items():
                _check_kind(path, name, file.get_slice(name), leaf)
            tensors = {name: file.get_tensor(name) for name in wanted}
    except SafetensorError as error:
        raise _corrupt(path, error) from error
    for name, tensor in tensors.items():
        _check_values(path, name, tensor)
    if "sha256" not in header:
        raise ValueError(f"{path} has no digest of its contents; an older version wrote it: train "
                         "or fetch it again")  # fmt: skip
    if header["sha256"] != _digest(header, tensors):
        raise _corrupt(path, "its contents do not have the sha256 that it gives")
    return jax.tree.unflatten(jax.tree.structure(like), list(tensors.values()))


def shape_of(path: Path, name: str) -> tuple[int, ...] | None:
    """The shape of a tensor in a file, None if there is none of this name."""
    with safe_open(path, framework="numpy") as file:
        return tuple(file.get_slice(name).get_shape()) if name in file.keys() else None  # noqa: SIM118


def _check_sizes(path: Path):
    """Before anything is parsed: a header can claim any length."""
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is a folder or a device; name a file")
    if (size := path.stat().st_size) > MOST_BYTES:
        raise ValueError(f"{path} has {size:,} bytes; a checkpoint has at most {MOST_BYTES:,}")
    with path.open("rb") as file:
        claimed = int.from_bytes(file.read(8), "little")
    if size < 8 or claimed > size - 8:
        raise _corrupt(path, f"it has {size:,} bytes and claims a header of {claimed:,}")
    if claimed > MOST_HEADER_BYTES:
        raise ValueError(f"{path} has a header of {claimed:,} bytes; a checkpoint has at most "
                         f"{MOST_HEADER_BYTES:,}")  # fmt: skip


def _check_kind(path: Path, name: str, stored, leaf):
    """Type and shape. Single and double precision stand for each other, nothing else does."""
    shape, dtype = tuple(stored.get_shape()), _TYPES.get(stored.get_dtype(), stored.get_dtype())
    if dtype[:-2] != str(leaf.dtype)[:-2]:
        raise ValueError(f"{path}: {name} is {dtype}, expected {leaf.dtype}")
    if shape != leaf.shape:
        raise ValueError(f"{path}: {name} is {shape}, expected {leaf.shape}")


def _check_values(path: Path, name: str, tensor: np.ndarray):
    if not np.isfinite(tensor).all():
        raise ValueError(f"{path}: {name} holds NaN or infinity")
    if tensor.dtype.kind == "f" and np.abs(tensor).max(initial=0) > LARGEST:
        raise ValueError(f"{path}: {name} holds numbers beyond {LARGEST:g}")
    if _NEVER_NEGATIVE.fullmatch(name) and tensor.min(initial=0) < 0:
        raise ValueError(f"{path}: {name} is negative: {tensor.min()}")


def _corrupt(path: Path, why) -> ValueError:
    return ValueError(f"{path} is corrupt or truncated ({str(why)[:200]}); fetch or train it again")
