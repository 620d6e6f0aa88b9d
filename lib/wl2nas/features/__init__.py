"""Features."""

from wl2nas.features.graph_statistics import *  # noqa: F403
