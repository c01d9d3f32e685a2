"""The words of the trade: in the glossary, and explained where a page first uses them."""

import re

import pytest
from django.contrib.auth.models import Group
from hypothesis import given, settings
from hypothesis import strategies as st

from codes.contentversion import at_version
from codes.glossary import Marked, Terms, explain
from codes.models import Citation, GlossaryTerm, Source
from codes.models.base import State
from codes.remembered import Recent, Remembered
from codes.search import search
from tests.pages import Page, read
from tests.test_admin import errors_of, member, save

pytestmark = pytest.mark.django_db


def marked(html: str) -> list[tuple[str, str]]:
    """The terms that are explained in a page: each with the words that were marked."""
    return re.findall(r'popovertarget="t-([\w-]+)"[^>]*>([^<]*)</button>', html)


def opened(html: str, slug: str) -> str:
    """What opens at a term."""
    return re.search(rf'<div class="term" popover id="t-{slug}">(.*?)</div>', html)[1]


@pytest.fixture
def term(db):
    term = GlossaryTerm.objects.create(
        slug="quince",
        term="Quince",
        short="A fruit that nobody bills.",
        spellings="quince\nQNC",
        state=State.PUBLISHED,
        last_reviewed="2026-11-01",
    )
    Citation.objects.create(
        term=term,
        source=Source.objects.first(),
        topic="meaning",
        statement="It says so.",
        confidence="T",
        checked_on="2026-11-01",
    )
    return term


# --- The glossary -------------------------------------------------------------------------------


def test_every_term_has_a_place_of_its_own_with_its_sources(reader):
    page = read(reader, "/glossary/")
    terms = GlossaryTerm.objects.published()
    assert len(terms) >= 45
    for term in terms:
        assert page.has("div", id=term.slug), term
        assert f"#{term.slug}" in page.links
        assert term.citations.exists(), term
    assert page.text.count("checked November 25, 2026") >= len(terms)


def test_what_is_not_verified_is_marked_in_the_glossary_too(reader):
    assert "Not verified" in read(reader, "/glossary/").text


def test_a_term_has_an_address_to_share(reader):
    response = reader.get("/glossary/mue/")
    assert response.status_code == 302
    assert response["Location"] == "/glossary/#mue"
    assert reader.get("/glossary/quince/").status_code == 404


def test_a_mistyped_term_offers_the_nearest(reader):
    page = read(reader, "/glossary/modifier-indicators/")
    assert page.status == 404
    assert "/glossary/modifier-indicator/" in page.main_links


def test_the_glossary_is_linked_from_every_page(reader):
    for path in ("/", "/codes/97140/", "/nothing/"):
        assert "/glossary/" in read(reader, path).own_links


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("mue", "mue"),
        ("medically unlikely edit", "mue"),
        ("what is an MUE", "mue"),
        ("what does GPCI mean", "gpci"),
        ("rvu", "relative-value"),
        ("CARC", "denial-code"),
        ("incident to", "incident-to"),
    ],
)
def test_terms_are_found_by_search(typed, slug):
    hit = search(typed).hits[0]
    assert (hit.kind, hit.key, hit.url) == ("term", slug, f"/glossary/{slug}/")


def test_every_explanation_is_one_or_two_short_plain_sentences():
    for term in GlossaryTerm.objects.all():
        assert term.short.endswith("."), term
        assert all(len(sentence.split()) <= 22 for sentence in re.split(r"[.:] ", term.short)), term
        assert "—" not in term.short + term.explanation, term


# --- In the texts of pages ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "terms"),
    [
        ("/codes/97140/", {"mue", "mai", "status", "always-therapy", "timed"}),
        ("/codes/97811/", {"status", "mue"}),
        ("/pairs/97124/97140/", {"column-one", "column-two", "modifier-indicator", "ncci"}),
        ("/modifiers/59/", {"bypass", "pair-edit"}),
        ("/visits/?line=97140:23:GP&treated_by=pt", {"eight-minute-rule", "mue", "kx-threshold"}),
        ("/fees/", {"locality", "gpci", "conversion-factor", "relative-value"}),
    ],
)
def test_the_terms_of_a_page_are_explained_on_it(reader, path, terms):
    html = read(reader, path).html
    assert terms <= {slug for slug, _ in marked(html)}


@pytest.mark.parametrize(
    "path", ["/", "/codes/97140/", "/pairs/97124/97140/", "/faqs/", "/about/", "/releases/"]
)
def test_each_term_is_marked_once_and_its_explanation_leads_on_to_the_glossary(reader, path):
    html = read(reader, path).html
    slugs = [slug for slug, _ in marked(html)]
    assert slugs
    assert len(slugs) == len(set(slugs))
    for slug in slugs:
        assert html.count(f'id="t-{slug}"') == 1
        assert f'href="/glossary/#{slug}"' in opened(html, slug)


def test_an_abbreviation_is_spelled_out_where_it_is_explained(reader):
    html = read(reader, "/codes/97140/").html
    assert opened(html, "mue").startswith("Medically unlikely edit. The most units")


def test_the_first_place_is_marked_and_plurals_and_capitals_count(term):
    html = explain("<p>Quinces are no apples. A quince is.</p>")
    assert marked(html) == [("quince", "Quinces")]
    assert marked(explain("<p>Plums, qncs, QNC.</p>")) == [("quince", "QNC")], (
        "abbreviations only in capitals"
    )


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Quince</h2>",
        '<a href="/x/">about quince</a>',
        "<button>Quince</button>",
        "<summary>Quince</summary>",
        "<form><p>Quince</p></form>",
        '<p class="hint asof">Quince</p>',
        '<span class="badge badge-failed"><svg><path/></svg> Quince</span>',
        '<section class="sources"><p>Quince</p></section>',
        '<img alt="Quince">',
        "<p>quincey, half-quince, quince-like, quince_x, Pquince</p>",
    ],
)
def test_controls_headings_sources_and_parts_of_words_are_left_alone(term, html):
    assert explain(html) == html


def test_texts_around_what_is_left_alone_are_marked_in_their_right_place(term):
    html = '<p>An <a href="/quince/">x</a> and a <strong>quince</strong>, really.</p>'
    before, after = html.split("quince</strong>")
    done = explain(html)
    assert done.startswith(f"{before}<dfn><button ")
    assert f"quince</button></dfn></strong>{after}<div " in done


def test_no_line_begins_between_a_term_and_the_bracket_or_full_stop_beside_it(term):
    html = explain("<p>A fruit (quince), for pies.</p>")
    assert '<p>A fruit <span class="joined">(<dfn>' in html
    assert "quince</button></dfn>)</span>, for pies.</p>" in html
    assert "</dfn>.</span></p>" in explain("<p>Take a quince.</p>")
    assert "joined" not in explain("<p>A quince pie.</p>")


def test_a_term_inside_a_longer_one_gives_way_to_it(term):
    longer = GlossaryTerm.objects.create(
        slug="quince-jelly",
        term="Quince jelly",
        short="Sweet.",
        spellings="quince jelly",
        state=State.PUBLISHED,
    )
    html = explain("<p>Take quince jelly, or a quince.</p>")
    assert marked(html) == [(longer.slug, "quince jelly"), ("quince", "quince")]


def test_a_number_in_a_term_is_that_number_and_no_other(term):
    term.spellings = "quince\nquince rule 8\n12-quince day"
    term.save()
    assert marked(explain("<p>Rule 97140, quince rule 3.</p>")) == [("quince", "quince")]
    assert marked(explain("<p>Rule 97140, quince rule 8.</p>")) == [("quince", "quince rule 8")]
    assert marked(explain("<p>The 12-quince day, not the 34-quince day.</p>")) == [
        ("quince", "12-quince day")
    ]
    assert not marked(explain("<p>The 34-quince day.</p>"))


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_heading_over_several_lines_is_left_alone_and_what_follows_is_not(term, level):
    html = f"<h{level}>\n<b>A</b>\nquince\n</h{level}>\n<p>A QNC.</p>"
    assert marked(explain(html)) == [("quince", "QNC")]


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from("quince QNC 8 17 rule 97140 97124 ( ) . , – &amp; <b> </b> \n".split(" ")),
        max_size=12,
    )
)
def test_sentences_that_differ_in_their_numbers_alone_are_marked_in_the_same_places(parts):
    """Terms are looked for once in sentences that are the same but for their digits."""
    terms = Terms([Marked("quince", ("quince rule 8", "quince", "QNC"), "")])
    text = "<p>" + " ".join(parts) + "</p>"
    fresh = [Terms(terms.marked).in_piece(each) for each in (text, text.replace("97140", "97999"))]
    used = [terms.in_piece(each) for each in (text, text.replace("97140", "97999"))]
    assert used == fresh
    assert used[0] == used[1]
    assert all(text[start:end].removesuffix("s") in terms.marked[0].spellings for _, start, end in used[0][0])


def test_no_sentence_is_interrupted_for_who_reads_the_page_as_text(reader):
    text = read(reader, "/codes/97140/").main_text
    assert "Most units a day (MUE)" in text
    assert text.index("Medically unlikely edit.") > text.index("Sources")


def test_what_staff_write_is_shown_as_text(term):
    term.short = "<script>alert(1)</script> & more."
    term.save()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more." in explain("<p>A quince.</p>")


def test_the_terms_cost_a_page_no_query_of_its_own(reader, django_assert_max_num_queries, one_version):
    reader.get("/modifiers/")
    with django_assert_max_num_queries(1):
        html = reader.get("/modifiers/").content.decode()
    assert marked(html)


def test_what_is_remembered_is_read_again_for_another_version():
    reads = []
    thing = Remembered(lambda: reads.append(1) or len(reads))
    with at_version("this"):
        assert [thing(), thing()] == [1, 1]
    with at_version("that"):
        assert [thing(), thing()] == [2, 2]


def test_of_what_was_found_lately_a_bounded_number_is_kept_and_what_is_asked_for_again_stays():
    found = []
    recent = Recent(lambda key: found.append(key) or -key, 10)
    for key in range(1000):
        assert recent[key] == -key
        assert recent[7] == -7
        assert len(recent) + len(recent.before) <= 20
    assert len(found) == 1000
    assert recent[0] == 0
    assert len(found) == 1001


# --- Staff --------------------------------------------------------------------------------------


def test_a_draft_is_neither_in_the_glossary_nor_marked_nor_found(reader, term):
    assert "A fruit that nobody bills." in read(reader, "/glossary/").text
    term.state = State.DRAFT
    term.save()
    assert "A fruit that nobody bills." not in read(reader, "/glossary/").text
    assert not marked(explain("<p>A quince.</p>"))
    assert not any(hit.key == "quince" for hit in search("quince").hits)


def test_an_editor_mends_a_term_and_readers_see_it_at_once(reader, term):
    editor = member("edith", "Editor")
    save(editor, term, short="A fruit for jelly.")
    assert "A fruit for jelly." in read(reader, "/glossary/").text
    assert "A fruit for jelly." in explain("<p>A quince.</p>")
    assert term.history.first().short == "A fruit for jelly."


def test_only_a_reviewer_publishes_a_term_and_only_with_a_source(term):
    rights = {
        name: set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))
        for name in ("Editor", "Reviewer")
    }
    assert {"add_glossaryterm", "change_glossaryterm"} <= rights["Editor"]
    assert not {"publish_glossaryterm", "delete_glossaryterm"} & rights["Editor"]
    assert {"publish_glossaryterm", "delete_glossaryterm"} <= rights["Reviewer"]
    citation = term.citations.get()
    errors = errors_of(
        save(member("rita", "Reviewer"), term, **{"citations-0-id": citation.pk, "citations-0-DELETE": "on"})
    )
    assert "A published entry needs at least one citation." in errors


def test_the_launch_data_begins_the_history_of_each_term():
    assert all(term.history.count() == 1 for term in GlossaryTerm.objects.all())


def test_the_page_of_the_glossary_marks_nothing_in_itself(reader):
    page = Page(reader.get("/glossary/"))
    assert not marked(page.html)
