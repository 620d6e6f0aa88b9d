"""The page on rented machines: its commands, in a shell where they only take notes; its numbers."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from experiments import distributed, reproduce
from wl2nas import train

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "notebooks" / "cloud.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())
BLOCKS = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
STAND_INS = ("gcloud", "sudo", "git", "make", "crontab", ".venv/bin/pip", ".venv/bin/python")


def numbers(name: str) -> dict:
    path = ROOT / "data" / "results" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["numbers"]


@pytest.fixture(scope="module")
def notes(tmp_path_factory) -> list[list[str]]:
    """The words of every command of the page, in their order, from a shell that stops at errors."""
    folder = tmp_path_factory.mktemp("machine")
    clone, log = folder / "wl2nas", folder / "notes"
    for part in (".venv/bin", "data/results/reproduce"):
        (clone / part).mkdir(parents=True)
    for name in ("data/results/reproduce/ours-101-published-0.json", "reproduce.log"):
        (clone / name).touch()
    for name in STAND_INS:
        path = clone / name if "/" in name else folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f'#!/bin/bash\nprintf "%q " {name} "$@" >> {log}\necho >> {log}\n'
            # JAX is asked for its version; crontab reads what it is told.
            'case "$*" in *__version__*) echo 9.9;; -) cat > /dev/null;; esac\n',
            encoding="utf-8",
        )
        path.chmod(0o755)
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join([*BLOCKS, "wait"])],
        cwd=folder, env={"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return [shlex.split(line) for line in log.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_is_a_shell_s_language(block):
    subprocess.run(["bash", "-n", "-c", block], check=True)


def test_a_machine_is_made_and_deleted_again(notes):
    cloud = [words[1:] for words in notes if words[0] == "gcloud"]
    made = [words[3] for words in cloud if words[:3] == ["compute", "instances", "create"]]
    assert made == ["wl2nas", "wl2nas-tpu"]
    for words in cloud:
        assert words[0] in ("auth", "config", "services", "compute", "storage"), words
        if words[:3] == ["compute", "instances", "create"]:
            assert {"--provisioning-model=SPOT", "--max-run-duration=6h"} <= set(words)
    last = [words[:3] for words in cloud[-5:]]
    assert last[0] == ["compute", "instances", "delete"]
    assert [words[1] for words in last[1:4]] == ["instances", "disks", "addresses"]


def test_our_own_commands_are_ours(notes):
    targets = [words[1] for words in notes if words[0] == "make"]
    assert targets == ["env", "reproduce"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in (*targets, *re.findall(r"`make ([a-z-]+)", PAGE)):
        assert re.search(rf"^{target}:", makefile, re.M), target
    assert ["git", "clone", "https://github.com/OWNER/NAME", "wl2nas"] in notes
    assert [".venv/bin/pip", "install", "jax[cuda12]==9.9"] in notes
    run = reproduce.Run("ours")
    assert f"rm data/results/reproduce/{run.name}.json" in PAGE
    assert f"build/reproduce/{run.name}.safetensors" in PAGE
    assert reproduce.BUILD.relative_to(reproduce.ROOT).as_posix() == "build/reproduce"


def test_the_parts_for_accelerators_exist():
    """As the metadata of the installed JAX has them."""
    from importlib import metadata

    assert {"cuda12", "tpu"} <= set(metadata.metadata("jax").get_all("Provides-Extra"))


def test_the_lines_for_several_hosts_are_understood():
    lines = re.findall(r"-m experiments\.distributed (.*)", PAGE)
    given = [distributed.parse(shlex.split(line)) for line in lines]
    assert [(g.row, g.processes, g.process) for g in given] == [("ours", 2, 0), ("ours", 2, 1)]
    assert given[0].coordinator == given[1].coordinator == "10.0.0.2:8476"
    (part,) = re.findall(r"experiments\.reproduce --part (\d/\d)", PAGE)
    assert part == "1/2"


def test_the_minutes_are_those_that_were_recorded():
    for row, label in (
        ("arch2vec_published", "arch2vec as published"),
        ("arch2vec_repaired", "arch2vec repaired"),
        ("ours", "ours"),
    ):
        run = numbers(f"reproduce/{row}-101-published-0")
        settings = run["training"]
        steps = run["cells"]["training"] // settings["batch"] * settings["epochs"]
        minutes = round(run["training_seconds"] / 60)
        assert f"| {label} | {steps:,} | {minutes} minutes | not tried | not tried |" in PAGE
        most = settings["steps_per_call"]
        assert most == 500 and f"at most {most} steps" in TEXT
    lost = round(run["training_seconds"] / steps * most)
    assert f"on the laptop {lost} seconds of ours" in TEXT
    files = (ROOT / "data/results/reproduce").glob("*.json")
    all_seconds = [numbers(f"reproduce/{p.stem}").get("training_seconds", 0) for p in files]
    hours = round(sum(all_seconds) / 3600)
    assert f"| all trainings of `make reproduce` | | {hours} hours | not tried |" in PAGE
    ratio = numbers("bench")["ratio_ours_devices"]
    assert f"train ours {ratio} times as fast as one (`make bench`)" in TEXT
    assert train.PUBLISHED.batch == 32 and "works on 32 cells" in TEXT


def test_the_page_can_be_found_and_its_links_lead_somewhere():
    assert "(notebooks/cloud.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https:)([^)]+)\)", PAGE):
        assert (ROOT / "notebooks" / target).exists(), target
    assert [line for line in PAGE.splitlines() if line.startswith("# ")] == [PAGE.splitlines()[0]]
