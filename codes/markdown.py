"""Markdown that staff write, made into HTML that is safe to show."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

TAGS = {
    *("p", "br", "ul", "ol", "li", "strong", "em", "a", "code", "blockquote", "h3", "h4"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """Keep a link's address only when it leads to this site or to another one by HTTPS."""
    own = value.startswith(("/", "#", "?")) and not value.startswith("//")
    return value if own or value.lower().startswith("https://") else None


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.core.ruler.push("headings_below_ours", _lower_headings)
    return parser


def _lower_headings(state) -> None:
    """The page's own headings are h1 and h2, so those inside a text start at h3."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3" if token.tag in ("h1", "h2", "h3") else "h4"


PARSER = _parser()


@lru_cache(maxsize=2048)
def render(text: str) -> SafeString:
    """CommonMark with tables and without raw HTML, as HTML of the allowed tags only."""
    return SafeString(
        nh3.clean(
            PARSER.render(text),
            tags=TAGS,
            attributes={"a": {"href"}},
            attribute_filter=_allowed,
            url_schemes={"https"},
            link_rel=None,
        ).strip()
    )
