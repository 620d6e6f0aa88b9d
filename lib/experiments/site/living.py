"""Living pages: an explorer without a kernel, from the same modules that a notebook uses.

A living page is a text ``site/explorers/NAME.md``, an entry in ``LIVING``, and ``NAME.html`` with
its modules in ``wl2nas/explore/static``.
"""

import html
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from experiments.site import data
from wl2nas import files
from wl2nas.explore.page import STATIC

ROOT = Path(__file__).parents[3]


class Living(NamedTuple):
    """An explorer: its name, the class of it in notebooks, and makers of the files it loads."""

    name: str
    explorer: str
    files: dict[str, Callable[[], bytes]]


LIVING = (
    Living("stepper", "Stepper", {}),
    Living("classes", "Classes", {"classes.json": data.classes}),
    Living("epsilon", "Epsilon", {"epsilon.json": data.epsilon}),
    Living("editor", "Editor", {"editor.bin": data.editor}),
    Living("replay", "Replay", {"replay.json": data.replay}),
)


def fragment(page: str, still: str) -> str:
    """The body of a page of ``static``, to stand below a heading of the site.

    still: markup for a reader whose browser runs no scripts.
    """
    body = re.search(r"<body>(.*)</body>", page, re.S)
    if body is None:
        raise ValueError("a page in static needs <body>...</body>")
    inner = re.sub(r"<h1>.*?</h1>|<noscript>.*?</noscript>", "", body[1], flags=re.S)
    hidden = "<style>.living { display: none }</style>"
    return f'<div class="living">{inner.strip()}</div>\n<noscript>{hidden}{still}</noscript>'


def still(pictures: dict[str, tuple[str, str]], explorer: str) -> str:
    """The picture of an explorer in a notebook, and words; ``pictures`` has address and text."""
    words = "<p>An explorer lives here; it draws with JavaScript, which is switched off.</p>"
    if explorer not in pictures:
        return words
    address, alt = pictures[explorer]
    shown = html.escape(alt)
    picture = f'<img src="{address}" alt="{shown}">'
    return f"{words}<figure>{picture}<figcaption>{shown}</figcaption></figure>"


def embed(name: str, title: str) -> str:
    """How to put the page into another one; the address is that of the reader's own page."""
    line = (
        f'<iframe src="https://YOUR-SITE/explorers/{name}.html?embed=1" '
        f'title="{html.escape(title)}" '
        'width="100%" height="900" style="border: 0" loading="lazy"></iframe>'
    )
    return (
        "## On your own page\n\nCopy this line, and replace `YOUR-SITE` by what the address of "
        "this page has between `https://` and `/explorers/`. With `?embed=1` only the explorer is "
        "shown. What follows `#` in the address is the explorer's state: put it behind `?embed=1`, "
        f"and the explorer opens in that state.\n\n```html\n{line}\n```\n"
    )


def page(living: Living, text: str, pictures: dict[str, tuple[str, str]]) -> str:
    """The Markdown of a living page, from its text, which says where the explorer stands."""
    static = (STATIC / f"{living.name}.html").read_text(encoding="utf-8")
    markup = fragment(static, still(pictures, living.explorer))
    mark = "<!-- the explorer -->"
    if text.count(mark) != 1:
        raise ValueError(f"site/explorers/{living.name}.md must say once {mark}")
    title = text.splitlines()[0].removeprefix("# ")
    below = embed(living.name, title)
    return text.replace(mark, f"````{{raw}} html\n{markup}\n````") + "\n" + below


def write_files(folder: Path):
    """Modules and data of all living pages into the folder in which they are served."""
    folder.mkdir(parents=True, exist_ok=True)
    for module in sorted(STATIC.glob("*.js")):
        shutil.copy(module, folder)
    for living in LIVING:
        for name, make in living.files.items():
            files.write_atomically(folder / name, make())
