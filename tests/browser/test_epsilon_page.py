"""The slider for epsilon, by keyboard alone in a real JupyterLab."""

import pytest
from playwright.sync_api import expect

from conftest import DONE, Explorer, nothing_is_cut_off

EXPLORER = """
from wl2nas import cells
from wl2nas.explore import Epsilon

space = cells.nasbench101()
explorer = Epsilon(space.take(space.n_vertices <= 5))
explorer.show("Distances of four pairs against epsilon.")
"""
KEEP = f"names = set(dir())\nprint({DONE!r})"
START = "Epsilon 0.1: "


class Epsilon(Explorer):
    """Its slider; what a reader drags with the mouse is moved by the arrow keys, too."""

    def __init__(self, lab):
        super().__init__(lab)
        self.slider = self.output.get_by_role("slider")


@pytest.fixture
def panel(lab, server):
    lab.run_cells(server[1], "epsilon", [EXPLORER, KEEP])
    return Epsilon(lab)


def test_used_by_keyboard_alone(lab, panel):
    picture = panel.shows(START, other_than=None)
    expect(panel.text).to_contain_text("none lost")
    lab.page.keyboard.press("ArrowUp")  # from the last cell, which ran last, to the explorer's
    panel.tab_to(panel.slider)
    for _ in range(2):
        lab.page.keyboard.press("ArrowLeft")
    picture = panel.shows("Epsilon 0: ", other_than=picture)
    expect(panel.text).not_to_contain_text("none lost")
    expect(panel.text).to_contain_text("Pair lost at 0, of 4 vertices: rounding.")
    lab.shot("epsilon")
    panel.tab_to(panel.button("Reset"))
    lab.page.keyboard.press("Space")
    panel.shows(START, other_than=picture)
    new = "[n for n in set(dir()) - names - {'names'} if n[0] != '_']"
    answer = lab.python(f"{new}, explorer.slider.value, explorer.shown.epsilon, explorer.errors")
    assert answer == "[] 0.1 0.1 []"


def test_the_mouse_moves_it_and_a_narrow_page_is_one_column(lab, panel):
    lab.page.set_viewport_size({"width": 560, "height": 1400})
    lab.page.keyboard.press("Control+b")  # closes the list of files
    picture = panel.shows(START, other_than=None)
    track = panel.output.locator(".noUi-base").bounding_box()
    handle = panel.slider.bounding_box()
    lab.page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    lab.page.mouse.down()
    lab.page.mouse.move(track["x"] + track["width"] + 30, handle["y"] + 2, steps=5)
    lab.page.mouse.up()
    panel.shows("Epsilon 2: ", other_than=picture)
    nothing_is_cut_off(panel.output)
    lab.shot("epsilon_narrow")
    assert lab.python("explorer.shown.epsilon, explorer.errors") == "2.0 []"


def test_an_exception_is_shown_and_reset_goes_on(lab, panel):
    lab.python("'broken'", before="kept, explorer.curves = explorer.curves, None")
    panel.tab_to(panel.slider)
    lab.page.keyboard.press("ArrowRight")
    alert = panel.output.get_by_role("alert")
    expect(alert).to_contain_text("This did not work. AttributeError")
    expect(alert).to_contain_text("Press Reset to go on")
    assert lab.python("[type(e).__name__ for e in explorer.errors]") == "['AttributeError']"
    lab.python("'mended'", before="explorer.curves = kept")
    panel.button("Reset").click()
    panel.shows(START, other_than=None)
