"""Shapes in the library's annotations are checked at run time in every test."""

import base64
import os
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from jaxtyping import config, install_import_hook

install_import_hook("wl2nas", "beartype.beartype")

STRICT = os.environ.get("WL2NAS_STRICT") == "1"
ROOT = Path(__file__).parents[1]


@pytest.fixture
def oracle():
    """Path of a file that only the maintainers have; skips in words where there is none."""

    def find(name: str) -> Path:
        cache = os.environ.get("WL2NAS_CACHE")
        if cache is None:
            pytest.skip(f"oracle {name}: WL2NAS_CACHE names no folder that could hold it")
        path = Path(cache) / name
        if not path.exists():
            message = f"oracle {name} is not in {cache}"
            pytest.fail(message) if STRICT else pytest.skip(message)
        return path

    return find


@pytest.fixture
def no_annotations(monkeypatch):
    """Calls as a reader's own script makes them, in which nothing looks at the annotations."""
    monkeypatch.setattr(config, "jaxtyping_disable", True)


@pytest.fixture
def ax():
    """Axes of a figure that is rendered once the test has drawn on them."""
    figure, axis = plt.subplots()
    yield axis
    figure.canvas.draw()  # whatever a test drew can be rendered
    plt.close(figure)


@pytest.fixture
def displayed(monkeypatch):
    """What IPython was asked to display, as if a reader sat before it."""
    shown = []
    plt.switch_backend(
        "agg"
    )  # before matplotlib could ask the shell that is not one for its events
    monkeypatch.setattr("IPython.get_ipython", lambda: "a shell")
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: shown.append((a, k)))
    return shown


@pytest.fixture
def check_display(displayed, capsys):
    """Shows an explorer: its picture, the rule which form is seen, the live view, the caption."""

    from wl2nas.draw.page import as_markdown  # after the hook
    from wl2nas.explore.page import ONE_FORM

    def check(explorer, caption: str):
        explorer.show(caption)
        ((picture,), options), ((rule,), _), ((live,), _), ((said,), _) = displayed
        assert base64.b64decode(picture["image/png"]).startswith(b"\x89PNG\r\n\x1a\n")
        assert options["metadata"] == {"image/png": {"alt": caption}}
        assert rule == {"text/html": ONE_FORM, "text/plain": ""}
        view = live.pop("application/vnd.jupyter.widget-view+json")
        assert view["model_id"] == getattr(explorer, "box", explorer).model_id
        assert live == {"text/plain": "Run this cell to use the explorer."}
        assert said == {"text/markdown": as_markdown(caption), "text/plain": caption}
        assert capsys.readouterr().out == ""

    return check


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where everything should be there (WL2NAS_STRICT=1), a skip is a failure.

    Only tests of files that the maintainers alone have may skip, and only without a cache.
    """
    report = yield
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        why = str(report.longrepr)
        if "oracle" not in why or "WL2NAS_CACHE" in os.environ:
            report.outcome, report.longrepr = "failed", f"skipped under WL2NAS_STRICT=1: {why}"
    return report
