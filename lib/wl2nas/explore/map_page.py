"""The parts of the map's page: controls, scatters, panel and summary, and how they lie."""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence

import anywidget
import ipywidgets as widgets
import traitlets
from jscatter.widget import JupyterScatter

from wl2nas.explore import page

BUTTONS = 40  # pixels beside a scatter


class Refused(ValueError):
    """What the reader asked for cannot be done; said in words, and no error of the program."""


class _Asking(page.Answering):
    """A part of the page that asks ``{do, given}``: ``answers[do](*given)`` does it.

    errors: the list that exceptions are kept in.
    """

    def __init__(self, answers: Mapping[str, Callable], errors: list[Exception], **traits):
        super().__init__(**traits)
        self.answers, self.errors = answers, errors

    def answer(self, **question) -> dict:
        try:
            self.answers[question["do"]](*question["given"])
        except Refused as refusal:
            return {"refused": str(refusal)}
        return {}


class Controls(_Asking):
    """What the reader sets: ``choices`` is what there is, ``state`` what is set."""

    _esm = page.module("map_controls.js")
    choices = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)  # the page says whether it is
    narrow = traitlets.Bool(False).tag(sync=True)  # too narrow for a scatter: the page says it


class Panel(anywidget.AnyWidget):
    """What is shown of the chosen cell and of the one under the mouse."""

    _esm = page.module("map_panel.js")
    scatters = traitlets.List(traitlets.Unicode()).tag(sync=True)  # their model_ids
    cell = traitlets.Dict().tag(sync=True)  # as map_cell.for_page
    many = traitlets.Int(1).tag(sync=True)  # how many cells are selected
    hovered = traitlets.Any(None).tag(sync=True)  # as map_cell.drawing, None for none
    alert = traitlets.Unicode().tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)  # how many choices on a map were dealt with


class Summary(_Asking):
    """What is shown of all selected cells; ``columns`` are those that can be summed up."""

    _esm = page.module("map_summary.js")
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    summary = traitlets.Any(None).tag(sync=True)  # as map_summary.for_page, None for one cell


def least_width(scatters: Iterable[JupyterScatter]) -> int:
    """How many pixels a scatter takes that is as wide as it is high."""
    return BUTTONS + max(scatter.height for scatter in scatters)


def laid_out(
    controls: Controls,
    scatters: Mapping[str, JupyterScatter],
    panel: Panel,
    summary: Summary,
    axes: Sequence[str],
) -> widgets.VBox:
    """Controls, scatters and panel side by side or one below the other, and the summary.

    A scatter that is narrower than high would show only the middle of its points.
    """
    least = least_width(scatters.values())
    parts = [_titled(name, scatter, axes) for name, scatter in scatters.items()] + [panel]
    for part in parts:
        part.layout = {"flex": f"1 1 {least}px", "min_width": "0", "margin": "0 4px"}
    middle = widgets.HBox(parts, layout={"flex_flow": "row wrap"})
    return widgets.VBox([controls, middle, summary])


def _titled(name: str, scatter: JupyterScatter, axes: Sequence[str]) -> widgets.VBox:
    """A scatter below its name and what its axes are: in the page's ink, and never cut."""
    said = " &nbsp; ".join(
        f"{arrow} {html.escape(axis)}" for arrow, axis in zip("→↑", axes, strict=True)
    )
    words = f"<b>{html.escape(name)}</b><br>" * bool(name) + said
    style = "line-height: 1.4; white-space: normal; font-size: 12px"
    return widgets.VBox([widgets.HTML(f'<div style="{style}">{words}</div>'), scatter])
