"""Reading our pages in tests, as a reader or a machine would."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit


class _Reader(HTMLParser):
    VOID = {"meta", "link", "input", "br", "hr", "img", "line", "rect", "path"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, str]] = []
        self.main_links: list[str] = []
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.main_texts: list[str] = []
        self._in_main = False
        self._silent = 0

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.elements.append((tag, found))
        if tag == "main":
            self._in_main = True
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "a" and "href" in found:
            self.links.append((tag, found["href"]))
            if self._in_main:
                self.main_links.append(found["href"])

    def handle_endtag(self, tag):
        if tag == "main":
            self._in_main = False
        if tag in ("script", "style"):
            self._silent -= 1

    def handle_data(self, data):
        if not self._silent:
            self.texts.append(data)
            if self._in_main:
                self.main_texts.append(data)


class Page:
    """A page as read: its text, its links, its main heading's verdict."""

    def __init__(self, response):
        self.status = response.status_code
        self.html = response.content.decode()
        reader = _Reader()
        reader.feed(self.html)
        self.elements = reader.elements
        self.links = [href for _, href in reader.links]
        self.main_links = reader.main_links
        self.text = re.sub(r"\s+", " ", "".join(reader.texts))
        self.main_text = re.sub(r"\s+", " ", "".join(reader.main_texts))

    @property
    def verdict(self) -> str | None:
        """What the main heading carries as `data-verdict`."""
        return next((found.get("data-verdict") for tag, found in self.elements if tag == "h1"), None)

    @property
    def own_links(self) -> set[str]:
        """Paths on this site that the page links to, without fragments and queries."""
        return {urlsplit(href).path for href in self.links if href.startswith("/")}

    def has(self, tag: str, **attributes: str) -> bool:
        """Whether an element with these attributes is on the page."""
        return any(
            name == tag and all(found.get(key.rstrip("_")) == value for key, value in attributes.items())
            for name, found in self.elements
        )

    def meta(self, name: str) -> str | None:
        """What the head says under a name of Open Graph, Twitter or plain HTML."""
        return next(
            (
                found["content"]
                for tag, found in self.elements
                if tag == "meta" and name in (found.get("property"), found.get("name"))
            ),
            None,
        )

    def linked(self, rel: str) -> str | None:
        """Where a <link> of the head leads."""
        return next(
            (found["href"] for tag, found in self.elements if tag == "link" and found.get("rel") == rel), None
        )


def read(client, path: str, **more) -> Page:
    """Open a path, following redirects."""
    return Page(client.get(path, follow=True, **more))
