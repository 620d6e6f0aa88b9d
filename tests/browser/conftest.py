"""A private JupyterLab on 127.0.0.1, and Debian's Chromium to use it like a reader."""

import contextlib
import functools
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlparse

import nbformat
import pytest
from playwright.sync_api import expect, sync_playwright

from wl2nas.explore import page as explorer_page

CHROMIUM = Path("/usr/bin/chromium")
STRICT = os.environ.get("WL2NAS_STRICT") == "1"
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
DONE = "all cells have run"
TIMEOUT = 120_000  # milliseconds: a busy machine with two cores is slow, not broken
# fmt: off
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--no-proxy-server"]
# fmt: on
SETTINGS = {  # no news, no question about them, and no notebook that saves itself
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window; skips in words where it is missing."""
    if not CHROMIUM.exists():
        message = f"{CHROMIUM} is missing; the browser tests need it: apt-get install chromium"
        pytest.fail(message) if STRICT else pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Environment variables that keep the reader's own Jupyter settings out of the tests."""
    folder = tmp_path_factory.mktemp("jupyter")
    names = ["CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"]
    private = {f"JUPYTER_{name}": folder / name for name in names}
    private |= {f"JUPYTERLAB_{name}": folder / name for name in ("SETTINGS_DIR", "WORKSPACES_DIR")}
    private["IPYTHONDIR"] = folder / "ipython"
    for name, values in SETTINGS.items():
        file = private["JUPYTERLAB_SETTINGS_DIR"] / f"@jupyterlab/{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")
    return os.environ | {name: str(path) for name, path in private.items()}


def answers(port: int) -> bool:
    """Whether JupyterLab answers on this port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        connection.request("GET", "/api/status")
        return connection.getresponse().status == 200
    return False


@pytest.fixture(scope="module")
def server(environment, tmp_path_factory):
    """JupyterLab over an empty folder: the address and the folder."""
    folder = tmp_path_factory.mktemp("notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    options += ["--port-retries=0", "--IdentityProvider.token=", "--ServerApp.password="]
    options += [f"--ServerApp.root_dir={folder}", "--LabApp.extension_manager=readonly"]
    log = folder.parent / "jupyterlab.log"
    command = [sys.executable, "-m", "jupyterlab", *options]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + TIMEOUT / 1000
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", folder
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Pages(SimpleHTTPRequestHandler):
    """The plain pages; ``/whole/NAME.js`` is a module as widgets get it, its imports put in."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

    def do_GET(self):
        if not self.path.startswith("/whole/"):
            super().do_GET()
            return
        body = explorer_page.module(self.path.removeprefix("/whole/")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    """Where the plain pages are served."""
    handler = functools.partial(Pages, directory=explorer_page.STATIC)
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.fixture
def plain_page(browser, address):
    """A page without a kernel; a console error or a request to another host fails the test."""
    opened, problems = browser.new_page(viewport={"width": 1100, "height": 1400}), []
    opened.on("console", lambda m: m.type == "error" and problems.append(m.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda r: r.url.startswith(address) or problems.append(r.url))
    yield opened
    opened.close()
    assert problems == []


def nothing_is_cut_off(output):
    """Every control of an explorer lies within its output and shows all of its text."""
    right = output.evaluate("output => output.getBoundingClientRect().right")
    for control in output.locator("button, input, label, .widget-html, img").all():
        if not control.is_visible():
            continue
        box = control.bounding_box()
        assert box["x"] + box["width"] <= right + 1
        assert control.evaluate("element => element.scrollWidth <= element.clientWidth + 1")


def save_notebook(folder: Path, name: str, sources: list[str], title: str = "") -> Path:
    """A new notebook of these code cells, below a cell of text if there is a title."""
    cells = [nbformat.v4.new_markdown_cell(title)] if title else []
    cells += [nbformat.v4.new_code_cell(source.strip()) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


class Explorer:
    """An explorer with words, as the reader sees it."""

    def __init__(self, lab):
        self.lab, self.page = lab, lab.page
        self.output = self.page.locator(".jp-OutputArea").first
        self.text = self.output.get_by_role("status")

    def button(self, name: str):
        return self.output.get_by_role("button", name=name, exact=True)

    def tab_to(self, locator):
        """Press Tab until this control has the focus."""
        for _ in range(20):
            if locator.evaluate("element => element === document.activeElement"):
                break
            self.page.keyboard.press("Tab")
        expect(locator).to_be_focused()

    def type(self, text: str):
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")


class Lab:
    """One page of JupyterLab with a notebook, and everything that went wrong in it."""

    def __init__(self, page, address: str):
        self.page, self.address, self.problems, self.asked = page, address, [], 0
        page.set_default_timeout(TIMEOUT)
        # Warnings are left out: Chromium without a graphics card complains of its own slowness.
        page.on(
            "console", lambda m: m.type == "error" and self.problems.append(f"console: {m.text}")
        )
        page.on("pageerror", lambda error: self.problems.append(f"page: {error}"))
        page.on("request", lambda request: self._check(request.url))
        page.on("websocket", lambda stream: self._check(stream.url))

    def _check(self, url: str):
        address = urlparse(url)  # data: and blob: hold their bytes themselves, and have no host
        if address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1":
            self.problems.append(f"request to another host: {url}")

    def run_cells(self, folder: Path, name: str, sources: list[str]):
        """A new notebook of these cells, opened and run; the last cell prints DONE."""
        self.open(save_notebook(folder, name, sources).name)
        self.run_all()
        expect(self.page.get_by_text(DONE, exact=True)).to_be_visible()

    def open(self, notebook: str):
        """Load the notebook and wait until its kernel is there and idle."""
        self.page.goto(f"{self.address}/lab/tree/{notebook}?reset")
        expect(self.page.locator(".jp-KernelName")).not_to_have_text(re.compile("^$|No Kernel"))
        indicator = self.page.locator(".jp-Notebook-ExecutionIndicator")
        expect(indicator).to_have_attribute("data-status", "idle")

    def run_all(self):
        """Menu Run, Run All Cells."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
        self.page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()

    def python(self, expression: str, before: str = "") -> str:
        """Run ``before`` and print ``expression`` in the last cell; what the page then shows."""
        self.asked += 1
        marker = f"answer {self.asked}:"
        cell = self.page.locator(".jp-CodeCell").last
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(f"{before}\nprint({marker!r}, {expression})".strip())
        self.page.keyboard.press("Control+Enter")
        output = cell.locator(".jp-OutputArea-output", has_text=marker)
        return output.inner_text().strip().removeprefix(marker).strip()

    def shot(self, name: str):
        """A screenshot in build/screenshots, for people."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.fixture
def lab(browser, server):
    """A fresh page; a console error, a page error or a foreign request fails the test."""
    expect.set_options(timeout=TIMEOUT)
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    opened = Lab(page, server[0])
    yield opened
    page.close()
    assert opened.problems == []
