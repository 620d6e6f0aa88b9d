"""What a stranger meets first: rooms, names, examples, and what they may rely on."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import wl2nas

ROOT = Path(wl2nas.__file__).parent
MODULES = sorted(
    name for _, name, _ in pkgutil.walk_packages(wl2nas.__path__, "wl2nas.") if "_data" not in name
)
# From the ground up, as the docstring of the library lists them.
ROOMS = re.findall(r"^\* ``(\w+)``", wl2nas.__doc__, re.M)


def test_the_list_of_rooms_is_the_folder():
    found = {p.stem for p in ROOT.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    public = {name for name in found if not name.startswith("_")} - {"files"}
    assert sorted(ROOMS) == sorted(public)


def imports(path: Path) -> set[str]:
    """The rooms that a file imports from."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "wl2nas":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wl2nas."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("wl2nas.")}
    return found & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_those_before_it(room):
    place = ROOT / room
    files = place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    used = set().union(*map(imports, files)) - {room}
    assert used <= set(ROOMS[: ROOMS.index(room)])


def test_nothing_in_the_library_imports_the_course_or_the_experiments():
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [n for n in names if n.split(".")[0] in ("course", "experiments")], path


def test_the_names_for_a_start_are_there():
    for name in wl2nas.__all__:
        assert getattr(wl2nas, name).__doc__
    installed = [found.version for found in metadata.distributions(name="wl2nas")]
    assert wl2nas.__version__ == (installed[0] if installed else "unknown")
    assert all(re.match(r"\d+\.\d+", version) for version in installed)
    assert (ROOT / "py.typed").exists()
    with pytest.raises(AttributeError, match="nasbench301"):
        wl2nas.nasbench301  # noqa: B018


@pytest.mark.parametrize("name", MODULES)
def test_examples_do_what_they_say(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


def test_entry_points_have_an_example():
    texts = [inspect.getsource(importlib.import_module(name)) for name in MODULES]
    assert sum(">>>" in text for text in texts) >= 8


@pytest.mark.parametrize("name", MODULES)
def test_public_functions_say_what_they_do(name):
    module = importlib.import_module(name)
    for key, thing in vars(module).items():
        if key.startswith("_") or getattr(thing, "__module__", None) != name:
            continue
        if inspect.isfunction(thing) or inspect.isclass(thing):
            assert inspect.getdoc(thing), f"{name}.{key}"


@pytest.mark.slow
def test_the_ground_floor_needs_neither_jax_nor_pandas():
    light = ("", ".graphs", ".wl", ".theory.fwl", ".theory.trees", ".theory.partition",
             ".theory.orientations", ".theory.pursuit", ".cells", ".features", ".generation",
             ".search", ".draw",
             ".benchmarks")  # fmt: skip
    program = (
        "import importlib, sys\n"
        "for name in ('jax', 'flax', 'optax', 'pandas', 'sklearn'): sys.modules[name] = None\n"
        f"for name in {light!r}: importlib.import_module('wl2nas' + name)\n"
        "print(len(sys.modules['wl2nas'].nasbench101()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT.parent
    )
    assert run.stdout == "423624\n", run.stderr
