import numpy as np

from answers.graph_vae import CHAIN, DIAMOND
from answers.shapes import cell
from wl2nas import cells, generation

SEEN = np.triu(np.ones((4, 4), int), 1)
ONE_UNIT_EACH = (np.eye(4, dtype=int), SEEN)
BRIDGE = "input | conv3x3 1 | maxpool 1 1 | output 0 1 1"


def copies(rows):
    return generation.as_draws(cells.nasbench101().take(np.asarray(rows)))


TRAINING_CELLS = copies(range(0, 381_000, 300))
NOISE = generation.iid_draws(1_000, 0.41, seed=0)

TRUTHS = {"equal colours": 0.5, "samples of nothing": 1.0, "distinct strings": 6_200}
WRONG = {"equal colours": 0, "samples of nothing": 0.0, "distinct strings": 7_840}
RIGHT = {
    "sentence": [BRIDGE, BRIDGE.replace(" | ", "|"), f"  {BRIDGE}\n"],
    "second reason": [
        cell(
            [(0, 1), (0, 4), (1, 2), (1, 4), (1, 5), (2, 3), (3, 4), (4, 5), (5, 6)],
            *["conv1x1", "conv3x3", "conv3x3", "conv1x1", "conv1x1"],
        )
    ],
    "masks": [ONE_UNIT_EACH, [mask.tolist() for mask in ONE_UNIT_EACH], (SEEN, np.eye(4))],
    "a copyist": [TRAINING_CELLS],
    "cut": [0.8, "0.8", np.float32(0.8), "80 %"],
}
FAULTS = [
    ("sentence", ["input"], "hand in a text such as 'input | conv3x3 1', not list"),
    ("sentence", "input | conv3x3 1", "vertex 2 is missing"),
    ("sentence", BRIDGE.replace("conv3x3", "conv1x1"), "vertex 1 begins with the word conv3x3"),
    ("sentence", BRIDGE.replace("1 1 |", "1 0 |"), "an entry for each of the 2 earlier vertices"),
    ("sentence", BRIDGE + " | output 1 1 1 1", "has 4 vertices; these are 5"),
    ("second reason", "diamond", "hand in a cells.Cell, not str"),
    ("second reason", DIAMOND, "vertices 1 and 2 have equal colours and no edge"),
    ("second reason", CHAIN, "neither reason holds"),
    ("masks", SEEN, r"two arrays of zeros and ones, of shapes \(4, H\) and \(H, 4\)"),
    ("masks", (SEEN[:3], SEEN), r"these have \(3, 4\) and \(4, 4\)"),
    ("masks", ([[1, 0], [1]], SEEN), "hand in two arrays of zeros and ones"),
    ("masks", (2 * SEEN, SEEN), "hand in two arrays of zeros and ones"),
    ("masks", (np.eye(4), np.triu(np.ones((4, 4)))), "entry 0 sees itself"),
    ("masks", (np.eye(4), 1 - np.eye(4)), "entry 0 sees entry 1, which comes later"),
    ("masks", (SEEN, SEEN), "entry 1 does not see entry 0"),
    ("a copyist", 7, "hand in a generation.Draws, not int"),
    ("a copyist", generation.Draws(1, 2, 3), "these are no samples: "),
    ("a copyist", copies(range(10)), "1,000 samples are wanted; these are 10"),
    ("a copyist", NOISE, r"\d\.\d % of these are strictly valid"),
    ("a copyist", copies([5] * 1_000), "1 of these are distinct"),
    ("a copyist", copies(range(380_800, 381_900)), r"6\d\d of these are new"),
    ("cut", 1.5, "a cut lies between 0 and 1; this is 1.5"),
    ("cut", 0.5, r"at 0.5 9\d.\d% of these cells come out, at one half 9\d.\d%"),
    ("cut", 0.99, r"at 0.99 .*; a cut is wanted that gains a point"),
]
