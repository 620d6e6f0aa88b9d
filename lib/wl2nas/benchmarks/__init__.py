"""Accuracy tables behind one interface: ask for a row, pay for it, compare with the best known.

``load("measured")`` is the table that ships with the library; ``load("nasbench101")`` downloads the
public accuracies of all 423,624 cells, once. See the modules of these names.
"""

from wl2nas._require import choice
from wl2nas.benchmarks import measured, nasbench101
from wl2nas.benchmarks.table import AccuracyTable

_LOADERS = {"measured": measured.load, "nasbench101": nasbench101.load}
NAMES = tuple(_LOADERS)


def load(name) -> AccuracyTable:
    """An accuracy table by name; ValueError lists the names there are.

    >>> len(load("measured"))
    2532
    """
    return _LOADERS[choice("table", name, NAMES)]()


__all__ = ["NAMES", "AccuracyTable", "load"]
