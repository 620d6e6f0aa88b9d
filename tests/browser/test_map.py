"""The map, used by mouse and by keyboard in a real browser."""

import os
import re
import subprocess
import sys
import time

import numpy as np
import pytest
from playwright.sync_api import expect

from conftest import DONE, nothing_is_cut_off, save_notebook

# 20,000 cells in a disc. Row 100 lies alone in the upper right corner, rows 200 to 205 together
# in the lower right one; rows 0 to 2 share a skeleton. Row 300, the only one of its height, lies
# under many others.
EXPLORER = """
import numpy as np
from wl2nas import cells
from wl2nas.explore import Map

space = cells.nasbench101().take(np.r_[2, 191_738, 267_163, 1_000:20_997])
rng = np.random.default_rng(0)
angle = rng.uniform(0, 2 * np.pi, len(space))
coordinates = np.stack([np.cos(angle), np.sin(angle)], axis=1)
coordinates *= rng.uniform(0, 1, len(space))[:, None] ** 0.5
coordinates[20:24] = [[-1, 0], [1, 0], [0, -1], [0, 1]]
coordinates[100] = 0.85, 0.85
coordinates[200:206] = [0.85, -0.85] + rng.uniform(-0.04, 0.04, (6, 2))
columns = {"vertices": space.n_vertices, "edges": space.n_edges}
accuracy = np.where(np.arange(len(space)) % 2, 90 + coordinates[:, 1], np.nan)
"""
ONE = "explorer = Map(space, coordinates, columns)\n"
TWO = """
mirrored = coordinates * [-1, 1]
explorer = Map(space, {"disc": coordinates, "mirror": mirrored}, columns,
               values={"accuracy (%)": accuracy}, axes=("east", "north"))
"""
SHOW = 'explorer.show("20,000 cells in a disc; row 0 is drawn.")'
KEEP = f"names, kept = set(dir()), coordinates.copy()\nprint({DONE!r})"
# Of the points, below another one for labels.
CANVAS = '.jp-OutputArea canvas:has(+ canvas[style*="pointer-events: none"])'
CLUSTER = str(list(range(200, 206)))
CORNERS = [(0.76, -0.76), (1, -0.76), (1, -1), (0.76, -1), (0.76, -0.8)]  # around the cluster


class MapPage:
    """An explorer as the reader sees it: controls, scatters, panel."""

    def __init__(self, lab):
        self.lab, self.page = lab, lab.page
        self.output = self.page.locator(".jp-OutputArea").first
        self.controls = self.output.locator(".wl-map-controls")
        self.panel = self.output.locator(".wl-map-panel")
        self.summary = self.output.locator(".wl-map-summary")
        self.words = self.panel.get_by_role("status")
        self.row = self.controls.get_by_label(re.compile("^Row"))
        self.rule = self.controls.get_by_label("Select by a rule")
        self.colour = self.controls.get_by_label("Colour by")

    def run(self):
        """Run the notebook and wait until every map is painted."""
        self.lab.run_all()
        self.painted()

    def canvas(self, which=0):
        return self.page.locator(CANVAS).nth(which)

    def pixels(self, which=0) -> str:
        return self.canvas(which).evaluate("canvas => canvas.toDataURL()")

    def painted(self, before: str = "", which=0):
        """Wait until a map shows something else than before, and not one colour only."""
        expect(self.canvas(which)).to_be_visible()
        self.page.wait_for_function(
            """([name, before, which]) => {
                const canvas = document.querySelectorAll(name)[which];
                if (!canvas || !canvas.width || canvas.toDataURL() === before) return false;
                const {width, height} = canvas;
                const image = canvas.getContext("2d").getImageData(0, 0, width, height);
                return new Set(image.data).size > 20;
            }""",
            arg=[CANVAS, before, which],
        )

    def point(self, x: float, y: float, which=0):
        """Where the page shows the coordinates (x, y), each from -1 to 1 plus a margin of 0.1."""
        self.canvas(which).scroll_into_view_if_needed()
        box = self.canvas(which).bounding_box()
        half = box["height"] / 2
        x, y = x / 1.1, y / 1.1
        return box["x"] + box["width"] / 2 + x * half, box["y"] + box["height"] / 2 - y * half

    def hover(self, x: float, y: float, row: int, which=0):
        """Move over a point until its cell is drawn, which the map does once it is ready."""
        caption = self.panel.get_by_text(f"under the mouse: row {row}")
        for _ in range(40):
            self.page.mouse.move(0, 0)
            self.page.mouse.move(*self.point(x, y, which))
            self.page.wait_for_timeout(500)
            if caption.count():
                return
        pytest.fail(f"row {row} was not found under the mouse")

    def click(self, x: float, y: float, row: int, which=0):
        self.hover(x, y, row, which)
        self.page.mouse.click(*self.point(x, y, which), delay=50)

    def lasso(self, corners):
        """Drag around the corners; the end is not the start, which would be a click as well."""
        self.output.get_by_title("Activate lasso selection").first.click()
        path = np.linspace(corners[:-1], corners[1:], 5, axis=1).reshape(-1, 2)
        self.page.mouse.move(*self.point(*path[0]))
        self.page.mouse.down()
        for corner in path[1:]:
            self.page.mouse.move(*self.point(*corner))
            # The map leaves out points that come too fast.
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
        self.page.mouse.up()

    def shows(self, words: str):
        """Wait for the words and for the drawings of the cell that they are about."""
        expect(self.words).to_contain_text(words)
        row = re.search(r"Row (\d+):", self.words.inner_text())[1]
        expect(self.panel.get_by_label(f"the cell, row {row}")).to_be_visible()

    def button(self, name: str):
        return self.output.get_by_role("button", name=name, exact=True)


def opened(lab, notebook):
    lab.open(notebook.name)
    page = MapPage(lab)
    page.run()
    return page


@pytest.fixture(scope="module")
def notebooks(server):
    """A notebook with one map, and one with two side by side."""
    return {
        name: save_notebook(
            server[1], f"map_{name}", [EXPLORER + made + SHOW, KEEP], title="# A map"
        )
        for name, made in (("one", ONE), ("two", TWO))
    }


def test_mouse_on_two_maps(lab, notebooks):
    map = opened(lab, notebooks["two"])
    map.shows("Row 0: 7 vertices")
    expect(map.panel).to_contain_text("accuracy (%): unknown")
    expect(map.output).to_contain_text("→ east")

    # The mirrored point is another one: the maps are linked by cell, not by place.
    other = map.pixels(which=1)
    map.click(0.85, 0.85, row=100)
    map.shows("Row 100: ")
    map.painted(other, which=1)
    map.click(-0.85, 0.85, row=100, which=1)
    assert lab.python("explorer.selected, explorer.chosen") == "[100] 100"
    lab.shot("map_click")

    map.lasso(CORNERS)
    map.shows("6 cells selected; the first of them is drawn. Row 200: ")
    assert lab.python("explorer.selected, explorer.chosen") == f"{CLUSTER} 200"
    expect(map.summary).to_contain_text("3 cells have no value.")
    expect(map.summary.get_by_role("img", name=re.compile("^accuracy .*: bars"))).to_be_visible()
    expect(map.summary.get_by_role("img", name=re.compile("^What stands out: "))).to_be_visible()
    map.summary.get_by_label("column of the histogram").select_option("edges")
    expect(map.summary).to_contain_text("edges of 6 cells as bars")
    lab.shot("map_lasso")

    pixels = map.pixels()
    map.colour.select_option("accuracy (%)")
    map.painted(pixels)
    expect(map.controls.get_by_label(re.compile("^what the colours"))).to_contain_text("no value")
    lab.shot("map_accuracy")

    # Half of the cells have a value; the lowest tenth of the disc holds few of them.
    map.controls.get_by_label("Show only").select_option("accuracy")
    sliders, shown = map.controls.locator("input[type=range]"), map.controls.get_by_role("status")
    expect(shown).to_be_empty()  # the whole column hides nothing
    pixels = map.pixels(which=1)
    sliders.last.focus()
    lab.page.keyboard.press("Home")
    for _ in range(20):
        lab.page.keyboard.press("ArrowRight")
    expect(sliders.last).to_have_attribute("aria-valuetext", re.compile("^89.2"))
    expect(shown).to_have_text(re.compile(r"^\d{3} of 20,000 points are shown$"))
    map.painted(pixels, which=1)
    low = "(accuracy <= float(explorer.controls.state['between'][2])).sum()"
    assert lab.python(f"len(explorer.points.widgets[1].filter) == {low}") == "True"
    lab.shot("map_filter")

    map.button("Reset").click()
    map.shows("Row 0: 7 vertices")
    expect(shown).to_be_empty()
    answer = lab.python("explorer.selected, explorer.colour, explorer.points.widgets[0].filter")
    assert answer == "[0] vertices None"
    # The notebook's variables are what they were, and no error was recorded.
    new = "[n for n in set(dir()) - names - {'names', 'kept'} if n[0] != '_']"
    assert lab.python(f"{new}, (coordinates == kept).all(), explorer.errors") == "[] True []"


def test_keyboard(lab, notebooks):
    map = opened(lab, notebooks["one"])
    press, type_in = lab.page.keyboard.press, lab.page.keyboard.type

    def tab_to(locator, key="Tab"):
        for _ in range(20):
            if locator.evaluate("element => element === document.activeElement"):
                break
            press(key)
        expect(locator).to_be_focused()

    def enter(text):
        press("Control+a")
        type_in(text)
        press("Enter")

    count = lab.page.locator(".jp-Cell").count()
    map.row.focus()
    enter("123")
    map.shows("Row 123: ")
    enter("99999")
    alert = map.controls.get_by_role("alert")
    expect(alert).to_have_text('This was not read: "99999" is no row; rows are 0 to 19999.')
    enter("0")
    map.shows("Row 0: 7 vertices")
    expect(alert).to_be_empty()

    # Rows 0, 1 and 2 have the same skeleton; the focus stays where it is alone with its skeleton.
    tab_to(map.button("Next with this skeleton"))
    press("Enter")
    map.shows("Row 1: ")
    press("Space")
    map.shows("Row 2: ")
    expect(map.words).to_contain_text("Same-skeleton cells: 2 (rows 0, 1).")
    expect(map.panel.get_by_label("row 0", exact=True)).to_be_visible()

    tab_to(map.rule)
    enter("vertices = 5")
    expect(alert).to_contain_text('; "equal" is written ==.')
    enter("speed > 1")
    expect(alert).to_contain_text('there is no "speed"; the names are vertices, edges, conv1x1')
    enter("vertices == 5 and edges > 6")
    map.shows("cells selected; the first of them is drawn.")
    expect(alert).to_be_empty()
    expected = "np.flatnonzero((space.n_vertices == 5) & (space.n_edges > 6)).tolist()"
    assert lab.python(f"explorer.selected == {expected}, len(explorer.selected) > 9") == "True True"
    lab.shot("map_rule")

    pixels = map.pixels()
    map.row.focus()
    tab_to(map.colour, "Shift+Tab")
    press("ArrowDown")
    map.painted(pixels)
    tab_to(map.button("Reset"))
    press("Space")
    map.shows("Row 0: 7 vertices")
    answer = lab.python("explorer.selected, explorer.colour, explorer.errors")
    assert answer == "[0] vertices []"
    assert lab.page.locator(".jp-Cell").count() == count  # no key reached the notebook


def test_dark_page_and_narrow_page(lab, notebooks):
    map = opened(lab, notebooks["one"])
    pixels = map.pixels()
    lab.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    map.painted(pixels)
    expect(map.panel).to_have_class(re.compile("wl-dark"))
    corner = "canvas => getComputedStyle(canvas.parentElement.parentElement).backgroundColor"
    assert re.match(r"rgba?\(2\d", map.canvas().evaluate(corner))
    lab.shot("map_dark")

    for width in (640, 420):
        lab.page.set_viewport_size({"width": width, "height": 1400})
        if width == 640:
            lab.page.keyboard.press("Control+b")  # closes the list of files
        lab.page.wait_for_function(
            """() => {
                const [map, panel] = [".jp-OutputArea canvas", ".wl-map-panel"]
                    .map(name => document.querySelector(name).getBoundingClientRect());
                return panel.top >= map.bottom - 1 && map.width > 150;
            }"""
        )
        nothing_is_cut_off(map.output)
    # Both outermost points of the disc are in view.
    assert lab.python("explorer.controls.narrow, explorer.errors") == "True []"
    map.canvas().scroll_into_view_if_needed()
    lab.shot("map_narrow")


def test_exception_is_shown_and_running_the_cell_again_helps(lab, notebooks):
    map = opened(lab, notebooks["one"])
    lab.python("'broken'", before="first, tables = explorer, explorer.index.tables\n"
               "explorer.index.tables = None")  # fmt: skip
    map.row.fill("5")
    map.row.press("Enter")
    alert = map.controls.get_by_role("alert")
    expect(alert).to_contain_text("This did not work. Error: TypeError: 'NoneType' object")
    map.click(0.85, 0.85, row=100)
    expect(map.panel.get_by_role("alert")).to_contain_text("This did not work. TypeError:")
    lab.shot("map_exception")
    names = "[type(error).__name__ for error in explorer.errors]"
    assert lab.python(names) == "['TypeError', 'TypeError']"

    lab.python("'mended'", before="explorer.index.tables = tables")
    map.button("Reset").click()
    map.shows("Row 0: 7 vertices")
    expect(alert).to_be_empty()
    expect(map.panel.get_by_role("alert")).to_be_empty()

    # A second run of the cell leaves one explorer in the page, and the first one without news.
    lab.run_all()
    map.painted()
    expect(map.row).to_have_count(1)
    map.row.fill("7")
    map.row.press("Enter")
    map.shows("Row 7: ")
    answer = lab.python("explorer is first, explorer.chosen, explorer.errors, first.chosen")
    assert answer == "False 7 [] 0"


WHOLE = """
import time
import numpy as np
from wl2nas import cells
from wl2nas.explore import Map
space = cells.nasbench101()
angle = np.linspace(0, 2 * np.pi, len(space), endpoint=False)
coordinates = np.stack([np.cos(angle), np.sin(angle)], axis=1)
"""
BEGUN = "begun = time.time()\nexplorer = Map(space, coordinates, {'edges': space.n_edges})\n"


def test_all_cells_are_shown_and_drawn_soon(lab, server):
    """Times with the load beside them; the limits are far above what an idle machine takes.

    Of a click's time the scatter takes what passes until it tells the panel (which is busy from
    then on): it draws all its points first, and without a graphics card that is nearly all.
    """
    notebook = save_notebook(server[1], "map_whole", [WHOLE + BEGUN + SHOW, KEEP], title="# All")
    map = opened(lab, notebook)
    first = time.time() - float(lab.python("begun"))
    map.shows("Row 0: ")
    map.page.evaluate(
        """() => {
            const panel = document.querySelector(".wl-map-panel");
            addEventListener("pointerdown", () => { window.pressed = performance.now(); }, true);
            addEventListener("mousedown", () => { window.pressed = performance.now(); }, true);
            new MutationObserver(() => { window.told ??= performance.now(); })
                .observe(panel, {attributeFilter: ["aria-busy"]});
            new MutationObserver(() => { window.drawn = performance.now(); })
                .observe(panel.querySelector(".cells"), {childList: true});
        }"""
    )
    quarter = 423_624 // 4
    map.page.mouse.move(*map.point(0, 1))
    expect(map.panel).to_contain_text("under the mouse: row")
    map.page.evaluate("window.told = undefined")
    map.page.mouse.down()
    map.page.mouse.up()
    expect(map.words).not_to_contain_text("Row 0: ")
    taken, scatter = map.page.evaluate("[drawn - pressed, told - pressed]")
    assert abs(int(lab.python("explorer.chosen")) - quarter) < 2_000
    load = os.getloadavg()[0]
    print(f"\nmap of 423,624 cells: first view {first:.1f} s, click to drawn {taken:.0f} ms "
          f"({scatter:.0f} of them the scatter's own), load {load:.1f}")  # fmt: skip
    assert first < 60 and 0 < scatter < taken < 5_000
    lab.shot("map_whole")


def test_unrun_notebook_shows_the_picture(lab, notebooks, environment):
    notebook = notebooks["two"]
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", notebook.name]
    command += ["--output", "stored.ipynb", "--ExecutePreprocessor.store_widget_state=False"]
    subprocess.run(command, cwd=notebook.parent, env=environment, check=True, capture_output=True)
    lab.open("stored.ipynb")
    output = lab.page.locator(".jp-OutputArea").first
    image = output.locator("img")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 600
    expect(output).to_contain_text("20,000 cells in a disc; row 0 is drawn.")
    expect(output.locator(".jupyter-widgets")).to_have_count(0)
    lab.shot("map_unrun")
