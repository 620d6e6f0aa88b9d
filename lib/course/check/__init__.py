"""Predictions and exercises: the reader answers, the library judges by computing.

``predict(name, guess)`` asks a question again and judges the guess; with ``guess = None``, as a
notebook has it below the question in its text, it says nothing, so that a notebook runs unanswered.
``predict(name)`` only asks. ``answer(name, value)`` judges the answer to an exercise: nothing is
compared with a stored solution, every judgement is worked out from what was handed in. Whatever is
handed in is judged in words, in half a minute at most.

The questions and exercises of each notebook, in a file of its own:

* ``start``              00
* ``cells_as_graphs``    01
* ``weisfeiler_lehman``  02
* ``limits``             03
* ``directions``         04
* ``whole_space``        05
* ``counting``           05b
* ``graph_networks``     06
* ``graph_vae``          07
* ``figure_to_code``     07b
* ``audit``              07c
* ``latent_space``       08 and 08b
* ``search``             09
* ``which_information``  09b

What they share:

* ``question``    what a question is, and how a guess is compared with its answer
* ``guesses``     the forms of an answer, read from whatever a reader writes
* ``handed_in``   well-formed cells, graphs, numbers and functions for the judges of exercises
* ``facts``       about graphs and cells, for several notebooks
* ``words``       how a sentence names what was handed in
* ``time_limit``  for the reader's code
"""

import difflib
import functools

from course.check import (
    audit,
    cells_as_graphs,
    counting,
    directions,
    figure_to_code,
    graph_networks,
    graph_vae,
    latent_space,
    limits,
    search,
    start,
    weisfeiler_lehman,
    which_information,
    whole_space,
)
from course.check.time_limit import TimeUp, time_limit
from course.check.words import Unfit, kind, said
from course.porting.kit import port as port
from course.porting.kit import port_steps as port_steps
from course.porting.kit import ported as ported
from course.porting.kit import porting_kit as porting_kit

QUESTIONS = {
    **start.QUESTIONS,
    **cells_as_graphs.QUESTIONS,
    **weisfeiler_lehman.QUESTIONS,
    **limits.QUESTIONS,
    **directions.QUESTIONS,
    **whole_space.QUESTIONS,
    **counting.QUESTIONS,
    **graph_networks.QUESTIONS,
    **graph_vae.QUESTIONS,
    **figure_to_code.QUESTIONS,
    **audit.QUESTIONS,
    **latent_space.QUESTIONS,
    **search.QUESTIONS,
    **which_information.QUESTIONS,
}
EXERCISES = {
    **cells_as_graphs.EXERCISES,
    **weisfeiler_lehman.EXERCISES,
    **limits.EXERCISES,
    **directions.EXERCISES,
    **whole_space.EXERCISES,
    **counting.EXERCISES,
    **graph_networks.EXERCISES,
    **graph_vae.EXERCISES,
    **figure_to_code.EXERCISES,
    **audit.EXERCISES,
    **latent_space.EXERCISES,
    **search.EXERCISES,
    **which_information.EXERCISES,
}
SECONDS = 30  # for judging one answer; the slowest right one takes a few


def predict(name: str, guess=...):
    """Print a question; with a guess, also whether it is right and why; with None, nothing.

    A guess may be written in any way that reads as an answer: 43, 43.0, "43", np.int64(43). What
    is no answer is refused in words. Raises ValueError for an unknown name.

    >>> predict("path of five", 2)  # doctest: +ELLIPSIS
    Predict: A path of five vertices, all with one colour. ...
      Yes. First the ends stand out, then their neighbours; ...
    """
    question = _known(name, QUESTIONS, "question")
    if guess is None:
        return
    print(f"Predict: {question.asked}")
    if guess is ...:
        print(f'  Write your guess: check.predict("{name}", ...)')
        return
    try:
        given = question.form(guess)
    except Unfit as unfit:
        print(f"  {str(unfit)[:1].upper()}{str(unfit)[1:]}.")
        return
    print(f"  {question.judge(given, _truth(name))} {question.why}")


def answer(name: str, value=None, *, strict: bool = False):
    """Judge the answer to an exercise; without a value, remind the reader to try.

    Prints what is wrong; raises AssertionError instead in strict mode, which the tests use. A judge
    that fails itself says so, and in strict mode raises RuntimeError. Raises ValueError for an
    unknown name.

    >>> answer("two rounds", "abcdcba")
    Exercise "two rounds": correct.
    """
    judge = _known(name, EXERCISES, "exercise")
    if value is None or value is ...:
        print(f'Exercise "{name}": no answer yet.')
        return
    try:
        fault = _fault(judge, value)
    except Exception as error:  # ours, and never to be taken for the reader's
        message = f'Exercise "{name}": the judge itself failed on this {kind(value)}: {said(error)}'
        if strict:
            raise RuntimeError(message) from error
        print(f"{message}. That is a fault of the course, not of your answer: please report it.")
        return
    if fault and strict:
        raise AssertionError(f"{name}: {fault}")
    print(f'Exercise "{name}": ' + (f"not yet: {fault}." if fault else "correct."))


def _fault(judge, value) -> str | None:
    """What is wrong with an answer, in words; None if nothing is."""
    try:
        with time_limit(SECONDS):
            return judge(value)
    except Unfit as unfit:
        return str(unfit)
    except TimeUp:
        return f"this takes more than {SECONDS} seconds; hand in something smaller or faster"


@functools.cache
def _truth(name: str):
    return QUESTIONS[name].truth()


def _known(name: str, kept: dict, called: str):
    """What is kept under a name; ValueError with the known names if nothing is."""
    if isinstance(name, str) and name in kept:
        return kept[name]
    near = difflib.get_close_matches(name, kept) if isinstance(name, str) else []
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ValueError(f"unknown {called} {name!r}; choose from {tuple(kept)}{hint}")
