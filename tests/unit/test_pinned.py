"""What the library computes on both benchmarks, pinned, so that moving its code changes nothing.

Every fingerprint is a function without arguments that returns integers, texts, short digests of
whole numbers, or rounded floats; ``pinned.json`` holds what they returned when it was written.
A change that is meant is recorded by ``python tests/unit/test_pinned.py --write``; read the
difference before it is committed. Only the imports say where something lives.
"""

import dataclasses
import functools
import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from course.check import EXERCISES, QUESTIONS, port_steps
from wl2nas.benchmarks import load as load_table
from wl2nas.benchmarks.measured import trainings
from wl2nas.cells import OPERATIONS as OPERATIONS_101
from wl2nas.cells import (
    Cell,
    CellSpace,
    automorphisms,
    canonical_form,
    encode,
    enumerate_nasbench101,
    legal_matrices,
    module_hash,
    nasbench101,
    reordered,
    stack,
    structures,
    topological_orders,
    unlabelled_dags,
)
from wl2nas.cells.channels import convolution_parameters, parameters_by_vertex, vertex_channels
from wl2nas.cells.channels import trainable_parameters as parameters_of_one
from wl2nas.cells.edits import (
    distance,
    distances,
    in_topological_order,
    legal_edits,
    random_edits,
    slots,
)
from wl2nas.cells.nasbench_201 import (
    CHOICES,
    EDGES,
    NASBENCH201,
    RULES,
    TEMPLATE,
    arch_string,
    expression,
    nasbench201,
    parse,
)
from wl2nas.cells.nasbench_201 import OPERATIONS as OPERATIONS_201
from wl2nas.draw import OPERATION_STYLE, cell_layout, operation_style
from wl2nas.explore.classes import panel_text as classes_text
from wl2nas.explore.epsilon import count as count_epsilon
from wl2nas.explore.epsilon import distances as distances_epsilon
from wl2nas.explore.map_cell import describe as describe_on_map
from wl2nas.explore.map_cell import panel_text as map_text
from wl2nas.explore.members import ClassIndex, classes_by_size, describe
from wl2nas.explore.stepper import State, colours_of, drawn
from wl2nas.explore.stepper import decode as state_of
from wl2nas.explore.stepper import encode as text_of
from wl2nas.features import STATISTICS, longest_paths, one_hot, statistics, trainable_parameters
from wl2nas.features.distinct import join, same_partition
from wl2nas.features.random_networks import AGGREGATES, random_embedding, shuffled
from wl2nas.features.random_networks import classes as gin_classes
from wl2nas.generation import (
    Draws,
    count_unique,
    iid_draws,
    rates,
    valid_pruned,
    valid_published,
    valid_strict,
    without_padding,
)
from wl2nas.graphs import (
    cfi,
    cycle,
    find_cycle,
    from_edges,
    from_graph6,
    hexagon_and_triangles,
    on_a_path,
    relabel,
    rook,
    shrikhande,
    skeleton,
)
from wl2nas.latent import decode as decode_latents
from wl2nas.latent import (
    embed,
    exact,
    exact_reconstruction,
    posterior,
    principal_components,
    relabelling_gap,
)
from wl2nas.models.arch2vec import Arch2Vec, Arch2VecConfig
from wl2nas.models.autoregressive import Entries
from wl2nas.models.cell_vae import CellVAE, CellVAEConfig
from wl2nas.priors import full_covariance, per_entry, sample, standard
from wl2nas.search import bayesian_optimisation, random_search, reported_curve
from wl2nas.search.gp import fit_predict, squared_distances
from wl2nas.theory.fwl import refine as refine_tuples
from wl2nas.theory.fwl import separating_round as separating_round_of_tuples
from wl2nas.theory.orientations import (
    beta,
    bipolar_orientations,
    is_series_parallel,
    series_parallel,
)
from wl2nas.theory.partition import by_rounds, by_splitting, neighbour_lists
from wl2nas.theory.trees import all_trees, count, count_cycle, count_tree, fractional_isomorphism
from wl2nas.theory.trees import unfoldings as unfolding_trees
from wl2nas.train import (
    OURS,
    TrainConfig,
    about,
    epoch_order,
    fit,
    load_checkpoint,
    split_class_aware,
    split_published,
    split_random,
)
from wl2nas.wl import (
    DIRECTIONS,
    batch_colours,
    colour_counts,
    count_classes,
    refine,
    separating_round,
    space_codes,
)

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("pinned.json")
CHECKPOINTS = ("arch2vec_published", "arch2vec_repaired", "ours")
PUZZLE = 40_965, 182_952  # one skeleton, two cells

PINS = {}


def pin(name: str):
    """Register a fingerprint."""

    def register(function):
        assert name not in PINS, name
        PINS[name] = function
        return function

    return register


def digest(*arrays) -> str:
    """A short sha256 of arrays of whole numbers or booleans, their shapes included."""
    sha = hashlib.sha256()
    for array in map(np.asarray, arrays):
        assert array.dtype.kind in "biu", f"{array.dtype}: floats differ between processors"
        kind = "<u8" if array.dtype == np.uint64 else "<i8"
        sha.update(str(array.shape).encode() + np.ascontiguousarray(array, kind).tobytes())
    return sha.hexdigest()[:16]


def digest_texts(texts) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def whole(array):
    """Floats that are whole numbers, as such."""
    numbers = np.rint(array).astype(np.int64)
    assert (numbers == array).all()
    return numbers


def rounded(values, digits: int):
    """Floats as nested lists, far coarser than what another processor changes, and no -0."""
    return (np.round(np.asarray(values, np.float64), digits) + 0.0).tolist()


def by_first(labels):
    """The same partition with its classes numbered in the order in which they occur."""
    _, first, member = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[member]


def refusal(function, *arguments, **settings) -> str:
    """The message of the ValueError that is raised."""
    try:
        function(*arguments, **settings)
    except ValueError as error:
        return str(error)
    raise AssertionError("nothing was refused")


@functools.cache
def some(step: int) -> CellSpace:
    """Every so many cells of NAS-Bench-101."""
    return nasbench101().take(slice(None, None, step))


@functools.cache
def some_cells() -> list[Cell]:
    """About a hundred cells of all sizes."""
    whole_space = nasbench101()
    by_size = [np.flatnonzero(whole_space.n_vertices == n) for n in range(2, 8)]
    rows = [rows[:: max(1, len(rows) // 20)] for rows in by_size]
    return [whole_space[row] for row in np.concatenate(rows)]


def turned(cell: Cell, choice: int) -> Cell:
    """A cell in one of its topological orders."""
    orders = topological_orders(cell)
    return Cell(*relabel(cell.adjacency, cell.ops, orders[choice % len(orders)]))


@functools.cache
def skeleton_codes():
    return space_codes(nasbench101(), direction="undirected", rounds=2)[-1]


@functools.cache
def same_skeleton() -> CellSpace:
    """The cells of forty classes of every size from 2 to 6."""
    tables = classes_by_size(skeleton_codes())
    return nasbench101().take(np.concatenate([tables[k][:40].ravel() for k in range(2, 7)]))


@functools.cache
def trained(name: str):
    return load_checkpoint(ROOT / "data" / "checkpoints" / f"{name}.safetensors")


@functools.cache
def encoded(name: str):
    return posterior(trained(name), some(1_000))


@functools.cache
def decoded(name: str, seed: int | None = None) -> Draws:
    """What a trained model says to latents from the prior that its row is reported with."""
    means = np.asarray(encoded(name).mean)
    prior = per_entry(means) if means.ndim == 3 else standard(means.shape[1:])
    blocks = {} if seed is None else {"batch": 256}
    return decode_latents(trained(name), sample(prior, 400, seed=1), seed=seed, **blocks)


# --- cells: NAS-Bench-101 -----------------------------------------------------------------------


@pin("101: the whole space")
def whole_space():
    space = nasbench101()
    return [len(space), OPERATIONS_101, digest(space.adjacency), digest(space.ops)]


@pin("101: codes")
def codes():
    space = nasbench101()
    return [digest(space.codes), digest(encode(space.adjacency, space.ops))]


@pin("101: vertices and edges")
def sizes():
    space = nasbench101()
    return [np.bincount(space.n_vertices).tolist(), np.bincount(space.n_edges).tolist()]


@pin("101: encode and decode are inverse")
def there_and_back():
    space = nasbench101()
    again = CellSpace.from_codes(space.codes)
    same = (again.adjacency == space.adjacency).all() and (again.ops == space.ops).all()
    return [bool(same), digest(CellSpace.from_codes(np.sort(space.codes)[::97]).ops)]


@pin("101: enumerated from the definition")
def enumerated():
    space = enumerate_nasbench101()
    upto = [len(enumerate_nasbench101(n)) for n in range(2, 7)]
    same = bool((np.sort(space.codes) == np.sort(nasbench101().codes)).all())
    return [upto, len(space), same, digest(space.adjacency), digest(space.ops)]


@pin("101: legal matrices")
def matrices():
    return {n: [len(bits := legal_matrices(n)), digest(bits)] for n in range(2, 8)}


@pin("101: unlabelled graphs and their symmetries")
def dags():
    found = {}
    for n in range(2, 8):
        bits, same = unlabelled_dags(n)
        found[n] = [len(bits), int(same.sum()), digest(bits, same)]
    return found


@pin("101: structures")
def the_structures():
    first, member = structures(nasbench101())
    return [len(first), digest(first, member)]


@pin("101: topological orders")
def orders():
    found = [np.array(topological_orders(cell)) for cell in some_cells()]
    return [[len(ways) for ways in found], digest(*found)]


@pin("101: automorphisms")
def symmetries():
    found = [np.array(automorphisms(cell)) for cell in some_cells()]
    return [[len(ways) for ways in found], digest(*found)]


@pin("101: canonical forms")
def canonical():
    forms = [canonical_form(turned(cell, 5 * k + 3)) for k, cell in enumerate(some_cells())]
    same = (stack(forms).codes == stack(some_cells()).codes).all()
    return [bool(same), digest(stack(forms).codes)]


@pin("101: module hashes")
def hashes():
    space = nasbench101()
    rows = [0, 1, 167, *PUZZLE, 423_623]
    return [[module_hash(space[row]) for row in rows], digest_texts(map(module_hash, some_cells()))]


@pin("101: rows that are looked up")
def lookups():
    found = [nasbench101().row(turned(cell, 7 * k + 1)) for k, cell in enumerate(some_cells()[::5])]
    missing = refusal(some(2000).row, nasbench101()[PUZZLE[0]])
    return [found, missing]


@pin("101: one cell, as it is read")
def one_cell():
    cell = nasbench101()[PUZZLE[0]]
    from_names = Cell(cell.adjacency.astype(int).tolist(), list(cell.names))
    return [len(cell), cell.names, cell.edges, from_names.ops.tolist(),
            sum(len(c) for c in some(40_000))]  # fmt: skip


@pin("101: what is refused as a cell")
def refused():
    path = from_edges(3, [(0, 1), (1, 2)])
    ops = ["input", "conv3x3", "output"]
    full = np.triu(np.ones((5, 5), int), 1)
    tries = [
        (path, ops[:2]),
        (path, ["input", "conv5x5", "output"]),
        (path, ["input", 5, "output"]),
        (path, ["input", "output", "output"]),
        (path, ["conv1x1", "conv1x1", "output"]),
        (from_edges(3, [(0, 2)]), ops),
        (from_edges(4, [(0, 1), (0, 2), (1, 3)]), ["input", 1, 1, "output"]),
        (from_edges(4, [(0, 2), (2, 1), (1, 3)]), ["input", 1, 1, "output"]),
        (from_edges(4, [(0, 1), (1, 2), (2, 1), (2, 3)]), ["input", 1, 1, "output"]),
        (full, ["input", 1, 1, 1, "output"]),
        (np.triu(np.ones((8, 8), int), 1), ["input", *[1] * 6, "output"]),
        (np.zeros((1, 1), int), ["input"]),
        (2 * path.astype(int), ops),
    ]
    return [refusal(Cell, *arguments) for arguments in tries]


@pin("101: reordered and stacked")
def moved():
    space = shuffled(some(500), seed=3)
    inverse = np.argsort(np.argsort(space.ops < 0, axis=1, kind="stable"), axis=1)
    again = stack(some_cells())
    return [digest(space.adjacency, space.ops), digest(reordered(space, inverse).ops),
            digest(again.adjacency, again.ops), digest(again.n_edges)]  # fmt: skip


# --- cells: NAS-Bench-201 -----------------------------------------------------------------------


@pin("201: the whole space")
def whole_201():
    space = nasbench201()
    return [
        len(space),
        OPERATIONS_201,
        CHOICES,
        EDGES,
        digest(space.ops[:, 1:-1]),
        digest(space.ops),
    ]


@pin("201: the template")
def template():
    adjacency = nasbench201().adjacency
    return [list(adjacency.shape), digest(TEMPLATE), digest(adjacency[::5000])]


@pin("201: arch strings")
def strings():
    space = nasbench201()
    texts = [arch_string(cell) for cell in space]
    return [texts[0], texts[9_876], arch_string([1, 2, 3, 4, 5, 1]), digest_texts(texts)]


@pin("201: arch strings, read")
def parsed():
    space = nasbench201()
    rows = range(0, len(space), 7)
    same = all((parse(arch_string(space[row])) == space.ops[row, 1:-1]).all() for row in rows)
    return [same, [space.row(space[row]) for row in range(0, len(space), 1_000)],
            [refusal(parse, text) for text in ("", "|none~0|+|none~0|+|none~0|",
             "|none~0|+|none~0|none~1|+|none~0|none~1|none~3|",
             "|none~0|+|none~0|none~1|+|none~0|none~1|input~2|")]]  # fmt: skip


@functools.cache
def texts_of(rule: str) -> list[str]:
    return [expression(ops, rule) for ops in nasbench201().ops[:, 1:-1]]


@pin("201: different texts by rule")
def expressions():
    return {rule: len(set(texts_of(rule))) for rule in RULES}


@pin("201: texts by rule")
def written():
    return {rule: [texts_of(rule)[9_876], digest_texts(texts_of(rule)),
                   digest(by_first(texts_of(rule)))] for rule in RULES}  # fmt: skip


# --- how a cell becomes a network ---------------------------------------------------------------


@pin("network: channels and parameters of one structure")
def one_structure():
    cell = nasbench101()[PUZZLE[0]]
    fixed, inner = parameters_by_vertex(cell.adjacency)
    return [vertex_channels(cell.adjacency, 128, 256), int(fixed),
            [{str(op): int(number) for op, number in choices.items()} for choices in inner],
            [convolution_parameters(k, 64, 128) for k in (0, 1, 3)]]  # fmt: skip


@pin("network: trainable parameters")
def parameters():
    alone = [parameters_of_one(cell) for cell in some_cells()[::6]]
    return [[int(number) for number in alone], digest(trainable_parameters(some(10)))]


# --- colour refinement --------------------------------------------------------------------------


@functools.cache
def classes_of(benchmark: str, direction: str) -> tuple[list[int], list[str]]:
    """The number of classes after every round, and digests of the partitions."""
    space = nasbench101() if benchmark == "101" else nasbench201()
    found = space_codes(space, direction=direction)
    names = [by_first(code) for code in found]
    return [int(name.max()) + 1 for name in names], [digest(name) for name in names]


@pin("wl: classes of NAS-Bench-101")
def classes_101():
    return {direction: classes_of("101", direction)[0] for direction in DIRECTIONS}


@pin("wl: partitions of NAS-Bench-101")
def partitions_101():
    return {direction: classes_of("101", direction)[1] for direction in DIRECTIONS}


@pin("wl: classes of NAS-Bench-201")
def classes_201():
    return {direction: classes_of("201", direction)[0] for direction in DIRECTIONS}


@pin("wl: partitions of NAS-Bench-201")
def partitions_201():
    return {direction: classes_of("201", direction)[1] for direction in DIRECTIONS}


@pin("wl: the hashes themselves")
def raw_colours():
    """These may change with the codes of the operations, and then nothing else need."""
    spaces = some(100), nasbench201().take(slice(None, None, 10))
    return [
        digest(*batch_colours(space.adjacency, space.ops, direction=direction, rounds=2))
        for space in spaces
        for direction in DIRECTIONS
    ]


@pin("wl: colours of one graph")
def refined():
    found = {}
    for direction in DIRECTIONS:
        histories = [refine(c.adjacency, c.ops, direction=direction) for c in some_cells()]
        rounds = sum(len(history) for history in histories)
        found[direction] = [rounds, digest(*(colours for h in histories for colours in h))]
    return found


@pin("wl: separating rounds")
def separated():
    members = same_skeleton()
    pairs = [(members[k], members[k + 1]) for k in range(0, 60, 3)]
    pairs.append(tuple(nasbench101()[row] for row in PUZZLE))
    return {
        direction: [
            separating_round(a.adjacency, b.adjacency, a.ops, b.ops, direction=direction)
            for a, b in pairs
        ]
        for direction in DIRECTIONS
    }


@pin("wl: counts of colours")
def subtree_features():
    found = {}
    for name, space in (("101", some(100)), ("201", nasbench201().take(slice(None, None, 10)))):
        for direction in DIRECTIONS:
            counts = colour_counts(space, direction=direction, rounds=2)
            kernel = (counts[:200] @ counts[:200].T).toarray()
            found[f"{name} {direction}"] = [list(counts.shape), int(counts.sum()),
                                            counts.nnz, digest(whole(kernel))]  # fmt: skip
    return found


@pin("wl: classes of a part")
def classes_of_a_part():
    return {d: count_classes(some(50), direction=d, rounds=3) for d in DIRECTIONS}


# --- beside colour refinement -------------------------------------------------------------------


@pin("gin: classes")
def random_networks():
    found = {}
    for direction in DIRECTIONS:
        for aggregate in AGGREGATES:
            if aggregate != "gcn" or direction == "undirected":
                groups = gin_classes(some(300), direction=direction, aggregate=aggregate)
                found[f"{direction} {aggregate}"] = [groups.distinct, groups.ambiguous,
                                                     digest(by_first(groups.labels))]  # fmt: skip
    return found


@pin("gin: classes with other settings")
def other_networks():
    space = nasbench201().take(slice(None, None, 20))
    settings = [
        (some(300), {"epsilon": 0, "direction": "undirected"}),
        (some(300), {"activation": "relu"}),
        (some(300), {"layers": 0}),
        (some(300), {"layers": 3, "width": 8, "seed": 1}),
        (space, {"labels": 7}),
        (space, {"labels": 7, "direction": "undirected", "layers": 3}),
    ]
    return [list(gin_classes(space, **given).counts.values())[::2] for space, given in settings]


@pin("gin: vectors")
def random_vectors():
    return rounded(random_embedding(some(100_000), width=4), 8)


@pin("distinct: groups")
def groups():
    rng = np.random.default_rng(0)
    noisy = rng.integers(0, 3, (500, 4)) + 1e-9 * rng.random((500, 4))
    found = join(noisy, 1e-8)
    return [found.distinct, found.ambiguous, digest(by_first(found.labels)),
            same_partition(found.labels, np.rint(noisy) @ [1, 3, 9, 27])]  # fmt: skip


@pin("partition: stable colours of a grid")
def stable():
    edges = [(6 * x + y, 6 * x + y + 1) for x in range(6) for y in range(5)]
    edges += [(6 * x + y, 6 * x + y + 6) for x in range(5) for y in range(6)]
    lists = neighbour_lists(36, edges)
    found = by_rounds(lists), by_splitting(lists)
    return [[digest(colours), visits] for colours, visits in found]


@pin("fwl: tuples")
def tuples():
    pairs = [hexagon_and_triangles(), (rook(), shrikhande()), cfi(cycle(3))]
    cell = nasbench101()[PUZZLE[0]]
    history = {k: refine_tuples(cell.adjacency, cell.ops, k=k) for k in (2, 3)}
    return [
        [[separating_round_of_tuples(*pair, k=k) for k in (1, 2, 3)] for pair in pairs],
        {k: [len(np.unique(c)) for c in states] for k, states in history.items()},
    ]


@pin("trees: homomorphisms and unfoldings")
def homomorphisms():
    a, b = hexagon_and_triangles()
    trees = all_trees(6)
    matrix = fractional_isomorphism(a, b)
    cell = nasbench101()[PUZZLE[0]]
    return [
        [[count_tree(tree, graph) for tree in trees] for graph in (a, b, skeleton(TEMPLATE))],
        [[count_cycle(k, graph) for k in range(3, 8)] for graph in (a, b, rook(), shrikhande())],
        count(cycle(4), rook()),
        rounded(matrix, 6)[0],
        digest_texts(map(str, unfolding_trees(cell.adjacency, 3, cell.ops))),
    ]


@pin("orientations: counted and invariant")
def directions():
    chosen = [cell for cell in some_cells() if 3 <= len(cell) <= 5][::5]
    skeletons = [skeleton(cell.adjacency) for cell in chosen]
    return [
        [len(bipolar_orientations(s, 0, len(s) - 1)) for s in skeletons],
        [beta(s, 0, len(s) - 1) for s in skeletons],
        [beta(skeleton(cell.adjacency), 0, len(cell) - 1) for cell in some_cells()[::4]],
    ]


@pin("orientations: series-parallel cells")
def series():
    found = series_parallel(some(10))
    return [int(found.sum()), digest(found), is_series_parallel(TEMPLATE)]


@pin("graphs: small ones")
def small_graphs():
    a, b = cfi(rook())
    return [digest(a, b), digest(rook(), shrikhande()), digest(*hexagon_and_triangles()),
            find_cycle(cycle(3)), find_cycle(TEMPLATE), digest(from_graph6("E?Bw")),
            refusal(from_edges, 3, [(0, 3)])]  # fmt: skip


# --- features and edits -------------------------------------------------------------------------


@pin("features: statistics")
def seven_numbers():
    found = statistics(some(10))
    return [STATISTICS, rounded(found[:3], 6), digest(whole(found[:, :6])),
            rounded(found.mean(axis=0), 6)]  # fmt: skip


@pin("features: one-hot matrices")
def stored_forms():
    found = one_hot(some(10))
    return [list(found.shape), digest(whole(found))]


@pin("features: longest paths")
def paths():
    found = longest_paths(nasbench101())
    return [np.bincount(found).tolist(), digest(found)]


@pin("edit: distances")
def edits():
    first, second = some(2_000), some(2_000).take(slice(None, None, -1))
    a, b = (nasbench101()[row] for row in PUZZLE)
    found = distances(first, second)
    return [np.bincount(found).tolist(), digest(found), distance(a, b), distance(a, a)]


@pin("edit: legal changes")
def changes():
    relabelled, toggled = legal_edits(some(100))
    return [int(relabelled.sum()), int(toggled.sum()), digest(relabelled), digest(toggled)]


@pin("edit: random changes")
def random_changes():
    before = some(500)
    after = random_edits(before, np.random.default_rng(7))
    return [digest(after.adjacency, after.ops), sorted(set(distances(before, after).tolist()))]


@pin("edit: orders of vertices")
def other_orders():
    order = np.argsort(np.random.default_rng(5).random((len(some(500)), 7)), axis=1, kind="stable")
    sorted_again = in_topological_order(reordered(some(500), order))
    return [digest(sorted_again.adjacency, sorted_again.ops), digest(slots(some(500)).ops)]


# --- generation ---------------------------------------------------------------------------------


def judged(draws: Draws) -> dict:
    """The three rules of NAS-Bench-101 on the same draws, and the rates."""
    strict, legal = valid_strict(draws)
    rules = {"published": valid_published(draws), "pruned": valid_pruned(draws), "strict": strict}
    found = {name: [int(valid.sum()), digest(valid)] for name, valid in rules.items()}
    return found | {"cells": digest(legal.adjacency, legal.ops), "unique": count_unique(legal),
                    "rates": rounded(rates(draws), 6)}  # fmt: skip


@pin("generation: independent edges")
def independent():
    draws = iid_draws(4_000, 0.41, seed=0)
    return [digest(draws.adjacency, draws.ops, draws.padding), digest(on_a_path(draws.adjacency))]


@pin("generation: independent edges, judged")
def independent_judged():
    return judged(iid_draws(4_000, 0.41, seed=0))


@pin("generation: independent edges with padding, judged")
def padded_judged():
    """Every size of cells occurs, with its padding anywhere between the vertices."""
    draws, rng = iid_draws(6_000, 0.5, seed=1), np.random.default_rng(2)
    padding = rng.random(draws.padding.shape) < 0.25
    space = without_padding(draws._replace(padding=padding))
    return judged(draws._replace(padding=padding)) | {"moved": digest(space.adjacency, space.ops)}


@pin("generation: the cells themselves, judged")
def cells_judged():
    space = some(211)
    return judged(Draws(space.adjacency, space.ops.astype(int), space.ops < 0))


@pin("generation: decoded draws, judged")
def decoded_judged():
    return {name: [judged(decoded(name)), judged(decoded(name, 3))] for name in CHECKPOINTS}


@pin("generation: draws of NAS-Bench-201, judged")
def judged_201():
    """Cells, some of which have a wrong edge, and some a wrong operation."""
    space, rng = nasbench201().take(slice(None, None, 9)), np.random.default_rng(0)
    adjacency = space.adjacency ^ np.triu(rng.random(space.adjacency.shape) < 0.01, 1)
    ops = np.where(rng.random(space.ops.shape) < 0.05, rng.integers(0, 7, space.ops.shape),
                   space.ops).astype(int)  # fmt: skip
    draws = Draws(adjacency, ops, np.zeros(ops.shape, bool), NASBENCH201)
    rules = valid_strict(draws)[0], valid_published(draws)
    return [[[int(valid.sum()), digest(valid)] for valid in rules],
            rounded(rates(draws), 6)]  # fmt: skip


# --- the trained models -------------------------------------------------------------------------


@pin("latent: decoded greedily")
def decoded_greedily():
    return {name: [digest(part) for part in decoded(name)[:3]] for name in CHECKPOINTS}


@pin("latent: decoded with a seed")
def decoded_with_a_seed():
    return {name: [digest(part) for part in decoded(name, 3)[:3]] for name in CHECKPOINTS}


@pin("latent: cells reconstructed")
def reconstructed():
    space, found = some(1_000), {}
    for name in CHECKPOINTS:
        model = trained(name)
        draws = decode_latents(model, encoded(name).mean)
        right = [exact(draws, space, padding=padding) for padding in (False, True)]
        share = exact_reconstruction(model, space)
        found[name] = [round(share * len(space)), [int(r.sum()) for r in right], digest(*right)]
    return found


@pin("latent: cells told apart")
def told_apart():
    space, found = same_skeleton(), {}
    for name in CHECKPOINTS:
        model = trained(name)
        gap = relabelling_gap(model, space.take(slice(None, None, 9)))
        n, _, ambiguous, labels = join(embed(model, space), gap)
        found[name] = [len(space), n, ambiguous, digest(by_first(labels))]
    return found


@pin("latent: embeddings")
def embeddings():
    return {name: rounded(embed(trained(name), some(200_000))[:, :6], 3) for name in CHECKPOINTS}


@pin("latent: principal components")
def components():
    found = {}
    for name in CHECKPOINTS:
        coordinates, shares = principal_components(embed(trained(name), some(1_000)), 2)
        found[name] = [rounded(coordinates[:3], 2), rounded(shares, 3)]
    return found


@pin("priors: draws, decoded and judged")
def priors():
    found = {}
    for name in CHECKPOINTS:
        model = trained(name)
        means = np.asarray(encoded(name).mean)
        given = {"per entry": per_entry(means), "full": full_covariance(encoded(name))}
        if means.ndim == 3:
            given["shared"] = per_entry(means, per_position=False)
        for kind, prior in given.items():
            draws = decode_latents(model, sample(prior, 300, seed=0))
            valid, legal = valid_strict(draws)
            counts = [int(rule(draws).sum()) for rule in (valid_published, valid_pruned)]
            found[f"{name} {kind}"] = [*counts, int(valid.sum()), count_unique(legal)]
    return found


@pin("train: what the checkpoints say")
def notes():
    kept = {name: about(ROOT / "data" / "checkpoints" / f"{name}.safetensors")
            for name in CHECKPOINTS}  # fmt: skip
    return {name: [note["format"], note["model"], note["config"]] for name, note in kept.items()}


# --- training -----------------------------------------------------------------------------------


@pin("train: settings")
def settings():
    defaults = {"TrainConfig": TrainConfig(), "OURS": OURS, "Arch2VecConfig": Arch2VecConfig(),
                "CellVAEConfig": CellVAEConfig()}  # fmt: skip
    return {name: dataclasses.asdict(config) for name, config in defaults.items()}


@pin("train: splits")
def splits():
    made = {
        "published": split_published(423_624),
        "random": split_random(15_625),
        "random, seed 1": split_random(423_624, seed=1),
        "class-aware": split_class_aware(nasbench101()),
        "class-aware, a part, seed 1": split_class_aware(some(50), seed=1),
        "class-aware, 201": split_class_aware(nasbench201()),
    }
    return {name: [len(a), len(b), digest(a, b)] for name, (a, b) in made.items()}


@pin("train: order of the cells")
def order_of_cells():
    rows, _ = split_random(15_625)
    configs = TrainConfig(), TrainConfig(seed=3, reshuffle=True), OURS
    return [[digest(order := epoch_order(config, rows, epoch)), list(order.shape)]
            for config in configs for epoch in (0, 1)]  # fmt: skip


@pin("autoregressive: entries")
def entries():
    found = []
    for vertices, operations, space in ((7, 5, some(1_000)), (8, 7, nasbench201())):
        given = Entries(vertices, operations)
        part = space.take(slice(0, 300))
        columns = np.asarray(given.write(jnp.asarray(part.adjacency), jnp.asarray(part.ops)))
        read = given.read(jnp.asarray(columns))
        found.append([list(given.widths), digest(given.entry_of_column), digest(whole(columns)),
                      digest(*read)])  # fmt: skip
    return found


def losses_of(model, space) -> list:
    """The loss parts of the first steps of a training."""
    config = dataclasses.replace(OURS, batch=16, epochs=1)
    return rounded(fit(model, space, np.arange(400), config, steps=4, progress_bar=False), 3)


@pin("train: arch2vec on NAS-Bench-101, the first steps")
def arch2vec_begins():
    config = Arch2VecConfig(hidden=16, latent=4, layers=1)
    return losses_of(Arch2Vec(config, rngs=nnx.Rngs(0)), some(1_000))


@pin("train: ours on NAS-Bench-201, the first steps")
def ours_begins():
    config = CellVAEConfig(vertices=8, operations=7, width=16, latent=4, hidden=40, layers=1)
    return losses_of(CellVAE(config, rngs=nnx.Rngs(0)), nasbench201())


# --- benchmarks and search ----------------------------------------------------------------------


@pin("benchmarks: the measured table")
def measured():
    table = load_table("measured")
    return [table.name, len(table), digest(table.rows), table.best,
            digest(np.rint(1e4 * table.objective).astype(int)),
            digest(np.rint(1e4 * table.reported).astype(int)),
            rounded([table.query(table.best), table.regret(table.rows[0])], 4), table.asked,
            refusal(table.query, -1), refusal(load_table, "nasbench301")]  # fmt: skip


@pin("benchmarks: the trainings of the table")
def all_trainings():
    table = trainings()
    names = ["row", "seed", "parameters"]
    return [len(table), list(table.columns), digest(*(table[name].to_numpy() for name in names))]


@pin("gp: a posterior")
def gaussian_process():
    rng = np.random.default_rng(0)
    x, new = rng.normal(size=(20, 3)), rng.normal(size=(4, 3))
    found = fit_predict(squared_distances(x, x), x[:, 0] ** 2, squared_distances(new, x))
    return rounded(found, 6)


def told(table, history) -> list:
    return [history.rows.tolist(), history.incumbents().tolist(),
            rounded(reported_curve(table, history), 4), table.asked]  # fmt: skip


@pin("search: at random")
def at_random():
    found = []
    for seed in (0, 1):
        table = load_table("measured")
        found.append(told(table, random_search(table, 30, seed=seed)))
    return found


def optimised(features) -> list:
    found = []
    for seed in (0, 1):
        table = load_table("measured")
        found.append(told(table, bayesian_optimisation(table, features, 25, seed=seed)))
    return found


@pin("search: on statistics")
def on_statistics():
    return optimised(statistics(nasbench101().take(load_table("measured").rows)))


@pin("search: on counts of colours")
def on_colours():
    space = nasbench101().take(load_table("measured").rows)
    return {
        direction: optimised(colour_counts(space, direction=direction, rounds=2))
        for direction in ("undirected", "both")
    }


# --- explorers, figures, questions --------------------------------------------------------------


@pin("explore: the state of the stepper as text")
def stepper():
    a, b = (drawn(nasbench101()[row]) for row in PUZZLE)
    text = text_of(State((a, b), 2, True))
    again = state_of(text)
    colours = [c.tolist() for d in DIRECTIONS for c in colours_of(again, d)]
    return [text, text_of(again), text_of(State((drawn(cycle(5), [0, 1, 0, 1, 2]),))), colours,
            refusal(state_of, "round=1")]  # fmt: skip


@pin("explore: classes by size")
def tables():
    found = classes_by_size(skeleton_codes())
    return {size: [len(table), digest(table)] for size, table in found.items()}


@pin("explore: members of a class")
def members():
    tables = classes_by_size(skeleton_codes())
    found = [describe(nasbench101(), tables[size][3].tolist()) for size in range(1, 7)]
    return [[d.rows, [n.tolist() for n in d.numbers], d.turned, d.longest, d.colours.tolist(),
             d.ways] for d in found]  # fmt: skip


@pin("explore: texts of the classes")
def texts_of_classes():
    space, tables = nasbench101(), classes_by_size(skeleton_codes())
    values = {"Edges": space.n_edges}
    return [classes_text(space, describe(space, tables[size][5].tolist()), values)
            for size in (1, 2, 6)]  # fmt: skip


@pin("explore: classes and distances of epsilon")
def classes_of_epsilon():
    small = some(20)
    small = small.take(small.n_vertices <= 6)
    return [[count_epsilon(small, epsilon).distinct, rounded(distances_epsilon(epsilon), 2)]
            for epsilon in (-2, -1, 0, 0.1, 1)]  # fmt: skip


@pin("explore: texts of the map")
def texts_of_the_map():
    index = ClassIndex(nasbench101())
    return [map_text(index.space, describe_on_map(index, row))
            for row in (0, 167, PUZZLE[0])]  # fmt: skip


@pin("draw: places of the vertices")
def places():
    rows = [nasbench101()[row].adjacency for row in (*PUZZLE, 5, 167)]
    return [rounded(cell_layout(adjacency), 3) for adjacency in (*rows, TEMPLATE)]


@pin("draw: styles of the operations")
def styles():
    return [{str(op): style for op, style in styles.items()}
            for styles in (OPERATION_STYLE, operation_style(NASBENCH201))]  # fmt: skip


@pin("check: the truth of every question")
def truths():
    found = {}
    for name, question in QUESTIONS.items():
        truth = question.truth()
        is_float = isinstance(truth, float | np.floating)
        found[name] = [type(truth).__name__, rounded(truth, 6) if is_float else truth]
    return found


@pin("check: names")
def names():
    return [list(QUESTIONS), list(EXERCISES), port_steps(), port_steps(training=False)]


# --- comparing ----------------------------------------------------------------------------------


def fingerprint(name: str):
    """As a file holds it: lists for tuples, texts for keys."""
    return json.loads(json.dumps(PINS[name]()))


def as_text(pins: dict) -> str:
    lines = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pins.items())
    return "{\n" + ",\n".join(lines) + "\n}"


@functools.cache
def pinned() -> dict:
    return json.loads(FILE.read_text(encoding="utf-8"))


def difference(name: str, found) -> str:
    return f"{name}\n  pinned: {json.dumps(pinned()[name])}\n  found:  {json.dumps(found)}"


def test_every_fingerprint_is_pinned():
    assert pinned().keys() == PINS.keys()


@pytest.mark.parametrize("name", PINS)
def test_pinned(name):
    found = fingerprint(name)
    assert found == pinned()[name], difference(name, found)


def another_processor() -> dict[str, str]:
    """Settings under which NumPy, its BLAS and XLA compute as on an old processor."""
    features = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
    settings = {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1"}
    if features:
        settings["NPY_DISABLE_CPU_FEATURES"] = " ".join(features)
    if platform.machine() in ("x86_64", "AMD64"):
        settings |= {"XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2", "OPENBLAS_CORETYPE": "Prescott"}
    return settings


@pytest.mark.slow
def test_the_same_on_another_processor():
    run = subprocess.run(
        [sys.executable, __file__, "--print"],
        env={**os.environ, **another_processor()},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found.keys() == PINS.keys()
    differ = [name for name in PINS if found[name] != pinned()[name]]
    assert not differ, "\n".join(difference(name, found[name]) for name in differ)


if __name__ == "__main__":
    if sys.argv[1:] not in (["--print"], ["--write"]):
        sys.exit("usage: test_pinned.py --print | --write")
    text = as_text({name: fingerprint(name) for name in PINS})
    if sys.argv[1] == "--print":
        print(text)
    else:
        FILE.write_text(text + "\n", encoding="utf-8")
