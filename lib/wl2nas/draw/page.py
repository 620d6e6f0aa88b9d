"""A figure on its way into the page, with the sentence that says what it shows."""

import base64
import html
import io
import re
import sys

import matplotlib.pyplot as plt
from PIL import Image


def png(fig) -> bytes:
    """The figure as a PNG, and the figure closed.

    Of at most 256 colours, as many as a scale has: nobody sees a difference, and the file has a
    third of the size, which counts in a repository of notebooks.
    """
    drawn, small = io.BytesIO(), io.BytesIO()
    fig.savefig(drawn, format="png")
    plt.close(fig)
    with Image.open(drawn) as picture:
        few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(small, format="png", optimize=True)
    return small.getvalue()


def has_reader() -> bool:
    """Whether there is IPython to show a picture; a plain script would print it as base64."""
    ipython = sys.modules.get("IPython")  # not imported: the library alone needs it not
    return ipython is not None and ipython.get_ipython() is not None


def publish(outputs: list[dict], alt: str):
    """Display each of ``outputs``, by MIME type, and below them ``alt``, which their picture shows.

    In a plain script, where nothing can be displayed, ``alt`` is printed.
    """
    if not has_reader():
        print(alt)
        return
    from IPython.display import display

    for data in outputs:
        display(data, raw=True, metadata={"image/png": {"alt": alt}} if "image/png" in data else {})
    display({"text/markdown": as_markdown(alt), "text/plain": alt}, raw=True)


def as_markdown(words: str) -> str:
    """Markdown that is read as these words: prose, which wraps, and nothing else."""
    escaped = re.sub(r"([\\`*_\[<&~$])", r"\\\1", words)
    return re.sub(r"^([0-9]*)([#>+.)-])", r"\1\\\2", escaped)  # no heading, no list


def show(fig, alt: str):
    """Display a figure and below it ``alt``, a sentence with the numbers that the figure shows.

    In a plain script only the sentence is printed. The figure is closed.
    """
    image = base64.b64encode(png(fig)).decode()
    publish([{"image/png": image, "text/plain": "<figure>"}], alt)


def folded(table, summary: str):
    """Display a pandas table that the reader can open, and its text where there is no browser."""
    if not has_reader():
        print(table.to_string())
        return
    from IPython.display import display

    page = f"<details><summary>{html.escape(summary)}</summary>{table.to_html()}</details>"
    display({"text/html": page, "text/plain": table.to_string()}, raw=True)
