"""From Weisfeiler-Lehman to architecture search: the library of the course.

The rooms, from the ground up; a room uses only those before it:

* ``graphs``       the conventions, relabelling, named graphs and hard pairs
* ``wl``           colour refinement in four directions, on one graph or a whole space
* ``cells``        the rules of a space, cells and spaces, enumeration, edits, two benchmarks
* ``theory``       side trails: k-FWL, coarsest partitions, trees, orientations
* ``features``     representations without training, and the list of all rivals
* ``models``       what a model promises; arch2vec, and an autoencoder of whole cells
* ``train``        settings, splits, training that resumes exactly, checkpoints
* ``priors``       where latents are drawn from
* ``generation``   what validity, uniqueness, yield and coverage are
* ``latent``       embed, decode, compare
* ``benchmarks``   accuracy tables behind one interface
* ``search``       an exact Gaussian process; searching a table or any function
* ``draw``         figures
* ``explore``      the widgets of the notebooks (needs the extra ``wl2nas[lab]``)

The names below are enough for a start. What needs JAX is loaded when it is asked for.

>>> import wl2nas
>>> space = wl2nas.nasbench101()
>>> wl2nas.Rules(("conv", "pool"), max_vertices=5, max_edges=6).operations
('input', 'conv', 'pool', 'output')
"""

import importlib
from importlib import metadata

from wl2nas.cells import Cell, CellSpace, Rules, enumerate_cells, nasbench101, nasbench201

try:
    __version__ = metadata.version("wl2nas")
except metadata.PackageNotFoundError:  # a checkout on sys.path, as in the notebooks
    __version__ = "unknown"

_LATER = {
    "CellVAE": "models",
    "CellVAEConfig": "models",
    "decode": "latent",
    "embed": "latent",
    "fit": "train",
    "load_checkpoint": "train",
    "save_checkpoint": "train",
}
__all__ = ["Cell", "CellSpace", "Rules", "enumerate_cells", "nasbench101", "nasbench201", *_LATER]


def __getattr__(name: str):
    if name in _LATER:
        return getattr(importlib.import_module(f"wl2nas.{_LATER[name]}"), name)
    raise AttributeError(f"module 'wl2nas' has no attribute {name!r}")
