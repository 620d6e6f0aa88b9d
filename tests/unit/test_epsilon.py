"""The slider for epsilon without a browser: its arithmetic and its widgets."""

import numpy as np
import pytest

from wl2nas import cells, explore, wl
from wl2nas.explore import epsilon as module
from wl2nas.features import distinct, random_networks

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
    found = module.describe(few, epsilon)
    expected = random_networks.classes(few, direction="undirected", epsilon=epsilon)
    assert (found.groups.distinct, found.groups.ambiguous) == (expected.distinct, 0)
    np.testing.assert_allclose(found.distances, module.distances(epsilon), rtol=1e-9, atol=1e-12)


def test_the_panel_says_what_is_lost():
    groups = distinct.Groups(9, 1e-13, 0, np.arange(9))
    d = module.Description(0.0, groups, np.array([0.5, 0.25, 1e-16, 2]))
    text = module.panel_text(d, 10)
    assert "Epsilon 0: 9 of 10 classes, 1 lost." in text
    assert "Pair lost at -1, of 5 vertices: 0.25." in text
    assert "Pair lost at 0, of 4 vertices: rounding." in text
    assert "in doubt" not in text
    assert "none lost" in module.panel_text(d, 9)
    doubtful = d._replace(groups=groups._replace(ambiguous=3))
    assert "3 pairs of vectors are in doubt" in module.panel_text(doubtful, 10)


def test_it_counts_the_cells_of_up_to_six_vertices(explorer):
    assert explorer.space.n_vertices.max() == 6
    truth = wl.count_classes(explorer.space, direction="undirected", rounds=2)[-1]
    assert explorer.classes == explorer.shown.groups.distinct == truth
    assert f"Epsilon 0.1: {truth:,} of {truth:,} classes, none lost." in explorer.text.value


def test_the_slider_recounts_and_reset_goes_back(explorer):
    explorer.slider.value = 0.0
    assert "lost." in explorer.text.value and "none lost" not in explorer.text.value
    assert explorer.shown.groups.distinct < explorer.classes
    explorer.reset.click()
    assert explorer.slider.value == module.START and "none lost" in explorer.text.value
    explorer.slider.value = -0.9999999999  # what adding up steps may come to
    assert explorer.shown.epsilon == -1
    assert not explorer.slider.continuous_update


def test_the_still_is_the_start_wherever_the_slider_is(explorer):
    before = explorer.still()
    explorer.slider.value = -2.0
    assert explorer.still() == before and before.startswith(PNG)


def test_a_mistake_is_shown_and_reset_goes_on(monkeypatch):
    monkeypatch.setattr(module, "GRID", np.array([0.0]))
    explorer = explore.Epsilon(SPACE.take(slice(0, 50)))
    with monkeypatch.context() as broken:
        broken.setattr(module, "describe", lambda *a: 1 / 0)
        explorer.slider.value = 0.0
    assert [type(error) for error in explorer.errors] == [ZeroDivisionError]
    assert 'role="alert"' in explorer.text.value and explorer.picture.value == ""
    explorer.reset.click()
    assert "none lost" in explorer.text.value and "<img" in explorer.picture.value
    explorer.panel.guarded(lambda _: explorer.choose(1e999))(None)
    assert "epsilon must be a finite number" in explorer.text.value
    explorer.reset.click()  # the slider has not moved, and the panel comes back all the same
    assert "none lost" in explorer.text.value


def test_a_second_explorer_leaves_the_first_alone(explorer):
    again = explore.Epsilon(SPACE.take(slice(0, 50)))
    again.slider.value = 1.0
    assert explorer.shown.epsilon == module.START and again.shown.epsilon == 1


def test_show_has_two_mime_types_and_a_caption(explorer, check_display):
    check_display(explorer, "Four curves that fall at four numbers.")
