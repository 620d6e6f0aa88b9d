"""Questions and exercises of notebook 01."""

from wl2nas.check.question import Question

QUESTIONS: dict[str, Question] = {}

EXERCISES: dict = {}
