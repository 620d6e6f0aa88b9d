"""The slider for epsilon without a browser: its arithmetic and its widgets."""

import json

import numpy as np
import pytest

from wl2nas import cells, explore, wl
from wl2nas.explore import epsilon as module
from wl2nas.features import random_networks

SPACE = cells.nasbench101().take(slice(0, 4_000))
PNG = b"\x89PNG\r\n"


@pytest.fixture
def explorer(monkeypatch):
    monkeypatch.setattr(module, "GRID", np.arange(-3.0, 2.5, 0.5))
    made = explore.Epsilon(SPACE)
    yield made
    assert made.errors == []


def test_every_pair_is_separated_by_colours_and_lost_at_its_number():
    for k, (number, (one, other)) in enumerate(module.PAIRS.items()):
        found = wl.separating_round(
            one.adjacency, other.adjacency, one.ops, other.ops, direction="undirected"
        )
        assert found is not None
        for epsilon in (-3, -2.5, -2, -1, 0, 0.05, 1, 2):
            distance = module.distances(epsilon)[k]
            assert distance < 1e-13 if epsilon == number else distance > 1e-3, (number, epsilon)


def test_a_distance_grows_in_proportion_near_its_number():
    near, far = module.distances(0.001)[2], module.distances(0.002)[2]
    assert far / near == pytest.approx(2, rel=0.01)


def test_the_grid_holds_the_whole_numbers_exactly():
    assert {-3.0, -2.0, -1.0, 0.0, 1.0, 2.0} <= set(module.GRID.tolist())


@pytest.mark.parametrize("epsilon", [-1, 0, 0.1])
def test_the_count_is_that_of_the_library(epsilon):
    few = SPACE.take(slice(0, 500))
    found = module.count(few, epsilon)
    expected = random_networks.classes(few, direction="undirected", epsilon=epsilon)
    assert (found.distinct, found.ambiguous) == (expected.distinct, 0)


def test_the_page_gets_the_curves_the_pairs_and_the_slider(explorer):
    given = explorer.given
    assert given["slider"] == {"low": -3, "high": 2, "step": 0.05, "start": 0.1}
    assert given["grid"] == module.GRID.tolist()
    np.testing.assert_allclose(np.transpose(given["curves"]), explorer.curves, rtol=1e-3)
    np.testing.assert_array_equal(explorer.curves[1], module.distances(module.GRID[1]))
    assert [pair["number"] for pair in given["pairs"]] == list(module.PAIRS)
    assert given["pairs"][1]["cells"] == [
        {"names": ["input", *names, "output"], "edges": [[0, 1], [1, 2], [2, 3], [3, 4]]}
        for names in (["conv3x3", "conv3x3", "conv1x1"], ["conv1x1", "conv3x3", "conv3x3"])
    ]


def test_it_counts_the_cells_of_up_to_six_vertices(explorer):
    assert explorer.space.n_vertices.max() == explorer.given["vertices"] == 6
    assert explorer.given["cells"] == len(explorer.space) < len(SPACE)
    truth = wl.count_classes(explorer.space, direction="undirected", rounds=2)[-1]
    assert explorer.classes == explorer.given["classes"] == truth
    assert explorer.answer(epsilon=module.START) == {"distinct": truth, "ambiguous": 0}
    assert explorer.answer(epsilon=0)["distinct"] < truth


def test_what_adding_up_steps_may_come_to_is_rounded(explorer):
    assert explorer.answer(epsilon=-0.9999999999) == explorer.answer(epsilon=-1)


def test_the_still_is_the_start(explorer):
    before = explorer.still()
    explorer.answer(epsilon=-2.0)
    assert explorer.still() == before and before.startswith(PNG)


def test_a_mistake_is_recorded_and_told(explorer):
    sent = []
    explorer.send = sent.append
    explorer._handle_custom_msg({"number": 3, "question": {"epsilon": float("inf")}}, [])
    (said,) = sent
    assert said["number"] == 3 and "epsilon must be a finite number" in said["error"]
    assert [type(error) for error in explorer.errors] == [ValueError]
    explorer.errors.clear()


def test_counts_are_made_for_every_stop(monkeypatch):
    monkeypatch.setattr(module, "GRID", np.array([0.0]))
    monkeypatch.setattr(module, "STEP", 1)
    few = SPACE.take(slice(0, 50))
    found = json.loads(json.dumps(module.counted(few)))
    explorer = explore.Epsilon(few)
    assert found["given"] == explorer.given
    expected = [explorer.answer(epsilon=epsilon) for epsilon in (-3, -2, -1, 0, 1, 2)]
    assert found["counts"] == expected


def test_show_has_two_forms_and_a_caption(explorer, check_display):
    check_display(explorer, "Four curves that fall at four numbers.")
