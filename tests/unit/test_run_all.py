"""tests/run_all.py, which is `make test`, and the settings of another machine."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run_all(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tests"))
    return importlib.import_module("run_all")


@pytest.fixture
def elsewhere(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tests"))
    return importlib.import_module("elsewhere")


def say(text: str, status: int = 0) -> tuple[str, ...]:
    return ("-c", f"import sys; print({text!r}); sys.exit({status})")


def test_every_check_runs_whatever_the_first_ones_say(run_all, monkeypatch, capsys):
    checks = {
        "lint": [say("a long line", 1), say("formatted")],
        "types": [say("Success")],
        "unit": [say("==== 2 failed, 910 passed, 1 skipped in 12.34s (0:00:12) ====", 1)],
        "browser": [say("25 passed in 3.00s")],
        "notebooks": [say("nothing was collected", 5)],
    }
    monkeypatch.setattr(run_all, "CHECKS", checks)
    assert run_all.main([]) == 1
    *shown, last = capsys.readouterr().out.splitlines()
    assert {"a long line", "formatted", "Success", "25 passed in 3.00s"} <= set(shown)
    assert last == (
        "lint FAILED (exit 1); types ok; unit FAILED (exit 1) 2 failed, 910 passed, 1 skipped; "
        "browser 25 passed; notebooks FAILED (exit 5)"
    )
    assert run_all.main(["types", "browser"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "types ok; browser 25 passed"


def test_the_other_settings_reach_the_commands(run_all, monkeypatch, capsys):
    shows = ("-c", "import os; print('seed', os.environ['PYTHONHASHSEED'])")
    monkeypatch.setattr(run_all, "CHECKS", {"unit": [shows]})
    assert run_all.main(["--elsewhere", "unit"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert "seed 4242" in shown and "PYTHONHASHSEED='4242'" in shown
    assert shown[-1] == "elsewhere: unit ok"


def test_an_unknown_check_is_named(run_all, capsys):
    with pytest.raises(SystemExit):
        run_all.main(["notebook"])
    assert "unknown check 'notebook'; choose from lint, types, unit" in capsys.readouterr().err


def test_pytest_closes_as_is_expected(run_all, tmp_path):
    (tmp_path / "test_two.py").write_text(
        "def test_a(): pass\ndef test_b(): assert 0\n", encoding="utf-8"
    )
    found = run_all.run(("-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)), {})
    assert found == (1, "1 failed, 1 passed")


@pytest.mark.parametrize(
    ("dispatched", "present", "off"),
    [
        (["X86_V3", "X86_V4", "AVX512_ICL"], ["X86_V3", "X86_V4", "AVX512_ICL"],
         ["X86_V4", "AVX512_ICL"]),
        (["X86_V3", "X86_V4", "AVX512_ICL"], ["X86_V3"], ["X86_V3"]),
        (["AVX2", "FMA3", "AVX512F", "AVX512_SKX"], ["AVX2", "FMA3"], ["AVX2", "FMA3"]),
        (["AVX2", "FMA3", "AVX512F", "AVX512_SKX"], ["AVX2", "FMA3", "AVX512F", "AVX512_SKX"],
         ["AVX512F", "AVX512_SKX"]),
        (["ASIMDHP", "SVE"], ["ASIMDHP"], ["ASIMDHP"]),
        (["X86_V3"], [], []),
    ],
)  # fmt: skip
def test_what_numpy_is_denied(elsewhere, dispatched, present, off):
    assert elsewhere.numpy_features(dispatched, dict.fromkeys(present, True)) == off


def test_numpy_and_jax_start_under_the_other_settings_without_a_warning(elsewhere):
    """And NumPy does without what it was denied."""
    program = (
        "import numpy, jax, numpy._core._multiarray_umath as m\n"
        "jax.numpy.ones(3).sum()\n"
        "print(*[name for name in m.__cpu_dispatch__ if m.__cpu_features__[name]])"
    )
    denied = elsewhere.settings()
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, **denied}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not set(run.stdout.split()) & set(denied["NPY_DISABLE_CPU_FEATURES"].split())


def test_continuous_integration_runs_both_passes_whatever_the_first_says():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^make test \|\| ", script, re.M)
    assert re.search(r"^make test-elsewhere \|\| ", script, re.M)
