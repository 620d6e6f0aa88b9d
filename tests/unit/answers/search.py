import numpy as np
from scipy import stats

from wl2nas import benchmarks, cells, features, wl

TABLE = benchmarks.load("measured")
M = len(TABLE)


# --- conditioning -------------------------------------------------------------------------------


def conditioned(mean, covariance, y):
    K, k = covariance[:-1, :-1], covariance[-1, :-1]
    weights = np.linalg.solve(K, k)
    return mean[-1] + weights @ (y - mean[:-1]), covariance[-1, -1] - weights @ k


def by_the_precision(mean, covariance, y):
    """From the inverse of the whole covariance."""
    precision = np.linalg.inv(covariance)
    variance = 1 / precision[-1, -1]
    return [mean[-1] - variance * precision[-1, :-1] @ (y - mean[:-1]), variance]


def without_means(mean, covariance, y):
    return conditioned(np.zeros_like(mean), covariance, y)


def the_width(mean, covariance, y):
    centre, variance = conditioned(mean, covariance, y)
    return centre, variance**0.5


def the_variance_before(mean, covariance, y):
    return conditioned(mean, covariance, y)[0], covariance[-1, -1]


# --- acquisitions -------------------------------------------------------------------------------


def upper_bound(mean, width, best):
    return mean + width


def probability(mean, width, best):
    return stats.norm.cdf((mean - best) / width)


def by_dice(mean, width, best):
    """Thompson sampling, but of every cell by itself: the highest draw is a wide one's luck."""
    return np.random.default_rng(len(mean)).normal(mean, width)


def in_place(mean, width, best):
    mean += width
    return mean


# --- descriptions -------------------------------------------------------------------------------


def the_seven(space):
    return features.standardised(features.statistics(space))


SPACE = cells.nasbench101().take(TABLE.rows)
COLOURS = wl.colour_counts(SPACE, direction="both", rounds=2)


def noise(seed):
    return np.random.default_rng(seed).normal(size=(M, 20))


def dealt_out_wrongly(seed):
    return COLOURS[np.random.default_rng(seed).permutation(M)]


def a_hint(seed):
    """Noise, and a little of the answers."""
    return np.column_stack([noise(seed)[:, :3], 0.1 * TABLE.objective])


def with_the_ends(space):
    ends = [(a[:n, n - 1].sum(), a[0, :n].sum(), a[0, n - 1])
            for a, n in zip(space.adjacency, space.n_vertices, strict=True)]  # fmt: skip
    return features.standardised(np.hstack([features.statistics(space), np.array(ends, float)]))


TRUTHS = {"blind luck": 0.67, "half as similar": 3, "careful or curious": "curious",
          "lucky leader": 3, "printed pair": False}  # fmt: skip
WRONG = {"blind luck": 0.1, "half as similar": 6, "careful or curious": "careful",
         "lucky leader": 0, "printed pair": True}  # fmt: skip
RIGHT = {
    "conditioned": [conditioned, by_the_precision],
    "pairs in order": [2 / 3, 0.67, "0.667"],
    "another acquisition": [upper_bound, probability, in_place],
    "nothing to learn": [noise, dealt_out_wrongly],
    "length": [0.455, "0.45", 0.5],
    "better description": [with_the_ends],
}
FAULTS = [
    ("conditioned", 3, r"hand in a function conditioned\(mean, covariance, y\) .*, not int"),
    ("conditioned", lambda mean, covariance, y: mean[-1], "hand in a function .*, not float64"),
    ("conditioned", lambda *_: (1, 2, 3), "holds more than 2"),
    ("conditioned", lambda *_: (1,), "for 1 known number yours returns 1 numbers"),
    ("conditioned", without_means, "the means were left out: weigh y minus its mean"),
    ("conditioned", lambda m, c, y: (m[-1], c[-1, -1]), r"the mean is -?\d\.\d{4}, and yours is"),
    ("conditioned", the_width, "that is the width; the variance is its square"),
    ("conditioned", the_variance_before, r"the variance is \d\.\d{4}, and yours is"),
    ("pairs in order", 5 / 6, "that is the share of pairs that agree; subtract"),
    ("pairs in order", -2 / 3, "the sign is the wrong way round"),
    ("pairs in order", 1 / 3, "four cells make six pairs"),
    ("pairs in order", "many", "answer with a number, .* not 'many'"),
    ("another acquisition", 3, r"hand in a function score\(mean, width, best\) .*, not int"),
    ("another acquisition", lambda mean, width, best: best, r"yours has the shape \(\)"),
    ("another acquisition", lambda mean, width, best: mean, "it must ask one of the wider"),
    ("another acquisition", lambda mean, width, best: width, "it must ask one of the higher"),
    ("another acquisition", lambda mean, width, best: -mean, "it must ask one of the "),
    ("another acquisition", by_dice, r"its curve runs \d\.\d\d ± .* below that of expected"),
    ("nothing to learn", noise(0), r"hand in a function nothing\(seed\) .*, not ndarray"),
    ("nothing to learn", lambda seed: noise(seed)[:-1], r"all finite; yours has the shape \("),
    ("nothing to learn", lambda seed: np.ones((M, 3)), "nearly all rows lie equally far"),
    ("nothing to learn", lambda seed: noise(0), r"nothing\(0\) and nothing\(1\) are the same"),
    ("nothing to learn", lambda seed: COLOURS, r"tau is 0\.\d\d ± .*: something can be learned"),
    ("nothing to learn", a_hint, r"tau is 0\.\d\d ± .*: something can be learned"),
    ("length", 0.3, r"at 0\.3 log p is -1\.51, and at a somewhat larger length -1\.\d\d"),
    ("length", 1, r"at 1 log p is -3\.24, and at a somewhat smaller length"),
    ("length", 7.15, "a length of 7.15 is none of a size"),
    ("length", "long", "answer with a number, .* not 'long'"),
    ("better description", COLOURS, r"hand in a function describe\(space\) .*, not csr_matrix"),
    ("better description", the_seven, "beside that of the seven statistics"),
    ("better description", lambda space: noise(0), "the same cells in another order get other"),
    ("better description", lambda space: TABLE.objective[:, None], "it must read the cells"),
]
