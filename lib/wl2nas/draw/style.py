"""One colour and letter per operation, one colour, line and marker per representation, everywhere.

Palette: Okabe and Ito 2008.
"""

from wl2nas import cells

OPERATION_STYLE = {  # operation -> fill, ink, letter
    cells.INPUT: ("#ffffff", "#000000", "in"),
    cells.CONV1X1: ("#E69F00", "#000000", "1"),
    cells.CONV3X3: ("#0072B2", "#ffffff", "3"),
    cells.MAXPOOL: ("#009E73", "#000000", "P"),
    cells.OUTPUT: ("#000000", "#ffffff", "out"),
}
# Colour classes never reuse the operations' colours; the letter says the class in greyscale too.
CLASS_FILLS = ("#F0E442", "#CC79A7", "#56B4E9", "#D55E00", "#dddddd", "#f6c9e0", "#999999")
REPRESENTATION_STYLE = {  # name -> colour, line, marker
    "random search": ("#999999", ":", "x"),
    "statistics": ("#000000", "-", "o"),
    "one_hot": ("#000000", "--", "s"),
    "wl_skeleton": ("#E69F00", "--", "^"),
    "wl_directed": ("#E69F00", "-", "v"),
    "gin_random_skeleton": ("#56B4E9", "--", "<"),
    "gin_random_directed": ("#56B4E9", "-", ">"),
    "arch2vec_published": ("#0072B2", "-", "D"),
    "arch2vec_repaired": ("#0072B2", "--", "P"),
    "ours": ("#D55E00", "-", "*"),
}


def class_letter(colour: int) -> str:
    """The letter of a colour class: a, b, ..., z, a1, b1, ..."""
    return chr(ord("a") + colour % 26) + (str(colour // 26) if colour >= 26 else "")
