"""Filters and tags of our pages."""

import re
from datetime import date, datetime

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from codes import corrections, glossary, markdown
from codes.rules.pairs import Verdict
from codes.rules.standing import Outcome
from codes.rules.terms import Cite

register = template.Library()

CODE_OR_MODIFIER = re.compile(
    r"(?P<tag><a\b.*?</a>|<[^>]*>)"
    r"|(?<![\w$/.-])(?P<code>[0-9A-Z][0-9]{3}[0-9A-Z])(?![\w/]|[-.,]\d)"
    r"|(?<![\w/])(?P<word>[Mm]odifiers?) (?P<modifier>[0-9A-Z]{2})(?!\w)",
    re.DOTALL,
)
LINK_TO_ENTRY = re.compile(r'<a href="/(?:codes|modifiers)/(?P<key>\w+)/">(?P<text>.*?)</a>', re.DOTALL)


def link_codes(html: str, keys) -> SafeString:
    """Turn the code numbers in safe HTML into links, and "modifier 59" too: those that are among the published `keys`.

    What stands inside a link or a tag is left alone, but a link to an entry that is not published becomes plain text.
    """

    def link(match: re.Match) -> str:
        if match["tag"]:
            entry = LINK_TO_ENTRY.fullmatch(match["tag"])
            return entry["text"] if entry and entry["key"] not in keys else match["tag"]
        number, modifier = match["code"], match["modifier"]
        if number in keys:
            return f'<a href="{reverse("code", args=[number])}">{number}</a>'
        if modifier in keys:
            return f'<a href="{reverse("modifier", args=[modifier])}">{match["word"]} {modifier}</a>'
        return match[0]

    return mark_safe(CODE_OR_MODIFIER.sub(link, str(html)))  # noqa: S308  (only adds links to safe HTML)


@register.filter
def prose(text: str, keys=()) -> SafeString:
    """Staff-written Markdown as safe HTML, with the published `keys` in it linked."""
    return link_codes(markdown.render(text), keys)


@register.filter
def linked(text: str, keys=()) -> SafeString:
    """A plain sentence as safe HTML, with the published `keys` in it linked."""
    return link_codes(conditional_escape(text), keys)


@register.filter
def day(value: date | None) -> SafeString | str:
    """A date as people write it, in a <time> element; of a moment, its day here; empty for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_html(
        '<time datetime="{}">{} {}, {}</time>', value.isoformat(), f"{value:%B}", value.day, value.year
    )


ICONS = {
    "never-together": "M6 6l12 12M18 6L6 18",
    "modifier": "M12 6v7M12 17.5v.01",
    "no-edit": "M5 12.5l4.5 4.5L19 7.5",
    "same-code": "M6 9h12M6 15h12",
    "not-known": "M9 9a3 3 0 1 1 4 2.8c-.8.4-1 .9-1 1.7M12 17.5v.01",
    "search": "M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13M15.5 15.5L20 20",
    "arrow": "M5 12h13M13 7l5 5-5 5",
}
ICONS |= {
    "passed": ICONS["no-edit"],
    "failed": ICONS["never-together"],
    "not known": ICONS["not-known"],
    "true": ICONS["no-edit"],
    "wrong": ICONS["never-together"],
    "part-true": ICONS["modifier"],
    "outdated": ICONS["modifier"],
    "payer-dependent": ICONS["not-known"],
    "ready": ICONS["no-edit"],
    "change": ICONS["modifier"],
    "unknown": ICONS["not-known"],
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small drawing beside a word that says the same; hidden from screen readers. `name` is a key of ICONS."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        ICONS[str(name)],
    )


VERDICT_WORDS = {
    Verdict.NEVER: "Never together",
    Verdict.MODIFIER: "Only with a modifier",
    Verdict.NO_EDIT: "No edit in force",
    Verdict.SAME_CODE: "Same code twice",
    Verdict.NOT_KNOWN: "Not known",
}
OUTCOME_WORDS = {Outcome.PASSED: "Passed", Outcome.FAILED: "Failed", Outcome.NOT_KNOWN: "Not known"}


@register.simple_tag
def badge(verdict: Verdict | Outcome) -> SafeString:
    """A verdict or the outcome of a test as icon and word, never as colour alone."""
    words = VERDICT_WORDS.get(verdict) or OUTCOME_WORDS[verdict]
    return format_html(
        '<span class="badge badge-{}">{} {}</span>',
        str(verdict.value).replace(" ", "-"),
        icon(verdict.value),
        words,
    )


@register.simple_tag
def pair_url(first: str, second: str) -> str:
    """The permanent address of a pair: the smaller code first."""
    return reverse("pair", args=sorted((first, second)))


@register.simple_tag(takes_context=True)
def absolute(context, path: str) -> str:
    """A path of this site as a full address, for canonical links and previews elsewhere."""
    request = context.get("request")
    return request.build_absolute_uri(path) if request else path


@register.simple_tag(takes_context=True)
def absolute_static(context, path: str) -> str:
    """A static file's full address."""
    return absolute(context, static(path))


@register.filter
def get(mapping: dict, key) -> str:
    """The value of a key that is itself a variable; empty when there is none."""
    return mapping.get(key, "")


@register.simple_tag(takes_context=True)
def cite(context, place: Cite | None) -> SafeString | str:
    """Where a statement comes from, as a link to the page's list of sources. Needs `sources` of lookups.sources_for."""
    if place is None:
        return ""
    source = next((source for source, _ in context["sources"] if source.slug == place.source), None)
    if source is None:
        return ""
    text = f"{source}, {place.locator}" if place.locator else str(source)
    return format_html('<a class="cite" href="#source-{}">{}</a>', source.slug, text)


@register.simple_tag(takes_context=True)
def report_link(context, words: str) -> SafeString | str:
    """A link to the form by which a mistake on this page is reported; empty where a page has no address."""
    request = context.get("request")
    if request is None:
        return ""
    address = reverse("report", query={"page": request.get_full_path()})
    return format_html('<a href="{}" rel="nofollow">{}</a>', address, words)


@register.simple_tag(takes_context=True)
def corrections_here(context):
    """What was corrected on this page, newest first; mostly nothing."""
    request = context.get("request")
    return corrections.corrections_of(request.path) if request else ()


@register.tag
def explained(parser, token):
    """`{% explained %}…{% endexplained %}`: each term of the glossary is explained where it first stands in between."""
    inside = parser.parse(("endexplained",))
    parser.delete_first_token()
    return ExplainedNode(inside)


class ExplainedNode(template.Node):
    def __init__(self, nodelist):
        self.nodelist = nodelist

    def render(self, context):
        inside = self.nodelist.render(context)
        return inside if context.get("unexplained") else glossary.explain(inside)
