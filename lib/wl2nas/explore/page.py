"""What all explorers have in common: how a page shows them, and how they own up to a mistake.

An explorer is displayed as a live widget where there is a kernel and as a picture where there is
none. What it has to say stands in a ``Panel``: words, and below them a picture. An exception in a
callback, which a reader would never see in the kernel's log, takes their place.
"""

import base64
import html
import re
from collections.abc import Callable
from pathlib import Path

import anywidget
import ipywidgets as widgets

from wl2nas.draw.page import has_reader, publish

STATIC = Path(__file__).parent / "static"
CHOSEN = "#D55E00"  # vermilion: unlike any colour of a map, also to the colour-blind


def module(name: str) -> str:
    """The ES module ``static/name`` as one text; what it imports is put in once, before it.

    anywidget takes a text, which can import nothing from its neighbours; a plain page loads the
    files as they are. An import is one line: ``import { a, b } from "./other.js";``.
    """
    return "".join(_with_imports(name, set()))


def _with_imports(name: str, done: set[str]) -> list[str]:
    if name in done:
        return []
    done.add(name)
    text = (STATIC / name).read_text(encoding="utf-8")
    line = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+\.js)";\n', re.MULTILINE)
    before = [part for other in line.findall(text) for part in _with_imports(other, done)]
    return [*before, line.sub("", text)]


def bundle(model_id: str, picture: bytes) -> dict:
    """The two forms of an explorer for ``IPython.display``: its widget, and a PNG of it."""
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    return {
        "application/vnd.jupyter.widget-view+json": view,
        "image/png": base64.b64encode(picture).decode(),
        "text/plain": "<explorer>",
    }


def show(model_id: str, still: Callable[[], bytes], alt: str):
    """Display an explorer: a live widget with a kernel, a picture without one; print ``alt``.

    In a plain script, where nothing can be displayed, only ``alt`` is printed.
    """
    publish(bundle(model_id, still()) if has_reader() else {}, alt)


class Answering(anywidget.AnyWidget):
    """A widget whose page asks and whose ``answer`` is called with the question's names.

    What it returns goes back as JSON. An exception goes back as well, to be shown to the reader,
    and into ``errors``. See ``asker`` in ``static/parts.js``.
    """

    def __init__(self, **traits):
        super().__init__(**traits)
        self.errors: list[Exception] = []
        self.on_msg(self._hear)

    def answer(self, **question) -> dict:
        """What a page without a kernel would have to know by itself."""
        raise NotImplementedError(f"{type(self).__name__} answers nothing")

    def _hear(self, _, content: dict, __):
        try:
            said: dict = {"answer": self.answer(**content["question"])}
        except Exception as error:
            self.errors.append(error)
            said = {"error": f"{type(error).__name__}: {error}"}
        self.send({"number": content["number"], **said})


class Panel:
    """Words and a picture, both widgets, and the exceptions of callbacks in ``errors``."""

    def __init__(self):
        self.text, self.picture = widgets.HTML(), widgets.HTML()
        self.errors: list[Exception] = []

    def show(self, words: str, picture: bytes, alt: str):
        """Words without any markup, and a PNG with the text that stands for it."""
        self._say("status", html.escape(words))
        image = base64.b64encode(picture).decode()
        self.picture.value = (
            f'<img style="max-width: 100%" alt="{html.escape(alt)}" '
            f'src="data:image/png;base64,{image}">'
        )

    def guarded(self, callback: Callable) -> Callable:
        """The callback of a widget; an exception is shown to the reader and recorded."""

        def run(argument):
            try:
                callback(argument)
            except Exception as error:
                self.errors.append(error)
                what = html.escape(f"{type(error).__name__}: {error}")
                self._say("alert", f"<b>This did not work. {what}</b><br>Press Reset to go on; if "
                          "it happens again, run the cell of this explorer again.")  # fmt: skip
                self.picture.value = ""

        return run

    def _say(self, role: str, markup: str):
        self.text.value = f'<p role="{role}" style="line-height: 1.4">{markup}</p>'
