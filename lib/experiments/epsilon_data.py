"""`make epsilon-data`: how many cells are told apart at every stop of the slider of notebook 06.

A page without a kernel cannot count them; see ``wl2nas.explore.epsilon``.
"""

import time

from course.results import record
from wl2nas import cells
from wl2nas.explore import epsilon


def main():
    started = time.perf_counter()
    numbers = epsilon.counted(cells.nasbench101())
    record("epsilon", "make epsilon-data", numbers, started=started)
    print(f"{len(numbers['counts'])} stops: {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
