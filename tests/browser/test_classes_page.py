"""The browser of same-skeleton classes in a real JupyterLab, and its plain page."""

import os
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from conftest import DONE, SCREENSHOTS, Explorer, nothing_is_cut_off
from wl2nas import cells
from wl2nas.explore import classes, members

# Two classes of every size: those of one cell have the rows 0 and 1, those of two 2..5, and so on.
EXPLORER = """
import numpy as np
from wl2nas import cells, wl
from wl2nas.explore import Classes, members

whole = cells.nasbench101()
tables = members.classes_by_size(wl.space_codes(whole, direction="undirected", rounds=2)[-1])
space = whole.take(np.concatenate([tables[k][:2].ravel() for k in range(1, 7)]))
explorer = Classes(space, values={"number": np.arange(len(space))})
explorer.show("Two classes of every size; a cell that is alone with its skeleton is drawn.")
"""
KEEP = f"names = set(dir())\nprint({DONE!r})"


class Classes(Explorer):
    """Its two fields, its drawings, and what it says."""

    def __init__(self, lab):
        super().__init__(lab)
        self.number = self.output.get_by_label("Class, 0 to 1")
        self.row = self.output.get_by_label("Row, 0 to 41")
        self.alert = self.output.get_by_role("alert")

    def says(self, words: str, *, cells: int):
        """Wait for the words; a skeleton and so many cells are drawn."""
        expect(self.text).to_contain_text(words)
        expect(self.output.locator("figure svg")).to_have_count(1 + cells)


@pytest.fixture
def panel(lab, server):
    lab.run_cells(server[1], "classes", [EXPLORER, KEEP])
    return Classes(lab)


def test_used_by_keyboard_alone(lab, panel):
    press = lab.page.keyboard.press
    panel.says("Row 0 is alone with its skeleton", cells=1)
    press("ArrowUp")  # from the last cell, which ran last, to the explorer's

    panel.tab_to(panel.button("6"))
    press("Space")
    panel.says("Rows 30, 31, 32, 33, 34 and 35 have one skeleton", cells=6)
    lab.shot("classes")

    panel.tab_to(panel.number)
    panel.type("1")
    panel.says("Rows 36, 37, 38, 39, 40 and 41", cells=6)
    panel.type("7")
    expect(panel.alert).to_have_text('This was not read: "7" is not a whole number from 0 to 1.')
    panel.says("Rows 36, 37", cells=6)

    panel.tab_to(panel.button("Next"))
    press("Enter")
    panel.says("Rows 30, 31", cells=6)
    expect(panel.alert).to_be_empty()
    expect(panel.button("Next")).to_be_focused()
    panel.tab_to(panel.row)
    panel.type("4")
    panel.says("Rows 4 and 5 have one skeleton", cells=2)
    expect(panel.number).to_have_value("1")
    expect(panel.text).to_contain_text("number: 4 and 5.")
    expect(panel.output.locator("figcaption").nth(2)).to_contain_text("row 5 · longest path")
    assert panel.output.locator('line[stroke="var(--mark)"]').count() >= 1  # an edge turned round
    lab.shot("classes_pair")

    panel.tab_to(panel.button("Reset"))
    press("Space")
    panel.says("Row 0 is alone with its skeleton", cells=1)
    new = "[n for n in set(dir()) - names - {'names'} if n[0] != '_']"
    assert lab.python(f"{new}, explorer.rows, explorer.errors") == "[] [0] []"


def test_the_mouse_is_answered_soon_and_the_last_of_many_clicks_counts(lab, panel):
    panel.button("5").click()
    panel.says("Rows 20, 21", cells=5)
    took = panel.output.evaluate("""async (output) => {
        const status = output.querySelector('[role="status"]');
        const next = [...output.querySelectorAll("button")].find((b) => b.textContent === "Next");
        const times = [];
        for (let k = 0; k < 6; k++) {
            const [before, start] = [status.textContent, performance.now()];
            next.click();
            while (status.textContent === before) await new Promise(requestAnimationFrame);
            times.push(performance.now() - start);
        }
        return times;
    }""")
    middle = float(np.median(took))
    print(f"from key to class: {middle:.0f} ms, load {os.getloadavg()[0]:.1f}")
    assert middle < 1_000  # below 100 ms on an idle machine
    panel.says("Rows 20, 21", cells=5)
    for _ in range(7):
        panel.button("Next").click(delay=0)
    panel.says("Rows 25, 26", cells=5)
    for name in ("4", "3", "2"):
        panel.button(name).click(delay=0)
    panel.says("Rows 2 and 3", cells=2)
    expect(panel.button("2")).to_have_attribute("aria-pressed", "true")
    expect(panel.output.locator(".wl-explorer")).not_to_have_attribute("aria-busy", "true")
    assert lab.python("explorer.rows, explorer.errors") == "[2, 3] []"


def test_a_narrow_dark_page_is_one_column(lab, panel):
    lab.page.set_viewport_size({"width": 560, "height": 1400})
    lab.page.keyboard.press("Control+b")  # closes the list of files
    lab.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    panel.button("6").click()
    panel.says("Rows 30, 31", cells=6)
    nothing_is_cut_off(panel.output)
    paper = "element => getComputedStyle(element).backgroundColor"
    assert panel.output.locator(".wl-explorer").evaluate(paper) == "rgb(22, 24, 28)"
    lab.shot("classes_narrow_dark")


def test_exception_is_shown_and_running_the_cell_again_helps(lab, panel):
    lab.python("'broken'", before="first = explorer\nkept, explorer.index = explorer.index, None")
    panel.row.fill("5")
    panel.row.press("Enter")
    expect(panel.alert).to_contain_text("This did not work. Error: AttributeError: 'NoneType'")
    lab.shot("classes_exception")
    assert lab.python("[type(error).__name__ for error in explorer.errors]") == "['AttributeError']"
    lab.python("'mended'", before="explorer.index = kept")
    panel.button("Reset").click()
    panel.says("Row 0 is alone", cells=1)
    expect(panel.alert).to_be_empty()

    # A second run of the cell leaves one explorer in the page, and the first one without news.
    old = panel.output.locator(".wl-classes").element_handle()
    lab.run_all()
    lab.page.wait_for_function("old => document.querySelector('.wl-classes') !== old", arg=old)
    panel.says("Row 0 is alone", cells=1)
    expect(panel.row).to_have_count(1)
    assert lab.python("explorer is first, explorer.rows, first.rows") == "False [0] [0]"
    panel.row.fill("7")
    panel.row.press("Enter")
    panel.says("Rows 7, 6 and 8", cells=3)
    assert lab.python("explorer.rows, explorer.errors, first.rows") == "[7, 6, 8] [] [0]"


# --- the plain page -----------------------------------------------------------------------------

SPACE = cells.nasbench101()
SAMPLE = classes.sample(SPACE, number=3, seed=0, start=40_965)


@pytest.fixture
def living(plain_page, address):
    """The plain page over a sample, whose file the test hands over."""
    plain_page.route("**/classes.json", lambda route: route.fulfill(json=SAMPLE))
    plain_page.goto(f"{address}/classes.html")
    return plain_page


def test_the_plain_page_answers_from_its_sample(living, address):
    status, alert = living.get_by_role("status"), living.get_by_role("alert")
    expect(status).to_contain_text("Rows 40965 and 182952 have one skeleton")
    expect(living).to_have_url(re.compile("#row=40965$"))
    expect(living.get_by_text("A sample: 18 of the 270,793 classes.")).to_be_visible()
    living.get_by_role("button", name="6", exact=True).click()
    rows = SAMPLE["tables"][6][0]
    expect(status).to_contain_text(f"Rows {rows[0]}, {rows[1]}")
    living.get_by_role("button", name="Previous").click()
    expect(status).to_contain_text(f"Rows {SAMPLE['tables'][6][2][0]}, ")
    row = living.get_by_label("Row, 0 to 423,623")
    row.fill(str(rows[4]))
    row.press("Enter")
    expect(status).to_contain_text(f"Rows {rows[4]}, {rows[0]}")
    row.fill("3")
    row.press("Enter")
    expect(alert).to_contain_text("row 3 is not in this sample")
    living.goto(f"{address}/classes.html?embed=1#row={rows[1]}")
    expect(status).to_contain_text(f"Rows {rows[1]}, {rows[0]}")
    expect(living.locator("h1")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_the_plain_page_fits_and_follows_the_theme(living, width, scheme):
    living.emulate_media(color_scheme=scheme)
    living.set_viewport_size({"width": width, "height": 800})
    living.get_by_role("button", name="5", exact=True).click()
    expect(living.locator("figure svg")).to_have_count(6)
    assert living.evaluate("document.documentElement.scrollWidth") == width
    paper = living.evaluate(
        "getComputedStyle(document.querySelector('.wl-explorer')).backgroundColor"
    )
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 24, 28)"}[scheme]
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    living.screenshot(path=SCREENSHOTS / f"classes_{width}_{scheme}.png", full_page=True)


ENDS = """() => [...document.querySelectorAll("figure svg")].slice(1).map((svg) => {
    const places = [...svg.querySelectorAll("g[data-vertex]")].map((g) => {
        const [circle, text] = [g.querySelector("circle"), g.querySelectorAll("text")[1]];
        return [text.textContent, circle.getAttribute("cx"), circle.getAttribute("cy")].map(Number);
    });
    const far = ([, a, b], x, y) => Math.hypot(a - x, b - y);
    const at = (x, y) => places.reduce((p, q) => (far(p, x, y) < far(q, x, y) ? p : q))[0];
    return [...svg.querySelectorAll('line[stroke="var(--mark)"]')].map((line) => {
        const tip = line.nextElementSibling.getAttribute("points").split(" ")[0].split(",");
        const tail = ["x1", "y1"].map((name) => line.getAttribute(name));
        return [at(...tail.map(Number)), at(...tip.map(Number))];
    }).sort();
})"""


def test_the_turned_arrows_join_the_vertices_that_python_says(living):
    """Each member's thick lines, by the numbers at their ends, are the edges that it turns."""
    living.get_by_role("button", name="6", exact=True).click()
    expect(living.locator("figure svg")).to_have_count(7)
    expected = members.describe(SPACE, SAMPLE["tables"][6][0]).turned
    assert living.evaluate(ENDS) == [[list(edge) for edge in edges] for edges in expected]
