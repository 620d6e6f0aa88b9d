"""The site as it is served: every link, every page on a phone, living pages, without scripts."""

import functools
import itertools
import os
import subprocess
import sys
import threading
import time
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest
from playwright.sync_api import expect

from conftest import SCREENSHOTS, STRICT
from experiments.site import living

ROOT = Path(__file__).parents[2]
LIVING = {
    "stepper": "round=1&cell=0&a=3;0-1,1-2;0,0,0;10,50,50,50,90,50",
    "classes": "row=182952",
    "epsilon": "epsilon=-1",
    "editor": "model=arch2vec&ops=conv3x3&edges=0-1,1-2&move=0,0",
    "replay": "method=gp&representation=ours&question=25",
}  # a state of each
LEVELS = """[...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
    .filter(heading => heading.checkVisibility()).map(heading => Number(heading.tagName[1]))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The site, built anew."""
    if find_spec("myst_nb") is None:
        message = "the site needs Sphinx: make env, or pip install '.[site]'"
        pytest.fail(message) if STRICT else pytest.skip(message)
    place = tmp_path_factory.mktemp("site") / "site"
    started = time.perf_counter()
    command = [sys.executable, "-m", "experiments.site", str(place)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    print(f"{run.stdout.strip()}; in all {time.perf_counter() - started:.0f} s")
    return place


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(folder):
    """Where it is served, below a folder, as on the pages of a project."""
    handler = functools.partial(Quiet, directory=folder.parent)
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/site"
    running.shutdown()
    running.server_close()


class Document(HTMLParser):
    """What the tests want to know of a page: links, anchors, headings, pictures, text."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.loaded, self.anchors, self.levels, self.words = [], [], set(), [], []
        self.without_text = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in ("img", "script", "iframe", "source") and given.get("src"):
            self.loaded.append(given["src"])
        if tag == "link" and {"stylesheet", "icon", "preload"} & set(given.get("rel", "").split()):
            self.loaded.append(given["href"])
        if tag == "img" and not (given.get("alt") or "").strip():
            self.without_text.append(given.get("src"))
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.levels.append(int(tag[1]))

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def documents(folder) -> dict[Path, Document]:
    """Every page by its path."""
    return {path: Document(path) for path in sorted(folder.rglob("*.html"))}


# --- pages as files -----------------------------------------------------------------------------


def test_every_notebook_is_a_page_and_the_site_is_small(folder):
    names = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.stem for path in (folder / "notebooks").glob("*.html")} >= names | {"why"}
    names = {each.name for each in living.LIVING}
    assert {path.stem for path in (folder / "explorers").glob("*.html")} == set(LIVING) == names
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{size / 1e6:.1f} MB")
    assert size < 15e6


def test_every_internal_link_leads_somewhere(folder, documents):
    wrong, followed = [], 0
    for path, document in documents.items():
        for link in document.links + document.loaded:
            if urlparse(link).scheme in ("http", "https", "mailto", "data"):
                continue
            file, anchor = urldefrag(unquote(link))
            target = (path.parent / urlparse(file).path).resolve() if file else path
            followed += 1
            anchors = documents[target].anchors if target in documents else {anchor}
            if not target.is_file() or (anchor and anchor not in anchors):
                wrong.append((path.name, link))
    assert wrong == []
    assert followed > 1000


def test_no_markup_is_left_in_the_text(documents):
    assert [p.name for p, d in documents.items() if "``" in "".join(d.words)] == []


def test_nothing_is_loaded_from_elsewhere(documents):
    loaded = {link for document in documents.values() for link in document.loaded}
    assert [link for link in loaded if urlparse(link).netloc] == []


def no_level_is_skipped(levels: list[int]) -> bool:
    return all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_page_has_one_title_and_skips_no_level(documents):
    for path, document in documents.items():
        levels = document.levels
        assert levels.count(1) == 1 and levels[0] == 1, path.name
        assert no_level_is_skipped(levels), (path.name, levels)


def test_every_picture_has_its_text(documents):
    assert {p.name: d.without_text for p, d in documents.items() if d.without_text} == {}
    pictures = [link for d in documents.values() for link in d.loaded if link.endswith(".png")]
    assert len(pictures) > 90


# --- in a browser -------------------------------------------------------------------------------


@pytest.fixture
def open_page(browser, site):
    """Opens pages in a window of a width and a colour scheme; what goes wrong fails the test."""
    problems, contexts = [], []

    def open_(width=1280, scheme="light", **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: m.type == "error" and problems.append((page.url, m.text)))
        page.on("pageerror", lambda error: problems.append((page.url, str(error))))
        page.on("request", lambda r: r.url.startswith((site, "data:", "blob:"))
                or problems.append((page.url, r.url)))  # fmt: skip
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_every_page_fits_and_follows_the_theme(open_page, site, folder, documents, width, scheme):
    page, too_wide = open_page(width, scheme), []
    started = time.perf_counter()
    for path in documents:
        page.goto(f"{site}/{path.relative_to(folder)}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            too_wide.append((path.name, wide))
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        darkness = sum(map(int, paper.removeprefix("rgb(").removesuffix(")").split(","))) / 3
        assert (darkness < 60) if scheme == "dark" else (darkness > 240), (path.name, paper)
    print(f"{len(documents)} pages at {width} px: {time.perf_counter() - started:.0f} s")
    assert too_wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_scripts_text_pictures_and_formulas_remain(open_page, site, scheme):
    page = open_page(scheme=scheme, java_script_enabled=False)
    page.goto(f"{site}/notebooks/02_weisfeiler_lehman.html")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Weisfeiler-Lehman")
    for picture in page.locator("figure img").all():
        assert picture.bounding_box()["width"] > 300
    assert page.locator("math").count() > 10
    for name in LIVING:
        page.goto(f"{site}/explorers/{name}.html")
        expect(page.locator("noscript figure img")).to_be_visible()
        expect(page.locator(".living")).to_be_hidden()
        expect(page.get_by_role("heading", name="A lesson plan")).to_be_visible()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"site-no-scripts-{scheme}.png")


@pytest.mark.parametrize("name", LIVING)
@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_a_living_page_lives(open_page, site, name, width, scheme):
    page = open_page(width, scheme)
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        page.goto(f"{site}/explorers/{name}.html?{len(seconds)}")
        explorer = page.locator(".living .wl-explorer")
        explorer.locator("svg, canvas").first.wait_for(timeout=60_000)
        seconds.append(time.perf_counter() - started)
    print(f"{name}: first view after {min(seconds):.2f} s, load {os.getloadavg()[0]:.1f}")
    assert min(seconds) < (2 if os.getloadavg()[0] < 2 else 10)
    assert explorer.evaluate("e => e.classList.contains('wl-dark')") is (scheme == "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    levels = page.evaluate(LEVELS)
    assert no_level_is_skipped(levels), levels
    assert page.evaluate(f"(window.{name} ?? window.explorer).problems") == []
    page.screenshot(path=SCREENSHOTS / f"site-{name}-{width}-{scheme}.png", full_page=True)


def test_the_toggle_of_the_site_reaches_an_explorer(open_page, site):
    page = open_page()
    page.goto(f"{site}/explorers/stepper.html")
    explorer = page.locator(".wl-explorer")
    explorer.wait_for()
    toggle = page.locator(".content-icon-container .theme-toggle")
    for dark in (True, False):  # away from what the system says, and back
        toggle.click()
        assert explorer.evaluate("e => e.classList.contains('wl-dark')") is dark


def test_the_keyboard_reaches_the_stepper(open_page, site):
    page = open_page()
    page.goto(f"{site}/explorers/stepper.html")
    page.locator(".wl-stepper").wait_for()
    step = page.get_by_role("button", name="Step").first
    for _ in range(80):
        if step.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(step).to_be_focused()
    before = page.evaluate("stepper.get()")
    page.keyboard.press("Enter")
    assert page.evaluate("stepper.get()") != before
    assert unquote(page.url).endswith(f"#{page.evaluate('stepper.get()')}")


def opened_with_state(page, address: str, name: str):
    """The explorer of a living page, with another state than at first; its words."""
    page.goto(address)
    explorer = page.locator(".living .wl-explorer")
    explorer.locator("svg, canvas").first.wait_for()
    page.wait_for_timeout(500)  # until nothing is worked out any more
    return explorer, explorer.inner_text()


@pytest.mark.parametrize("name", LIVING)
def test_a_link_holds_a_state_also_when_embedded(open_page, site, name):
    page, address = open_page(), f"{site}/explorers/{name}.html"
    _, plain = opened_with_state(page, address, name)
    _, whole = opened_with_state(page, f"{address}?2#{LIVING[name]}", name)
    explorer, embedded = opened_with_state(page, f"{address}?embed=1#{LIVING[name]}", name)
    assert embedded == whole != plain  # nothing of it is hidden
    assert not page.evaluate(
        """[...document.querySelectorAll(".living section > :not([hidden], :empty)")]
            .every(part => !part.checkVisibility())"""
    )
    for hidden in (".sidebar-drawer", ".toc-overlay-icon", "h1", "footer"):
        assert not page.locator(hidden).first.is_visible(), hidden
    box = explorer.bounding_box()
    assert box["y"] < 40 and box["width"] > 1000
    page.screenshot(path=SCREENSHOTS / f"site-{name}-embedded.png", full_page=True)


@pytest.mark.parametrize("name", LIVING)
def test_an_anchor_of_the_page_is_no_state(open_page, site, name):
    page = open_page()
    explorer, before = opened_with_state(page, f"{site}/explorers/{name}.html#{LIVING[name]}", name)
    for anchor in ("a-lesson-plan", "furo-main-content", ""):
        page.evaluate("anchor => { location.hash = anchor; }", anchor)
        page.wait_for_timeout(300)
    assert explorer.inner_text() == before
    expect(page.get_by_role("alert").first).to_be_empty()
    assert not page.locator(".toc-overlay-icon").first.is_visible()


def test_the_keyboard_brings_the_lists_into_sight(open_page, site):
    page = open_page(800)
    page.goto(f"{site}/explorers/stepper.html")
    drawer = page.locator(".sidebar-drawer")
    assert drawer.bounding_box()["x"] < 0
    drawer.locator("a").nth(3).focus()
    page.wait_for_timeout(500)
    assert drawer.bounding_box()["x"] == 0


def test_a_search_finds_pages_offline(open_page, site):
    page = open_page()
    page.goto(f"{site}/search.html?q=skeleton")
    found = page.locator("#search-results li a")
    found.first.wait_for(timeout=30_000)
    targets = [urljoin(page.url, link.get_attribute("href")) for link in found.all()]
    assert any("04_directed_or_undirected" in target for target in targets)
