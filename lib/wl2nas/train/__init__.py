"""Training."""

from wl2nas.train.loop import *  # noqa: F403
