"""The pictures that previews show of our pages."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.core.cache import caches
from django.core.management import call_command
from PIL import Image, ImageChops

from codes import lookups
from codes.models import CirculatingClaim, Code, Faq, Modifier
from codes.pictures import cards, drawing, shapes
from codes.pictures.cards import Card
from codes.rules.pairs import PairQuestion, Verdict, judge_pair
from codes.rules.terms import Setting
from codes.rules.visits import Outcome
from codes.views import pictures
from tests.conftest import TODAY
from tests.pages import read
from tests.test_sharing import HOST
from tests.visit_examples import EXAMPLES, ask

PAGES = (
    "/codes/97140/",
    "/modifiers/59/",
    "/faqs/97124-with-97140/",
    "/claims/{claim}/",
    "/pairs/97124/97140/",
    "/pairs/97161/97750/?date=2024-07-01&setting=outpatient-hospital",
    "/pairs/97140/97141/",
    "/visits/?line=97140:23:GP&line=97110:15:GP&treated_by=pt",
)


@pytest.fixture(autouse=True)
def empty_shelf():
    """No picture is kept from one test to another."""
    caches["pictures"].clear()


@pytest.fixture
def drawn(monkeypatch) -> list[Card]:
    """The cards that have been drawn, each drawn as one byte."""
    cards_drawn: list[Card] = []
    monkeypatch.setattr(pictures, "draw", lambda card: cards_drawn.append(card) or b"P")
    return cards_drawn


def picture_of(reader, address: str) -> str:
    """The address of a page's picture on this site."""
    if "{claim}" in address:
        address = CirculatingClaim.objects.first().get_absolute_url()
    return read(reader, address).meta("og:image").removeprefix(HOST)


def with_version(address: str, version: str) -> str:
    """The address of a picture with another version in it."""
    return re.sub(r"/\w+\.png", f"/{version}.png", address)


def pair_card(first: str, second: str, day: date = TODAY, setting: Setting | None = None) -> Card:
    answer = judge_pair(
        PairQuestion(first, second, day, setting),
        lookups.code_facts([first, second]),
        lookups.edits_between(first, second),
        lookups.current_tables(),
        TODAY,
    )
    return cards.of_pair(answer)


# --- As a chat or a feed fetches them ---------------------------------------------------------


@pytest.mark.parametrize("address", PAGES)
def test_a_page_s_picture_is_a_png_of_the_usual_size_that_may_be_kept_for_good(reader, address):
    response = reader.get(picture_of(reader, address))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    image = Image.open(BytesIO(response.content))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(response.content) < 60_000
    assert not response.cookies


@pytest.mark.parametrize("address", PAGES)
def test_a_picture_is_drawn_once(reader, drawn, address):
    where = picture_of(reader, address)
    assert not drawn, "opening a page draws nothing"
    for _ in range(3):
        assert reader.get(where).content == b"P"
    assert len(drawn) == 1


@pytest.mark.parametrize("address", PAGES)
def test_a_made_up_address_leads_to_the_picture_of_today_and_draws_nothing(reader, drawn, address):
    where = picture_of(reader, address)
    for version in ("0000000000000000", "x", "f" * 500):
        response = reader.get(with_version(where, version))
        assert (response.status_code, response["Location"]) == (302, where)
    assert not drawn


@pytest.mark.parametrize(
    "address",
    [
        "/pictures/codes/97142/0.png",
        "/pictures/codes/banana/0.png",
        "/pictures/modifiers/ZZ/0.png",
        "/pictures/faqs/nothing/0.png",
        "/pictures/claims/nothing/0.png",
        "/pictures/moons/97140/0.png",
        "/pictures/pairs/banana/97140/0.png",
        "/pictures/pairs/97124/97140/0.png?date=banana",
        "/pictures/pairs/97124/97140/0.png?setting=moon",
        "/pictures/visits/0.png",
        "/pictures/visits/0.png?line=banana",
        "/pictures/visits/0.png?line=97140:23&assistant=99",
        "/pictures/visits/0.png?line=" + "9" * 9000,
        "/pictures/codes/97140/a.b.png",
    ],
)
def test_there_is_no_picture_of_what_is_no_page(reader, drawn, address):
    assert reader.get(address).status_code == 404
    assert not drawn


@pytest.mark.parametrize("model", [Code, Modifier, Faq, CirculatingClaim])
def test_a_draft_has_no_picture_not_even_the_one_it_had(reader, model):
    entry = model.objects.published().first()
    where = picture_of(reader, entry.get_absolute_url())
    assert reader.get(where).status_code == 200
    entry.state = "draft"
    entry.save()
    assert reader.get(where).status_code == 404


def test_who_changes_a_text_changes_its_picture_and_the_old_address_leads_to_the_new(reader):
    before = picture_of(reader, "/codes/97140/")
    code = Code.objects.get(number="97140")
    code.summary = "You do something else."
    code.save()
    after = picture_of(reader, "/codes/97140/")
    assert before != after
    assert reader.get(before)["Location"] == after


def test_another_design_has_other_addresses(reader, monkeypatch):
    before = picture_of(reader, "/codes/97140/")
    monkeypatch.setattr(cards, "design", lambda: "bolder")
    assert picture_of(reader, "/codes/97140/") != before


def test_a_picture_of_a_pair_is_of_the_day_on_which_it_was_shared(reader, monkeypatch):
    before = picture_of(reader, "/pairs/97124/97140/")
    dated = picture_of(reader, "/pairs/97124/97140/?date=2024-07-01")
    monkeypatch.setattr("codes.clock.today", lambda *args: date(2026, 11, 26))
    assert picture_of(reader, "/pairs/97124/97140/") != before
    assert picture_of(reader, "/pairs/97124/97140/?date=2024-07-01") == dated


def test_a_flood_of_pictures_is_answered_with_the_one_of_the_site(reader, drawn, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_DRAWN_A_MINUTE", 3)
    # The minute does not turn while this runs.
    monkeypatch.setattr(pictures.time, "monotonic", lambda: 1_000_000.0)
    asked = [picture_of(reader, f"/pairs/97124/97140/?date=2024-07-0{day}") for day in range(1, 6)]
    answers = [reader.get(address) for address in asked]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 302, 302]
    assert len(drawn) == 3
    assert answers[-1]["Location"] == "/static/img/card.png"
    assert answers[-1]["Cache-Control"] == "no-store", "it is tried again later"
    assert reader.get(asked[0]).status_code == 200, "what is kept is still sent"
    monkeypatch.setattr(pictures.time, "monotonic", lambda: 1_000_060.0)
    assert reader.get(asked[4]).status_code == 200


def test_no_more_pictures_are_kept_than_the_shelf_holds(reader, drawn, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_DRAWN_A_MINUTE", 10_000)
    card = cards.SITE
    for number in range(400):
        other = Card("", "", f"Picture {number}")
        assert pictures.send(other, other.version, "/").status_code == 200
    assert len(drawn) == 400
    first, last = Card("", "", "Picture 0"), Card("", "", "Picture 399")
    pictures.send(last, last.version, "/")
    assert len(drawn) == 400, "the newest is kept"
    pictures.send(first, first.version, "/")
    assert len(drawn) == 401, "the oldest made room"
    assert card not in drawn


@pytest.mark.parametrize(
    ("address", "budget"),
    [(PAGES[0], 2), (PAGES[1], 2), (PAGES[2], 2), (PAGES[3], 2), (PAGES[4], 9), (PAGES[7], 3)],
)
def test_pictures_need_few_queries(reader, django_assert_max_num_queries, address, budget, one_version):
    where = picture_of(reader, address)  # what is remembered for a version is remembered now
    with django_assert_max_num_queries(budget):
        assert reader.get(where).status_code == 200


# --- What they say ----------------------------------------------------------------------------


def test_the_picture_of_a_pair_says_all_that_its_verdict_needs(db):
    card = pair_card("97124", "97140")
    assert (card.topic, card.headline, card.verdict) == (
        "97124 with 97140",
        "Never together",
        "never-together",
    )
    assert card.subtitle == "97140 is paid, 97124 is not."
    assert card.texts == ("97124 Massage", "97140 Manual therapy (joints and soft tissue)")
    assert card.foot == "November 25, 2026 · both settings · NCCI PTP v30.2, 2024 Q3"


def test_no_edit_and_not_known_never_look_like_a_yes(db):
    assert pair_card("97140", "97530").subtitle == "Not a promise of payment: the other tests apply."
    unknown = pair_card("97140", "97141")
    assert (unknown.headline, unknown.subtitle) == ("Not known", "97141 is not in our data")
    assert cards.TONES["not-known"] != cards.TONES["no-edit"]


def test_settings_that_differ_are_both_on_the_picture(db):
    card = pair_card("97161", "97750")
    assert card.foot == "November 25, 2026 · practitioner · NCCI PTP v30.2, 2024 Q3"
    assert card.texts[-1] == "Outpatient hospital: only with a modifier"
    hospital = pair_card("97161", "97750", date(2024, 7, 1), Setting.OUTPATIENT_HOSPITAL)
    assert hospital.headline == "Only with a modifier"
    assert hospital.foot == "July 1, 2024 · outpatient hospital · NCCI PTP v30.2, 2024 Q3"


def test_a_retired_code_says_so_on_its_picture(db):
    card = cards.of_code(Code.objects.get(number="97001"))
    assert card.foot.startswith("Retired in 2017")


def test_what_is_not_verified_is_left_out_or_marked(db):
    code = Code.objects.get(number="97140")
    assert cards.of_code(code).foot == "One unit stands for 15 minutes · Medicare: always therapy"
    assert cards.of_code(code, frozenset({"timing"})).foot == "Medicare: always therapy"
    assert cards.of_code(code, frozenset({"timing", "therapy"})).foot == ""
    faq = Faq.objects.first()
    assert "Not verified" not in cards.of_faq(faq).foot
    assert "Not verified" in cards.of_faq(faq, frozenset({"answer"})).foot


def test_no_picture_shows_the_amas_words(db, settings):
    settings.CPT_LICENSE_HELD, settings.CPT_LICENSE_YEAR = True, 2026
    code = Code.objects.get(number="97140")
    code.licensed_descriptor = "the licensed words"
    assert "licensed words" not in cards.of_code(code).alt


# --- How they are drawn -----------------------------------------------------------------------


def all_cards(reader) -> list[Card]:
    """The cards of all entries, of pairs of each verdict, and of visits."""
    found = [cards.of_code(code) for code in Code.objects.all()]
    found += [cards.of_modifier(modifier) for modifier in Modifier.objects.all()]
    found += [cards.of_faq(faq, frozenset({"answer"})) for faq in Faq.objects.all()]
    found += [cards.of_claim(claim, frozenset({"correction"})) for claim in CirculatingClaim.objects.all()]
    pairs = sorted(lookups.pairs_of_catalogue())[::60]
    pairs += [
        ("97161", "97750"),
        ("97140", "97530"),
        ("97140", "97140"),
        ("97140", "97141"),
        ("99998", "99999"),
    ]
    found += [pair_card(*pair) for pair in pairs]
    return [*found, cards.SITE]


def assert_fits(card: Card) -> None:
    """Nothing of a card reaches out of its box or of the picture."""
    lines = drawing.fit(card)
    room = drawing.WIDTH - 2 * drawing.MARGIN - drawing.BAR - 2 * drawing.PADDING
    for line in lines:
        width = drawing.font(line.bold, line.size).getlength(line.text) + (line.indent if line.icon else 0)
        assert width <= room, line.text
    assert sum(line.before + line.height for line in lines) <= drawing.BOX_BOTTOM - drawing.BOX_TOP - 40


def test_every_text_of_ours_fits_whole(reader):
    verdicts = set()
    for card in all_cards(reader):
        assert_fits(card)
        words = " ".join(line.text for line in drawing.fit(card))
        assert drawing.ELLIPSIS not in words, words
        assert card.headline in words
        verdicts.add(card.verdict)
        foot = drawing.shorten(card.foot, drawing.font(False, drawing.SMALL), 1200 - 2 * drawing.MARGIN)
        assert foot == card.foot
    assert {verdict.value for verdict in Verdict} <= verdicts


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_visit_fits_and_gives_its_outcome_and_what_to_change_first(example):
    answer = ask(example.lines, **example.asked)
    card = cards.of_visit(answer)
    assert_fits(card)
    assert card.verdict == answer.outcome.value
    assert answer.headline.startswith(card.headline)
    if answer.changes:
        assert answer.changes[0].change in card.subtitle
    if answer.outcome == Outcome.READY:
        assert "Not a promise of payment" in card.subtitle
    assert all(str(line) in card.topic for line in answer.question.lines)


@pytest.mark.parametrize("verdict", ["", "never-together", "modifier"])
@pytest.mark.parametrize(
    ("topic", "headline", "subtitle", "text"),
    [
        ("t " * 300, "h " * 300, "s " * 300, "x " * 300),
        ("T" * 300, "H" * 300, "S" * 300, "W" * 300),
        ("", "?", "", "word " * 400),
        ("", "one " * 60, "", ""),
        ("", "H", "long " * 200, "never seen"),
    ],
)
def test_texts_that_are_too_long_end_with_an_ellipsis_inside_the_picture(
    verdict, topic, headline, subtitle, text
):
    card = Card("k", topic, headline.strip(), subtitle.strip(), (text.strip(),), "f " * 500, verdict)
    assert_fits(card)
    assert any(line.text.endswith(drawing.ELLIPSIS) for line in drawing.fit(card))
    assert Image.open(BytesIO(drawing.draw(card))).size == (1200, 630)


def test_every_letter_of_our_texts_is_in_the_font(reader):
    letters = {letter for card in all_cards(reader) for letter in card.alt + card.kind} | {drawing.ELLIPSIS}
    for bold in (True, False):
        face = drawing.font(bold, 40)
        none = bytes(face.getmask("\uffff"))
        missing = {
            letter for letter in letters if not letter.isspace() and bytes(face.getmask(letter)) == none
        }
        assert not missing


@pytest.mark.parametrize("verdict", sorted(cards.TONES))
def test_a_verdict_has_its_colour_from_the_stylesheet_and_its_icon(verdict):
    card = Card("Kind", "Topic", "Headline", verdict=verdict)
    image = Image.open(BytesIO(drawing.draw(card))).convert("RGB")
    css = (Path(site_settings.BASE_DIR) / "static" / "css" / "site.css").read_text()
    tone = re.search(rf"--{cards.TONES[verdict]}: #(\w+);", css)[1]
    bar = image.getpixel((drawing.MARGIN + 5, 300))
    assert "".join(f"{channel:02x}" for channel in bar) == tone
    without = Image.open(BytesIO(drawing.draw(Card("Kind", "Topic", "Headline")))).convert("RGB")
    assert any(line.icon == verdict for line in drawing.fit(card))
    assert ImageChops.difference(image, without).getbbox()


def test_the_files_among_the_static_ones_are_drawn_from_the_mark_as_it_is(tmp_path, settings):
    """When this fails: `manage.py draw_images`."""
    kept = Path(settings.BASE_DIR) / "static" / "img"
    (tmp_path / "static" / "img").mkdir(parents=True)
    settings.BASE_DIR = tmp_path
    call_command("draw_images", verbosity=0)
    drawn_now = sorted((tmp_path / "static" / "img").iterdir())
    assert {file.name for file in drawn_now} == {file.name for file in kept.glob("*.png")}
    for file in drawn_now:
        new, old = Image.open(file).convert("RGBA"), Image.open(kept / file.name).convert("RGBA")
        assert new.size == old.size
        assert max(high for _, high in ImageChops.difference(new, old).getextrema()) < 32, file.name


def test_an_icon_for_a_start_screen_has_no_corners_of_its_own():
    square, round_ = shapes.brand(180, square=True), shapes.brand(192)
    assert square.getpixel((0, 0)) == square.getpixel((0, 179)) == (11, 92, 99, 255)
    assert round_.getpixel((0, 0))[3] == 0
    assert round_.getpixel((96, 20)) == (11, 92, 99, 255)
