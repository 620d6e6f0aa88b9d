"""Explorers: widgets over the modules of the library, for JupyterLab and Colab.

Each has one file, keeps its arithmetic in plain functions that are tested without a browser, and
leaves a picture where there is no kernel. Needs the extra ``wl2nas[lab]``.
"""

from wl2nas.explore.classes import Classes
from wl2nas.explore.editor import Editor
from wl2nas.explore.epsilon import Epsilon
from wl2nas.explore.map import Map
from wl2nas.explore.replay import Replay
from wl2nas.explore.stepper import Stepper

__all__ = ["Classes", "Editor", "Epsilon", "Map", "Replay", "Stepper"]
