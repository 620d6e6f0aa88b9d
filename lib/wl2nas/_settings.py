"""Settings whose annotations say what is allowed: the type, the range, the choices.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Small:
...     width: Annotated[int, Range(1, 64)] = 8
...     def __post_init__(self):
...         check_fields(self)
>>> Small(width=0)
Traceback (most recent call last):
ValueError: width must be a whole number from 1 to 64; it is 0
"""

import dataclasses
import math
import numbers
import reprlib
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import numpy as np


class Range(NamedTuple):
    """Both ends are allowed."""

    low: float
    high: float = math.inf

    def __str__(self) -> str:
        return (
            f" of {self.low} or more"
            if self.high == math.inf
            else f" from {self.low} to {self.high}"
        )


class OneOf(NamedTuple):
    """The texts that are allowed."""

    choices: tuple[str, ...]

    def __str__(self) -> str:
        return f"one of {self.choices}"


Count = Annotated[int, Range(1)]
Share = Annotated[float, Range(0, 1)]
Weight = Annotated[float, Range(0, 1e6)]
# Sizes of a model: far beyond use, but no file can ask for more than a machine has.
Vertices = Annotated[int, Range(2, 64)]
Operations = Annotated[int, Range(1, 127)]  # codes are stored in eight bits
Width = Annotated[int, Range(1, 8_192)]
Depth = Annotated[int, Range(1, 32)]

_EVERYTHING = Range(-math.inf)
# What is asked for in words, and the types that are welcome; True is no number.
_PLAIN: dict[type, tuple[str, Any]] = {
    bool: ("True or False", (bool, np.bool_)),
    int: ("a whole number", numbers.Integral),
    float: ("a number", numbers.Real),
    str: ("a text", str),
}


def checked(name: str, value, kind) -> Any:
    """The value as its annotation asks, a NumPy number as Python's own; ValueError names it.

    Of annotations bool, int, float, str, tuples of them, None, and Annotated with a ``Range`` or
    ``OneOf`` are known; what is annotated otherwise passes.
    """
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _limited(name, value, parts[0], parts[1])
    if origin in (Union, UnionType) and NoneType in parts:
        others = [part for part in parts if part is not NoneType]
        return None if value is None else checked(name, value, others[0])
    if origin is tuple:
        return _entries(name, value, parts)
    return _limited(name, value, kind, _EVERYTHING) if kind in _PLAIN else value


def _limited(name: str, value, kind, limits: Range | OneOf):
    words, welcome = _PLAIN[kind]
    good = isinstance(value, welcome) and (kind is bool or not isinstance(value, bool))
    if isinstance(limits, OneOf):
        words, good = str(limits), good and value in limits.choices
    elif kind in (int, float):  # a comparison with NaN is false; infinity is no setting either
        words += "" if limits == _EVERYTHING else str(limits)
        good = good and limits.low <= value <= limits.high and abs(value) != math.inf
    if not good:
        raise ValueError(f"{name} must be {words}; it is {reprlib.repr(value)}")
    return kind(value)


def _entries(name: str, value, kinds) -> tuple:
    kinds = kinds[:1] * len(value) if isinstance(value, tuple) and kinds[-1] is ... else kinds
    if not isinstance(value, tuple) or len(value) != len(kinds):
        raise ValueError(f"{name} must be a tuple of {len(kinds)}; it is {reprlib.repr(value)}")
    return tuple(checked(name, entry, kind) for entry, kind in zip(value, kinds, strict=True))


def check_fields(settings):
    """Check every field of a frozen dataclass; its ``__post_init__`` calls this."""
    for name, kind in get_type_hints(type(settings), include_extras=True).items():
        object.__setattr__(settings, name, checked(name, getattr(settings, name), kind))


def read_fields(kind: type, stored: Any) -> Any:
    """Settings of this kind from a mapping that a file held.

    A setting younger than the file takes its default. ValueError names what is unknown, missing or
    not what its annotation allows.
    """
    if not isinstance(stored, Mapping):
        raise ValueError(f"the settings of a {kind.__name__} must be a mapping; they are "
                         f"{reprlib.repr(stored)}")  # fmt: skip
    hints = get_type_hints(kind, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    if odd := sorted(set(stored) - set(fields)):
        raise ValueError(f"unknown setting {odd[0]!r}; update wl2nas to read it")
    needed = [name for name, field in fields.items()
              if field.default is field.default_factory is dataclasses.MISSING]  # fmt: skip
    if absent := [name for name in needed if name not in stored]:
        raise ValueError(f"the setting {absent[0]!r} is missing")
    tuples = {name: _tupled(value) for name, value in stored.items()}
    return kind(**{name: checked(name, value, hints[name]) for name, value in tuples.items()})


def _tupled(value):
    """A file has lists where settings have tuples: a list could change behind their back."""
    return tuple(map(_tupled, value)) if isinstance(value, list) else value
