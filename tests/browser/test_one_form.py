"""An explorer has one form at a time: live after a run, a picture when opened again."""

import json

import pytest
from playwright.sync_api import expect

from conftest import DONE

STEPPER = """
from wl2nas import cells, explore, graphs

stepper = explore.Stepper(graphs.cycle(6))
stepper.show("A hexagon, whose *six* vertices keep one colour_class: " + "long, " * 60 + "said.")
"""
# The map is a box of several widgets.
MAP = """
space = cells.nasbench101().take(slice(0, 50))
places = {"east": [[n, n % 7] for n in range(50)]}
explore.Map(space, places, {"edges": space.n_edges}).show("Fifty cells in seven columns.")
"""
ERROR = "Error displaying widget"


@pytest.fixture
def notebook(lab, server):
    lab.page.set_viewport_size({"width": 1440, "height": 3000})  # all cells stay in the page
    lab.run_cells(server[1], "forms", [STEPPER, MAP, f"print({DONE!r})"])
    return lab


def areas(lab):
    return [lab.page.locator(".jp-OutputArea").nth(k) for k in range(2)]


def stop_kernels(lab):
    """As on the next day: the page was closed, and every kernel has gone."""
    lab.page.goto("about:blank")
    cookies = {cookie["name"]: cookie["value"] for cookie in lab.page.context.cookies()}
    ask, sessions = lab.page.context.request, f"{lab.address}/api/sessions"
    for session in ask.get(sessions).json():
        address, headers = f"{sessions}/{session['id']}", {"X-XSRFToken": cookies["_xsrf"]}
        assert ask.delete(address, headers=headers).status == 204


def save(lab, folder):
    """Save it, and wait until the last cell's output is in the file."""
    lab.page.keyboard.press("Control+s")
    for _ in range(200):
        text = (folder / "forms.ipynb").read_text(encoding="utf-8")
        if text and json.loads(text)["cells"][-1]["outputs"]:
            return
        lab.page.wait_for_timeout(100)
    pytest.fail("the notebook was not saved")


def test_live_after_a_run_and_a_picture_the_next_day(notebook, server):
    lab, folder = notebook, server[1]
    for area in areas(lab):
        expect(area.locator(".wl-explorer").first).to_be_visible()
        expect(area.locator(".jp-RenderedImage")).not_to_be_visible()
        expect(area.get_by_text("Run this cell")).to_have_count(0)
    caption = areas(lab)[0].locator(".jp-RenderedMarkdown")
    assert "whose *six* vertices keep one colour_class: long, long," in caption.inner_text()
    assert (
        caption.evaluate("e => e.scrollWidth <= e.clientWidth")
        and caption.bounding_box()["height"] > 40
    )
    lab.shot("forms_live")

    save(lab, folder)
    stop_kernels(lab)
    lab.open("forms.ipynb")
    for area in areas(lab):
        expect(area.locator(".jp-RenderedImage img")).to_be_visible()
        expect(area.get_by_text(ERROR)).to_have_count(1)  # it is lost ...
        expect(area.get_by_text(ERROR)).not_to_be_visible()  # ... and nobody is told so
        lost = area.locator(".jp-OutputArea-child").nth(2)
        said = lost.evaluate("e => getComputedStyle(e, '::after').content")
        assert said == '"Run this cell to use the explorer."'
    lab.shot("forms_reopened")
    assert lab.problems and all("widget model not found" in p for p in lab.problems), lab.problems
    lab.problems.clear()  # JupyterLab's own complaint

    lab.run_all()
    for area in areas(lab):
        expect(area.locator(".wl-explorer").first).to_be_visible()
        expect(area.locator(".jp-RenderedImage")).not_to_be_visible()
        expect(area.get_by_text(ERROR)).to_have_count(0)


def test_without_trust_there_are_the_picture_and_the_words(notebook, server):
    lab, folder = notebook, server[1]
    save(lab, folder)
    stop_kernels(lab)
    stored = json.loads((folder / "forms.ipynb").read_text(encoding="utf-8"))
    stored["metadata"]["title"] = "changed by somebody else"
    stored["cells"][0]["outputs"][0]["metadata"]["strange"] = True  # its signature holds no more
    (folder / "forms.ipynb").write_text(json.dumps(stored), encoding="utf-8")
    lab.open("forms.ipynb")
    for area in areas(lab):
        expect(area.locator(".jp-RenderedImage img")).to_be_visible()
        expect(area.get_by_text("Run this cell to use the explorer.")).to_be_visible()
        expect(area.get_by_text(ERROR)).to_have_count(0)
    lab.shot("forms_untrusted")
