"""What a notebook needs before its first import, wherever it runs: ``ready()``.

On a reader's own machine it looks whether everything is there, and says what to do if it is not. A
hosted machine (Colab, Kaggle, Binder) forgets everything, so there it installs what is missing
beside what the machine brings, switches on the explorers, and lets long trainings write to Drive.

Of the standard library alone: it runs before anything is installed.
"""

import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRIVE = Path("/content/drive/MyDrive")  # where Colab shows a Google Drive that is mounted
HOSTS = ("COLAB_RELEASE_TAG", "KAGGLE_KERNEL_RUN_TYPE", "BINDER_LAUNCH_HOST")
FRONT_END = "jupyterlab"  # whoever runs a notebook has one
REMEDY = (
    f"Run `make lab` in {ROOT}, which makes an environment and opens JupyterLab with it; in VS "
    f"Code choose the kernel {ROOT / '.venv/bin/python'}, which `make env` makes."
)
MOUNT = "from google.colab import drive; drive.mount('/content/drive')"


def ready():
    """Make this kernel ready for the imports of a notebook; ImportError says what it lacks.

    Prints only on a hosted machine, and only what it did there.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 - a kernel can be any Python
        raise ImportError(f"the course needs Python 3.11 or newer; this kernel ({sys.executable}) "
                          f"is {sys.version.split()[0]}. {REMEDY}")  # fmt: skip
    # The course's figure style, also for a kernel that was not started beside it.
    os.environ.setdefault("MATPLOTLIBRC", str(ROOT / "notebooks"))
    lacking = missing()
    if not is_hosted():
        if lacking:
            raise ImportError(advice(lacking))
        return
    if lacking:
        install(lacking)
        print(f"Installed {', '.join(map(name_of, lacking))}; what was there is as it was.")
    if "google.colab" in sys.modules:
        enable_explorers()
        print(where_trainings_lie(keep_on_drive()))


def is_hosted() -> bool:
    """Whether this is a machine of Colab, Kaggle or Binder, and not the reader's own."""
    return "google.colab" in sys.modules or any(name in os.environ for name in HOSTS)


# --- packages -----------------------------------------------------------------------------------


def missing() -> list[str]:
    """The requirements of library and notebooks, as in pyproject.toml, that are not installed."""
    import tomllib  # only since Python 3.11

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["lab"]]
    return [line for line in lines if name_of(line) != FRONT_END and not is_installed(line)]


def name_of(requirement: str) -> str:
    """The package that a requirement is about.

    >>> name_of("jupyter-scatter>=1.0")
    'jupyter-scatter'
    """
    return re.split(r"[^\w.-]", requirement)[0]


def is_installed(requirement: str) -> bool:
    """Whether the package is there, in any version: a hosted machine's is never replaced."""
    try:
        metadata.version(name_of(requirement))
    except metadata.PackageNotFoundError:
        return False
    return True


def advice(lacking: list[str]) -> str:
    """What a reader does about missing packages on a machine of their own."""
    return f"this kernel ({sys.executable}) has no {', '.join(map(name_of, lacking))}. {REMEDY}"


def present() -> list[str]:
    """Every installed package with its version, as constraints for pip."""
    found: dict[str, str] = {}
    for package in metadata.distributions():  # of two with one name, Python imports the first
        if name := package.metadata["Name"]:
            found.setdefault(name.lower(), f"{name}=={package.version}")
    return list(found.values())


def install(requirements: list[str]):
    """Install these beside what is there, none of which changes; RuntimeError if that cannot be."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as fixed:
        fixed.write("\n".join(present()))
        fixed.flush()
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run = subprocess.run(
            [*pip, "--constraint", fixed.name, *requirements], capture_output=True, text=True
        )
    if run.returncode:
        raise RuntimeError(f"pip could not install {requirements}; restart the runtime, and if it "
                           f"says so again, report this:\n{run.stderr[-2000:]}")  # fmt: skip
    importlib.invalidate_caches()


# --- Colab --------------------------------------------------------------------------------------


def enable_explorers():
    """Colab shows widgets that are not its own only when it is asked to."""
    from google.colab import output

    output.enable_custom_widget_manager()


def keep_on_drive(root: Path = ROOT, drive: Path = DRIVE) -> Path | None:
    """Let ``build/``, where long trainings write, lie on Drive, so that a new runtime finds it.

    What was written before goes along, except over a file that Drive has already, and stays in
    ``build_before_drive/`` too. Returns the folder on Drive, None if no Drive is mounted.
    """
    if not drive.is_dir():
        return None
    kept, build = drive / "wl2nas" / "build", root / "build"
    kept.mkdir(parents=True, exist_ok=True)
    if build.is_symlink():
        build.unlink()
    elif build.is_dir():
        shutil.copytree(build, kept, dirs_exist_ok=True, copy_function=copy_if_new)
        build.rename(root / "build_before_drive")
    build.symlink_to(kept, target_is_directory=True)
    return kept


def copy_if_new(source: str, target: str):
    """Copy a file to where there is none."""
    if not os.path.exists(target):
        shutil.copy2(source, target)


def where_trainings_lie(kept: Path | None) -> str:
    """A sentence for the reader."""
    if kept:
        return f"build/ lies on Drive, in {kept}: a training goes on there after a lost runtime."
    return f"Drive is not mounted: trainings end with this runtime. To keep them, run `{MOUNT}`, " \
           "then this cell again."  # fmt: skip
