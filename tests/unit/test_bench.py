"""`make bench`: its sections run, on few cells, and give numbers; no times are judged."""

import math
import sys

import jax
import numpy as np
import pytest

from course import results
from experiments.bench import __main__ as bench
from experiments.bench import encoding, public, reading, searching, spaces, timing, training
from wl2nas import cells, train


@pytest.fixture(scope="module")
def some():
    """Cells of all sizes, with neighbours among them."""
    return cells.nasbench101().take(np.arange(0, 423_624, 400))


def check(numbers: dict, *names: str):
    assert all(math.isfinite(value) and value > 0 for value in numbers.values()), numbers
    assert set(names) <= set(numbers)


def test_the_space(some):
    check(spaces.bench(some, sample=20), "ratio_wl", "ratio_enumeration")


def test_the_searches(some, monkeypatch):
    monkeypatch.setattr(searching, "with_a_network", lambda *_: {})  # it would compile for long
    found = searching.bench(some, runs=2, budget=15, pool=50)
    check(found, "search_2_runs_s_random", "search_2_runs_s_evolution", "search_gp_pool_of_50_s")
    check(
        found,
        "canonical_codes_s",
        "ratio_neighbourhoods",
        "gp_scores_all_cells_at_200_s",
        "ratio_pool",
    )


def test_the_reader(some):
    found = reading.bench(some, records=60)
    if timing.cores():
        check(found, "tfrecord_records_per_s_one_core", "tfrecord_peak_mib")


@pytest.mark.slow
def test_the_latent_space(some):
    check(encoding.bench(some.take(range(50))), "encode_all_cells_s_ours")


@pytest.mark.slow
def test_a_rate_of_training_and_its_share_of_the_matmul_rate(some):
    model, config = training.new_arch2vec(), train.TrainConfig(steps_per_call=2)
    rate = training.training_rate(model, config, some, steps=4)
    share = training.flops_of_a_step(model, config, some) * rate / training.matmul_rate(64)
    check({"rate": rate, "share": share})


def test_without_pytorch_the_public_step_is_left_out(some, monkeypatch, capsys):
    monkeypatch.setattr(public.importlib.util, "find_spec", lambda name: None)
    assert public.bench(some) == {}
    assert "PyTorch is not installed" in capsys.readouterr().out


def test_a_process_is_held_to_its_cores():
    if timing.cores():
        code = "import os, sys; print([len(os.sched_getaffinity(0)), int(sys.argv[1])])"
        assert timing.said_by(code, "7", cores=1) == [1, 7]


def run(monkeypatch, *arguments: str):
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    bench.main()


def test_the_help_names_every_section(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, "--help")
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in bench.SECTIONS)


def test_a_section_that_there_is_not(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, "nothing")
    assert "no section 'nothing'; there are spaces, " in capsys.readouterr().err


def test_only_a_whole_run_is_kept(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    measure = lambda space: {"ratio_wl": 412.34}  # noqa: E731
    monkeypatch.setattr(bench, "SECTIONS", {"spaces": (measure, ""), "exact": (None, "")})
    run(monkeypatch, "spaces")
    assert "ratio_wl: 412   (goal: at least 400)" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    run(monkeypatch)
    kept = results.read("bench")
    assert kept["numbers"].keys() == {"load_before", "ratio_wl", "seconds_of_spaces"}
    assert kept["processor"] and kept["versions"]["jax"] == jax.__version__
