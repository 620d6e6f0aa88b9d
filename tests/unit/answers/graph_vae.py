import numpy as np

from wl2nas import cells, graphs


def cell(edges, *inner):
    return cells.Cell(graphs.from_edges(2 + len(inner), edges), ["input", *inner, "output"])


def divergence(mean, log_sigma):
    return 0.5 * (mean**2 + np.exp(2 * log_sigma) - 1 - 2 * log_sigma).sum(axis=-1)


def for_log_variance(mean, log_var):
    return divergence(mean, log_var / 2)


def for_sigma(mean, sigma):
    return divergence(mean, np.log(np.abs(sigma)))


def shifted(mean, log_sigma):
    return divergence(mean, log_sigma) + 1


def in_place(mean, log_sigma):
    mean **= 2
    mean -= 1 + 2 * log_sigma
    log_sigma *= 2
    return (mean + np.exp(log_sigma, out=log_sigma)).sum(axis=-1) / 2


def untidy(mean, log_sigma):
    raise ValueError("no such luck\nand more")


DIAMOND = cell([(0, 1), (0, 2), (1, 3), (2, 3)], "maxpool", "maxpool")
CHAIN = cell([(0, 1), (1, 2)], "conv3x3")
SEEN = np.triu(np.ones((4, 4), int), 1)
ONE_UNIT_EACH = (np.eye(4, dtype=int), SEEN)

TRUTHS = {"half or twice": "twice", "equal colours": 0.5, "distinct strings": 6_200}
WRONG = {"half or twice": "half", "equal colours": 0, "distinct strings": 7_840}
RIGHT = {
    "divergence": [divergence, in_place],
    "second reason": [
        cell(
            [(0, 1), (0, 4), (1, 2), (1, 4), (1, 5), (2, 3), (3, 4), (4, 5), (5, 6)],
            *["conv1x1", "conv3x3", "conv3x3", "conv1x1", "conv1x1"],
        )
    ],
    "masks": [ONE_UNIT_EACH, [mask.tolist() for mask in ONE_UNIT_EACH], (SEEN, np.eye(4))],
}
FAULTS = [
    ("divergence", 7, "hand in a function of mean and log_sigma, not int"),
    ("divergence", untidy, r"for arrays of shape \(4, 3\) it raises: no such luck .ValueError.$"),
    ("divergence", lambda mean, log_sigma: mean, r"has shape \(4, 3\), and should have \(4,\)"),
    ("divergence", lambda m, s: divergence(m, s) / m.shape[1], "independent dimensions add up"),
    ("divergence", lambda m, s: -divergence(m, s), "a divergence is never negative"),
    ("divergence", for_log_variance, "log sigma is the logarithm of the variance"),
    ("divergence", for_sigma, "log sigma is sigma itself"),
    ("divergence", lambda m, s: np.log(s).sum(axis=-1), "some rows are not finite numbers"),
    ("divergence", lambda m, s: 1 // 0, "it raises: "),
    ("divergence", lambda m, s: [None] * len(m), "must return real numbers, not list of objects"),
    ("divergence", shifted, r"the first row gives \d+\.\d{3}, and the integral \d+\.\d{3}"),
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
]
