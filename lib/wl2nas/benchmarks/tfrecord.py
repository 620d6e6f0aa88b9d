"""TFRecord files without TensorFlow: frames of bytes, each with a checksum of its own.

A frame is the length of its payload (8 bytes, little-endian), a checksum of the length (4), the
payload, a checksum of the payload (4). A checksum is the CRC-32C of its bytes, rotated and shifted
so that a checksum of checksums is none. Frames are read in batches, since the CRCs of thousands of
payloads are one walk over a matrix, and no more of a file than a batch is ever in memory.

Source: tensorflow/core/lib/io/record_writer.h; CRC-32C: RFC 3720, appendix B.4.
"""

import functools
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn

import numpy as np
from jaxtyping import UInt32

from wl2nas import files

MOST_PAYLOAD = 2**14  # bytes of one record; those of NAS-Bench-101 have about 400
BATCH_BYTES = 2**21  # of the matrix of payloads, in which the longest sets the width
_HEAD = struct.Struct("<QI")
_POLYNOMIAL = 0x82F63B78  # of CRC-32C, bits reversed


class Batch(NamedTuple):
    """Payloads that follow each other in a file, whose checksums are right."""

    first: int  # the number of the first record; they count from 0
    offsets: list[int]  # where each frame begins in the file, in bytes
    payloads: list[bytes]


class _Frames(NamedTuple):
    """A batch whose payloads are not checked yet, with the checksums that stand behind them."""

    batch: Batch
    sums: list[bytes]


def batches(path: Path | str) -> Iterator[Batch]:
    """The records of a file, some thousand at a time.

    ValueError names the file, the number of the record and its byte offset where the file is
    truncated, a checksum is wrong, or a record is longer than any that is meant. A file of no bytes
    has no records.
    """
    with files.existing(path, remedy="download it again").open("rb", buffering=2**20) as file:
        for frames in _framed(file, str(path)):
            if frames.sums:
                _check_payloads(frames, str(path))
                yield frames.batch


def _framed(file: BinaryIO, named: str) -> Iterator[_Frames]:
    """Frames whose lengths are right; those before a damaged one come out first."""
    number, offset, longest = 0, 0, 1
    frames = _Frames(Batch(0, [], []), [])
    known: dict[bytes, int] = {}  # lengths with their checksums: there are few
    while head := file.read(_HEAD.size):
        if (length := known.get(head, -1)) < 0:
            if fault := _fault(head):
                yield frames
                refuse(named, number, offset, fault)
            known[head] = length = _HEAD.unpack(head)[0]
        body = file.read(length + 4)
        if len(body) != length + 4:
            yield frames
            refuse(named, number, offset, f"it is truncated: {len(body)} bytes are left of "
                                          f"{length + 4}")  # fmt: skip
        longest = max(longest, length)
        if longest * (len(frames.sums) + 1) > BATCH_BYTES:
            yield frames
            frames, longest = _Frames(Batch(number, [], []), []), length
        frames.batch.offsets.append(offset)
        frames.batch.payloads.append(body[:length])
        frames.sums.append(body[length:])
        number, offset = number + 1, offset + _HEAD.size + len(body)
    yield frames


def _fault(head: bytes) -> str:
    """What is wrong with the first twelve bytes of a frame, if anything."""
    if len(head) != _HEAD.size:
        return f"it is truncated: {len(head)} bytes are left of {_HEAD.size}"
    length, checksum = _HEAD.unpack(head)
    if masked(crc32c([head[:8]]))[0] != checksum:
        return "the checksum of its length is wrong: this is no TFRecord file, or it is damaged"
    if not 4 <= length <= MOST_PAYLOAD:
        return f"it claims {length:,} bytes; a record has 4 to {MOST_PAYLOAD:,}"
    return ""


def _check_payloads(frames: _Frames, named: str):
    batch, sums = frames
    wrong = masked(crc32c(batch.payloads)) != np.frombuffer(b"".join(sums), "<u4")
    if wrong.any():
        k = int(np.argmax(wrong))
        refuse(named, batch.first + k, batch.offsets[k], "its checksum is wrong: it is damaged")


def refuse(named: str, number: int, offset: int, why: str) -> NoReturn:
    """ValueError that names a record and what is wrong with it."""
    raise ValueError(f"{named}, record {number} (at byte {offset:,}): {why}; download it again")


# --- CRC-32C ------------------------------------------------------------------------------------


def masked(crc: UInt32[np.ndarray, " N"]) -> UInt32[np.ndarray, " N"]:
    """The checksum that stands in the file for a CRC."""
    return (crc >> np.uint32(15) | crc << np.uint32(17)) + np.uint32(0xA282EAD8)


def crc32c(messages: list[bytes]) -> UInt32[np.ndarray, " N"]:
    """The CRC-32C of messages of at least four bytes, two bytes a step for all at once.

    Zeros in front leave a CRC that starts at 0 as it is, so that messages of different length end
    in one column; starting at ones instead is the same as turning over the first four bytes.

    >>> hex(crc32c([b"123456789"])[0])
    '0xe3069283'
    """
    width = max(map(len, messages))
    width += width % 2
    block = np.frombuffer(b"".join(m.rjust(width, b"\0") for m in messages), np.uint8)
    block = block.reshape(len(messages), width).copy()
    starts = width - np.array([len(m) for m in messages])
    block[np.arange(len(messages))[:, None], starts[:, None] + np.arange(4)] ^= np.uint8(0xFF)
    crc = np.zeros(len(messages), np.uint32)
    for pair in np.ascontiguousarray(block.view("<u2").T):
        crc = _table()[crc & np.uint32(0xFFFF) ^ pair] ^ crc >> np.uint32(16)
    return ~crc


@functools.cache
def _table() -> UInt32[np.ndarray, " 65536"]:
    """What sixteen bits do to a CRC."""
    table = np.arange(2**16, dtype=np.uint32)
    for _ in range(16):
        table = table >> np.uint32(1) ^ (table & np.uint32(1)) * np.uint32(_POLYNOMIAL)
    return table
