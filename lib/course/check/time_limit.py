"""A limit on the time that a reader's code may take, so that every answer is judged in the end."""

import contextlib
import signal
import threading
from collections.abc import Iterator


class TimeUp(BaseException):
    """The time is up. No Exception, so that code which catches those does not go on."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeUp` in what stands in this block once it has run for so many seconds.

    Only where the system can: in the main thread, which is the one of a notebook, not on Windows.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not (in_main_thread and hasattr(signal, "setitimer")):
        yield
        return

    def ring(*_):
        raise TimeUp

    handler = signal.signal(signal.SIGALRM, ring)
    # It rings every second from then on: code may catch it, or be where nothing can be raised.
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler or signal.SIG_DFL)
