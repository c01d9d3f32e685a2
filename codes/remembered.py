"""Small things that many pages need, kept by each process: for one version of the contents, or as long as they are asked for."""

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


class Recent[Key, Found](dict[Key, Found]):
    """What a function found for the keys that were asked for lately: at most twice `most` of them.

    As `lru_cache`, but what is there costs no more than a look into a dictionary. Those asked for since it was last full
    are in the dictionary, those of before in another, which is given up when it is full again.
    """

    def __init__(self, find: Callable[[Key], Found], most: int):
        self.find, self.most = find, most
        self.before: dict[Key, Found] = {}

    def __missing__(self, key: Key) -> Found:
        found = self.before[key] if key in self.before else self.find(key)
        if len(self) >= self.most:
            self.before = dict(self)
            self.clear()
        self[key] = found
        return found
