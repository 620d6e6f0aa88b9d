import numpy as np

from course import check

KIT = check.porting_kit()
BIAS, OTHER_BIAS = "layer 1 first linear/bias", "layer 2 second linear/bias"


def running_by_hand(old, x):
    rows = x.reshape(-1, x.shape[-1])
    unbiased = ((rows - rows.mean(axis=0)) ** 2).sum(axis=0) / (len(rows) - 1)
    return old + 0.1 * (unbiased - old)


def of_the_batch(share, ddof=1):
    def function(old, x):
        return (1 - share) * old + share * x.reshape(-1, x.shape[-1]).var(axis=0, ddof=ddof)

    return function


def of_cells(old, x):
    return 0.9 * old + 0.1 * x.var(axis=(0, 1)) * len(x) / (len(x) - 1)


def with_a_root(old, x):
    return 0.9 * old + 0.1 * x.reshape(-1, x.shape[-1]).std(axis=0, ddof=1)


TRUTHS = {"divided by": 441, "looks at a port": 5, "forgotten clip": 2}
WRONG = {"divided by": 21, "looks at a port": 25, "forgotten clip": 1}
RIGHT = {
    "numbers of a layer": [153, 153.0, "153", np.int64(153)],
    "running variance": [running_by_hand, of_the_batch(0.1)],
    "weight decay": [(0.0005, 0.001), [6e-4, 8e-4], np.array([0.0004, 0.0008])],
    "hidden from training": [{BIAS: KIT[BIAS] + 1}, {OTHER_BIAS: 0 * KIT[OTHER_BIAS]},
                             {BIAS: (KIT[BIAS] - 2).tolist(), OTHER_BIAS: np.ones(8)}],
}  # fmt: skip
FAULTS = [
    ("numbers of a layer", 152, "eps is missing"),
    ("numbers of a layer", 185, "kept, not trained"),
    ("numbers of a layer", 121, "a gain and a bias for every column"),
    ("numbers of a layer", 137, "each with a bias"),
    ("numbers of a layer", 33_537, "count eps, two kernels"),
    ("running variance", 7, "hand in a function of old and x, not int"),
    ("running variance", lambda old, x: x, r"has shape \(3, 7, 4\), and should have \(4,\)"),
    ("running variance", lambda old, x: x[0, 0, 0] / 0 * None, "it raises: "),
    ("running variance", of_the_batch(0.1, ddof=0), "the biased variance"),
    ("running variance", of_the_batch(0.9), "nine tenths of the old one stay"),
    ("running variance", of_the_batch(0.01), "takes a hundredth"),
    ("running variance", of_the_batch(1), "the running one has a history"),
    ("running variance", of_cells, "runs over cells and vertices"),
    ("running variance", with_a_root, "the square root is not wanted"),
    ("running variance", of_the_batch(0.2), r"the first number is \d\.\d{4}, and should be"),
    ("weight decay", 0.001, "hand in two positive numbers"),
    ("weight decay", (0.001, 0.0005), "hand in two positive numbers, the decay that passes first"),
    ("weight decay", (0, 0.001), "hand in two positive numbers"),
    ("weight decay", (0.001, 0.002), "0.001 is seen already"),
    ("weight decay", (0.0001, 0.0002), "0.0002 passes as well"),
    ("weight decay", (0.0001, 0.01), "now bring them nearer"),
    ("hidden from training", KIT[BIAS], "hand in a dict of changed weights"),
    ("hidden from training", {}, "with nothing in it"),
    ("hidden from training", {"bias": 0}, "the kit has no weight of the name 'bias'"),
    ("hidden from training", {"layer 1 inner norm/mean": np.ones(8)}, "is no weight"),
    ("hidden from training", {BIAS: np.ones(7)}, r"the shape \(7,\), and should have \(8,\)"),
    ("hidden from training", {BIAS: np.full(8, np.inf)}, "must be finite"),
    ("hidden from training", {BIAS: "ones"}, "must be an array of real numbers"),
    ("hidden from training", {"mean/bias": np.ones(4)}, "training would notice"),
    ("hidden from training", {BIAS: KIT[BIAS]}, "this changes nothing"),
]
