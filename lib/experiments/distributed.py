"""`python -m experiments.distributed ROW`: train one row of the tables on several hosts together.

Every host runs this line, with the same row. The cells, their order, the settings and so the losses
are those of `make reproduce`, up to rounding; every batch is split over the devices of all hosts.
The folder build/ must be one that all of them share (a link to it will do): the first host writes
there, and a run that was interrupted goes on from there. Then `make reproduce --only ROW`, on one
machine, measures the model as if it had trained it.

On Cloud TPUs nothing else has to be said. Elsewhere each host is told where the first one listens,
how many there are, and which it is:

    python -m experiments.distributed ours --coordinator 10.0.0.2:8476 --processes 2 --process 0
"""

import argparse

import jax

from experiments import reproduce
from experiments.reproduce import Run
from wl2nas.train import hosts


def join(coordinator: str | None, processes: int | None, process: int | None):
    """Become one of several processes; without arguments JAX asks the cluster that it is on."""
    jax.config.update("jax_cpu_collectives_implementation", "gloo")  # where devices are processors
    jax.distributed.initialize(coordinator, processes, process)


def do(run: Run):
    """Train a run, and let the first process keep the model."""
    reproduce.BUILD.mkdir(parents=True, exist_ok=True)
    model, history = reproduce.train_one(run)
    if hosts.first():
        reproduce.save(run, model, history)
    hosts.wait_for_all(run.name)
    if hosts.first():
        print(f"{run.name}: {history['training_seconds']} s on {jax.device_count()} devices of "
              f"{jax.process_count()} processes", flush=True)  # fmt: skip


def parse(arguments=None) -> argparse.Namespace:
    """The arguments of this script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("row", choices=reproduce.ROWS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--coordinator", help="host:port where the first process listens")
    parser.add_argument("--processes", type=int, help="how many there are")
    parser.add_argument("--process", type=int, help="which of them this is, from 0 on")
    return parser.parse_args(arguments)


def main(arguments=None):
    given = parse(arguments)
    join(given.coordinator, given.processes, given.process)
    do(Run(given.row, seed=given.seed))


if __name__ == "__main__":
    main()
