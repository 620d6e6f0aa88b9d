"""Search."""

from wl2nas.search.methods import *  # noqa: F403
