"""Two processes that train together, as hosts of a cluster do, beside one that trains alone."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from experiments import distributed
from wl2nas.train import hosts


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def reports(folder: Path, processes: int) -> list[dict]:
    """What every process says at its end."""
    folder.mkdir()
    script, port = Path(__file__).with_name("hosts_report.py"), free_port()
    running = [
        subprocess.Popen(
            [sys.executable, script, str(folder), str(k), str(processes), str(port)],
            env={**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": ""},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for k in range(processes)
    ]  # fmt: skip
    try:
        ended = [process.communicate(timeout=600) for process in running]
    finally:
        for process in running:
            process.kill()
    for process, (_, errors) in zip(running, ended, strict=True):
        assert process.returncode == 0, errors
    return [json.loads(output.splitlines()[-1]) for output, _ in ended]


@pytest.fixture(scope="module")
def alone_and_two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hosts")
    (alone,), two = reports(folder / "alone", 1), reports(folder / "two", 2)
    return alone, two, folder / "two"


@pytest.mark.slow
def test_two_processes_train_as_one_does(alone_and_two):
    """Interrupted after two of four steps; each has the whole history and a model of its own."""
    alone, two, _ = alone_and_two
    expected = np.array(alone["losses"])
    assert expected.shape == (4, 3)
    assert np.abs(np.diff(expected.sum(axis=1))).min() > 1e-3
    for report in two:
        assert np.allclose(report["losses"], expected, rtol=1e-5, atol=1e-6)
    assert two[0]["losses"] == two[1]["losses"]
    assert two[0]["mean"] == pytest.approx(alone["mean"], abs=0.01)


@pytest.mark.slow
def test_the_script_trains_a_row_and_leaves_it_where_make_reproduce_finds_it(alone_and_two):
    alone, two, folder = alone_and_two
    assert two[0]["row"] == two[1]["row"]
    for part, losses in alone["row"].items():
        assert np.allclose(two[0]["row"][part], losses, rtol=1e-4, atol=2e-5), part
    names = sorted(p.name for p in (folder / "build").iterdir())
    assert names == ["gae-101-published-0.partial", "gae-101-published-0.safetensors"]


@pytest.mark.slow
def test_a_process_without_a_device_or_without_the_checkpoint_is_told(alone_and_two):
    _, two, _ = alone_and_two
    for report in two:
        assert "batch: 3 cells can be split over 1 of the 2 devices, which leaves" in report["odd"]
        assert "process 1 without any; make the batch a multiple of 2" in report["odd"]
        assert "name no smaller number of devices" in report["one"]
        assert "have [4, 0]: steps done; all must read one" in report["apart"]


def test_one_process_is_the_first_and_waits_for_nobody():
    hosts.wait_for_all("a file")
    hosts.agree(3, "nobody else is there")
    assert hosts.first()


def test_the_script_says_what_a_cluster_is_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr("jax.distributed.initialize", lambda *given: asked.append(given))
    monkeypatch.setattr("jax.config.update", lambda *given: None)
    monkeypatch.setattr(distributed, "do", lambda run: asked.append(run.name))
    distributed.main(["ours", "--seed", "2"])
    distributed.main(
        ["gae", "--coordinator", "10.0.0.2:8476", "--processes", "2", "--process", "1"]
    )
    assert asked == [(None, None, None), "ours-101-published-2", ("10.0.0.2:8476", 2, 1),
                     "gae-101-published-0"]  # fmt: skip
    with pytest.raises(SystemExit):
        distributed.main(["nothing"])
