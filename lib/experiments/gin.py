"""How many of all 423,624 cells networks with random weights tell apart: `make gin`.

By aggregate, epsilon, direction and number of layers, in float64, each count by ``distinct.join``.
A count with ambiguous pairs is refused. The two rows of the scoreboard are the networks with the
default settings.
"""

import time

from course.results import record
from wl2nas import cells, wl
from wl2nas.features import distinct, random_networks

SEED = 0
EPSILONS = (0.0, 0.1, 0.5, 1.0)
WHOLE = tuple(range(-8, 7))  # 1 + epsilon is whole
LAYERS = (1, 2, 3, 4)


def count(space, **settings) -> int:
    """The number of groups; RuntimeError where rounding leaves it open."""
    groups = random_networks.classes(space, seed=SEED, **settings)
    if groups.ambiguous:
        raise RuntimeError(f"{groups.ambiguous} ambiguous pairs with {settings}")
    print(f"{groups.distinct:>8,} classes: {settings}", flush=True)
    return groups.distinct


def scoreboard_row(space, direction: str) -> dict:
    """The counts for the scoreboard, and whether the classes are those of colour refinement."""
    groups = random_networks.classes(space, seed=SEED, direction=direction)
    code = wl.space_codes(space, direction=direction, rounds=2)[-1]
    return {
        **groups.counts,
        "same_as_colour_refinement": distinct.same_partition(groups.labels, code),
    }


def measure(space) -> dict:
    """All numbers for a space."""
    skeleton = {"direction": "undirected"}
    numbers: dict = {
        "gin_random_skeleton": scoreboard_row(space, "undirected"),
        "gin_random_directed": scoreboard_row(space, "both"),
    }
    numbers["skeleton_epsilon"] = {
        aggregate: {
            str(eps): count(space, aggregate=aggregate, epsilon=eps, layers=4, **skeleton)
            for eps in EPSILONS
        }
        for aggregate in ("sum", "mean", "max")
    }
    numbers["skeleton_whole_epsilon"] = {
        str(eps): count(space, epsilon=float(eps), **skeleton) for eps in WHOLE
    }
    numbers["layers"] = {
        direction: {
            aggregate: [
                count(space, aggregate=aggregate, direction=direction, layers=k) for k in LAYERS
            ]
            for aggregate in random_networks.AGGREGATES
            if aggregate != "gcn" or direction == "undirected"
        }
        for direction in ("undirected", "both")
    }
    numbers["skeleton_width"] = {
        str(width): count(space, width=width, **skeleton) for width in (1, 4, 16, 32)
    }
    numbers["skeleton_width_relu"] = {
        str(width): count(space, width=width, activation="relu", **skeleton)
        for width in (16, 32, 64, 128)
    }
    return numbers


def main():
    started = time.perf_counter()
    numbers = measure(cells.nasbench101())
    record("gin_classes", "make gin", numbers, seed=SEED, started=started)


if __name__ == "__main__":
    main()
