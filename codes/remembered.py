"""Small things that many pages need and that seldom change, kept by each process for one version of the contents."""

from collections.abc import Callable

from codes.contentversion import content_version


class Remembered[Thing]:
    """What a function reads, read anew when the contents have another version. Calling it gives the thing.

    Nobody may change what it gives, but to keep more of the same version in it: it is the same for all.
    """

    def __init__(self, read: Callable[[], Thing]):
        self.read = read
        self.__doc__ = read.__doc__
        self.known: tuple[str, Thing] | None = None

    def __call__(self) -> Thing:
        version = content_version()
        known = self.known
        if known is None or known[0] != version:
            self.known = known = (version, self.read())
        return known[1]
