"""Predictions and exercises: the reader answers, the library judges by computing.

``predict(name)`` prints a question; ``predict(name, guess)`` judges the guess as well, so that a
notebook runs unanswered. ``answer(name, value)`` judges the answer to an exercise: nothing is
compared with a stored solution, every judgement is worked out from what was handed in. The
questions and exercises of a notebook stand in a file of its own.
"""

import functools

from course.check import (
    cells_as_graphs,
    directions,
    graph_networks,
    graph_vae,
    later,
    limits,
    start,
    weisfeiler_lehman,
    whole_space,
)
from course.porting.kit import port as port
from course.porting.kit import port_steps as port_steps
from course.porting.kit import porting_kit as porting_kit

QUESTIONS = {
    **start.QUESTIONS,
    **cells_as_graphs.QUESTIONS,
    **weisfeiler_lehman.QUESTIONS,
    **limits.QUESTIONS,
    **directions.QUESTIONS,
    **whole_space.QUESTIONS,
    **graph_networks.QUESTIONS,
    **graph_vae.QUESTIONS,
    **later.QUESTIONS,
}
EXERCISES = {
    **cells_as_graphs.EXERCISES,
    **weisfeiler_lehman.EXERCISES,
    **limits.EXERCISES,
    **directions.EXERCISES,
    **whole_space.EXERCISES,
    **graph_networks.EXERCISES,
    **graph_vae.EXERCISES,
}


@functools.cache
def _truth(name: str):
    return QUESTIONS[name].truth()


def predict(name: str, guess=None):
    """Print a question; with a guess, also whether it is right and why."""
    if name not in QUESTIONS:
        raise ValueError(f"unknown question {name!r}; choose from {tuple(QUESTIONS)}")
    question = QUESTIONS[name]
    print(f"Predict: {question.asked}")
    if guess is None or guess is ...:
        print(f'  Write your guess: check.predict("{name}", ...)')
        return
    print(f"  {question.judge(guess, _truth(name))} {question.why}")


def answer(name: str, value=None, *, strict: bool = False):
    """Judge the answer to an exercise; without a value, remind the reader to try.

    Prints what is wrong; raises AssertionError instead in strict mode, which the tests use.
    """
    if name not in EXERCISES:
        raise ValueError(f"unknown exercise {name!r}; choose from {tuple(EXERCISES)}")
    if value is None:
        print(f'Exercise "{name}": no answer yet.')
        return
    fault = EXERCISES[name](value)
    if fault and strict:
        raise AssertionError(f"{name}: {fault}")
    print(f'Exercise "{name}": ' + (f"not yet: {fault}." if fault else "correct."))
