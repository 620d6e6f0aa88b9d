"""Cells and spaces of cells."""

from wl2nas.cells.nasbench_201 import nasbench201 as nasbench201
from wl2nas.cells.space import *  # noqa: F403
