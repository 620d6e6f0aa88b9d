"""Several processes, one training: what all of them must see alike, and what one does for all.

Under `jax.distributed` every host runs the same program, and a step waits for all of them. Where
there is one process, as nearly always, nothing here does anything.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils


def first() -> bool:
    """Whether this is the process that writes files for all."""
    return jax.process_index() == 0


def wait_for_all(what: str):
    """Go on when every process is here: after the first has written, say, what all may read."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(what)


def agree(number: int, remedy: str):
    """ValueError, with the remedy, in every process unless all of them have this number."""
    if jax.process_count() == 1:
        return
    numbers = np.asarray(multihost_utils.process_allgather(np.asarray(number))).tolist()
    if len(set(numbers)) > 1:
        raise ValueError(f"the processes of this training have {numbers}: {remedy}")


def none_is_left_out(devices, batch: int):
    """ValueError if a process has no device among those that a batch is split over."""
    used = {device.process_index for device in devices}
    if left := sorted({device.process_index for device in jax.devices()} - used):
        raise ValueError(
            f"batch: {batch} cells can be split over {len(devices)} of the {jax.device_count()} "
            f"devices, which leaves process {left[0]} without any; make the batch a multiple of "
            f"{jax.device_count()}, and name no smaller number of devices"
        )


def own(tree):
    """Arrays that are the same on all devices of all processes, as arrays of this one alone."""
    return jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf)), tree)
