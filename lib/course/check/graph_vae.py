"""Questions and exercises of notebook 07."""

import math

import numpy as np

from course.check import guesses, handed_in
from course.check.question import Question
from wl2nas import wl


def _wider_or_narrower() -> str:
    """Which Gaussian with mean 0 is further from N(0, 1), sigma = 1/2 or sigma = 2."""
    narrow, wide = ((sigma**2 - 1) / 2 - math.log(sigma) for sigma in (0.5, 2))
    return "twice" if wide > narrow else "half"


def _distinct_of_uniform_draws(draws: int, strings: int) -> float:
    """The expected number of different ones among uniform draws."""
    return strings * (1 - (1 - 1 / strings) ** draws)


QUESTIONS = {
    "half or twice": Question(
        "Which has the larger divergence from N(0, 1), a Gaussian with mean 0 that is half as wide "
        "or one that is twice as wide? (answer 'half' or 'twice')",
        _wider_or_narrower,
        "With mean 0 it is (sigma^2 - 1)/2 - log sigma: 0.81 for sigma = 2, and 0.32 for 1/2. The "
        "square outgrows the logarithm; but towards width zero the divergence has no bound either.",
        form=guesses.one_of("half", "twice"),
    ),
    "equal colours": Question(
        "Two vertices with equal colours and no edge between them: what is the least probability "
        "of an edge that the decoder sigma(z_i . z_j) can give them?",
        lambda: 0.5,
        "Equal colours mean equal latents, z . z is a square, and sigma(0) = 0.5.",
        form=guesses.share,
    ),
    "distinct strings": Question(
        "7,941 strings are drawn uniformly from 15,625. How many different ones does one expect?",
        lambda: round(_distinct_of_uniform_draws(7_941, 15_625)),
        "A string is missed by all draws with probability (1 - 1/15,625) to the power of 7,941.",
        (6_200, 7_000, 7_840),
    ),
}


# --- exercises ----------------------------------------------------------------------------------


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


def _for_the_second_reason_alone(cell) -> str | None:
    """A cell whose equal-coloured vertices are all joined, and yet two pairs of equal colours
    differ in being joined."""
    cell = handed_in.cell_of(cell)
    colours = wl.refine(cell.adjacency, cell.ops, direction="undirected")[-1]
    joined: dict[tuple, set] = {}
    for u in range(len(cell)):
        for v in range(u + 1, len(cell)):
            edge = bool(cell.adjacency[u, v] or cell.adjacency[v, u])
            if colours[u] == colours[v] and not edge:
                return f"vertices {u} and {v} have equal colours and no edge: the first reason"
            joined.setdefault(tuple(sorted((colours[u], colours[v]))), set()).add(edge)
    if all(len(edges) == 1 for edges in joined.values()):
        return "neither reason holds for this cell"
    return None


def _masks(pair) -> str | None:
    """Masks (4, H) and (H, 4) through which every entry sees all earlier entries and no other."""
    wanted = "hand in two arrays of zeros and ones, of shapes (4, H) and (H, 4)"
    first, second = (handed_in.array_of(mask, wanted) for mask in handed_in.pair_of(pair, wanted))
    if first.ndim != 2 or first.shape[0] != 4 or second.shape != first.shape[::-1]:
        return f"{wanted}; these have {first.shape} and {second.shape}"
    if not all(np.isin(mask, (0, 1)).all() for mask in (first, second)):
        return wanted
    seen = (first.astype(int) @ second.astype(int)) > 0
    for e in range(4):
        for f in range(4):
            if seen[e, f] and e == f:
                return f"entry {e} sees itself"
            if seen[e, f] and e > f:
                return f"entry {f} sees entry {e}, which comes later"
            if not seen[e, f] and e < f:
                return f"entry {f} does not see entry {e}"
    return None


EXERCISES = {
    "divergence": _divergence,
    "second reason": _for_the_second_reason_alone,
    "masks": _masks,
}
