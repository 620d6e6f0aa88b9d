"""The browser of same-skeleton classes, by keyboard alone in a real JupyterLab."""

import pytest
from playwright.sync_api import expect

from conftest import DONE, Explorer, nothing_is_cut_off

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
    """Its two fields."""

    def __init__(self, lab):
        super().__init__(lab)
        self.number = self.output.get_by_label("Class, 0 to 1")
        self.row = self.output.get_by_label("Row, 0 to 41")


@pytest.fixture
def panel(lab, server):
    lab.run_cells(server[1], "classes", [EXPLORER, KEEP])
    return Classes(lab)


def test_used_by_keyboard_alone(lab, panel):
    press = lab.page.keyboard.press
    picture = panel.shows("Row 0 is alone with its skeleton", other_than=None)
    press("ArrowUp")  # from the last cell, which ran last, to the explorer's

    panel.tab_to(panel.button("6"))
    press("Space")
    picture = panel.shows("Rows 30, 31, 32, 33, 34 and 35 have one skeleton", other_than=picture)
    lab.shot("classes")

    panel.tab_to(panel.number)
    panel.type("1")
    picture = panel.shows("Rows 36, 37, 38, 39, 40 and 41", other_than=picture)
    panel.type("7")  # the label names the last one
    expect(panel.number).to_have_value("1")

    panel.tab_to(panel.button("Next"))
    press("Enter")
    picture = panel.shows("Rows 30, 31", other_than=picture)
    panel.tab_to(panel.row)
    panel.type("4")
    picture = panel.shows("Rows 4 and 5 have one skeleton", other_than=picture)
    expect(panel.number).to_have_value("1")
    expect(panel.text).to_contain_text("number: 4 and 5.")
    lab.shot("classes_pair")

    panel.tab_to(panel.button("Reset"))
    press("Space")
    panel.shows("Row 0 is alone with its skeleton", other_than=picture)
    new = "[n for n in set(dir()) - names - {'names'} if n[0] != '_']"
    assert lab.python(f"{new}, explorer.rows, explorer.errors") == "[] [0] []"


def test_a_narrow_page_is_one_column(lab, panel):
    lab.page.set_viewport_size({"width": 560, "height": 1400})
    lab.page.keyboard.press("Control+b")  # closes the list of files
    panel.button("6").click()
    panel.shows("Rows 30, 31", other_than=None)
    nothing_is_cut_off(panel.output)
    lab.shot("classes_narrow")


def test_exception_is_shown_and_running_the_cell_again_helps(lab, panel):
    lab.python("'broken'", before="first = explorer\nkept, explorer.tables = explorer.tables, None")
    panel.row.fill("5")
    panel.row.press("Enter")
    alert = panel.output.get_by_role("alert")
    expect(alert).to_contain_text("This did not work. TypeError: 'NoneType' object")
    expect(alert).to_contain_text("Press Reset to go on")
    lab.shot("classes_exception")
    assert lab.python("[type(error).__name__ for error in explorer.errors]") == "['TypeError']"
    lab.python("'mended'", before="explorer.tables = kept")
    panel.button("Reset").click()
    panel.shows("Row 0 is alone", other_than=None)

    # A second run of the cell leaves one explorer in the page, and the first one without news.
    lab.run_all()
    panel.shows("Row 0 is alone", other_than=None)
    expect(panel.row).to_have_count(1)
    answer = lab.python("explorer is first, explorer.row.value, first.row.value")
    assert answer == "False 0 0"
    panel.row.fill("7")
    panel.row.press("Enter")
    panel.shows("Rows 7, 6 and 8", other_than=None)
    answer = lab.python("explorer.row.value, explorer.errors, first.row.value")
    assert answer == "7 [] 0"
