"""The forms that the answer to a question can have, read from whatever a reader writes for it.

43, 43.0, "43", " 43 ", np.int64(43), np.array([43]), Fraction(43) and Decimal("43.0") are one
guess. A form is a function: it returns the guess as a plain number, text, truth value or tuple, or
raises `Unfit`, which says what would be one.
"""

import math
import numbers
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from course.check.words import Unfit, named

Form = Callable[[object], object]
MOST_DIGITS = 15  # more than a float holds, and than any answer of the course has
_NUMBER = re.compile(
    r"([+-]?)(\d+|[1-9]\d{0,2}(?:[,_' \u00a0\u2009\u202f]\d{3})+)?(\.\d*)?(e[+-]?\d\d?)?\s*(%?)",
    re.IGNORECASE,
)


def number(guess) -> int | float:
    """A number, also written with separators of thousands; a sign for per cent is left out."""
    return _read_number(guess)[0]


def share(guess) -> int | float:
    """A share between 0 and 1: as `number`, but 67 % is 0.67."""
    found, per_cent = _read_number(guess)
    return found / 100 if per_cent else found


def true_or_false(guess) -> bool:
    """True or False, also as a text, or as 1 and 0."""
    found = the_only(guess)
    if isinstance(found, str):
        found = {"true": True, "false": False}.get(found.strip().casefold(), found)
    if isinstance(found, bool | int | float) and found in (0, 1):
        return bool(found)
    raise Unfit(f"answer True or False, not {named(found)}")


def one_of(*answers: str) -> Form:
    """One of these texts, in any case and with any spaces; A + A^T may be written A+A.T."""
    wanted = " or ".join(filter(None, [", ".join(map(repr, answers[:-1])), repr(answers[-1])]))

    def read(guess) -> str:
        found = the_only(guess)
        if isinstance(found, str):
            for answer in answers:
                if _letters(found) == _letters(answer):
                    return answer
        raise Unfit(f"answer {wanted}, not {named(found)}")

    return read


def counts(how_many: int) -> Form:
    """A tuple of so many numbers, also as a list, an array or a text with commas."""
    example = f"({', '.join('1' * how_many)})"

    def read(guess) -> tuple:
        parts = guess
        if isinstance(guess, str) and len(guess) <= 100:
            parts = guess.strip(" ()[]").split(",")
        elif hasattr(type(guess), "__array__"):
            parts = _listed(guess)
        if not isinstance(parts, list | tuple) or len(parts) != how_many:
            raise Unfit(f"answer with {how_many} numbers, such as {example}, not {named(guess)}")
        return tuple(number(part) for part in parts)

    return read


def the_only(guess):
    """What stands in arrays, lists and tuples of one, however nested; else the guess itself."""
    for _ in range(10):
        inside = guess
        if hasattr(type(guess), "__array__"):
            inside = _listed(guess)
        if isinstance(inside, list | tuple):
            if len(inside) != 1:
                return guess
            inside = inside[0]
        if inside is guess:
            return guess
        guess = inside
    return guess


def _listed(array):
    """An array as nested lists, an array without axes as its one entry."""
    try:
        if np.ma.is_masked(array):
            raise ValueError("it is masked")
        found = np.asarray(array)
        if found.size > 100:
            raise ValueError("it is no single thing")
        # Numbers that NumPy itself does not have, such as JAX's bfloat16.
        return (found.astype(float) if found.dtype.isbuiltin == 2 else found).tolist()
    except Exception as error:  # the reader's object is not what it says it is
        raise Unfit(f"answer with something plainer than {named(array)}") from error


def _read_number(guess) -> tuple[int | float, bool]:
    """The number in a guess, and whether a sign for per cent follows it."""
    only = found = the_only(guess)
    per_cent = False
    if isinstance(only, str):
        found, per_cent = _from_text(only)
    refused = Unfit(f"answer with a number, such as 17,000 or 0.5, not {named(only)}")
    if isinstance(found, bool) or not isinstance(found, numbers.Real | Decimal):
        raise refused
    if isinstance(found, Decimal) and (not found.is_finite() or abs(found.adjusted()) > 300):
        raise refused
    if abs(found) >= 10**MOST_DIGITS:  # infinity too; a comparison that NaN passes
        raise Unfit(f"answer with a number of at most {MOST_DIGITS} digits, not {named(only)}")
    if isinstance(found, numbers.Integral):
        return int(found), per_cent
    found = float(found)
    if math.isnan(found):
        raise refused
    return int(found) if found.is_integer() else found, per_cent


def _from_text(text: str) -> tuple[int | float | None, bool]:
    """A number as it is written, and whether per cent; None if it is no number."""
    if len(text) > 100:
        return None, False
    match = _NUMBER.fullmatch(text.strip().replace("−", "-"))
    sign, whole, decimals, power, per_cent = match.groups() if match else (None,) * 5
    if not re.search(r"\d", f"{whole}{decimals}"):
        return None, False
    digits = re.sub(r"\D", "", whole or "0")
    if decimals is None and power is None:
        return int(f"{sign}{digits}"), bool(per_cent)
    return float(f"{sign}{digits}{decimals or ''}{power or ''}"), bool(per_cent)


def _letters(text: str) -> str:
    """Letters and plus signs, in one case and on one line."""
    return re.sub(r"[^\w+]", "", unicodedata.normalize("NFKC", text[:100])).casefold()
