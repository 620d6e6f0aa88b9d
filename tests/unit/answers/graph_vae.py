import numpy as np
from flax import nnx

from answers.shapes import cell
from course import results
from wl2nas import train
from wl2nas.models import Arch2Vec, Arch2VecConfig


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
DIAMONDS_POINTS = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, -1, 0.5], [-1, 0, 0.5]])
DIAMOND_EDGES = np.array([[0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0]])
ONE_POINT = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 1, 0.5], [-1, 0, 0.5]])


def edges(z):
    return np.triu(1 / (1 + np.exp(-(z @ z.T))), 1)


def trained(name):
    return train.load_checkpoint(results.ROOT / f"data/checkpoints/arch2vec_{name}.safetensors")


def silent():
    """A trained model with standard clouds for every cell."""
    model = trained("published")
    for head in (model.encoder.to_mean, model.encoder.to_log_sigma):
        head.kernel[...], head.bias[...] = 0 * head.kernel[...], 0 * head.bias[...]
    return model


LOUD, LOUDER, SILENT = trained("published"), trained("repaired"), silent()
OF_ANOTHER_SPACE = Arch2Vec(Arch2VecConfig(vertices=8), rngs=nnx.Rngs(0))

TRUTHS = {"points that move": 0, "half or twice": "twice", "full price": 0.0}
WRONG = {"points that move": 2, "half or twice": "half", "full price": 0.5}
RIGHT = {
    "divergence": [divergence, in_place],
    "nats by hand": [1, 1.0, "1", np.float32(1)],
    "edges of points": [edges],
    "two weights": [(LOUD, SILENT), [LOUD, SILENT]],
    "points for the diamond": [
        DIAMONDS_POINTS,
        (3 * DIAMONDS_POINTS).tolist(),
        np.linalg.cholesky(
            np.eye(4) + 0.25 * DIAMOND_EDGES
        ),  # 0 up to rounding where there is no edge
    ],
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
    ("nats by hand", 0.5, "independent dimensions add up"),
    ("nats by hand", 2, "the square of the mean counts half"),
    ("nats by hand", -1, "half the square of each mean"),
    ("edges of points", 7, "hand in a function of z, not int"),
    ("edges of points", lambda z: z, r"has shape \(4, 3\), and should have \(4, 4\)"),
    ("edges of points", lambda z: np.triu(z @ z.T, 1), "a probability lies between 0 and 1"),
    ("edges of points", lambda z: 1 / (1 + np.exp(-(z @ z.T))), "elsewhere it must be 0"),
    ("edges of points", lambda z: edges(2 * z), r"from row 0 to row 1 it gives 0\.\d{3}, and"),
    ("two weights", LOUD, "hand in two models"),
    ("two weights", (LOUD, 3), "hand in two models, .*, not int"),
    ("two weights", (LOUD, OF_ANOTHER_SPACE), "one of the models is not for these cells"),
    ("two weights", (LOUD, LOUD), "turn the weight of the second up"),
    ("two weights", (SILENT, LOUD), "turn the weight of the second up"),
    ("two weights", (LOUDER, LOUD), "turn the weight of the first down"),
    ("points for the diamond", DIAMONDS_POINTS[0], "hand in four rows"),
    ("points for the diamond", DIAMONDS_POINTS[:3], r"this has the shape \(3, 3\)"),
    ("points for the diamond", ONE_POINT, "between vertices 1 and 2 there is no edge"),
    ("points for the diamond", -ONE_POINT * [1, 1, 0], "between vertices 0 and 1 there is an edge"),
]
