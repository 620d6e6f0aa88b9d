"""What `make stamp` writes: the set-up cell, run with and without an address, links and badges."""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from experiments import stamp
from experiments.stamp import Address

ROOT = Path(__file__).parents[2]
NOWHERE, SOMEWHERE = Address("", ""), Address("someone/a.course", "v1.0")


@pytest.mark.parametrize("url", ["", "https://github.com/someone/a.course"])
def test_a_set_up_cell_is_at_most_eight_lines(url):
    lines = [line for line in stamp.setup_cell(url, "v1.0").splitlines() if line]
    assert len(lines) <= 8 and max(map(len, lines)) <= 140
    compile("\n".join(lines), "cell", "exec")


def test_a_badge_leads_to_the_first_notebook_and_its_picture_is_here():
    found = re.findall(r"\[!\[(.+?)\]\((.+?)\)\]\((.+?)\)", stamp.badges(SOMEWHERE))
    assert [text for text, _, _ in found] == ["Open in Colab", "Open in Kaggle", "Open in Binder"]
    for text, picture, page in found:
        drawn = ElementTree.fromstring((ROOT / picture).read_text(encoding="utf-8"))
        assert drawn.attrib["aria-label"] == text
        assert page.startswith("https://") and "00_start_here.ipynb" in page
        assert "someone/a.course" in page and "v1.0" in page
    assert stamp.badges(NOWHERE) == ""


# --- the cells, run -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Path:
    """A repository with a tag, of the files that a set-up cell needs."""
    root = tmp_path_factory.mktemp("origin")
    for name in ("pyproject.toml", "lib/course/__init__.py", "lib/course/setup.py",
                 "lib/wl2nas/__init__.py"):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    git = ["git", "-C", str(root), "-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v1.0"]):
        subprocess.run([*git, *command], check=True)
    return root


def run_cell(url: str, folder: Path) -> subprocess.CompletedProcess:
    cell = stamp.setup_cell(url, "v1.0") + "print(root)\nimport course\nprint(course.__file__)"
    hidden = ("PYTHONPATH", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run([sys.executable, "-c", cell], cwd=folder, env=environment,
                          capture_output=True, text=True)  # fmt: skip


def test_a_stamped_cell_gets_a_clone_at_the_tag_once(origin, tmp_path):
    for _ in range(2):
        found = run_cell(origin.as_uri(), tmp_path)
        assert found.returncode == 0, found.stderr
        root, course = found.stdout.split()
        assert Path(root) == tmp_path / "wl2nas"
        assert Path(course) == tmp_path / "wl2nas/lib/course/__init__.py"
    inside = run_cell("file:///nowhere", tmp_path / "wl2nas" / "lib")  # finds the clone around it
    assert inside.stdout.split()[0] == root


def test_a_stamped_cell_without_its_repository_ends_with_git_s_words(tmp_path):
    found = run_cell((tmp_path / "nothing").as_uri(), tmp_path)
    assert found.returncode and "fatal: " in found.stderr and "nothing" in found.stderr
    assert not (tmp_path / "wl2nas").exists()


def test_a_cell_without_an_address_asks_for_a_clone(origin, tmp_path):
    found = run_cell("", tmp_path)
    assert "Open this notebook inside a clone of the repository" in found.stderr
    inside = run_cell("", origin / "lib" / "course")
    assert inside.returncode == 0, inside.stderr
    assert inside.stdout.split()[0] == str(origin)
