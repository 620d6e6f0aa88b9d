"""One colour and letter per operation, one colour, line and marker per representation, everywhere.

Palette: Okabe and Ito 2008.
"""

from wl2nas import cells, features

Look = tuple[str, str, str]  # fill, ink, letter

# By name, so that an operation looks alike in every space that has it.
_ENDS: tuple[Look, Look] = ("#ffffff", "#000000", "in"), ("#000000", "#ffffff", "out")
_NAMED: dict[str, Look] = {
    "conv1x1": ("#E69F00", "#000000", "1"),
    "conv3x3": ("#0072B2", "#ffffff", "3"),
    "maxpool": ("#009E73", "#000000", "P"),
    "nor_conv_1x1": ("#E69F00", "#000000", "1"),
    "nor_conv_3x3": ("#0072B2", "#ffffff", "3"),
    "avg_pool_3x3": ("#009E73", "#000000", "A"),
    "skip_connect": ("#ffffff", "#000000", "="),
    "none": ("#ffffff", "#000000", "0"),
}
# For operations that nobody has named yet, in turn; none looks like a class of colours.
_SPARE = (("#7B3294", "#ffffff"), ("#8C510A", "#ffffff"), ("#B2DF8A", "#000000"),
          ("#35478C", "#ffffff"), ("#666666", "#ffffff"))  # fmt: skip
# Colour classes never reuse the operations' colours; the letter says the class in greyscale too.
CLASS_FILLS = ("#F0E442", "#CC79A7", "#56B4E9", "#D55E00", "#dddddd", "#f6c9e0", "#999999")
_RANDOM_SEARCH = ("#999999", ":", "x")


def operation_style(rules: cells.Rules) -> dict[int, Look]:
    """Fill, ink and letter of every operation of these rules, by code; letters are different."""
    style = {cells.INPUT: _ENDS[0], rules.output: _ENDS[1]}
    used = {_NAMED[name][2] for name in rules.inner if name in _NAMED}
    spare = 0
    for code, name in enumerate(rules.inner, 1):
        if name in _NAMED:
            style[code] = _NAMED[name]
            continue
        candidates = [*name[:1].upper(), *name.upper(), *(str(k) for k in range(100))]
        letter = next(c for c in candidates if c.isalnum() and c not in used)
        used.add(letter)
        style[code] = (*_SPARE[spare % len(_SPARE)], letter)
        spare += 1
    return dict(sorted(style.items()))


OPERATION_STYLE = operation_style(cells.NASBENCH101)


def curve_style(name: str) -> tuple[str, str, str]:
    """Colour, line and marker of a representation by name, or of "random search"."""
    if name == "random search":
        return _RANDOM_SEARCH
    row = features.named(name)
    return row.colour, row.line, row.marker


def class_letter(colour: int) -> str:
    """The letter of a colour class: a, b, ..., z, a1, b1, ..."""
    return chr(ord("a") + colour % 26) + (str(colour // 26) if colour >= 26 else "")
