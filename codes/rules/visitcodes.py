"""Whether each code of a visit can be on this claim at all: in our data, valid that day, payable, by whom."""

from .pairs import NCCI_BEGAN
from .standing import STATUS_WORDS
from .standing import Outcome as TestOutcome
from .terms import Cite
from .visitfindings import Visit, listed
from .visitterms import Payer, TreatedBy

SPINAL_CMT = frozenset({"98940", "98941", "98942"})
SESSION_CODES = frozenset({"92507", "92508", "92526"})
NOT_BESIDE_SESSIONS = frozenset({"97110", "97112", "97150", "97530"})
ACUPUNCTURE = frozenset({"97810", "97811", "97813", "97814"})
DRY_NEEDLING = frozenset({"20560", "20561"})

MANUAL = "ncci-manual-2026"


def judge_codes(visit: Visit) -> None:
    """Date, data, validity, who treated, status and limits of zero, in the order in which they decide."""
    _date(visit)
    _in_our_data(visit)
    _valid_that_day(visit)
    if not in_reach(visit):
        return
    _who_may_bill(visit)
    _speech_language(visit)
    _status(visit)
    _limit_of_zero(visit)


def in_reach(visit: Visit) -> bool:
    """Whether the date of service lies where tables can reach."""
    return NCCI_BEGAN <= visit.question.day <= visit.today


def _date(visit: Visit) -> None:
    day = visit.question.day
    if day > visit.today:
        text = f"{day.isoformat()} lies in the future: Medicare publishes its edits anew each quarter."
        visit.not_known("date", "Date of service", text, Cite(MANUAL, "introduction"), decisive=True)
    elif day < NCCI_BEGAN:
        text = f"No table reaches back to {day.isoformat()}: the edits began on {NCCI_BEGAN.isoformat()}."
        visit.not_known("date", "Date of service", text, decisive=True)


def _in_our_data(visit: Visit) -> None:
    for number in dict.fromkeys(line.number for line in visit.lines):
        if number not in visit.facts:
            visit.not_known(
                "code",
                f"{number} in our data",
                f"{number} is not in our data. Not having data is not a permission: look for a typing error, or "
                "check CMS's current files.",
                lines=visit.places_of(number, visit.places),
                decisive=True,
            )


def _valid_that_day(visit: Visit) -> None:
    """A retired code, or one that did not exist yet, cannot be billed for the day, to any payer."""
    day = visit.question.day
    for number in visit.numbers(visit.known):
        code, places = visit.facts[number], visit.places_of(number, visit.known)
        if code.is_retired_on(day):
            when = code.retired_on.isoformat() if code.retired_on else str(code.retired_year)
            instead = (
                f"Use {' or '.join(code.replaced_by)} instead of {number}, whichever your record supports."
                if code.replaced_by
                else f"Take {number} off. It has no direct successor: ask the payer."
            )
            text = f"{number} ended in the code set ({when})."
            visit.failed(
                "valid",
                f"{number} on that date",
                text,
                instead,
                Cite("cptref-catalogue"),
                places,
                drops=places,
            )
        elif code.introduced_year and day.year < code.introduced_year:
            text = f"{number} is new since {code.introduced_year} and did not exist on {day.isoformat()}."
            visit.failed(
                "valid",
                f"{number} on that date",
                text,
                f"Take {number} off: use a code that was valid that day.",
                Cite("cptref-catalogue"),
                places,
                drops=places,
            )


def _who_may_bill(visit: Visit) -> None:
    """Who may report the lines, as far as the sources go.

    Sources: Pub. 100-02 ch. 15 §§220, 230.5 (massage therapists, since 2005-07-25), NCD 30.3.3 (acupuncturists),
    NGS page (chiropractors).
    """
    who, name = visit.question.treated_by, "Who may report it"
    if who is None:
        visit.not_known("who", name, "You did not say who treated, so this is not tested.")
        return
    if not visit.lens.medicare:
        _who_elsewhere(visit, who, name)
    elif who == TreatedBy.MASSAGE_THERAPIST:
        places = tuple(visit.kept)
        visit.failed(
            "who",
            name,
            "Medicare does not count massage therapists as qualified for therapy, neither alone nor under a "
            "physician (incident to).",
            "Do not bill this visit to Medicare. Other payers may pay a massage therapist: ask.",
            Cite("benefit-manual-15", "ch. 15 §§220, 230.5"),
            places,
            drops=places,
        )
    elif who == TreatedBy.ACUPUNCTURIST:
        places = tuple(visit.kept)
        visit.failed(
            "who",
            name,
            "A licensed acupuncturist cannot bill Medicare. Supervised staff may give acupuncture under a provider "
            "who can.",
            "Do not bill this visit in the acupuncturist's name: only a provider who can bill Medicare, and who "
            "supervised, may.",
            Cite("ncd-30-3-3"),
            places,
            drops=places,
        )
    elif who == TreatedBy.CHIROPRACTOR:
        _chiropractor(visit, name)
    else:
        visit.passed(
            "who", name, f"{who.label}: nothing in our sources stands against it. State law decides."
        )


def _chiropractor(visit: Visit, name: str) -> None:
    cite = Cite("ngs-modifiers", "chiropractic services")
    others = [place for place in visit.kept if visit.lines[place].number not in SPINAL_CMT]
    paid = "Medicare pays chiropractors only for adjusting the spine by hand: 98940, 98941 and 98942."
    refused = tuple(place for place in others if not visit.for_denial(place))
    asked_for = [place for place in others if visit.for_denial(place)]
    if refused:
        numbers = listed(visit.numbers(refused))
        visit.failed(
            "who",
            name,
            f"{paid} It does not pay them for {numbers}.",
            f"Take {numbers} off, or add GY if you bill it only to get a denial.",
            cite,
            refused,
            drops=refused,
        )
    else:
        visit.passed("who", name, paid, cite)
    if asked_for:
        text = f"{listed(visit.numbers(asked_for))} with GY: billed to get a denial, so expect no payment."
        visit.passed("notice", "Billed for a denial", text, Cite("ngs-modifiers", "GY"), asked_for)


def _who_elsewhere(visit: Visit, who: TreatedBy, name: str) -> None:
    text = (
        "The codes name no profession: state law and the payer's contract decide, and our sources do not hold the "
        "contract."
    )
    cite = Cite("massage-today-2002", "letter of the AMA")
    payer = visit.question.payer
    if who == TreatedBy.MASSAGE_THERAPIST:
        if payer == Payer.VA:
            text = (
                "VA community care uses massage therapists, by referral: the referral must name the service. "
                "State law decides what is within the license."
            )
            cite = Cite("amta-va")
        elif payer == Payer.WORKERS_COMP_AUTO:
            text += " Some auto and workers' compensation plans pay massage therapists: ask the adjuster."
        if refused := [n for n in visit.numbers(visit.kept) if n in ("97110", "97112")]:
            text += f" Plans often refuse {listed(refused)} from massage therapists."
    elif who == TreatedBy.CHIROPRACTOR:
        text += " Some plans, and the VA, are believed to ask chiropractors for GP (not verified)."
    visit.not_known("who", name, text, cite)


def _speech_language(visit: Visit) -> None:
    """SLPs do not report exercise, retraining, group or activities with their session codes.

    Source: NCCI Policy Manual, 2026-01-01, ch. XI §C and §D, item 2.
    """
    sessions = [n for n in visit.numbers(visit.kept) if n in SESSION_CODES]
    slp = visit.question.treated_by == TreatedBy.SLP
    clash = tuple(
        place
        for place in visit.kept
        if visit.lines[place].number in NOT_BESIDE_SESSIONS and (slp or "GN" in visit.modifiers(place))
    )
    if sessions and clash:
        numbers = listed(visit.numbers(clash))
        visit.fails_if(
            visit.lens.pair_edits,
            "who",
            "Speech-language sessions",
            f"Speech-language pathologists do not report {numbers} with {listed(sessions)}.",
            f"Take {numbers} off: a modifier does not make it separate from the session.",
            Cite(MANUAL, "ch. XI §C and §D, item 2"),
            clash,
            drops=clash,
        )


def _status(visit: Visit) -> None:
    """Status letters, 97014 and G0283. Source: CMS relative value file, July 2026 or the release in the data."""
    for number in visit.numbers(visit.kept):
        code, places = visit.facts[number], visit.places_of(number, visit.kept)
        name = f"Medicare status of {number}"
        follows = visit.lens.medicare or (number == "97014" and visit.question.payer == Payer.COMMERCIAL_CMS)
        if code.status is None:
            if visit.lens.medicare:
                visit.not_known(
                    "status", name, f"{number} is not in the fee schedule that we hold.", lines=places
                )
            continue
        words, outcome = STATUS_WORDS.get(code.status, (f"Status {code.status}", TestOutcome.NOT_KNOWN))
        release = code.status_release
        cite = Cite(release.source, f"row {number}") if release else None
        text = f"Status {code.status}. {words}{f' ({release.name})' if release else ''}."
        alone = code.status == "T" and len(visit.lines) == 1
        if not follows:
            if outcome == TestOutcome.FAILED and not alone:
                visit.not_known("status", name, f"Medicare: {text}{_elsewhere(number)}", cite, places)
        elif outcome == TestOutcome.FAILED and not alone:
            billed = code.status == "N" and all(visit.for_denial(place) for place in places)
            if billed:
                visit.passed("status", name, f"{text} With GY it is billed to get a denial.", cite, places)
            else:
                visit.failed("status", name, text, _instead(number, code.status), cite, places, drops=places)
        elif outcome == TestOutcome.NOT_KNOWN:
            visit.not_known("status", name, text, cite, places)
        else:
            visit.passed("status", name, text, cite, places)


def _elsewhere(number: str) -> str:
    if number == "97014":
        return " Many other payers, such as auto and workers' compensation plans, take 97014: ask."
    return " This payer may decide otherwise: ask."


def _instead(number: str, status: str) -> str:
    if number == "97014":
        return (
            "Use G0283 instead of 97014 (unattended stimulation that is not wound care), and check its pairs."
        )
    if status == "T":
        return f"Take {number} off: it is reported only when nothing else is."
    if status == "B":
        return (
            f"Take {number} off: it is paid inside other services, and no notice makes it the patient's debt."
        )
    return f"Take {number} off the Medicare claim."


def _limit_of_zero(visit: Visit) -> None:
    """An MUE of zero. Source: NCCI Policy Manual, 2026-01-01, ch. I §V."""
    for number in visit.numbers(visit.kept):
        code, places = visit.facts[number], visit.places_of(number, visit.kept)
        limit = code.limit(visit.question.setting)
        if limit is None or limit.value or all(visit.for_denial(place) for place in places):
            continue
        name = f"Most units of {number} a day (MUE)"
        text = f"The MUE of {number} is 0 ({limit.release.name}). {limit.meaning}"
        cite = Cite(limit.release.source, f"row {number}")
        if visit.lens.unit_limits:
            visit.failed("unit-limit", name, text, f"Take {number} off.", cite, places, drops=places)
        elif number != "97014":
            visit.not_known("unit-limit", name, f"Medicare: {text}{_elsewhere(number)}", cite, places)
