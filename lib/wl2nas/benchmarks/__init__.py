"""Accuracy tables behind one interface: ask for a row, pay for it, compare with the best known.

``load("measured")`` is the table that ships with the library; ``load("nasbench101")`` downloads the
public accuracies of all 423,624 cells, once, and ``load("nasbench201")`` those of its 15,625.
``from_tfrecord`` reads every training of NAS-Bench-101 from the official file, ``from_csv`` a table
of your own; ``possible_pair`` judges a printed pair of accuracies. The modules ``nasbench101``,
``nasbench201`` and ``official`` also say what users of these benchmarks stumble over.
"""

from wl2nas._require import choice
from wl2nas.benchmarks import measured, nasbench101, nasbench201
from wl2nas.benchmarks.official import from_tfrecord
from wl2nas.benchmarks.own import from_csv
from wl2nas.benchmarks.pairs import possible_pair
from wl2nas.benchmarks.runs import TrainingRuns
from wl2nas.benchmarks.table import AccuracyTable

_LOADERS = {
    "measured": measured.load,
    "nasbench101": nasbench101.load,
    "nasbench201": nasbench201.load,
}
NAMES = tuple(_LOADERS)


def load(name, *, dataset: str | None = None) -> AccuracyTable:
    """An accuracy table by name; ValueError lists the names there are.

    ``dataset`` is NAS-Bench-201's alone: "cifar10" (unless told otherwise), "cifar100",
    "imagenet16-120".

    >>> len(load("measured"))
    2532
    """
    loader = _LOADERS[choice("table", name, NAMES)]
    if dataset is None:
        return loader()
    if name != "nasbench201":
        raise ValueError(f"dataset is for nasbench201, which was trained on three; {name} has one "
                         f"of its own: leave out {dataset!r}")  # fmt: skip
    return nasbench201.load(dataset)


__all__ = [
    "NAMES",
    "AccuracyTable",
    "TrainingRuns",
    "from_csv",
    "from_tfrecord",
    "load",
    "possible_pair",
]
