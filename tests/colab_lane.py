"""`make test-colab`: the course with the package versions of Colab.

An environment gets what Colab's image brings, of the packages that we use. The stamped set-up cell
of the first notebook is run in an empty folder, against a clone of this clone; it must add what is
missing and change nothing. In the clone that it made, the unit tests run with warnings allowed, and
all notebooks without a comparison of their outputs. Only what is committed is tested.

    python tests/colab_lane.py [--versions FILE] [--only setup unit notebooks]

FILE is a list as `pip freeze` prints it; without, the dated one beside this script.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "colab"  # the environment
# A folder with no clone around it, one for every clone, which Colab calls /content.
CONTENT = Path(tempfile.gettempdir()) / f"wl2nas-colab-{zlib.crc32(str(ROOT).encode()):08x}"
PYTHON = WORK / "venv" / "bin" / "python"
VERSIONS = Path(__file__).with_name("colab-2026-11-24.txt")
BROUGHT = ("keras", "matplotlib", "optax", "pandas", "pooch", "safetensors", "scikit-learn", "tqdm")
TOOLS = ("hypothesis", "igraph", "jupyter-client", "nbval", "packaging", "pytest", "pytest-xdist",
         "pyyaml", "setuptools")  # fmt: skip
TAG = "lane"
STEPS = ("setup", "unit", "notebooks")


def interpreter() -> str:
    """Python 3.13, as Colab has it, from pyenv or from the path; else the one that runs this."""
    own = sorted(Path.home().glob(".pyenv/versions/3.13*/bin/python"))
    found = str(own[-1]) if own else shutil.which("python3.13")
    if found is None:
        print("There is no Python 3.13 here (pyenv install 3.13 makes one): using", sys.executable)
    return found or sys.executable


def pins(listed: str, lock: str) -> list[str]:
    """The lines of a `pip freeze` about packages that our lock names, without local versions."""
    ours = {name.lower() for name in re.findall(r"^([\w.-]+)==", lock, re.M)}
    found = re.findall(r"^([\w.-]+)==([^\s+]+)", listed, re.M)
    return [f"{name}=={version}" for name, version in found if name.lower() in ours]


def run(*command, cwd: Path = ROOT, **more: str) -> str:
    """Run a command as on Colab; what it prints. Ends all if it fails."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "XLA_FLAGS")}
    environment |= {"COLAB_RELEASE_TAG": TAG, "MPLBACKEND": "agg", **more}
    print("$", *command[:6], "..." if len(command) > 6 else "", flush=True)
    done = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True)
    print(done.stdout[-4000:], flush=True)
    if done.returncode:
        sys.exit(f"FAILED: {' '.join(map(str, command))[:300]}")
    return done.stdout


def pip(*arguments) -> str:
    return run(PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


def installed() -> set[str]:
    listed = [PYTHON, "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"]
    return set(subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split())


def make_image(versions: Path):
    """An environment with what Colab brings; jaxtyping and jupyter-scatter are not among it."""
    shutil.rmtree(WORK, ignore_errors=True)
    run(interpreter(), "-m", "venv", str(WORK / "venv"))
    fixed = WORK / "versions.txt"
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    fixed.write_text("\n".join(pins(versions.read_text(encoding="utf-8"), lock)), encoding="utf-8")
    pip("install", "--constraint", fixed, *fixed.read_text(encoding="utf-8").split(), *BROUGHT)


def set_up():
    """Run the stamped set-up cell where no clone is around it; what it changes is checked."""
    origin = WORK / "origin.git"
    run("git", "clone", "--quiet", "--bare", str(ROOT), str(origin))
    run("git", "-C", str(origin), "tag", "--force", TAG)
    shutil.rmtree(CONTENT, ignore_errors=True)
    CONTENT.mkdir()
    sys.path.insert(0, str(ROOT / "lib"))
    from experiments import stamp

    before = installed()
    cell = stamp.setup_cell(origin.as_uri(), TAG) + "import jax\nprint(root, jax.__version__)\n"
    said = run(PYTHON, "-c", cell, cwd=CONTENT)
    after = installed()
    added = sorted(after - before)
    assert before <= after, f"the set-up cell replaced {sorted(before - after)}"
    assert any(line.startswith("jupyter-scatter==") for line in added), added
    assert str(CONTENT / "wl2nas") in said
    again = run(PYTHON, "-c", cell, cwd=CONTENT / "wl2nas" / "notebooks")
    assert "Installed" not in again and installed() == after
    print(f"The set-up cell added {', '.join(added)} and changed nothing.")


def install_tools():
    """What the tests need, beside everything else, of which nothing changes."""
    before, fixed = installed(), WORK / "fixed.txt"
    fixed.write_text("\n".join(before), encoding="utf-8")
    pip("install", "--constraint", fixed, *TOOLS)
    assert before <= installed()


def unit():
    """All unit tests; in this set several packages warn when they are imported."""
    tests = ("-m", "pytest", "-n", "2", "--dist", "loadfile", "-q", "-W", "default", "tests/unit")
    run(PYTHON, *tests, cwd=CONTENT / "wl2nas", PYTHONPATH="lib:tests/unit")


def notebooks():
    """All notebooks from top to bottom; only the outputs that they check themselves count."""
    clone = CONTENT / "wl2nas"
    names = sorted(str(p.relative_to(clone)) for p in (clone / "notebooks").glob("*.ipynb"))
    nbval = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "300")
    tests = ("-m", "pytest", "-n", "2", "--dist", "loadfile", "-q", "-W", "default")
    run(PYTHON, *tests, *nbval, *names, cwd=clone, PYTHONPATH="lib")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--versions", type=Path, default=VERSIONS)
    parser.add_argument("--only", nargs="+", choices=STEPS, default=STEPS)
    given = parser.parse_args(arguments)
    if "setup" in given.only:
        make_image(given.versions)
        set_up()
        install_tools()
    for step in (unit, notebooks):
        if step.__name__ in given.only:
            step()
    print(json.dumps({"colab lane": "ok", "steps": list(given.only)}))


if __name__ == "__main__":
    main()
