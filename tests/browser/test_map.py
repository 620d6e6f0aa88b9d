"""The map, used by mouse and by keyboard in a real browser."""

import contextlib
import subprocess
import sys

import numpy as np
import pytest
from playwright.sync_api import TimeoutError, expect

from conftest import DONE, Explorer, nothing_is_cut_off, save_notebook

# 20,000 cells in a disc. Row 100 lies alone in the upper right corner, rows 200 to 205 together
# in the lower right one; rows 0 to 2 share a skeleton.
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
columns = {"vertices": space.n_vertices, "edges": space.n_edges, "height": coordinates[:, 1]}
explorer = Map(space, coordinates, columns)
explorer.show("20,000 cells in a disc; row 0 is drawn.")
"""
KEEP = f"names, kept = set(dir()), coordinates.copy()\nprint({DONE!r})"
CLUSTER = str(list(range(200, 206)))


class MapPanel(Explorer):
    """Its canvas and its field."""

    def __init__(self, lab):
        super().__init__(lab)
        self.row = self.output.locator("input[type=number]")
        self.canvas = self.output.locator("canvas").first

    def run(self):
        """Run the notebook and wait until the map is painted."""
        self.lab.run_all()
        expect(self.page.get_by_text(DONE, exact=True)).to_be_visible()
        self.painted(before="")

    def pixels(self) -> str:
        return self.canvas.evaluate("canvas => canvas.toDataURL()")

    def painted(self, before: str, timeout: float | None = None):
        """Wait until the map shows something else than before, and not one colour only."""
        self.page.wait_for_function(
            """before => {
                const canvas = document.querySelector(".jp-OutputArea canvas");
                if (!canvas || !canvas.width || canvas.toDataURL() === before) return false;
                const {width, height} = canvas;
                const image = canvas.getContext("2d").getImageData(0, 0, width, height);
                return new Set(image.data).size > 20;
            }""",
            arg=before,
            timeout=timeout,
        )

    def point(self, x: float, y: float):
        """Where the page shows the coordinates (x, y), each from -1 to 1 plus a margin of 0.16."""
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        half = box["height"] / 2
        x, y = x / 1.16, y / 1.16
        return box["x"] + box["width"] / 2 + x * half, box["y"] + half - y * half

    def click(self, x: float, y: float):
        """Click a point once the map marks it under the mouse, which it does when it is ready."""
        for _ in range(20):
            self.page.mouse.move(0, 0)
            before = self.pixels()
            self.page.mouse.move(*self.point(x, y))
            with contextlib.suppress(TimeoutError):
                self.painted(before, timeout=3_000)
                break
        self.page.mouse.down()
        self.page.mouse.up()

    def lasso(self, corners):
        """Drag around the corners; the end is not the start, which would be a click as well."""
        self.output.get_by_title("Activate lasso selection").click()
        path = np.linspace(corners[:-1], corners[1:], 5, axis=1).reshape(-1, 2)
        self.page.mouse.move(*self.point(*path[0]))
        self.page.mouse.down()
        for corner in path[1:]:
            self.page.mouse.move(*self.point(*corner))
            # The map leaves out points that come too fast.
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
        self.page.mouse.up()


@pytest.fixture(scope="module")
def notebook(server):
    return save_notebook(server[1], "map", [EXPLORER, KEEP], title="# A map")


@pytest.fixture
def panel(lab, notebook):
    lab.open(notebook.name)
    opened = MapPanel(lab)
    opened.run()
    return opened


def test_mouse(lab, panel):
    picture = panel.shows("Row 0: 7 vertices", other_than=None)

    panel.click(0.85, 0.85)
    picture = panel.shows("Row 100: ", other_than=picture)
    assert lab.python("explorer.selected, explorer.row.value") == "[100] 100"
    lab.shot("map_click")

    corners = [(0.78, -0.78), (1, -0.78), (1, -1), (0.78, -1), (0.78, -0.82)]
    panel.lasso(corners)
    picture = panel.shows(
        "6 cells selected; the first of them is drawn. Row 200: ", other_than=picture
    )
    assert lab.python("explorer.selected, explorer.row.value") == f"{CLUSTER} 200"
    lab.shot("map_lasso")

    pixels = panel.pixels()
    panel.button("height").click()
    panel.painted(before=pixels)
    expect(panel.output.locator(".legend")).to_contain_text("height")
    lab.shot("map_height")

    panel.button("Reset").click()
    panel.shows("Row 0: 7 vertices", other_than=picture)
    expect(panel.output.locator(".legend")).to_contain_text("vertices")
    assert lab.python("explorer.selected, explorer.colour.value") == "[0] vertices"
    # The notebook's variables are what they were, and no error was recorded.
    new = "[n for n in set(dir()) - names - {'names', 'kept'} if n[0] != '_']"
    assert lab.python(f"{new}, (coordinates == kept).all(), explorer.errors") == "[] True []"


def test_keyboard(lab, panel):
    picture = panel.shows("Row 0: 7 vertices", other_than=None)
    press = lab.page.keyboard.press

    def focused(locator):
        return locator.evaluate("element => element === document.activeElement")

    press("ArrowUp")  # from the last cell, which ran last, to the explorer's
    for _ in range(20):
        press("Tab")
        if focused(panel.row):
            break
    expect(panel.row).to_be_focused()

    press("Control+A")
    lab.page.keyboard.type("123")
    press("Enter")
    picture = panel.shows("Row 123: ", other_than=picture)
    press("Control+A")
    lab.page.keyboard.type("99999")  # the label names the last row
    press("Enter")
    expect(panel.row).to_have_value("19999")
    picture = panel.shows("Row 19999: ", other_than=picture)
    press("Control+A")
    lab.page.keyboard.type("0")
    press("Enter")
    picture = panel.shows("Row 0: 7 vertices", other_than=picture)

    # Rows 0, 1 and 2 have the same skeleton.
    press("Tab")
    expect(panel.button("Next with this skeleton")).to_be_focused()
    press("Enter")
    picture = panel.shows("Row 1: ", other_than=picture)
    press("Space")
    picture = panel.shows("Row 2: ", other_than=picture)
    expect(panel.text).to_contain_text("Same-skeleton cells: 2 (rows 0, 1).")

    pixels = panel.pixels()
    for name in ("Reset", "vertices", "edges"):
        press("Tab")
        expect(panel.button(name)).to_be_focused()
    press("Enter")
    panel.painted(before=pixels)
    expect(panel.output.locator(".legend")).to_contain_text("edges")
    lab.shot("map_keyboard")

    press("Shift+Tab")
    press("Shift+Tab")
    expect(panel.button("Reset")).to_be_focused()
    press("Space")
    panel.shows("Row 0: 7 vertices", other_than=picture)
    expect(panel.output.locator(".legend")).to_contain_text("vertices")
    answer = lab.python("explorer.selected, explorer.row.value, explorer.colour.value")
    assert answer == "[0] 0 vertices"
    assert lab.python("explorer.errors") == "[]"


def test_narrow_page_has_one_column(lab, panel):
    lab.page.set_viewport_size({"width": 560, "height": 1400})
    lab.page.keyboard.press("Control+b")  # closes the list of files
    panel.painted(before="")
    lab.page.wait_for_function(
        """() => {
            const [map, text] = [".jp-OutputArea canvas", ".jp-OutputArea [role=status]"]
                .map(name => document.querySelector(name).getBoundingClientRect());
            return text.top >= map.bottom && map.width > 200;
        }"""
    )
    nothing_is_cut_off(panel.output)
    lab.shot("map_narrow")


def test_exception_is_shown_and_running_the_cell_again_helps(lab, panel):
    lab.python("'broken'", before="first = explorer\nexplorer.skeleton_code = None")
    panel.row.fill("5")
    panel.row.press("Enter")
    alert = panel.output.get_by_role("alert")
    expect(alert).to_contain_text("This did not work. TypeError: 'NoneType' object")
    expect(alert).to_contain_text("Press Reset to go on")
    lab.shot("map_exception")
    assert lab.python("[type(error).__name__ for error in explorer.errors]") == "['TypeError']"

    lab.python("'mended'", before="explorer.skeleton_code = first.skeleton_code = Map(space, "
               "coordinates, columns).skeleton_code")  # fmt: skip
    panel.button("Reset").click()
    panel.shows("Row 0: 7 vertices", other_than=None)

    # A second run of the cell leaves one explorer in the page, and the first one without news.
    lab.run_all()
    panel.painted(before="")
    expect(panel.row).to_have_count(1)
    panel.row.fill("7")
    panel.row.press("Enter")
    panel.shows("Row 7: ", other_than=None)
    answer = lab.python("explorer is first, explorer.row.value, explorer.errors, first.row.value")
    assert answer == "False 7 [] 0"


def test_unrun_notebook_shows_the_picture(lab, notebook, environment):
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
