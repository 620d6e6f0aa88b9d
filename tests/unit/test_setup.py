"""What the set-up cell calls: packages that are missing, explorers on Colab, trainings on Drive."""

import os
import shutil
import subprocess
import sys
import types
from importlib import metadata
from pathlib import Path

import pytest

from course import setup
from small_models import KINDS, ROWS, SPACE
from wl2nas import train

ROOT = Path(setup.__file__).parents[2]


@pytest.fixture
def at_home(monkeypatch):
    """A machine of the reader's own."""
    for name in setup.HOSTS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    monkeypatch.delenv("MATPLOTLIBRC", raising=False)


@pytest.fixture
def on_colab(monkeypatch, at_home):
    """A machine of Colab, with what its kernel has loaded; counts how often it was asked."""
    asked = []
    output = types.SimpleNamespace(enable_custom_widget_manager=lambda: asked.append("widgets"))
    monkeypatch.setitem(sys.modules, "google.colab", types.SimpleNamespace(output=output))
    monkeypatch.setattr(setup, "keep_on_drive", lambda: None)
    return asked


@pytest.fixture
def without(monkeypatch):
    """Hides packages, as if they had never been installed."""
    real = metadata.version

    def hide(*names):
        def version(name):
            if name in names:
                raise metadata.PackageNotFoundError(name)
            return real(name)

        monkeypatch.setattr(setup.metadata, "version", version)

    return hide


def test_where_everything_is_there_nothing_is_said(at_home, capsys, monkeypatch):
    monkeypatch.setattr(setup, "install", lambda lacking: pytest.fail("nothing is missing"))
    setup.ready()
    assert capsys.readouterr().out == ""
    assert os.environ["MATPLOTLIBRC"] == str(ROOT / "notebooks")
    assert (ROOT / "notebooks" / "matplotlibrc").is_file()


def test_a_style_of_the_reader_s_own_stays(at_home, monkeypatch):
    monkeypatch.setenv("MATPLOTLIBRC", "mine")
    setup.ready()
    assert os.environ["MATPLOTLIBRC"] == "mine"


def test_a_reader_s_own_machine_is_not_touched_but_told_what_to_do(at_home, without, monkeypatch):
    monkeypatch.setattr(setup, "install", lambda lacking: pytest.fail("that is not ours to do"))
    without("jaxtyping", "keras")
    with pytest.raises(ImportError, match=r"has no jaxtyping, keras\. Run `make lab` in .*VS Code"):
        setup.ready()
    without("jupyterlab")  # a kernel of VS Code has none, and needs none
    setup.ready()


def test_an_old_python_is_told_so(at_home, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    with pytest.raises(ImportError, match=r"needs Python 3\.11 or newer; this kernel .*make lab"):
        setup.ready()


@pytest.mark.parametrize("host", setup.HOSTS)
def test_a_hosted_machine_gets_what_is_missing_and_nothing_else(
    host, at_home, without, monkeypatch, capsys
):
    asked = []
    monkeypatch.setattr(setup, "install", asked.extend)
    monkeypatch.setenv(host, "1")
    without("jaxtyping", "jupyter-scatter", "jupyterlab")
    setup.ready()
    assert [setup.name_of(line) for line in asked] == ["jaxtyping", "jupyter-scatter"]
    said = capsys.readouterr().out
    assert said == "Installed jaxtyping, jupyter-scatter; what was there is as it was.\n"


def test_on_colab_the_explorers_are_switched_on_and_drive_is_mentioned(on_colab, capsys):
    setup.ready()
    assert on_colab == ["widgets"]
    said = capsys.readouterr().out
    assert "Drive is not mounted" in said and "drive.mount('/content/drive')" in said
    assert "Installed" not in said


def test_what_is_asked_for_is_what_pyproject_asks_for(without):
    without(*(setup.name_of(f"{name}>=1") for name in ("jax", "tqdm", "anywidget", "mnist1d")))
    assert setup.missing() == ["jax>=0.7.2", "tqdm>=4.66", "anywidget>=0.9.21"]


def test_what_is_installed_already_is_fixed():
    fixed = setup.present()
    assert f"numpy=={metadata.version('numpy')}" in fixed
    assert f"jax=={metadata.version('jax')}" in fixed
    names = [line.split("==")[0].lower() for line in fixed]
    assert len(names) == len(set(names)) > 50


def test_pip_is_given_the_constraints(monkeypatch):
    seen = {}

    def pip(command, **options):
        seen["command"] = command
        seen["fixed"] = Path(command[command.index("--constraint") + 1]).read_text(encoding="utf-8")
        return subprocess.CompletedProcess(command, seen.get("status", 0), "", "no such package")

    monkeypatch.setattr(setup.subprocess, "run", pip)
    setup.install(["jaxtyping>=0.2.30"])
    assert seen["command"][:4] == [sys.executable, "-m", "pip", "install"]
    assert seen["command"][-1] == "jaxtyping>=0.2.30"
    assert f"numpy=={metadata.version('numpy')}\n" in seen["fixed"]
    seen["status"] = 1
    with pytest.raises(RuntimeError, match=r"could not install .*jaxtyping(.|\n)*no such package"):
        setup.install(["jaxtyping>=0.2.30"])


def test_set_up_needs_nothing_that_is_not_installed_yet(tmp_path):
    """In a Python with nothing but its standard library."""
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'lib')!r})\n"
        "from course import setup\n"
        "print(len(setup.missing()), setup.name_of('a>=1'))"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-I", "-c", program], capture_output=True, text=True, cwd=tmp_path
    )
    assert run.returncode == 0, run.stderr
    missing, name = run.stdout.split()
    assert int(missing) > 10 and name == "a"


# --- Drive --------------------------------------------------------------------------------------


@pytest.fixture
def runtime(tmp_path):
    """A machine that is lost and comes back with an empty clone; Drive stays."""
    drive, clone = tmp_path / "drive", tmp_path / "wl2nas"

    def new(mounted=True) -> Path:
        shutil.rmtree(clone, ignore_errors=True)
        clone.mkdir()
        drive.mkdir(exist_ok=True)
        kept = setup.keep_on_drive(clone, drive if mounted else tmp_path / "nowhere")
        assert (kept is not None) is mounted
        return clone

    return new


def test_a_training_goes_on_after_a_lost_runtime(runtime):
    """Four steps in two runtimes are the four steps of one."""
    make, settings = KINDS["CellVAE"]

    def trained(steps, checkpoint=None):
        return train.fit(
            make(), SPACE, ROWS, settings, steps=steps, checkpoint=checkpoint, progress_bar=False
        )

    first = trained(2, runtime() / "build/mine.safetensors")
    clone = runtime()
    assert (clone / "build/mine.safetensors").is_file()
    whole = trained(4, clone / "build/mine.safetensors")
    assert (whole[:2] == first).all()
    assert (whole == trained(4)).all()


def test_without_drive_build_is_a_folder_of_the_clone(runtime):
    assert not (runtime(mounted=False) / "build").exists()


def test_what_was_trained_before_drive_was_mounted_goes_along(runtime, tmp_path):
    clone = runtime()
    (clone / "build" / "both.txt").write_text("on Drive", encoding="utf-8")
    clone = runtime(mounted=False)
    (clone / "build/deep").mkdir(parents=True)
    for name, text in (("deep/new.txt", "new"), ("both.txt", "here")):
        (clone / "build" / name).write_text(text, encoding="utf-8")
    for _ in range(2):  # a set-up cell is run again and again
        assert setup.keep_on_drive(clone, tmp_path / "drive") == tmp_path / "drive/wl2nas/build"
    assert (clone / "build/deep/new.txt").read_text(encoding="utf-8") == "new"
    assert (clone / "build/both.txt").read_text(encoding="utf-8") == "on Drive"
    assert (clone / "build_before_drive/both.txt").read_text(encoding="utf-8") == "here"


def test_the_reader_is_told_where_trainings_lie(tmp_path):
    assert f"in {tmp_path}:" in setup.where_trainings_lie(tmp_path)
