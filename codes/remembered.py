"""Small things that every page needs and that hardly ever change, read from the database once a minute."""

from collections.abc import Callable
from time import monotonic

KEPT_FOR = 60


class Remembered[Thing]:
    """What a function reads, kept by this process for a minute, or until `forget`. Calling it gives the thing.

    Other processes learn of a change within that minute, so it is for hints and lists beside an answer, never for what
    an answer is made from.
    """

    def __init__(self, read: Callable[[], Thing]):
        self.read = read
        self.__doc__ = read.__doc__
        self.until = 0.0

    def __call__(self) -> Thing:
        if monotonic() >= self.until:
            self.thing = self.read()
            self.until = monotonic() + KEPT_FOR
        return self.thing

    def forget(self, **kwargs) -> None:
        """Read anew the next time. Takes whatever a signal sends along."""
        self.until = 0.0
