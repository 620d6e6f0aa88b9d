"""Questions and exercises of notebook 07."""

import math

import numpy as np

from course import tables
from course.check import guesses, handed_in
from course.check.question import Question
from course.check.words import Unfit, kind
from wl2nas import cells, graphs, latent
from wl2nas.models import Arch2Vec, promise


def _wider_or_narrower() -> str:
    """Which Gaussian with mean 0 is further from N(0, 1), sigma = 1/2 or sigma = 2."""
    narrow, wide = ((sigma**2 - 1) / 2 - math.log(sigma) for sigma in (0.5, 2))
    return "twice" if wide > narrow else "half"


def _points_that_move() -> int:
    """Vertices whose neighbours' operations change when the bridge's middle edge is turned."""
    return 0 if (graphs.skeleton(_BRIDGE) == graphs.skeleton(_TURNED)).all() else 1


_BRIDGE = graphs.from_edges(4, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)])
_TURNED = graphs.from_edges(4, [(0, 1), (0, 2), (2, 1), (1, 3), (2, 3)])

QUESTIONS = {
    "points that move": Question(
        "The middle edge of the bridge runs the other way. How many of its seven points move?",
        _points_that_move,
        "The encoder reads A + A^T, in which the edge stands in both directions already.",
    ),
    "half or twice": Question(
        "Which has the larger divergence from N(0, 1), a Gaussian with mean 0 that is half as wide "
        "or one that is twice as wide? (answer 'half' or 'twice')",
        _wider_or_narrower,
        "With mean 0 it is (sigma^2 - 1)/2 - log sigma: 0.81 for sigma = 2, and 0.32 for 1/2. The "
        "square outgrows the logarithm; but towards width zero the divergence has no bound either.",
        form=guesses.one_of("half", "twice"),
    ),
    "full price": Question(
        "arch2vec trained to the end with a KL that weighs seven times what the bound asks: what "
        "share of held-out cells comes back without an error?",
        lambda: round(float(tables.measured("kl_normalised_once", tables.EXACT).mean()), 2),
        "Saying nothing about a cell costs no KL, and the decoder then has nothing to go by.",
        (0, 0.5, 0.9),
        form=guesses.share,
    ),
}


# --- exercises ----------------------------------------------------------------------------------


def _nats_by_hand(value) -> str | None:
    """The KL of one vertex with means 1 and -1, and widths 1, from the standard cloud."""
    given = guesses.number(value)
    truth = float(_by_integration(np.array([[1.0, -1.0]]), np.zeros((1, 2)))[0])
    if math.isclose(given, truth, rel_tol=0.01):
        return None
    if math.isclose(given, truth / 2, rel_tol=0.01):
        return "this is one of the two dimensions, or their mean; independent dimensions add up"
    if math.isclose(given, 2 * truth, rel_tol=0.01):
        return "the square of the mean counts half"
    return "at width 1 nothing is left of the formula but half the square of each mean"


def _divergence(function) -> str | None:
    """The KL of rows of Gaussians from N(0, I), from their means and log sigmas."""
    handed_in.function_of(function, "hand in a function of mean and log_sigma")
    rng = np.random.default_rng(0)
    for b, d in ((4, 3), (2, 5)):
        mean, log_sigma = rng.normal(size=(2, b, d))
        on = f"arrays of shape {(b, d)}"
        with np.errstate(all="ignore"):  # log of a negative "sigma": judged below
            # Copies, since the function may work in place.
            returned = handed_in.call(function, mean.copy(), log_sigma.copy(), on=on)
        found = handed_in.array_of(returned, "it must return real numbers")
        if found.shape != (b,):
            return (
                f"for arrays of shape {(b, d)} the result has shape {found.shape}, and should "
                f"have {(b,)}: one number for each row"
            )
        if not np.isfinite(found).all():
            return "some rows are not finite numbers; sigma is exp(log_sigma), never negative"
        wrong = {
            "what it takes for log sigma is the logarithm of the variance": log_sigma / 2,
            "what it takes for log sigma is sigma itself": np.log(np.abs(log_sigma)),
        }
        truth = _by_integration(mean, log_sigma)
        if np.allclose(found, truth / d, rtol=1e-4):
            return "this is the mean over the dimensions; independent dimensions add up"
        if np.allclose(found, -truth, rtol=1e-4):
            return "the sign is wrong: a divergence is never negative"
        for fault, misread in wrong.items():
            if np.allclose(found, _by_integration(mean, misread), rtol=1e-4):
                return fault
        if not np.allclose(found, truth, rtol=1e-4):
            return f"the first row gives {found[0]:.3f}, and the integral {truth[0]:.3f}"
    return None


def _by_integration(mean, log_sigma):
    """The integral of q (log q - log p) over twelve sigmas to either side, summed over a row."""
    t = np.linspace(-12, 12, 4_801)
    sigma = np.exp(log_sigma)[..., None]
    x = mean[..., None] + sigma * t
    density = np.exp(-(t**2) / 2) / math.sqrt(2 * math.pi)
    integrand = density * ((x**2 - t**2) / 2 - np.log(sigma))
    return (integrand.sum(axis=-1) * (t[1] - t[0])).sum(axis=-1)


def _edges(function) -> str | None:
    """Probabilities of edges from points: logistic inner products above the diagonal, else 0."""
    handed_in.function_of(function, "hand in a function of z")
    rng = np.random.default_rng(1)
    for v, d in ((4, 3), (6, 2)):
        z = rng.normal(size=(v, d))
        returned = handed_in.call(function, z.copy(), on=f"an array of shape {(v, d)}")
        found = handed_in.array_of(returned, "it must return real numbers")
        if found.shape != (v, v):
            return f"for {v} points the result has shape {found.shape}, and should have {(v, v)}"
        logits = z @ z.T
        truth = np.triu(1 / (1 + np.exp(-logits)), 1)
        if np.allclose(found, np.triu(logits, 1), rtol=1e-4, atol=1e-6):
            return "these are the inner products; a probability lies between 0 and 1"
        if np.allclose(np.triu(found, 1), truth, rtol=1e-4, atol=1e-6):
            if not np.allclose(found, truth, rtol=1e-4, atol=1e-6):
                return "an edge runs from an upper row to a lower one; elsewhere it must be 0"
        else:
            return f"from row 0 to row 1 it gives {found[0, 1]:.3f}, and should {truth[0, 1]:.3f}"
    return None


def _knob(pair) -> str | None:
    """Two trained models: the first restores more, the clouds of the second say less."""
    wanted = "hand in two models, the one that restores more first"
    models = handed_in.pair_of(pair, wanted)
    for model in models:
        if not isinstance(model, Arch2Vec):
            return f"{wanted}, not {kind(model)}"
    some = cells.nasbench101().take(np.arange(400_000, 423_000, 100))
    restored, nats = [], []
    for model in models:
        try:
            clouds = latent.posterior(model, some)
            decoded = latent.decode(model, clouds.mean)
        except ValueError as error:  # a model of another space
            raise Unfit(f"one of the models is not for these cells: {error}") from error
        restored.append((decoded.ops == some.ops)[some.ops >= 0].mean())
        nats.append(float(promise.kl_to_standard(clouds).sum(axis=1).mean()))
    if not np.isfinite(nats).all():
        return "the clouds of one of the models have widths that are no numbers; train it anew"
    if nats[1] > nats[0] / 2:
        return (f"a cell's clouds say {nats[1]:.1f} nats in the second and {nats[0]:.1f} in the "
                "first; turn the weight of the second up until it is less than half")  # fmt: skip
    if restored[0] < restored[1] + 0.1:
        return (f"the first restores {restored[0]:.0%} of the operations and the second "
                f"{restored[1]:.0%}; turn the weight of the first down")  # fmt: skip
    return None


def _points_for_the_diamond(points) -> str | None:
    """Four points whose inner products say the diamond, edges cut at one half."""
    found = handed_in.array_of(points, "hand in four rows of real numbers, one for each vertex")
    if found.ndim != 2 or len(found) != 4 or found.shape[1] == 0:
        return f"hand in four rows, one for each vertex; this has the shape {found.shape}"
    if not np.isfinite(found).all():
        return "the numbers must be finite"
    edges = ((0, 1), (0, 2), (1, 3), (2, 3))
    for i in range(4):
        for j in range(i + 1, 4):
            product = float(found[i] @ found[j])
            rounding = 1e-9 * float(np.linalg.norm(found[i]) * np.linalg.norm(found[j]))
            if ((i, j) in edges) != (product > rounding):
                there = "an edge" if (i, j) in edges else "no edge"
                between = f"between vertices {i} and {j} there is {there}"
                return f"{between}, but the product is {product:.2g}"
    return None


EXERCISES = {
    "nats by hand": _nats_by_hand,
    "divergence": _divergence,
    "edges of points": _edges,
    "two weights": _knob,
    "points for the diamond": _points_for_the_diamond,
}
