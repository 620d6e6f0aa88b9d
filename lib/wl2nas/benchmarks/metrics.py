"""The protobuf messages of NAS-Bench-101, read without protobuf.

A message is a row of fields: a key (number of the field times eight, plus how it is written), then
a value: a whole number in pieces of seven bits, eight bytes, four bytes, or a length and so many
bytes. ``ModelMetrics`` holds three ``EvaluationData`` (field 1: at the start of training, half way,
at the end) and the number of trainable parameters (2). Each ``EvaluationData`` has the five numbers
``FIELDS`` in fields 1 to 5. Other fields are skipped, as protobuf does.

Whoever writes such messages puts the fields in order, so that all have one layout up to the end of
the third evaluation: these are read at once as an array, and only others field by field.

Source: nasbench/lib/model_metrics.proto; protobuf.dev/programming-guides/encoding.
"""

import functools
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float, Int

FIELDS = (
    "current_epoch",
    "training_time",  # seconds up to here, evaluations left out
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
)
EVALUATIONS = 3
_NUMBER, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5  # how a field is written
_USUAL = np.dtype(
    [("head", "S2"), *[(f"{kind}{k}", t) for k in range(1, 6) for kind, t in
                       (("key", "u1"), ("value", "<f8"))]]
)  # fmt: skip
_USUAL_BYTES = EVALUATIONS * _USUAL.itemsize


class Odd(ValueError):
    """What is wrong with one of many things that are read at once: which, and why."""

    def __init__(self, place, why: str):
        super().__init__(why)
        self.place, self.why = int(place), why


def decode(messages: list[bytes]) -> tuple[Float[np.ndarray, "N 3 5"], Int[np.ndarray, " N"]]:
    """The evaluations, with the ``FIELDS`` of each, and the trainable parameters of messages.

    ``Odd`` if one is no such message; whether the numbers can be meant is not asked.
    """
    size = _USUAL_BYTES
    block = b"".join([message[:size].ljust(size, b"\0") for message in messages])
    found = np.frombuffer(block, _USUAL).reshape(len(messages), EVALUATIONS)
    values = np.stack([found[f"value{k}"] for k in range(1, 6)], axis=-1)
    usual = (found["head"] == b"\x0a\x2d").all(axis=1)  # field 1, 45 bytes
    for k in range(1, 6):
        usual &= (found[f"key{k}"] == 8 * k + _EIGHT).all(axis=1)
    parameters = np.array([_parameters(message[size:-9], message[-9:-8]) for message in messages])
    for place in np.flatnonzero(~usual | (parameters < 0)).tolist():
        try:
            values[place], parameters[place] = _field_by_field(messages[place])
        except ValueError as error:
            raise Odd(place, f"its metrics are no ModelMetrics: {error}") from error
    return values, parameters


@functools.lru_cache(maxsize=100_000)
def _parameters(field: bytes, key: bytes) -> int:
    """The parameters, if they stand between the evaluations and a total time; -1 if not."""
    if key != b"\x19" or field[:1] != b"\x10":
        return -1
    try:
        value, end = _number(field, 1)
    except ValueError:
        return -1
    return value if end == len(field) and value < 2**31 else -1


# --- any order of fields ------------------------------------------------------------------------


def _field_by_field(message: bytes) -> tuple[list[list[float]], int]:
    evaluations, parameters = [], -1
    for number, kind, value in fields(message):
        if (number, kind) == (1, _BYTES):
            evaluations.append(_evaluation(value))
        elif (number, kind) == (2, _NUMBER):
            parameters = value
    if len(evaluations) != EVALUATIONS:
        raise ValueError(f"it has {len(evaluations)} evaluations, not {EVALUATIONS}")
    if not 0 <= parameters < 2**31:
        raise ValueError("it has no trainable_parameters, or they are no 32-bit number")
    return evaluations, parameters


def _evaluation(message: bytes) -> list[float]:
    """The five numbers; a field that is not there is zero, but no accuracy is left out."""
    found = {}
    for number, kind, value in fields(message):
        if kind == _EIGHT:
            found[number] = struct.unpack("<d", value)[0]
    if missing := {3, 4, 5} - set(found):
        raise ValueError(f"an evaluation has no {FIELDS[min(missing) - 1]}")
    return [found.get(number, 0.0) for number in range(1, 6)]


def fields(message: bytes) -> Iterator[tuple[int, int, Any]]:
    """Number, way of writing and value of every field; ValueError where there is no field.

    >>> list(fields(b"\\x10\\xac\\x02"))
    [(2, 0, 300)]
    """
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        number, kind = key >> 3, key & 7
        if kind == _NUMBER:
            value, at = _number(message, at)
            yield number, kind, value
            continue
        if kind == _BYTES:
            size, at = _number(message, at)
        elif kind in (_EIGHT, _FOUR):
            size = 8 if kind == _EIGHT else 4
        else:
            raise ValueError(f"byte {at} is no field: there is no way of writing {kind}")
        if at + size > len(message):
            raise ValueError(f"field {number} at byte {at} ends behind the message")
        yield number, kind, message[at : at + size]
        at += size


def _number(message: bytes, at: int) -> tuple[int, int]:
    """A whole number and where it ends: seven bits a byte, the highest bit if more follow."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise ValueError("it ends within a number")
        value |= (message[at] & 0x7F) << shift
        at += 1
        if message[at - 1] < 0x80:
            return value, at
    raise ValueError(f"the number that ends at byte {at} has more than ten bytes")
