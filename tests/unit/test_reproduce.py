"""The experiment scripts of the reproduction: which runs there are, one run on a tiny space."""

import dataclasses
import json

import numpy as np
import pytest

from course import results, tables
from experiments import goals, reproduce
from experiments.reproduce import Run
from wl2nas import cells, graphs, train

SPACE = cells.nasbench101()


def test_every_headline_row_has_five_seeds_on_both_splits_and_every_row_one():
    runs = reproduce.all_runs(5)
    assert len(runs) == len(set(runs))
    for row in reproduce.HEADLINE:
        for space, split in (("101", "published"), ("101", "class-aware"), ("201", "random")):
            assert {r.seed for r in runs if (r.row, r.space, r.split) == (row, space, split)} == {
                *range(5)
            }
    assert {r.row for r in runs if r.space == "101"} == set(reproduce.ROWS)
    assert len({r.name for r in runs}) == len(runs)


def test_a_switch_differs_from_the_published_code_in_one_setting():
    model, training = reproduce.HEADLINE["arch2vec_published"]
    published = dataclasses.asdict(model) | dataclasses.asdict(training)
    assert published["train_mode_lost"] and published["kl_normalised_twice"]
    assert not published["mask_padding"] and not published["reshuffle"]
    rows = {"arch2vec_repaired": reproduce.HEADLINE["arch2vec_repaired"], **reproduce.SWITCHES}
    rows.pop("all_repaired")
    for name, (model, training) in rows.items():
        changed = dataclasses.asdict(model) | dataclasses.asdict(training)
        assert sum(changed[key] != published[key] for key in published) == 1, name


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A space of 300 cells, two epochs, and folders of their own."""
    space = SPACE.take(np.arange(0, 420_000, 1_400))
    settings, training = reproduce.HEADLINE["ours"]
    small = dataclasses.replace(settings, width=8, layers=2, latent=4, hidden=30)
    rows = {
        "ours": (small, dataclasses.replace(training, epochs=2, batch=32)),
        "arch2vec_published": (
            dataclasses.replace(reproduce.PUBLISHED, hidden=8, layers=2, latent=4),
            train.TrainConfig(epochs=2),
        ),
    }
    monkeypatch.setattr(reproduce, "ROWS", rows)
    monkeypatch.setattr(reproduce, "DRAWS", 100)
    monkeypatch.setattr(reproduce, "GAP_CELLS", 20)
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    for name in ("RESULTS", "BUILD", "CHECKPOINTS"):
        monkeypatch.setattr(reproduce, name, tmp_path / name.lower())
    (tmp_path / "checkpoints").mkdir()
    split = np.arange(200), np.arange(200, 300)
    monkeypatch.setattr(reproduce, "space_and_split", lambda *_: (space, *split))
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("row", ["ours", "arch2vec_published"])
def test_a_run_from_training_to_its_file_and_measuring_it_again(tiny, row, monkeypatch):
    run = Run(row)
    reproduce.do(run)
    file = tiny / "results" / "reproduce" / f"{run.name}.json"
    first = json.loads(file.read_text(encoding="utf-8"))["numbers"]
    assert 0 <= first["exact_reconstruction_held_out"] <= 1
    assert len(first["exact_by_epoch"]) == len(first["loss_by_epoch"]["kl"]) == 2
    assert first["cells_told_apart"]["distinct"] <= 300
    assert (tiny / "checkpoints" / f"{row}.safetensors").exists()
    assert not list((tiny / "build").glob("*.partial"))
    file.unlink()
    monkeypatch.setattr(reproduce, "train_one", lambda _: pytest.fail("trained again"))
    reproduce.do(run)
    again = json.loads(file.read_text(encoding="utf-8"))["numbers"]
    assert again == first


def test_cells_are_found_in_a_space_in_any_order_of_their_vertices():
    some = SPACE.take(np.arange(0, 420_000, 7_000))
    copies = []
    for cell in some:
        order = cells.topological_orders(cell)[-1]
        copies.append(cells.Cell(*graphs.relabel(cell.adjacency, cell.ops, order)))
    found = reproduce.in_space(cells.stack(copies), some.take(np.arange(0, 60, 2)))
    assert found.tolist() == [k % 2 == 0 for k in range(60)]


def test_every_path_of_the_goals_is_in_the_runs():
    run = tables.runs("ours")[0]
    paths = [*goals.GOALS.values(), *goals.ENTRIES.values()]
    assert all(tables.at(run, path) is not None for path in paths)
    arch2vec = tables.runs("arch2vec_published")[0]
    assert all(tables.at(arch2vec, path) is not None for path in goals.PRIORS.values())


def test_expected_number_of_distinct_draws():
    rng = np.random.default_rng(0)
    drawn = [len(np.unique(rng.integers(0, 50, 40))) for _ in range(4_000)]
    assert abs(goals.expected_unique(40, 50) - np.mean(drawn)) < 0.2
