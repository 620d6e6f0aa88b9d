"""A rule typed as text, such as ``vertices == 5 and conv3x3 >= 2``, and the cells that obey it.

A rule compares numbers: names of columns, whole and decimal numbers, ``+ - *`` and brackets, joined
by ``and``, ``or``, ``not``. Nothing else is read, so that nothing can be called or opened.
"""

import ast
import re
from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np
from jaxtyping import Bool, Float, Shaped

LONGEST = 300  # characters
EXAMPLE = "vertices == 5 and edges > 6"
Numbers = Float[np.ndarray, " N"] | float  # a column, or one number for all

_COMPARED: dict[type, Callable] = {
    ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal,
    ast.Eq: np.equal, ast.NotEq: np.not_equal,
}  # fmt: skip
_RECKONED: dict[type, Callable] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply,
}  # fmt: skip
_JOINED: dict[type, Callable] = {ast.And: np.logical_and, ast.Or: np.logical_or}


class RuleError(ValueError):
    """What is wrong with a rule, in words that are meant for the reader."""


def rule_name(title: str) -> str:
    """How a rule calls a column: "own accuracy (%)" is ``own_accuracy``."""
    plain = re.sub(r"\([^)]*\)", "", title).strip().lower()
    name = re.sub(r"\W+", "_", plain, flags=re.ASCII).strip("_")
    return name if name.isidentifier() else f"column_{name}".rstrip("_")


def obeying(rule: str, columns: Mapping[str, Shaped[np.ndarray, " N"]]) -> Bool[np.ndarray, " N"]:
    """Which rows obey a rule over these columns of numbers; RuleError says why it cannot be read.

    A row that lacks a value (NaN) in a column that the rule names does not.
    """
    tree = _parsed(rule)
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
    for name in names:
        if name not in columns:
            raise RuleError(f'there is no "{name}"; the names are {", ".join(columns)}')
    if not names:
        raise RuleError(f"a rule names a column at least, as in {EXAMPLE}")
    named = {name: columns[name].astype(np.float64) for name in names}
    with np.errstate(over="ignore", invalid="ignore"):
        obeyed = _truth(tree, named)
    return reduce(lambda known, column: known & ~np.isnan(column), named.values(), obeyed)


def _parsed(rule: str) -> ast.expr:
    if not rule.strip():
        raise RuleError(f"it is empty; write for example {EXAMPLE}")
    if len(rule) > LONGEST:
        raise RuleError(f"it has {len(rule)} characters; {LONGEST} are read at most")
    try:
        return ast.parse(rule.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        hint = f"; write for example {EXAMPLE}"
        if re.search(r"(?<![=!<>])=(?!=)", rule):
            hint = '; "equal" is written =='
        raise RuleError(f"this is no comparison of numbers{hint}") from error


def _truth(node: ast.expr, columns: Mapping[str, np.ndarray]) -> Bool[np.ndarray, " N"]:
    """Which rows a condition holds for."""
    match node:
        case ast.BoolOp(op=join, values=parts):
            return reduce(_JOINED[type(join)], [_truth(part, columns) for part in parts])
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return ~_truth(part, columns)
        case ast.Compare(left=first, ops=ops, comparators=rest) if all(
            type(op) in _COMPARED for op in ops
        ):
            numbers = [_numbers(part, columns) for part in (first, *rest)]
            pairs = zip(ops, numbers[:-1], numbers[1:], strict=True)
            length = len(next(iter(columns.values())))
            held = [np.broadcast_to(_COMPARED[type(op)](a, b), length) for op, a, b in pairs]
            return reduce(np.logical_and, held)
    raise RuleError(f'"{_shown(node)}" is no comparison; write for example {EXAMPLE}, '
                    "and join comparisons by and, or, not")  # fmt: skip


def _numbers(node: ast.expr, columns: Mapping[str, np.ndarray]) -> Numbers:
    """The numbers that an expression stands for, one for every row or one for all."""
    match node:
        case ast.Name(id=name):
            return columns[name]
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return float(min(value, 10**300))  # a whole number of Python has no largest one
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return -_numbers(part, columns)
        case ast.BinOp(left=a, op=op, right=b) if type(op) in _RECKONED:
            return _RECKONED[type(op)](_numbers(a, columns), _numbers(b, columns))
    raise RuleError(f'"{_shown(node)}" is no number; a rule knows names, numbers, + - * and '
                    "brackets, and joins comparisons by and, or, not")  # fmt: skip


def _shown(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else f"{text[:39]}…"
