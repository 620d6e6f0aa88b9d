"""The search replay: watch methods search a table, question by question, or search against them.

The page (``static/replay.js``) does everything: map, model, curves, the game and its verdict. This
module hands over the record of finished runs, and gets back what the page shows as a text,
``method=gp&representation=statistics&deal=0&question=25``, and the rows that the reader asked.
"""

from typing import NamedTuple

import anywidget
import numpy as np
import traitlets
from jaxtyping import Float, Int
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from wl2nas import benchmarks, draw
from wl2nas.explore import page
from wl2nas.explore.replay_record import LARGEST, features_from_page, require_made_from, unpacked
from wl2nas.explore.replay_record import record as record
from wl2nas.search import gp, targets

PURPLE = LinearSegmentedColormap.from_list("replay", ["#d6c4e0", "#3f0f5c"])  # as in the page


class State(NamedTuple):
    """The run that is shown, and after how many questions; ``deal`` counts from 0."""

    method: str
    representation: str
    deal: int
    question: int


def encode(state: State) -> str:
    """The state as text; the inverse of ``decode``."""
    return "&".join(f"{name}={value}" for name, value in state._asdict().items())


def decode(text: str, record: dict) -> State:
    """The state that a text says of a record; what it leaves out is as at the start.

    ValueError names the part that cannot be read, and what it may be.
    """
    given = dict(part.partition("=")[::2] for part in text.split("&") if part)
    first = State("gp", next(iter(record["representations"])), 0, record["start"])
    if unknown := sorted(set(given) - set(first._fields)):
        raise ValueError(f"a state holds {', '.join(first._fields)}; {unknown[0][:20]!r} is none")
    said = {**first._asdict(), **given}
    return State(
        _among("method", said["method"], record["methods"]),
        _among("representation", said["representation"], record["representations"]),
        _within("deal", said["deal"], 0, len(record["seeds"]) - 1),
        _within("question", said["question"], record["start"], record["questions"]),
    )


def _among(name: str, value: str, options) -> str:
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(options)}; it is {value[:20]!r}")
    return value


def _within(name: str, value, least: int, most: int) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        raise ValueError(f"{name} must be {least} to {most}; it is {text[:20]!r}")
    return int(text)


def asked(record: dict, state: State) -> Int[np.ndarray, " q"]:
    """The places in the table that the run had asked, in order."""
    arm = f"gp/{state.representation}" if state.method == "gp" else state.method
    return unpacked(record["runs"][arm])[state.deal, : state.question].astype(np.int64)


def believed(record: dict, state: State) -> gp.Posterior:
    """What a process on the representation makes of the answers of the run: of all cells, in %."""
    features = features_from_page(record["representations"][state.representation]["features"])
    places, answers = asked(record, state), unpacked(record["answers"])
    apart = gp.squared_distances(features, features[places])
    return gp.fit_predict(apart[places], targets.floored(answers[places]), apart)


class Replay(anywidget.AnyWidget):
    """The explorer of a ``record`` of runs on a table; ``state`` says what is shown at first, such
    as ``"method=local&deal=3"``. ValueError for a record of another table.

    ``picks``: the rows that the reader asked in the last game, without those that were dealt.
    ``errors``: what went wrong in the page, in words; slips of the reader are not among it.
    """

    _esm = page.module("replay.js")
    record = traitlets.Dict().tag(sync=True)
    state = traitlets.Unicode("").tag(sync=True)
    picks = traitlets.List(traitlets.Int()).tag(sync=True)
    errors = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, record: dict, table: benchmarks.AccuracyTable, state: str = ""):
        require_made_from(record, table)
        super().__init__(record=record, state=encode(decode(state, record)))

    def still(self) -> bytes:
        """A PNG of what the state shows: the map and the best answer so far, without a browser."""
        state = decode(self.state, self.record)
        figure = Figure(figsize=(7.6, 3.2), dpi=110, layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw_map(left, self.record, state)
        _draw_curve(right, self.record, state)
        return draw.png(figure)

    def show(self, alt: str):
        """Display the explorer with ``alt`` below, as ``page.show`` does."""
        page.show(self.model_id, self.still, alt)


def _draw_map(ax, record: dict, state: State):
    """All cells, those asked with a rim, the best of them as a star; dark is accurate."""
    places, answers = asked(record, state), unpacked(record["answers"])
    spots = unpacked(record["representations"][state.representation]["places"]) / LARGEST
    low, high = np.quantile(answers, [0.05, 1])
    shades = {"cmap": PURPLE, "vmin": low, "vmax": high}
    if state.method == "gp":
        ax.scatter(*spots.T, c=believed(record, state).mean, s=4, **shades)
    else:
        ax.scatter(*spots.T, color="#bbbbbb", s=4)
    ax.scatter(*spots[places].T, c=answers[places], s=22, edgecolors="black", **shades)
    best = spots[places[np.argmax(answers[places])]]
    ax.plot(*best, "*", color="white", markeredgecolor="black", markersize=14, zorder=3)
    ax.set(xticks=[], yticks=[], title=f"{state.question} questions asked")


def _draw_curve(ax, record: dict, state: State):
    """The best answer of this run after each question, above the mean of random search."""
    answers, blind = unpacked(record["answers"]), unpacked(record["runs"]["random"]).astype(int)
    count = np.arange(1, record["questions"] + 1)
    mean = np.mean([so_far(answers, run) for run in blind], axis=0)
    ax.plot(count, mean, color="#777777", label="random search, mean")
    ax.plot(count[: state.question], so_far(answers, asked(record, state)), color="black",
            label="this run")  # fmt: skip
    ax.legend(loc="lower right")
    ax.set(xlabel="questions asked", ylabel="best answer so far (%)")


def so_far(
    answers: Float[np.ndarray, " M"], places: Int[np.ndarray, " q"]
) -> Float[np.ndarray, " q"]:
    """The best answer after 1, 2, ... questions."""
    return np.maximum.accumulate(answers[places])
