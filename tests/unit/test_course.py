"""What belongs to the notebooks: where it stands, what it may import, what the notebooks show."""

import ast
import doctest
import json
import re
from pathlib import Path

import pytest

import course
from course import check, scoreboard

ROOT = Path(__file__).parents[2]
COURSE = Path(course.__file__).parent
MODULES = sorted(COURSE.rglob("*.py"))


@pytest.mark.parametrize("package", [course, check])
def test_a_docstring_lists_the_modules_of_its_folder(package):
    folder = Path(package.__file__).parent
    here = {path.stem for path in folder.iterdir() if path.suffix == ".py"}
    here |= {path.parent.name for path in folder.glob("*/__init__.py")}
    listed = re.findall(r"^\* ``(\w+)``  +\S", package.__doc__, re.M)
    assert sorted(listed) == sorted(here - {"__init__"})


def imported(path: Path) -> set[str]:
    """The packages that a module imports, also inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." if node.level else node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(COURSE)))
def test_the_course_knows_no_experiments(path):
    assert not {"experiments", "."} & imported(path)


def test_the_library_knows_no_course():
    for path in sorted((ROOT / "lib" / "wl2nas").rglob("*.py")):
        assert not {"course", "experiments"} & imported(path), path


@pytest.mark.parametrize("module", [check, scoreboard], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_run(module):
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed


def test_every_question_is_asked_by_a_notebook_as_it_stands_here():
    """In its output, or in bold words above a cell that is silent until the reader answers."""
    asked = set()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        above = ""
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            names = re.findall(r'check\.predict\("([^"]+)"', source)
            printed = "".join("".join(o.get("text", "")) for o in cell.get("outputs", []))
            for name in names if cell["cell_type"] == "code" else ():
                in_text = "**Predict.**" in above and not printed
                assert in_text or f"Predict: {check.QUESTIONS[name].asked}\n" in printed, name
                asked.add(name)
            above = source
    assert asked == set(check.QUESTIONS)
