"""`make test`: all checks, each of them whatever the others say, and at the end a line on all.

With names, only those checks. With --elsewhere as another machine would compute (see elsewhere.py).
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import elsewhere

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "notebooks").glob("*.ipynb"))
PYTEST = ("-m", "pytest", "-n", "2", "--dist", "loadfile")
NBVAL = (
    *("--nbval", "--nbval-current-env", "--nbval-sanitize-with", "tests/sanitize.cfg"),
    *("--nbval-cell-timeout", "300", "-p", "no:cacheprovider"),
)
# The commands of every check, as arguments of Python.
CHECKS: dict[str, list[tuple[str, ...]]] = {
    "lint": [
        ("-m", "ruff", "check", "lib", "tests"),
        ("-m", "ruff", "format", "--check", "lib", "tests"),
    ],
    "types": [("-m", "mypy", "lib/wl2nas")],
    "unit": [(*PYTEST, "tests/unit", "-rs")],
    "browser": [(*PYTEST, "tests/browser", "-rs")],
    "notebooks": [(*PYTEST, *NBVAL, *NOTEBOOKS)],
}
CLOSING = re.compile(r"=*\s*((?:\d+ [a-z]+, )*\d+ [a-z]+) in [\d.]+s")  # of pytest


def run(command: tuple[str, ...], environment: dict[str, str]) -> tuple[int, str]:
    """The exit status of a command, and pytest's counts if it closed with them; it is shown."""
    counts = ""
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            if closing := CLOSING.match(line):
                counts = closing[1]
    return process.returncode, counts


def said(name: str, results: list[tuple[int, str]]) -> str:
    """A check in a few words: what pytest counted, or ok; FAILED if a command did."""
    status = next((status for status, _ in results if status), 0)
    counts = ", ".join(counts for _, counts in results if counts)
    failed = f"FAILED (exit {status})" if status else ""
    return " ".join(filter(None, [name, failed, counts or ("" if status else "ok")]))


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checks", nargs="*", metavar="check", help=f"of {', '.join(CHECKS)}")
    parser.add_argument("--elsewhere", action="store_true", help="as another machine computes")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.checks if name not in CHECKS]:
        parser.error(f"unknown check {unknown[0]!r}; choose from {', '.join(CHECKS)}")
    other = elsewhere.settings() if given.elsewhere else {}
    for name, value in other.items():
        print(f"{name}={value!r}", flush=True)
    lines, failed = [], False
    for name in given.checks or CHECKS:
        print(f"--- {name}", flush=True)
        results = [run(command, {**os.environ, **other}) for command in CHECKS[name]]
        failed = failed or any(status for status, _ in results)
        lines.append(said(name, results))
    print(("elsewhere: " if other else "") + "; ".join(lines), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
