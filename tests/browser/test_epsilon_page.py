"""The slider for epsilon in a real JupyterLab, and its plain page."""

import os
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from conftest import DONE, SCREENSHOTS, Explorer, nothing_is_cut_off
from wl2nas import cells
from wl2nas.explore import epsilon

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
    """Its slider, its chart, and what it says of the pairs."""

    def __init__(self, lab):
        super().__init__(lab)
        self.slider = self.output.get_by_role("slider")
        self.chart = self.output.locator(".curves svg")
        self.value = self.output.locator(".value")
        self.alert = self.output.get_by_role("alert")

    def pair(self, number: int):
        return self.output.locator("section").nth([-2, -1, 0, 1].index(number))


@pytest.fixture
def panel(lab, server):
    lab.run_cells(server[1], "epsilon", [EXPLORER, KEEP])
    return Epsilon(lab)


def test_used_by_keyboard_alone(lab, panel):
    expect(panel.text).to_contain_text(START)
    expect(panel.text).to_contain_text("none lost")
    lab.page.keyboard.press("ArrowUp")  # from the last cell, which ran last, to the explorer's
    panel.tab_to(panel.slider)
    for _ in range(2):
        lab.page.keyboard.press("ArrowLeft")
    expect(panel.text).to_contain_text("Epsilon 0: ")
    expect(panel.text).not_to_contain_text("none lost")
    expect(panel.pair(0)).to_contain_text(
        "Pair lost at 0, of 4 vertices: rounding. The two are one."
    )
    expect(panel.pair(-1)).not_to_contain_text("rounding")
    expect(panel.slider).to_be_focused()
    lab.shot("epsilon")
    for key, stop in (("Home", "−3"), ("PageUp", "−2.5"), ("ArrowUp", "−2.45"), ("End", "2")):
        lab.page.keyboard.press(key)
        expect(panel.value).to_have_text(stop)
    panel.tab_to(panel.button("Reset"))
    lab.page.keyboard.press("Space")
    expect(panel.text).to_contain_text(START)
    new = "[n for n in set(dir()) - names - {'names'} if n[0] != '_']"
    assert lab.python(f"{new}, explorer.errors") == "[] []"


def test_the_marks_move_at_once_and_the_count_is_answered_soon(lab, panel):
    expect(panel.text).to_contain_text(START)
    took = panel.output.evaluate("""async (output) => {
        const find = (selector) => output.querySelector(selector);
        const [status, slider, mark] = [find('[role="status"]'), find("input"), find(".mark")];
        const times = [];
        for (let k = 0; k < 5; k++) {
            const [before, place] = [status.textContent, mark.getAttribute("x1")];
            const [start, key] = [performance.now(), { key: "ArrowRight", bubbles: true }];
            slider.dispatchEvent(new KeyboardEvent("keydown", key));
            if (mark.getAttribute("x1") === place) throw new Error("the mark did not move at once");
            while (status.textContent === before) await new Promise(requestAnimationFrame);
            times.push(performance.now() - start);
        }
        return times;
    }""")  # fmt: skip
    middle = float(np.median(took))
    print(f"from key to count: {middle:.0f} ms, load {os.getloadavg()[0]:.1f}")
    assert middle < 3_000


def test_a_busy_sign_stands_while_python_counts(lab, panel):
    slow = "import time\ncount = explorer.answer\n"
    slow += "explorer.answer = lambda **q: (time.sleep(1), count(**q))[1]"
    lab.python("'slow'", before=slow)
    panel.slider.focus()
    lab.page.keyboard.press("ArrowRight")
    expect(panel.output.get_by_text("counting …")).to_be_visible()
    expect(panel.output.locator(".wl-epsilon")).to_have_attribute("aria-busy", "true")
    expect(panel.text).to_contain_text("Epsilon 0.15: ")
    expect(panel.output.get_by_text("counting …")).to_have_count(0)
    expect(panel.output.locator(".wl-epsilon")).not_to_have_attribute("aria-busy", "true")


def test_the_mouse_drags_it_and_a_narrow_dark_page_is_one_column(lab, panel):
    lab.page.set_viewport_size({"width": 560, "height": 1400})
    lab.page.keyboard.press("Control+b")  # closes the list of files
    lab.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    expect(panel.text).to_contain_text(START)
    panel.chart.scroll_into_view_if_needed()
    box = panel.chart.bounding_box()
    lab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 70, steps=5)
    lab.page.mouse.up()
    expect(panel.text).to_contain_text("Epsilon 2: ")
    lab.page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 60, steps=3)  # not pressed
    expect(panel.value).to_have_text("2")
    track = panel.slider.bounding_box()
    lab.page.mouse.click(track["x"] + 2, track["y"] + track["height"] / 2)
    expect(panel.text).to_contain_text("Epsilon −3: ")
    nothing_is_cut_off(panel.output)
    lab.shot("epsilon_narrow_dark")
    assert lab.python("explorer.errors") == "[]"


def test_an_exception_is_shown_and_reset_goes_on(lab, panel):
    lab.python("'broken'", before="kept, explorer.space = explorer.space, None")
    panel.tab_to(panel.slider)
    lab.page.keyboard.press("ArrowRight")
    expect(panel.alert).to_contain_text("This did not work. Error: AttributeError")
    assert lab.python("[type(e).__name__ for e in explorer.errors]") == "['AttributeError']"
    lab.python("'mended'", before="explorer.space = kept")
    panel.button("Reset").click()
    expect(panel.text).to_contain_text(START)
    expect(panel.alert).to_be_empty()


# --- the plain page -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counted():
    """The file of the plain page, of the cells of up to four vertices."""
    space = cells.nasbench101()
    return epsilon.counted(space.take(space.n_vertices <= 4))


@pytest.fixture
def living(plain_page, address, counted):
    plain_page.route("**/epsilon.json", lambda route: route.fulfill(json=counted))
    plain_page.goto(f"{address}/epsilon.html")
    return plain_page


def test_the_plain_page_counts_from_its_file(living, address, counted):
    status, slider = living.get_by_role("status"), living.get_by_role("slider")
    classes = counted["given"]["classes"]
    expect(status).to_contain_text(f"Epsilon 0.1: {classes} of {classes} classes, none lost")
    expect(living).to_have_url(re.compile("#epsilon=0.1$"))
    slider.focus()
    living.keyboard.press("ArrowLeft")
    living.keyboard.press("ArrowLeft")
    distinct = counted["counts"][60]["distinct"]  # of epsilon 0
    words = f"Epsilon 0: {distinct} of {classes} classes, {classes - distinct} lost"
    expect(status).to_contain_text(words)
    living.goto(f"{address}/epsilon.html?embed=1#epsilon=-2")
    expect(status).to_contain_text("Epsilon −2: ")
    expect(living.locator("section").first).to_contain_text("of 7 vertices: rounding")
    expect(living.locator("h1")).to_be_hidden()
    living.evaluate("location.hash = '#epsilon=1'")
    expect(status).to_contain_text("Epsilon 1: ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_the_plain_page_fits_and_follows_the_theme(living, width, scheme):
    living.emulate_media(color_scheme=scheme)
    living.set_viewport_size({"width": width, "height": 800})
    expect(living.locator(".curves svg")).to_be_visible()
    assert living.evaluate("document.documentElement.scrollWidth") == width
    seen = living.evaluate("""() => {
        const svg = document.querySelector(".curves svg"), box = svg.getBoundingClientRect();
        return [...svg.querySelectorAll("text")].every((text) => {
            const at = text.getBoundingClientRect();
            return at.left > box.left - 1 && at.right < box.right + 1 && at.bottom < box.bottom + 1;
        });
    }""")
    assert seen, "a text of the chart is cut"
    paper = living.evaluate(
        "getComputedStyle(document.querySelector('.wl-explorer')).backgroundColor"
    )
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 24, 28)"}[scheme]
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    living.screenshot(path=SCREENSHOTS / f"epsilon_{width}_{scheme}.png", full_page=True)


def test_a_finger_drags_the_slider_on_a_phone(browser, address, counted):
    phone = browser.new_context(viewport={"width": 375, "height": 700}, has_touch=True)
    page = phone.new_page()
    page.route("**/epsilon.json", lambda route: route.fulfill(json=counted))
    page.goto(f"{address}/epsilon.html")
    expect(page.get_by_role("status")).to_contain_text(START)
    box = page.locator(".curves svg").bounding_box()
    touch = page.context.new_cdp_session(page)
    point = {"x": box["x"] + 200, "y": box["y"] + 60}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    for x in (190, 150, 100, 40):
        point = {"x": box["x"] + x, "y": box["y"] + 60}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_role("status")).to_contain_text("Epsilon −3: ")
    phone.close()
