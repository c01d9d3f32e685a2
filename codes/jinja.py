"""The environment of our pages' templates: what they may use beside their own values.

Jinja2 makes Python of a template once. Measured on a pair's page, that renders it six times as fast as Django's own
engine, which walks through its pieces each time. The staff's side is Django's, and so are its templates.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.template import defaultfilters
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django_htmx.jinja import htmx_script
from jinja2 import Environment, Undefined, nodes, pass_environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.runtime import Context
from markupsafe import _escape_inner

from codes import linkeddata, markup
from codes.addresses import address_of, once_for_settings, pair_address, static_address
from codes.corrections import corrections_of
from codes.glossary import explain
from codes.remembered import Remembered

TAGS_ALONE = re.compile(r"(?:\{% (?!include|block|endblock)[^{}]*%\}|\{#[^{}]*#\})+")
"""What says itself nothing; what is included or in a block ends without a line's end."""
MOST_KEPT = 8192
"""So many pieces of pages are kept: tests of codes mostly, of some hundred bytes."""
INCLUDED = re.compile(r'\{% include "([^"]+)" %\}')
OF_DJANGO = ("capfirst", "escapejs", "floatformat", "pluralize", "slugify", "truncatechars")
"""Django's filters that our templates use."""


class Compiled(Extension):
    """What is done once, when a template is compiled, so that no page waits for it.

    What it includes is written out in its place: to include it each time takes a look-up and a new context each time
    (where DEBUG is on it does, so that a change of an included file is seen). And it leaves out how lines are indented,
    and lines on which only tags stand: a twentieth of a compressed page.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template's text. Its own lines keep their count: where a line's end is left out it moves into a tag."""
        lines = "".join(map(_without_indentation, source.splitlines(keepends=True)))
        return lines if self.environment.auto_reload else INCLUDED.sub(self._written_out, lines)

    def _written_out(self, included: re.Match) -> str:
        source, _, file = self.environment.loader.get_source(self.environment, included[1])
        return self.preprocess(source, included[1], file).removesuffix("\n")


def _without_indentation(line: str) -> str:
    text = line.strip()
    if not text:
        return "{#\n#}"
    if TAGS_ALONE.fullmatch(text):
        return f"{text[:-2]}\n{text[-2:]}"
    return f"{text}\n"


class PlainOutput(CodeGenerator):
    """Compiles what a template puts out into text, which is joined to a page next.

    Jinja2 itself would make a safe text of each value first, an object that nobody looks at. A page has two hundred:
    it is made a sixteenth faster without them.
    """

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        """The module of a template."""
        self.writeline(f"from {__name__} import {as_html.__name__}")
        super().visit_Template(node, frame)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        """An attribute: asked for at once, and in Jinja2's way only where there is none, as of a dictionary."""
        thing, value = self.temporary_identifier(), self.temporary_identifier()
        self.write(f"({value} if ({value} := getattr(({thing} := ")
        self.visit(node.node, frame)
        self.write(f"), {node.attr!r}, missing)) is not missing")
        self.write(f" else environment.getattr({thing}, {node.attr!r}))")

    def visit_Block(self, node: nodes.Block, frame: Frame) -> None:
        """A block. In what is gathered first it is taken over at once, and not piece by piece."""
        if frame.buffer is None or node.scoped or node.required:
            super().visit_Block(node, frame)
        else:
            made = f"context.blocks[{node.name!r}][0]({self.get_context_ref()})"
            self.writeline(f"{frame.buffer}.extend({made})", node)

    def _output_const_repr(self, group: Iterable) -> str:
        """What a template says itself, in ASCII. All are HTML or XML, but for `sw.js`, which is ASCII as it is written."""
        return repr(str(markup.in_ascii("".join(map(str, group)))))

    def _output_child_pre(self, node, frame, finalize) -> None:
        is_html = isinstance(node, nodes.Filter) and node.name in MAKE_HTML
        self.write("(" if is_html else f"{as_html.__name__}(")


def as_html(value: object) -> str:
    """A value as HTML in ASCII: what is safe as it is, all else escaped, as `markupsafe.escape` does."""
    kind = type(value)
    if kind is str:
        html = _escape_inner(value)
    elif kind is SafeString:
        html = value
    elif kind is int or kind is float:
        return str(value)
    elif hasattr(value, "__html__"):
        html = value.__html__()
    else:
        html = _escape_inner(str(value))
    return html if html.isascii() else markup.in_ascii(html)


def explained(html: str, below: str, unexplained: bool = False) -> str:
    """A page's HTML with each term of the glossary explained where it first stands, but where that is not wanted, and
    what stands below it, where no term is explained."""
    return html + below if unexplained else explain(html, below)


def rendered(environment: Environment, template: str, values: dict, block: str = "") -> str:
    """A template's text, or that of one of its blocks alone."""
    made = environment.get_template(template)
    # Not `made.render`, for it looks through all that templates may use each time.
    at_hand = Context(environment, {**environment.globals, **values}, made.name, made.blocks)
    try:
        return "".join(made.blocks[block](at_hand) if block else made.root_render_func(at_hand))
    except Exception:
        environment.handle_exception()  # raises it again, with the lines of the templates


@pass_environment
def kept(environment: Environment, template: str, *key: Hashable, **values: object) -> SafeString:
    """What a small template gives for these values, made once for each `key`: many pages share it.

    All that it shows must depend on the key and the contents alone.
    """
    pieces = _pieces()
    found = pieces.get((template, key))
    if found is None:
        # Safe, as all that a template puts out is escaped.
        found = mark_safe(rendered(environment, template, values))  # noqa: S308
        if len(pieces) >= MOST_KEPT:
            pieces.clear()
        if not environment.auto_reload:
            pieces[template, key] = found
    return found


@Remembered
def _pieces() -> dict[tuple[str, tuple], SafeString]:
    """What has been made for this version of the contents."""
    return {}


def moment(value: datetime, form: str) -> str:
    """A moment, in the time here, by a format of Django's `date` filter."""
    return defaultfilters.date(timezone.localtime(value), form)


def runs(things: Iterable, attribute: str) -> Iterator[tuple[str, list]]:
    """Neighbours with the same value of an attribute, with that value."""
    return ((value, list(same)) for value, same in groupby(things, attrgetter(attribute)))


def _by_name(*functions: Callable) -> dict[str, Callable]:
    return {each.__name__: each for each in functions}


MAKE_HTML = _by_name(
    *(markup.icon, markup.badge, markup.cite, markup.day, markup.linked, markup.prose),
    linkeddata.crumbs,
    kept,
)
"""Filters of ours that always give HTML in ASCII, which is put out as it is."""


def environment(**options) -> Environment:
    """Jinja2's environment with our functions and filters, and with those of Django's that our templates use."""
    options["undefined"] = Undefined  # what a page does not have is left out, also where DEBUG is on
    made = Environment(**options, extensions=[Compiled])  # noqa: S701  (Django sets autoescape)
    made.code_generator_class = PlainOutput
    made.globals |= {
        "htmx_script": once_for_settings(htmx_script),
        **_by_name(
            linkeddata.medical_code,
            linkeddata.faq_page,
            linkeddata.claim_review,
            linkeddata.website,
        ),
    }
    # As filters, for a filter of what a template itself says is applied when it is compiled: {{ "home"|url }}.
    made.filters |= {
        "url": address_of,
        "static": static_address,
        "pair_url": pair_address,
        "icon_path": markup.ICONS.__getitem__,
        **MAKE_HTML,
        **_by_name(
            linkeddata.absolute,
            corrections_of,
            markup.choice,
            markup.day_in_words,
            explained,
            moment,
            runs,
        ),
        **{name: defaultfilters.register.filters[name] for name in OF_DJANGO},
    }
    return made
