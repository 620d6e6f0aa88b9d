"""The kinds of models that a checkpoint can be read back as.

A file holds the name of a class, and a name alone makes nothing: only classes that were registered
here, or are passed by hand, are ever made from a file.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints


class Kind(NamedTuple):
    """A class of models, and the dataclass of its settings."""

    model: type
    settings: type


_KINDS: dict[str, Kind] = {}
Class = TypeVar("Class", bound=type)


def register(model: Class, settings: type | None = None) -> Class:
    """Let ``load_checkpoint`` make models of this class; usable as a decorator.

    ``settings`` is needed only where ``__init__`` does not annotate its ``config`` with the
    dataclass. ValueError if another class of that name is known.
    """
    known = _KINDS.get(model.__name__)
    if known is not None and not same(known.model, model):
        raise ValueError(f"another model is called {model.__name__}; give this one its own name")
    _KINDS[model.__name__] = Kind(model, settings or settings_of(model))
    return model


def same(one: type, other: type) -> bool:
    """A class that was defined again, by running a cell of a notebook twice, is still the same."""
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


def settings_of(model: type) -> type:
    """The dataclass that ``__init__`` of a class annotates its ``config`` with."""
    hint = get_type_hints(model.__init__).get("config")  # type: ignore[misc]
    found = [part for part in (*get_args(hint), hint) if dataclasses.is_dataclass(part)]
    if not found:
        raise TypeError(
            f"{model.__name__}.__init__ does not say what its config is: annotate it with your "
            f"dataclass, or call register({model.__name__}, ItsConfig)"
        )
    return found[0]  # type: ignore[return-value]


def names() -> list[str]:
    """The names of the registered kinds."""
    return sorted(_KINDS)


def known(name: str) -> Kind | None:
    """The kind of this name, None if it was not registered."""
    return _KINDS.get(name)


def with_settings(settings: Any) -> type:
    """The first registered class whose settings have all these names.

    ``settings`` is an object of settings, or a mapping such as a file of results holds.
    """
    found = settings if isinstance(settings, Mapping) else dataclasses.asdict(settings)
    for kind in _KINDS.values():
        if set(found) <= {field.name for field in dataclasses.fields(kind.settings)}:
            return kind.model
    raise ValueError(f"no kind of model has the settings {sorted(found)}; known: {names()}")
