"""How a sentence names what a reader handed in, and what it did: shortly, whatever it is."""

import math
import numbers

MOST_LETTERS = 120


class Unfit(Exception):
    """An answer that cannot be judged, and why, in words for the reader.

    Judges raise it for nothing else: any other exception is a fault of the judge, not of the
    answer.
    """


def shortened(text: str) -> str:
    """The first line of a text, and no more than ``MOST_LETTERS`` of it."""
    line = next(iter(text.strip().splitlines()), "")
    return line if len(line) <= MOST_LETTERS else line[: MOST_LETTERS - 1] + "…"


def kind(value) -> str:
    """The name of a value's type, without looking into it."""
    return shortened(type(value).__name__)


def named(value) -> str:
    """A plain value as it is written, and of anything else only what it is: 'maxpool', a list."""
    plain = (str, bytes, bool, int, float, complex)
    if type(value) not in plain:
        name = kind(value)
        return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
    if type(value) is int and abs(value) >= 10**20:
        return f"a number of {math.floor(math.log10(abs(value))) + 1} digits"
    # Shortened first: the text may have a billion letters.
    return shortened(repr(value[:MOST_LETTERS] if isinstance(value, str | bytes) else value))


def written(value) -> str:
    """A value as a reader writes it: 17,000 and 0.5; texts in quotes; (1, 2, 0)."""
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))})"
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return f"{value:,}" if isinstance(value, numbers.Integral) else f"{value:,.12g}"
    return named(value)


def said(error: BaseException) -> str:
    """What an exception of the reader's code says, which may be nothing."""
    try:
        text = shortened(str(error))
    except Exception:  # it can fail to say even that
        text = ""
    return f"{text} ({kind(error)})" if text else kind(error)
