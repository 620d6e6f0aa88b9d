"""Questions and exercises of notebook 07b; ports of whole steps are judged by `course.porting`."""

import math
from collections.abc import Mapping

import numpy as np

from course.check import guesses, handed_in
from course.check.question import Question
from course.check.words import kind
from course.porting import kit, numpy_port


def _kl_divisor() -> int:
    """What the sum of the KL over all vertices of the kit's cells is divided by."""
    t = numpy_port.run(kit._given(True))
    return round(numpy_port.vertex_kl(t).sum() / t["loss kl"])


def _looks(outcomes: int) -> int:
    """Looks that halve what is possible until one outcome is left."""
    return 0 if outcomes == 1 else 1 + _looks(math.ceil(outcomes / 2))


def _steps_until_a_forgotten_clip_shows() -> int:
    """Steps of Adam without a clip until the weights differ by more than the check allows."""
    without = {numpy_port.clipped_gradients: lambda gradient: gradient}
    for count, (step, weights) in enumerate(_after_two_steps(without).items(), start=1):
        if kit._all_away(step, weights, kit._truth(step, True)) > 1:
            return count
    return 0


def _after_two_steps(instead) -> dict[str, numpy_port.Arrays]:
    """The kit's weights after one and two steps, with other functions of training."""
    first, second = (kit._truth(n, True) for n in ("gradients", "gradients of the second step"))
    weights = {name: kit.porting_kit()[name] for name in first}
    after = numpy_port.trained(weights, first, second, instead)
    return dict(zip(("weights after one step", "weights after two steps"), after, strict=True))


QUESTIONS = {
    "divided by": Question(
        "Three cells of seven vertices. By what does the public code divide the sum of the KL over "
        "all their vertices?",
        _kl_divisor,
        "The mean divides by the 21 vertices, and the result is divided by 21 once more.",
    ),
    "looks at a port": Question(
        "A port has 25 steps in a row, and from the first wrong one on all are wrong. How many of "
        "them must you look at, at worst, to know the first wrong one, or that there is none?",
        lambda: _looks(len(kit.port_steps(training=False)) + 1),
        "There are 26 possible answers, and a look in the middle leaves half of them.",
    ),
    "forgotten clip": Question(
        "The gradients are not clipped, all else is right. After how many steps of Adam can the "
        "weights tell?",
        _steps_until_a_forgotten_clip_shows,
        "Adam divides a gradient by its own size, so in its first step a scaling all but cancels; "
        "the second averages two gradients, of which only one was to be scaled.",
    ),
}


# --- exercises ----------------------------------------------------------------------------------


def _numbers_of_a_layer(value) -> str | None:
    """How many trained numbers layer 1 of the kit has."""
    given, arrays = guesses.number(value), kit.porting_kit()
    sizes = {n: arrays[n].size for n in kit._truth("gradients", True) if n.startswith("layer 1")}
    truth, width = sum(sizes.values()), sizes["layer 1 first linear/bias"]
    wrong = {
        truth - 1: "eps is missing, one number",
        truth + 4 * width: "running means and variances are kept, not trained",
        truth - 4 * width: "a batch norm has a gain and a bias for every column, and there are two",
        truth - 2 * width: "there are two linear maps, each with a bias, and two batch norms, each "
        "with a gain and a bias",
    }
    if given == truth:
        return None
    return wrong.get(given, "count eps, two kernels, and of width 8: two biases, two gains and two "
                            "biases of batch norm")  # fmt: skip


def _running_variance(function) -> str | None:
    """The running variance after a batch, as PyTorch keeps it."""
    handed_in.function_of(function, "hand in a function of old and x")
    rng = np.random.default_rng(0)
    for b, v, f in ((3, 7, 4), (2, 3, 5)):
        x, old = rng.normal(size=(b, v, f)) * 2, rng.uniform(0.5, 1.5, f)
        on = f"old of shape {(f,)} and x of shape {(b, v, f)}"
        returned = handed_in.call(function, old.copy(), x.copy(), on=on)
        found = handed_in.array_of(returned, "it must return real numbers")
        if found.shape != (f,):
            return f"for {on} the result has shape {found.shape}, and should have {(f,)}"
        biased = x.var(axis=(0, 1))
        unbiased = biased * b * v / (b * v - 1)
        if np.allclose(found, 0.9 * old + 0.1 * unbiased, rtol=1e-5):
            continue
        wrong = {
            "this averages the biased variance, as Keras and Flax do": 0.9 * old + 0.1 * biased,
            "a tenth of the new value is taken, and nine tenths of the old one stay":
                0.1 * old + 0.9 * unbiased,
            "this takes a hundredth of the new value, the default of Keras and Flax":
                0.99 * old + 0.01 * unbiased,
            "this is the variance of the batch; the running one has a history": unbiased,
            "this corrects for the cells of the batch; the variance runs over cells and vertices":
                0.9 * old + 0.1 * biased * b / (b - 1),
            "this is a standard deviation somewhere; the square root is not wanted":
                0.9 * old + 0.1 * np.sqrt(unbiased),
        }  # fmt: skip
        for fault, like in wrong.items():
            if np.allclose(found, like, rtol=1e-5):
                return fault
        return (f"the first number is {found[0]:.4f}, and should be "
                f"{0.9 * old[0] + 0.1 * unbiased[0]:.4f}")  # fmt: skip
    return None


def _weight_decay(pair) -> str | None:
    """Two decays, at most a factor of two apart: the check sees only the larger one."""
    ask = "hand in two positive numbers, the decay that passes first"
    passes, seen = map(guesses.number, handed_in.pair_of(pair, ask))
    if not 0 < passes < seen <= 1:
        return f"{ask}, the one that is seen second and at most 1"
    if _decay_is_seen(passes):
        return f"a decay of {passes:g} is seen already; turn the first one down"
    if not _decay_is_seen(seen):
        return f"a decay of {seen:g} passes as well; turn the second one up"
    if seen > 2 * passes:
        return f"right so far; now bring them nearer: {seen:g} is more than twice {passes:g}"
    return None


def _decay_is_seen(decay: float) -> bool:
    """Whether the weights after two steps differ from the kit's by more than is allowed."""

    def moved(weight, *averages):
        return numpy_port.moved(weight, *averages) - decay * numpy_port.RATE * weight

    step = "weights after two steps"
    after = _after_two_steps({numpy_port.moved: moved})[step]
    return kit._all_away(step, after, kit._truth(step, True)) > 1


def _hidden_from_training(changed) -> str | None:
    """Other weights with the same loss in training mode and another one in evaluation mode."""
    ask = "hand in a dict of changed weights by the kit's names, such as {'mean/bias': array}"
    if not isinstance(changed, Mapping) or not changed:
        return f"{ask}, not {kind(changed)}" + ("" if not isinstance(changed, Mapping) else
                                                " with nothing in it")  # fmt: skip
    weights, new = kit._truth("gradients", True), {}
    for name, value in changed.items():
        if name in kit._truth("running statistics", True):
            return f"{name} is no weight: running statistics are not learned from gradients"
        if name not in weights:
            return f"the kit has no weight of the name {str(name)[:40]!r}"
        array = handed_in.array_of(value, f"{name} must be an array of real numbers")
        if array.shape != weights[name].shape:
            return f"{name} has the shape {array.shape}, and should have {weights[name].shape}"
        if not np.isfinite(array).all():
            return f"{name} must be finite"
        new[name] = array.astype(float)
    step, away = "loss total", {}
    for training in (True, False):
        with np.errstate(all="ignore"):  # weights far away: judged below
            loss = numpy_port.run(kit._given(training) | new)[step]
        away[training] = kit._away(loss, kit._truth(step, training), step)
    if not away[True] <= 1:
        return "the loss in training mode is another one, so training would notice"
    if not away[False] > kit.CLEARLY:
        return "the loss in evaluation mode is the same as well: this changes nothing"
    return None


EXERCISES = {
    "numbers of a layer": _numbers_of_a_layer,
    "running variance": _running_variance,
    "weight decay": _weight_decay,
    "hidden from training": _hidden_from_training,
}
