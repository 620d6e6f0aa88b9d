"""A notebook as a page: its pictures get their text and their caption, its links stay in the site.

Everything is read from the notebook as it is committed; nothing is executed.
"""

import base64
import html
import re
import struct
from pathlib import Path
from typing import NamedTuple

import nbformat

PICTURES = "pictures"  # the folder beside the pages in which the pictures lie
WIDGET = "application/vnd.jupyter.widget-view+json"
EXPLORER = re.compile(r"\bexplore\.([A-Z]\w*)\(")


class Summary(NamedTuple):
    """What a list of notebooks says of one: read from its first cell."""

    name: str
    title: str
    promise: str
    minutes: int

    @property
    def short(self) -> str:
        """The title up to its colon, with the number of the notebook before it."""
        number = self.name.split("_")[0]
        before, _, _ = self.title.partition(":")
        return before if before.startswith(number) else f"{number} {before}"


class Page(NamedTuple):
    """A notebook for Sphinx; the pictures that it shows, by the names of their files; and for every
    explorer in it the file of its picture and the text of that picture."""

    notebook: nbformat.NotebookNode
    pictures: dict[str, bytes]
    explorers: dict[str, tuple[str, str]]


def summary(path: Path) -> Summary:
    """Title, promise and minutes; ValueError names a notebook whose first cell lacks one."""
    first = nbformat.read(path, as_version=4).cells[0].source
    found = re.match(r"# (.+)\n\n(.+)\n", first)
    minutes = re.search(r"\*\*Minutes\*\* (\d+)", first)
    if not found or not minutes:
        raise ValueError(f"{path.name} must begin with '# a title', a promise and **Minutes**")
    promise = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", found[2])  # its links start elsewhere
    return Summary(path.stem, found[1], promise, int(minutes[1]))


def page(path: Path, living: dict[str, str]) -> Page:
    """The notebook of a path; ``living`` holds the address of an explorer's page by its class."""
    notebook = nbformat.read(path, as_version=4)
    pictures: dict[str, bytes] = {}
    explorers: dict[str, tuple[str, str]] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = local(cell.source)
            continue
        shown = Outputs(f"{path.stem}-{len(pictures) + 1}", cell, living)
        pictures |= shown.pictures
        cell.outputs = shown.outputs
        for file, alt in zip(shown.pictures, shown.captions, strict=True):
            explorers |= dict.fromkeys(EXPLORER.findall(cell.source), (file, alt))
    return Page(notebook, pictures, explorers)


def local(markdown: str) -> str:
    """Markdown that loads nothing from elsewhere: badges are words."""
    without = re.sub(r"!\[([^\]]*)\]\(https?://[^)]*\)", r"\1", markdown)
    return without.replace("](../README.md)", "](../readme.md)")


def readme(markdown: str) -> str:
    """The README as a page: links to what is no page here become words."""
    kept = r"(?!https?:|#|notebooks/[\w.]+\.(?:ipynb|md)\)|notebooks/figures/)"
    return re.sub(rf"(?<!!)\[([^\]]*)\]\({kept}[^)]*\)", r"\1", local(markdown))


def anchor(title: str) -> str:
    """The anchor of a heading in JupyterLab, which links in notebooks are written for."""
    return title.replace(" ", "-")


class Outputs:
    """The outputs of a code cell as a page shows them, and the pictures among them."""

    def __init__(self, name: str, cell, living: dict[str, str]):
        self.name, self.pictures = name, {}
        self.captions = [
            output.metadata["image/png"]["alt"]
            for output in cell.outputs
            if "image/png" in output.get("data", {})
        ]
        explorers = [living[name] for name in EXPLORER.findall(cell.source) if name in living]
        self.live = explorers[0] if explorers else None
        self.outputs = [new for output in cell.outputs for new in self._shown(output)]

    def _shown(self, output) -> list:
        """What takes the place of an output: itself, a figure, or nothing."""
        data = output.get("data", {})
        if "image/png" in data:
            return [self._figure(data["image/png"], output.metadata["image/png"]["alt"])]
        if output.output_type == "stream":
            output.text = without_lines(output.text, self.captions)
            return [output] if output.text.strip() else []
        if WIDGET in data or data.get("text/plain") in self.captions:
            return []  # without a kernel there is no widget; a caption stands below its picture
        only_style = (
            "text/html" in data
            and not re.sub(r"<style.*?</style>|<[^>]*>", "", data["text/html"], flags=re.S).strip()
        )
        return [] if only_style else [output]

    def _figure(self, content: str, alt: str):
        picture = base64.b64decode(content)
        file = f"{self.name}{'abcdefgh'[len(self.pictures)]}.png"
        self.pictures[file] = picture
        width, height = size(picture)
        use = (
            f'<p><a href="{self.live}">Use this explorer on its own page</a></p>'
            if self.live
            else ""
        )
        markup = (
            f'<figure><img src="{PICTURES}/{file}" alt="{html.escape(alt)}" width="{width}" '
            f'height="{height}" loading="lazy"><figcaption>{html.escape(alt)}</figcaption>'
            f"{use}</figure>"
        )
        return nbformat.v4.new_output("display_data", {"text/html": markup})


def without_lines(text: str, lines: list[str]) -> str:
    """A text without these lines, each taken away once."""
    kept, left = [], list(lines)
    for line in text.splitlines():
        if line in left:
            left.remove(line)
        else:
            kept.append(line)
    return "\n".join(kept)


def size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG, in pixels."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height
