from itertools import permutations

import numpy as np

from course.representations import checkpoint
from wl2nas import cells, latent, train
from wl2nas.cells import edits


def changes(a, b):
    n, fewest = len(a.ops), np.inf
    for inner in permutations(range(1, n - 1)):
        order = np.array([0, *inner, n - 1])
        edges = (a.adjacency[np.ix_(order, order)] != b.adjacency).sum()
        fewest = min(fewest, edges + (a.ops[order] != b.ops).sum())
    return int(fewest)


def as_numbered(a, b):
    return int((a.adjacency != b.adjacency).sum() + (a.ops != b.ops).sum())


def both_ways(a, b):
    return 2 * edits.distance(a, b)


def around_cells(step, rows):
    """Latents of these rows, each moved by a random step."""
    model = train.load_checkpoint(checkpoint("arch2vec_published"))
    centres = np.asarray(latent.posterior(model, cells.nasbench101().take(rows)).mean)
    rng = np.random.default_rng(0)
    return centres + step * centres.std(axis=0) * rng.normal(size=centres.shape)


NEAR_CELLS = around_cells(0.3, np.arange(0, 400_000, 200))
ONE_CELL = around_cells(0.01, np.zeros(2_000, int))
FAR_OUT = around_cells(5.0, np.arange(0, 400_000, 200))

TRUTHS = {
    "bridge to chain": 3,
    "follows changes": "ours",
    "step of length zero": 2,
    "halfway": 25,
    "within a group": 7.5,
    "random edges": 75,
}
WRONG = {
    "bridge to chain": 4,
    "follows changes": "arch2vec",
    "step of length zero": 1,
    "halfway": 90,
    "within a group": 2,
    "random edges": 45,
}
# Rows 40965 and 182952 are the opening puzzle of notebook 00: one skeleton.
RIGHT = {
    "without its edge": ["published", " Published "],
    "edge probability": [0.4, "40 %"],
    "a better prior": [NEAR_CELLS],
    "changes by hand": [4, "4", 4.0],
    "edit distance": [changes, edits.distance],
    "legal all the way": [(31_851, 7_023), [270_648, 373_511]],
    "near and far": [(31_146, 265_848), np.array([367_675, 18_405])],
}
FAULTS = [
    ("without its edge", "both", "prune first"),
    ("without its edge", 3, "answer 'published', 'strict', 'both' or 'neither', not 3"),
    ("edge probability", 0.9, r"at 0.9, \d+% are valid; somewhere it is \d+%"),
    ("edge probability", 1.5, "a probability lies between 0 and 1"),
    ("a better prior", NEAR_CELLS[:10], "submit 2,000 latents"),
    ("a better prior", [1, 2], "submit 2,000 latents"),
    ("a better prior", ONE_CELL, r"\d+ of them repeat a cell"),
    ("a better prior", FAR_OUT, r"\d+% of them are strictly valid"),
    ("changes by hand", 2, "too few; write down the edges of both"),
    ("changes by hand", 7, "there is a shorter way"),
    ("edit distance", 3, "submit a function of two cells, not int"),
    ("edit distance", as_numbered, "the count for the vertices as they are numbered"),
    ("edit distance", both_ways, "twice of what it should be"),
    ("edit distance", lambda a, b: 1_000, r"1000, and \d+ is right"),
    ("legal all the way", (1, 2, 3), "submit two rows of the space"),
    ("legal all the way", (0, 423_624), "whole numbers from 0 to 423,623"),
    ("legal all the way", (40_965, 182_952), "cells with seven vertices are wanted"),
    ("legal all the way", (0, 0), "these two are 0 changes apart; six are wanted"),
    ("legal all the way", (0, 31_146), r"at \d of the nine stops there is no legal cell"),
    ("near and far", (40_965, 182_952), r"these two are \d changes apart; six are wanted"),
    ("near and far", "near", "submit two rows"),
    ("near and far", (0, 31_146), r"their distance is \d\.\d\d, and not below 0.1"),
    ("near and far", (34_920, 168_637), "these two have one skeleton, and are one point"),
]
