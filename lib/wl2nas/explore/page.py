"""What all explorers have in common: how a page shows them, and how they own up to a mistake.

An explorer is displayed as a live widget where there is a kernel and as a picture where there is
none. An exception in Python, which a reader would never see in the kernel's log, goes to its page.
"""

import base64
import re
from collections.abc import Callable
from pathlib import Path

import anywidget

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


# A notebook holds a picture, this, and the live widget, as outputs one below the other. The picture
# of an explorer that lives is hidden. One that was saved and opened again has lost its widget, and
# JupyterLab writes "Error displaying widget: model not found" into an element without others. Where
# nothing is trusted, or no widgets are known, there are the picture and the words UNRUN.
# The outputs are named as by JupyterLab, Colab and VS Code; a test looks at the first.
UNRUN = "Run this cell to use the explorer."
OUTPUT = ":is(.jp-OutputArea-child, .output_subarea, .output_container)"
LOST = f"{OUTPUT}:has(.wl-one-form) + {OUTPUT}:has(.jupyter-widgets):not(:has(.jupyter-widgets *))"
ONE_FORM = f"""<style class="wl-one-form">
{OUTPUT}:has(+ {OUTPUT} .wl-one-form):has(+ {OUTPUT} + {OUTPUT} .wl-explorer) {{ display: none }}
{OUTPUT}:has(.wl-one-form) {{ display: none }}
{LOST} > * {{ display: none }}
{LOST}::after {{ content: "{UNRUN}"; margin-left: var(--jp-cell-prompt-width, 0) }}
</style>"""


def forms(model_id: str, picture: bytes) -> list[dict]:
    """An explorer as outputs: a PNG of it, what decides which form is seen, and its widget."""
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    return [
        {"image/png": base64.b64encode(picture).decode(), "text/plain": "<explorer>"},
        {"text/html": ONE_FORM, "text/plain": ""},
        {"application/vnd.jupyter.widget-view+json": view, "text/plain": UNRUN},
    ]


def show(model_id: str, still: Callable[[], bytes], alt: str):
    """Display an explorer, live where it can be and as a picture elsewhere, with ``alt`` below.

    In a plain script, where nothing can be displayed, ``alt`` is printed.
    """
    publish(forms(model_id, still()) if has_reader() else [], alt)


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
