"""A notebook's pictures and explorers are compared by their sentences (strict nbval)."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
CELLS = [
    "import matplotlib.pyplot as plt\nfrom wl2nas import draw, explore, graphs",
    "draw.show(plt.figure(), 'A figure of *no* lines.')",
    "explore.Stepper(graphs.cycle(6)).show('A hexagon, all of one colour.')",
]


@pytest.fixture(scope="module")
def environment():
    return os.environ | {"PYTHONPATH": f"{ROOT / 'lib'}{os.pathsep}{os.environ.get('PYTHONPATH')}"}


@pytest.fixture(scope="module")
def run(environment):
    """A notebook as it is stored after a run."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    settings = {"store_widget_state": False, "kernel_name": "python3"}
    NotebookClient(notebook, **settings).execute(env=environment)
    return notebook


def test_strict_nbval_compares_every_sentence(run, environment, tmp_path):
    nbformat.write(run, tmp_path / "same.ipynb")
    for cell in run.cells[1:]:
        *_, sentence = cell.outputs
        for kind, text in sentence.data.items():
            sentence.data[kind] = text.replace("A ", "Another ")
    nbformat.write(run, tmp_path / "other.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-n", "0", "-q",
               "--nbval-sanitize-with", ROOT / "tests" / "sanitize.cfg",
               "-p", "no:cacheprovider", "same.ipynb", "other.ipynb"]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "2 failed, 4 passed" in done.stdout, done.stdout
    for sentence in ("Another figure of *no* lines.", "Another hexagon, all of one colour."):
        assert sentence in done.stdout  # the comparison that failed
