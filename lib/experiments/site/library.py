"""A page for every room of the library, from its docstrings; Sphinx's autodoc reads them."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import wl2nas
from wl2nas import files


def rooms() -> dict[str, str]:
    """The rooms of the library with their ideas, as its docstring lists them."""
    return dict(re.findall(r"^\* ``(\w+)`` +(.+)$", wl2nas.__doc__, re.M))


def write(folder: Path):
    """``library.md`` and a page a room into a folder."""
    listed = "\n".join(f"- [`{room}`](library/{room}.md): {idea}" for room, idea in rooms().items())
    names = "\n".join(f"library/{room}" for room in rooms())
    first = ", ".join(f"[`{name}`]({_home(name)})" for name in wl2nas.__all__)
    text = (
        f"# The library\n\n{wl2nas.__doc__.splitlines()[0]}\n\nThese names of `wl2nas` are enough "
        f"for a start: {first}.\n\n## Its rooms\n\nFrom the ground up; a room uses only those "
        f"before it:\n\n{listed}\n\n"
    )
    text += f"```{{toctree}}\n:hidden:\n\n{names}\n```\n"
    files.write_atomically(folder / "library.md", text.encode())
    (folder / "library").mkdir(exist_ok=True)
    for room in rooms():
        files.write_atomically(folder / "library" / f"{room}.md", room_page(room).encode())


def _home(name: str) -> str:
    """The page on which a name of the library's first level is explained."""
    home = getattr(getattr(wl2nas, name), "__module__", "") or f"wl2nas.{name}"
    room = home.removeprefix("wl2nas.").split(".")[0]
    return f"library/{room}.md" if room in rooms() else f"library/{name}.md"


def room_page(room: str) -> str:
    """What a room exports, then its modules that are used by their own names."""
    name = f"wl2nas.{room}"
    parts = [f"# `{room}`: {rooms()[room]}\n\n{_automodule(name)}"]
    parts += [
        f"## `{own.removeprefix('wl2nas.')}`\n\n{_automodule(own)}" for own in own_modules(name)
    ]
    return "\n".join(parts)


def own_modules(room: str) -> list[str]:
    """Modules of a room that hold something public of which the room itself exports nothing."""
    package = importlib.import_module(room)
    exported = set(getattr(package, "__all__", ()))
    found = []
    for _, name, _ in pkgutil.iter_modules(getattr(package, "__path__", ()), f"{room}."):
        public = {
            key
            for key, thing in vars(importlib.import_module(name)).items()
            if (inspect.isfunction(thing) or inspect.isclass(thing))
            and thing.__module__ == name and not key.startswith("_")
        }  # fmt: skip
        if public and not public & exported:
            found.append(name)
    return found


def _automodule(name: str) -> str:
    options = "   :members:\n"
    if guests := _guests(name):
        options += f"   :exclude-members: {', '.join(guests)}\n"
    return f"```{{eval-rst}}\n.. automodule:: {name}\n{options}```\n"


def _guests(name: str) -> list[str]:
    """What a room exports for convenience and another room explains."""
    module = importlib.import_module(name)
    homes = {key: getattr(getattr(module, key), "__module__", name)
             for key in getattr(module, "__all__", ())}  # fmt: skip
    return [key for key, home in homes.items()
            if home.startswith("wl2nas.") and not home.startswith(name)]  # fmt: skip


# --- docstrings ---------------------------------------------------------------------------------


def setup(app) -> dict:
    """Called by Sphinx: our docstrings are prose, and become its markup here."""
    app.connect("autodoc-process-docstring", lambda *given: _in_place(given[-1]))
    app.connect("autodoc-skip-member", _skip)
    app.connect("autodoc-process-signature", _constructor)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _in_place(lines: list[str]):
    lines[:] = restructured(lines)


def _constructor(app, what, name, thing, options, signature, returned) -> tuple[str, str] | None:
    """A class is made as its own constructor says, whatever its metaclass shows."""
    if what != "class":
        return None
    if getattr(thing, "_is_protocol", False):
        return "", ""
    if (made := vars(thing).get("__init__")) is None or not inspect.isfunction(made):
        return None
    given = inspect.signature(made)
    without_self = list(given.parameters.values())[1:]
    return str(given.replace(parameters=without_self, return_annotation=given.empty)), ""


def _skip(app, what, name, thing, skip, options) -> bool | None:
    """Fields of a named tuple, which its own docstring explains, say only "Alias for field"."""
    return True if str(getattr(thing, "__doc__", "")).startswith("Alias for field") else None


def restructured(lines: list[str]) -> list[str]:
    """A docstring as reStructuredText: a paragraph of hanging lines becomes a list."""
    paragraphs = "\n".join(lines).split("\n\n")
    return "\n\n".join(map(_paragraph, paragraphs)).split("\n")


def _paragraph(text: str) -> str:
    if text.lstrip().startswith((">>>", "* ")):
        return text
    text = re.sub(r"(``.*?``)|\|", lambda found: found[1] or r"\|", text, flags=re.S)
    hanging = re.search(r"^\S.*\n +\S", text, re.M) is not None
    return re.sub(r"\n +", " ", re.sub(r"^(?=\S)", "* ", text, flags=re.M)) if hanging else text
