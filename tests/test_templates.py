"""What pages are made with: their templates' environment, addresses, and pieces of HTML from values."""

import re
from datetime import UTC, date, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.template import engines
from django.urls import NoReverseMatch, reverse
from django.utils.encoding import iri_to_uri
from django.utils.safestring import mark_safe
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import DebugUndefined, DictLoader, Environment, TemplateSyntaxError
from markupsafe import Markup, escape

from codes import jinja, linkeddata, markup
from codes.addresses import address_of, pair_address
from codes.contentversion import at_version
from codes.models import CirculatingClaim, Release, Source
from tests.pages import Page, read


@pytest.fixture(scope="module")
def environment():
    return engines["jinja2"].env


# --- Pieces that are kept ------------------------------------------------------------------------


def test_a_piece_that_many_pages_share_is_made_once_for_each_version_and_key(monkeypatch):
    template = "<b>{{ name }}</b>{{ made() }}"
    made = Environment(loader=DictLoader({"piece": template}), autoescape=True, auto_reload=False)
    times = []

    def piece(key, name):
        return jinja.kept(made, "piece", key, name=name, made=lambda: times.append(key) or "")

    with at_version("this"):
        assert piece(1, "<i>") == piece(1, "<i>") == "<b>&lt;i&gt;</b>"
        assert piece(2, "two") == "<b>two</b>"
        assert times == [1, 2]
        monkeypatch.setattr(jinja, "MOST_KEPT", 2)
        assert piece(3, "three") == "<b>three</b>"  # no room for it: the others are given up
        assert piece(3, "other") == "<b>three</b>"
        assert piece(1, "<i>") == "<b>&lt;i&gt;</b>"
        assert times == [1, 2, 3, 1]
    with at_version("that"):
        assert piece(1, "new") == "<b>new</b>"


@pytest.mark.django_db
def test_a_source_that_staff_rename_is_called_so_on_every_verdict_at_once(reader):
    source = Source.objects.get(slug="ncci-manual-2026")
    assert "The renamed manual" not in read(reader, "/pairs/97110/97140/").text
    source.title = "The renamed manual"
    source.save()
    text = read(reader, "/pairs/97110/97140/").text
    assert text.count("The renamed manual") > 2
    assert "NCCI Policy Manual for Medicare" not in text


# --- Addresses ----------------------------------------------------------------------------------

KEYS = st.one_of(st.from_regex(r"[0-9A-Za-z_-]{1,12}", fullmatch=True), st.text(min_size=1, max_size=12))


@settings(deadline=None)
@given(name=st.sampled_from(["code", "code-edits", "modifier", "faq", "claim", "fee", "api:code"]), key=KEYS)
def test_an_address_is_the_one_that_django_gives(name, key):
    try:
        expected = reverse(name, args=[key])
    except NoReverseMatch:
        with pytest.raises(NoReverseMatch):
            address_of(name, key)
    else:
        assert address_of(name, key) == expected


@settings(deadline=None)
@given(first=KEYS.filter(lambda key: "/" not in key), second=KEYS.filter(lambda key: "/" not in key))
def test_a_pair_has_one_address_in_both_orders(first, second):
    query = {"date": "2024-07-01", "setting": "practitioner"}
    assert pair_address(first, second, query) == pair_address(second, first, query)
    assert pair_address(first, second, query) == reverse("pair", args=sorted((first, second)), query=query)
    assert pair_address(first, second) == reverse("pair", args=sorted((first, second)))


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["date", "page", "q"]), KEYS | st.from_regex(r"/[a-z/&=+%#]*", fullmatch=True)
    )
)
def test_a_query_is_read_back_as_it_was_given_and_a_full_address_is_djangos(query):
    address = address_of("search", query=query)
    assert parse_qs(urlsplit(address).query) == {name: [value] for name, value in query.items()}
    for path in (address, *query.values()):
        assert (
            linkeddata.absolute(path, "https://cptref.example") == f"https://cptref.example{iri_to_uri(path)}"
        )


def test_an_address_without_keys_and_with_a_list_in_its_query():
    assert address_of("about") == reverse("about") == "/about/"
    assert address_of("matrix", query={"code": ["97124", "97140"]}) == "/matrix/?code=97124&code=97140"
    with pytest.raises(NoReverseMatch):
        address_of("no-such-page")


# --- The environment ----------------------------------------------------------------------------


def test_every_template_of_a_page_can_be_read(environment):
    names = environment.list_templates(filter_func=lambda name: not name.startswith("admin/"))
    assert len(names) > 50
    for name in names:
        environment.get_template(name)


def test_indentation_is_left_out_and_words_stay_apart(environment):
    text = "<p>\n  one\n\n    {% if yes %}\n      two\n    {% endif %}\n  {{ three }}\n</p>\n"
    assert environment.from_string(text).render(yes=True, three=3) == "<p>\none\ntwo\n3\n</p>"
    inside = "a\n  {% include inner %}\n  b"
    inner = environment.from_string("<b>x</b>\n")
    assert environment.from_string(inside).render(inner=inner) == "a\n<b>x</b>\nb"


@pytest.mark.parametrize("in_debug", [True, False])
def test_what_is_included_is_the_same_written_out_when_compiled_or_included_each_time(in_debug):
    templates = {
        "page": '<ul>\n  {% for x in "ab" %}\n    {% include "row" %}\n  {% endfor %}\n</ul>{% include "end" %}\n<hr>',
        "row": '{# Needs `x`. #}\n  {% if x == "a" %}\n    <li>{% include "end" %}</li>\n  {% endif %}\n',
        "end": "<i>{{ x }}</i>\n",
    }
    made = jinja.environment(loader=DictLoader(templates), auto_reload=in_debug)
    assert made.get_template("page").render(x="z") == "<ul>\n<li><i>a</i></li>\n\n\n</ul><i>z</i>\n<hr>"


def test_a_mistake_in_a_template_is_told_with_its_own_line(environment):
    with pytest.raises(TemplateSyntaxError) as told:
        environment.from_string("<p>\n\n  {% if yes %}\n    one\n  {% endif %}\n  {% nonsense %}\n</p>")
    assert told.value.lineno == 6


def test_what_readers_and_staff_wrote_is_never_taken_for_html(environment):
    nasty = "<script>alert('x')</script> & \"y\""
    safe = environment.from_string('<a title="{{ text }}">{{ text }}</a>{{ text|linked }}').render(text=nasty)
    assert "<script" not in safe
    assert Page(HttpResponse(safe)).text.count("alert('x')") == 2


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cn"]))


@given(
    st.one_of(
        TEXT, st.integers(), st.none(), st.floats(), st.builds(mark_safe, TEXT), st.builds(Markup, TEXT)
    )
)
def test_what_is_put_out_is_escaped_as_markupsafe_does_and_reads_the_same_in_ascii(value):
    html = jinja.as_html(value)
    expected = str(escape(value))
    assert unescape(html) == unescape(expected)
    assert html.isascii() or re.search("[\x80-\x9f]", html)
    assert html == expected or not expected.isascii()


def test_a_page_is_ascii_and_reads_as_it_was_written(reader):
    page = read(reader, "/pairs/97124/97140/")
    assert page.html.isascii()
    assert "CPT® is a registered trademark" in page.text
    assert "NCCI Policy Manual for Medicare Services, 2026, ch. I §E" in page.main_text
    assert "“" in page.main_text


def test_what_a_page_does_not_have_is_left_out_also_for_developers():
    made = jinja.environment(autoescape=True, undefined=DebugUndefined)
    assert made.from_string('<input value="{{ words }}">').render() == '<input value="">'


def test_neighbours_of_one_kind_come_together_in_their_order(environment):
    rows = [{"kind": kind, "text": text} for kind, text in ("b1", "b2", "a3", "b4")]
    rows = [type("Row", (), row) for row in rows]
    template = "{% for kind, same in rows|runs('kind') %}{{ kind }}:{% for row in same %}{{ row.text }}{% endfor %} {% endfor %}"
    assert environment.from_string(template).render(rows=rows) == "b:12 a:3 b:4 "


# --- Pieces of HTML -----------------------------------------------------------------------------


def test_a_moment_is_told_by_its_day_and_hour_here(environment):
    late = datetime(2026, 11, 25, 3, 30, tzinfo=UTC)  # still the evening before in New York
    assert markup.day(late) == '<time datetime="2026-11-24">November 24, 2026</time>'
    assert markup.day(date(2026, 11, 25)) == '<time datetime="2026-11-25">November 25, 2026</time>'
    assert markup.day(None) == ""
    assert environment.from_string('{{ late|moment("H:i T") }}').render(late=late) == "22:30 EST"


def test_choices_have_the_words_of_their_field(db):
    for claim in CirculatingClaim.objects.all():
        assert markup.choice(claim, "verdict") == claim.get_verdict_display()
    for release in Release.objects.all():
        assert markup.choice(release, "setting") == release.get_setting_display()


def test_links_of_a_text_follow_what_is_published():
    text = "Bill 97140 with modifier 59, not 97124."
    all_of_them = markup.linked(text, frozenset({"97140", "97124", "59"}))
    assert all_of_them.count("<a ") == 3
    assert '<a href="/modifiers/59/">modifier 59</a>' in all_of_them
    fewer = markup.linked(text, frozenset({"97140"}))
    assert fewer.count("<a ") == 1
    assert markup.linked(text) == text


def test_the_way_back_is_told_to_people_and_machines():
    html = linkeddata.crumbs(
        "https://cptref.example", "Codes", "codes", "Evaluation", "codes#evaluation", "<97161>"
    )
    assert '<a href="/codes/#evaluation">Evaluation</a>' in html
    assert "https://cptref.example/codes/#evaluation" in html
    assert "<97161>" not in html
