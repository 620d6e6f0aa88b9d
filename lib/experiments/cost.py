"""`make cost`: what colour refinement costs, and exact search for isomorphisms beside it.

``growth``: both ways of `wl2nas.partition`, on sparse graphs of up to about 100,000 edges.
``search``: on pairs of graphs, refinement of both side by side, networkx's VF2 and igraph's BLISS.
Each runs in a process of its own, stopped LIMIT seconds after it has read its graphs; a method
stopped twice in a family (growth: once) is not tried further. Visits do not depend on the machine.
"""

import itertools
import multiprocessing
import random
import signal
import statistics
import time
from functools import partial

import igraph
import networkx as nx
import numpy as np

from course.results import load_average, record
from wl2nas import graphs
from wl2nas.theory import partition

LIMIT, SHORT = 15.0, 0.5  # seconds: after these a run is stopped; below these it is done 3 times


def renamed(rng, *pair: nx.Graph) -> list[nx.Graph]:
    """The same graphs with their vertices renamed at random, to 0, 1, ..."""
    orders = [rng.sample(sorted(graph), len(graph)) for graph in pair]
    matrices = [nx.to_numpy_array(*one) for one in zip(pair, orders, strict=True)]
    return [nx.from_numpy_array(matrix) for matrix in matrices]


def cfi_pair(n: int, rng) -> list[nx.Graph]:
    """Cai, Fürer and Immerman's pair over a random cubic graph of n vertices: 4n vertices each."""
    base = nx.random_regular_graph(3, n, seed=rng)
    return renamed(rng, *map(nx.from_numpy_array, graphs.cfi(nx.to_numpy_array(base))))


def equations(n: int, rng) -> list[list[int]]:
    """Random triples of n unknowns, such that every unknown is in four of them; 3 divides n."""
    while True:
        places = rng.sample([*range(n)] * 4, 4 * n)
        triples = [places[i : i + 3] for i in range(0, 4 * n, 3)]
        if all(len(set(triple)) == 3 for triple in triples):
            return triples


def graph_of(n: int, triples, sums) -> nx.Graph:
    """Equations x + y + z = sum modulo 2 as a graph.

    Two vertices for the values of every unknown, four for the solutions of every equation by
    itself, and an edge from such a solution to each of the three values in it.
    """
    solutions = [
        [2 * x + value for x, value in zip(triple, values, strict=True)]
        for triple, total in zip(triples, sums, strict=True)
        for values in itertools.product((0, 1), repeat=3)
        if sum(values) % 2 == total
    ]
    return nx.Graph([(2 * n + k, end) for k, ends in enumerate(solutions) for end in ends])


def multipede_pair(n: int, rng) -> list[nx.Graph]:
    """Equations with all sums 0, and with one sum 1: but the left sides add up to 0 modulo 2.

    With two places for every unknown, not four, these would be Cai, Fürer and Immerman's graphs,
    whose symmetries help a search; from 30 unknowns on these have none. Source: Gurevich and
    Shelah 1996; Neuen and Schweitzer 2018, arXiv 1705.03283.
    """
    triples = equations(n, rng)
    sums = [0] * len(triples)
    return renamed(rng, graph_of(n, triples, sums), graph_of(n, triples, [1, *sums[1:]]))


DOUBLING, POWERS = [100 * 2**k for k in range(11)], [2**k for k in range(4, 10)]
GROWTH = {  # the last two have about two edges for every vertex
    "path": (DOUBLING, lambda n, _: [nx.path_graph(n)]),
    "random tree": (DOUBLING, lambda n, rng: [nx.random_labeled_tree(n, seed=rng)]),
    "grid": ([10, 14, 20, 28, 40, 57, 80, 113, 160, 226], lambda k, _: [nx.grid_2d_graph(k, k)]),
    "random sparse": (DOUBLING[:-1], lambda n, rng: [nx.gnm_random_graph(n, 2 * n, seed=rng)]),
}
SEARCH = {  # "random": a graph in which every edge is there with probability 1/2, and a copy
    "cfi": ([4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 40, 80, 160], cfi_pair),
    "multipede": ([9, 12, 15, *range(30, 166, 15)], multipede_pair),
    "random": (POWERS, lambda n, rng: renamed(rng, *[nx.gnp_random_graph(n, 0.5, seed=rng)] * 2)),
}


def refining(way, *parts: nx.Graph):
    """The call that refines a graph, or two side by side, and says what it proves about the two."""
    union = nx.disjoint_union_all(parts)  # numbers the vertices
    lists = partition.neighbour_lists(len(union), union.edges)

    def call() -> dict:
        stable = way(lists)
        proved = verdict(stable.colours, len(parts[0])) if len(parts) == 2 else "stable"
        return {"visits": stable.visits, "verdict": proved}

    return call


def verdict(colours, n: int) -> str:
    """What the stable colours of two graphs side by side prove; the first has n vertices."""
    a, b = (np.bincount(part, minlength=colours.max() + 1) for part in np.split(colours, [n]))
    if (a != b).any():
        return "not isomorphic"
    return "isomorphic" if (a == 1).all() else "cannot tell"


def searching(same, read, *pair: nx.Graph):
    """The call that searches a pair for an isomorphism."""
    a, b = map(read, pair)
    return lambda: {"verdict": "isomorphic" if same(a, b) else "not isomorphic"}


METHODS = {
    "splitting": partial(refining, partition.by_splitting),
    "rounds": partial(refining, partition.by_rounds),
    "vf2": partial(searching, nx.is_isomorphic, nx.Graph),
    "bliss": partial(searching, igraph.Graph.isomorphic_bliss, igraph.Graph.from_networkx),
}


def _child(pipe, method: str, inputs):
    """Send what a method found and its seconds; the median of three if it is short."""
    signal.alarm(240)  # should whoever started it be killed
    call = METHODS[method](*inputs)
    seconds: list[float] = []
    pipe.send("ready")
    while len(seconds) < (3 if max(seconds, default=0) < SHORT else 1):
        started = time.perf_counter()
        found = call()
        seconds.append(time.perf_counter() - started)
    pipe.send(found | {"seconds": float(f"{statistics.median(seconds):.3g}")})


def within(limit: float, method: str, *inputs: nx.Graph) -> dict:
    """What a method finds, in a process of its own that is killed after ``limit`` seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["igraph", "networkx", "wl2nas.graphs"])
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(send, method, inputs), daemon=True)
    child.start()
    send.close()
    try:
        receive.recv()
        return receive.recv() if receive.poll(limit) else {"seconds": None, "verdict": "stopped"}
    finally:
        child.kill()
        child.join()


def measure(families: dict, methods, draws: int):
    """One line for every method and graph, or pair of graphs."""
    for family, (sizes, make) in families.items():
        stops = dict.fromkeys(methods, 0)
        for n, draw in itertools.product(sizes, range(draws)):
            inputs = make(n, random.Random(1000 * n + draw))
            vertices, edges = len(inputs[0]), inputs[0].number_of_edges()
            line = {"family": family, "size": n, "draw": draw, "vertices": vertices, "edges": edges}
            for method in [m for m in methods if stops[m] <= draws / 2]:
                found = within(LIMIT, method, *inputs)
                if method == "rounds" and "visits" in found:  # the last round changes nothing
                    found["rounds"] = found["visits"] // (2 * edges)
                stops[method] += found["verdict"] == "stopped"
                print(family, n, draw, method, *found.values())
                yield {**line, "method": method, **found}


def main():
    started, load = time.perf_counter(), load_average()
    growth = list(measure(GROWTH, ("splitting", "rounds"), draws=1))
    search = list(measure(SEARCH, ("splitting", "vf2", "bliss"), draws=3))
    numbers = {"limit_s": LIMIT, "load_before": load, "growth": growth, "search": search}
    record("wl_cost", "make cost", numbers, seed=0, started=started)


if __name__ == "__main__":
    main()
