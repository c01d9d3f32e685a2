"""Whole visits with the expected answer, each naming the rule that it proves. Facts are the launch data itself."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from codes.rules.pairs import Edit
from codes.rules.terms import (
    Attendance,
    Cite,
    CodeFacts,
    DateBasis,
    Limit,
    Setting,
    TableRelease,
    TherapyStatus,
    Timing,
)
from codes.rules.visits import (
    Outcome,
    Payer,
    PayerFact,
    PayerTopic,
    TreatedBy,
    VisitAnswer,
    VisitQuestion,
    YearlyAmount,
    judge_visit,
    parse_line,
)

FIXTURES = Path(__file__).parent.parent / "fixtures"
TODAY = date(2026, 11, 25)
DAY = date(2026, 11, 2)
HOSPITAL = Setting.OUTPATIENT_HOSPITAL
PAGE = Cite("cms-therapy-2026", "KX threshold")
THRESHOLDS = {
    year: YearlyAmount(year, dollars * 100, dollars * 100, PAGE, 300000)
    for year, dollars in {2022: 2150, 2023: 2230, 2024: 2330, 2025: 2410, 2026: 2480}.items()
}


def _rows(name: str) -> list[dict]:
    return [row["fields"] for row in json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))]


@cache
def _releases() -> dict[str, tuple[dict, TableRelease]]:
    return {
        row["slug"]: (
            row,
            TableRelease(
                row["name"], row["quarter"], date.fromisoformat(row["effective_on"]), row["source"][0]
            ),
        )
        for row in _rows("releases")
    }


def _release(key: list | None) -> TableRelease | None:
    return _releases()[key[0]][1] if key else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def tables() -> dict[Setting, TableRelease]:
    """The current PTP table of each setting."""
    return {
        Setting(row["setting"]): release
        for row, release in _releases().values()
        if row["table"] == "ptp" and row["is_current"]
    }


@cache
def all_facts() -> dict[str, CodeFacts]:
    """What the launch data says of each code, as the lookups hand it to the rules."""
    limits, primaries, add_ons = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in _rows("unit_limits"):
        kind, release = _releases()[row["release"][0]]
        setting = Setting(kind["setting"])
        limits[row["number"]].append(
            Limit(
                setting,
                row["value"],
                row["mai"],
                row["rationale"],
                release,
                _release(row.get("confirmed_in")),
            )
        )
    for row in _rows("add_on_links"):
        primaries[row["add_on"]].append(row["primary"])
        add_ons[row["primary"]].append(row["add_on"])
    statuses = {}
    for row in sorted(_rows("medicare_statuses"), key=lambda row: _release(row["release"]).effective_on):
        statuses[row["number"]] = row
    found = {}
    for row in _rows("codes_a") + _rows("codes_b"):
        number, status = row["number"], statuses.get(row["number"])
        found[number] = CodeFacts(
            number=number,
            name=row["name"],
            category=row["category"][0],
            timing=Timing(row["timing"]),
            unit_minutes=row.get("unit_minutes"),
            attendance=Attendance(row["attendance"]),
            therapy_status=TherapyStatus(row["therapy_status"]),
            introduced_year=row.get("introduced_year"),
            retired_on=_day(row.get("retired_on")),
            retired_year=row.get("retired_year"),
            replaced_by=tuple(sorted(key[0] for key in row.get("replaced_by") or [])),
            status=status["letter"] if status else None,
            status_release=_release(status["release"]) if status else None,
            unit_limits=tuple(limits[number]),
            primaries=tuple(sorted(primaries[number])),
            add_ons=tuple(sorted(add_ons[number])),
            discipline=row.get("discipline") or "",
            global_days=status["global_days"] if status else "",
        )
    return found


@cache
def _edits_by_pair() -> dict[frozenset, list[Edit]]:
    by_pair = defaultdict(list)
    for setting, name in (
        (Setting.PRACTITIONER, "practitioner"),
        (Setting.OUTPATIENT_HOSPITAL, "outpatient_hospital"),
    ):
        for row in _rows(f"pair_edits_{name}"):
            by_pair[frozenset((row["column_one"], row["column_two"]))].append(
                Edit(
                    setting,
                    row["column_one"],
                    row["column_two"],
                    row["indicator"],
                    _day(row["effective_on"]),
                    DateBasis(row["effective_basis"]),
                    _day(row["deleted_on"]),
                    row["rationale"][0] if row["rationale"] else "",
                    _release(row["release"]),
                    _release(row.get("confirmed_in")),
                )
            )
    return by_pair


def edits_among(numbers) -> list[Edit]:
    """Every row of both tables that names two of the codes."""
    numbers = set(numbers)
    return [edit for pair, edits in _edits_by_pair().items() if pair <= numbers for edit in edits]


def ask(
    lines: str,
    by: str | None = "pt",
    payer: str = "medicare",
    day: date = DAY,
    setting: Setting = Setting.PRACTITIONER,
    minutes: int | None = None,
    assistant: tuple = (),
    rules: tuple[PayerFact, ...] = (),
) -> VisitAnswer:
    """Judge a visit written as an address writes it, lines parted by spaces, on the launch data."""
    parsed = tuple(parse_line(text) for text in lines.split())
    question = VisitQuestion(
        parsed, day, setting, TreatedBy(by) if by else None, Payer(payer), minutes, assistant
    )
    numbers = {line.number for line in parsed}
    facts = {number: all_facts()[number] for number in numbers if number in all_facts()}
    return judge_visit(question, facts, edits_among(numbers), tables(), None, rules, THRESHOLDS, TODAY)


@dataclass(frozen=True)
class Example:
    """A visit, its outcome, and what of the answer the rule fixes."""

    name: str
    lines: str
    outcome: Outcome
    proves: str
    source: str
    claim: str = ""
    """The lines proposed, as an address writes them; conditional modifiers with `?`. Empty: not asked."""
    failed: frozenset[str] = frozenset()
    """The subjects of the tests that fail, all of them."""
    missing: frozenset[str] = frozenset()
    """The subjects of what must be known, all of them."""
    says: str = ""
    """Words that some test's text or change holds."""
    asked: dict = field(default_factory=dict)


EXAMPLES: list[Example] = []


def ready(name, lines, proves, source, claim="", says="", **asked):
    EXAMPLES.append(Example(name, lines, Outcome.READY, proves, source, claim=claim, says=says, asked=asked))


def change(name, lines, failed, proves, source, claim="", says="", missing="", **asked):
    EXAMPLES.append(
        Example(
            name,
            lines,
            Outcome.CHANGE,
            proves,
            source,
            claim,
            frozenset(failed.split()),
            frozenset(missing.split()),
            says,
            asked,
        )
    )


def unknown(name, lines, missing, proves, source, claim="", says="", **asked):
    EXAMPLES.append(
        Example(
            name,
            lines,
            Outcome.UNKNOWN,
            proves,
            source,
            claim,
            missing=frozenset(missing.split()),
            says=says,
            asked=asked,
        )
    )


UNITS = "rules.md B.4, Pub. 100-04 ch. 5 §20.2"
MIDPOINT = "rules.md B.4, AMA midpoint rule"
PTP = "rules.md B.1, NCCI Policy Manual ch. I §E and the PTP table"
MUE = "rules.md B.2, NCCI Policy Manual ch. I §V"
ADD_ON = "rules.md B.3, NCCI Policy Manual ch. I §R"
PLAN = "rules.md B.5, CMS therapy page 2026"
CHIRO = "rules.md B.6, NGS, Noridian, Palmetto"
STATUS = "rules.md B.5, physician fee schedule"
PAYERS = "rules.md B.6 and faqs.md 39 to 41"
NOT_BORROWED = "DESIGN.md and issue 4: a payer's rule that is not known is not Medicare's"

# --- Units ------------------------------------------------------------------------------------
ready(
    "24 and 23 minutes",
    "97110:24:GP 97140:23:GP",
    "47 timed minutes are 3 units, the third to the longer remainder",
    UNITS,
    "97110:x2:GP 97140:x1:GP",
)
ready(
    "20 and 20 minutes",
    "97110:20:GP 97140:20:GP",
    "40 minutes are 3 units; equal remainders are the biller's choice",
    UNITS,
    "97110:x2:GP 97140:x1:GP",
    says="your choice",
)
ready(
    "33 and 7 minutes",
    "97110:33:GP 97140:7:GP",
    "7 minutes earn a unit when the total gives one",
    UNITS,
    "97110:x2:GP 97140:x1:GP",
)
change(
    "18, 13, 10 and 8 minutes",
    "97110:18:GP 97112:13:GP 97116:10:GP 97140:8:GP",
    "units",
    "49 minutes are 3 units; the shortest remainder gets none",
    UNITS,
    "97110:x1:GP 97112:x1:GP 97116:x1:GP -97140",
)
change(
    "7, 7 and 7 minutes",
    "97110:7:GP 97112:7:GP 97140:7:GP",
    "units",
    "21 minutes are 1 unit, on any of the three",
    UNITS,
    "97110:x1:GP -97112 -97140",
    says="the choice is yours",
)
change(
    "7 minutes alone",
    "97110:7:GP",
    "units",
    "fewer than 8 minutes in all are not billed",
    UNITS,
    "-97110",
    says="fewer than 8 minutes",
)
change(
    "7 and 8 minutes",
    "97110:7:GP 97140:8:GP",
    "units",
    "15 pooled minutes are one unit, on the longer",
    "faqs.md 24",
    "-97110 97140:x1:GP",
)
ready(
    "Untimed evaluation beside timed work",
    "97161:30:GP 97110:15:GP",
    "untimed codes are one unit whatever the minutes, which never count as timed",
    UNITS,
    "97161:x1:GP 97110:x1:GP",
)
ready(
    "10 and 10 minutes by the AMA rule",
    "97110:10 97140:10",
    "each code alone: 2 units where CMS gives 1",
    MIDPOINT,
    "97110:x1 97140:x1",
    payer="commercial-ama",
)
change(
    "10 and 10 minutes by the CMS rule",
    "97110:10:GP 97140:10:GP",
    "units",
    "20 pooled minutes are 1 unit",
    UNITS,
    "97110:x1:GP -97140",
)
change(
    "33 and 7 minutes by the AMA rule",
    "97110:33 97140:7",
    "units",
    "remainders of different codes are never added: 2 units where CMS gives 3",
    MIDPOINT,
    "97110:x2 -97140",
    payer="commercial-ama",
)
unknown(
    "Rules that differ under workers' compensation",
    "97110:10 97140:10",
    "units",
    "which rule a payer wants is a matter of contract",
    UNITS,
    payer="workers-comp-auto",
    says="ask",
)
ready(
    "Rules that agree under workers' compensation",
    "97110:15 97140:30",
    "where both rules agree the units are told without knowing the payer's rule",
    UNITS,
    "97110:x1 97140:x2",
    payer="workers-comp-auto",
)
ready(
    "A staff entry names the unit rule",
    "97110:10 97140:10",
    "a fresh staff entry on a payer decides",
    "issue 4: payer rules are staff entries with source and date",
    "97110:x1 97140:x1",
    payer="workers-comp-auto",
    rules=(
        PayerFact(
            Payer.WORKERS_COMP_AUTO, PayerTopic.UNITS, "AMA rule.", Cite("payer"), date(2026, 5, 1), "ama"
        ),
    ),
)
unknown(
    "A stale staff entry decides nothing",
    "97110:10 97140:10",
    "units",
    "an entry is stale a year after its check",
    "issue 4: payer rules mark themselves stale a year after their check",
    payer="workers-comp-auto",
    rules=(
        PayerFact(
            Payer.WORKERS_COMP_AUTO, PayerTopic.UNITS, "AMA rule.", Cite("payer"), date(2025, 11, 25), "ama"
        ),
    ),
)
unknown(
    "A timed code without minutes or units",
    "97140 97110:15:GP",
    "units",
    "minutes are missing for a timed code",
    UNITS,
    by=None,
    payer="commercial-cms",
)
ready(
    "Units instead of minutes",
    "97140:x2:GP",
    "units as given are taken, and not checked against minutes",
    UNITS,
    "97140:x2:GP",
    says="cannot check",
)
unknown(
    "Units of one line and minutes of another",
    "97140:x1:GP 97110:20:GP",
    "units",
    "the 8-minute rule needs the minutes of all timed codes",
    UNITS,
)
ready(
    "Two full hours of work conditioning and one more",
    "97545:120 97546:60",
    "codes of other lengths are counted by their full lengths, and not pooled",
    "codes.csv 97545, 97546; " + ADD_ON,
    "97545:x1 97546:x1",
    payer="workers-comp-auto",
    by="pt",
)
unknown(
    "Less than a full unit of a longer code",
    "97545:90",
    "units",
    "the sources tell no rule for part of a unit that is not 15 minutes",
    "rules.md B.4 tells 15-minute codes only",
    payer="workers-comp-auto",
)
change(
    "The same code on two lines",
    "97140:15:GP 97140:8:GP",
    "same-code",
    "two lines of one code are units",
    "DESIGN.md; " + MUE,
    "97140:x2:GP",
)

# --- PTP edits --------------------------------------------------------------------------------
change(
    "Massage with manual therapy",
    "97124:15:GP 97140:15:GP",
    "pair-edits",
    "97140 is paid, 97124 is not: indicator 0",
    "pair-questions.md 1",
    "-97124 97140:x1:GP",
)
change(
    "Massage with manual therapy and 59",
    "97124:15:GP,59 97140:15:GP",
    "pair-edits",
    "59 does not help an edit with indicator 0",
    "faqs.md 4",
    "-97124 97140:x1:GP",
)
change(
    "59 on the line that stays",
    "97124:15:GP 97140:15:GP,59",
    "pair-edits distinct",
    "never a 59 where indicator 0 stands",
    PTP,
    "-97124 97140:x1:GP",
)
change(
    "Massage with manual therapy in a hospital",
    "97124:15:GP 97140:15:GP",
    "pair-edits",
    "the outpatient-hospital table has indicator 0 as well",
    "pair-questions.md 1",
    setting=HOSPITAL,
)
change(
    "The lost line's minutes do not feed the other",
    "97124:8:GP 97140:15:GP",
    "pair-edits",
    "minutes of a line that leaves the claim are not pooled",
    PTP,
    "-97124 97140:x1:GP",
)
unknown(
    "Massage with manual therapy under an AMA plan",
    "97124:15 97140:15",
    "pair-edits",
    "Medicare's edit is not handed on as this payer's",
    NOT_BORROWED,
    payer="commercial-ama",
    says="not in our sources",
)
change(
    "Massage with manual therapy under a plan that follows CMS",
    "97124:15 97140:15",
    "pair-edits",
    "a plan that follows CMS has its edits",
    PTP,
    "-97124 97140:x1",
    payer="commercial-cms",
)
ready(
    "Exercise with manual therapy",
    "97110:15:GP 97140:15:GP",
    "no edit, and no 59",
    "pair-questions.md 2",
    "97110:x1:GP 97140:x1:GP",
    minutes=30,
)
change(
    "59 where no edit asks for it",
    "97110:15:GP 97140:15:GP,59",
    "distinct",
    "59 belongs only to an edit with indicator 1",
    "claims.md 24",
    "97110:x1:GP 97140:x1:GP",
)
ready(
    "59 kept under a plan of its own",
    "97530:15 97140:15:59",
    "some payers still run the edit that ended in 2019",
    "pair-questions.md 4",
    payer="commercial-ama",
    says="older edits",
)
change(
    "Group with manual therapy",
    "97150:x1:GP 97140:15:GP",
    "pair-edits",
    "indicator 1: XU or 59 only for separate minutes, on the line at risk",
    "pair-questions.md 8",
    "97150:x1:GP 97140:x1:GP,XU?",
    says="If not, take 97140 off",
)
ready(
    "Group with manual therapy, claimed",
    "97150:x1:GP 97140:15:GP,XU",
    "a fitting modifier is claimed, and the record must show it",
    "rules.md B.1, XI.P.2",
    "97150:x1:GP 97140:x1:GP,XU",
    says="The record must show it",
)
ready(
    "59 on column one",
    "97150:x1:GP,59 97140:15:GP",
    "either line is accepted since 2019-07-01",
    "rules.md B.1, CR 11168",
)
change(
    "59 and XU on one line",
    "97150:x1:GP 97140:15:GP,59,XU",
    "distinct",
    "59 and X never on one line",
    "faqs.md 18",
    "97150:x1:GP 97140:x1:GP,XU",
)
change(
    "76 does not lift an edit",
    "97150:x1:GP 97140:15:GP,76",
    "pair-edits",
    "76 is not on the list of modifiers that bypass",
    "modifiers.md 76",
)
change(
    "Evaluation with performance test",
    "97161:x1:GP 97750:30:GP",
    "pair-edits",
    "the practitioner table has indicator 0",
    "pair-questions.md 60",
    "97161:x1:GP -97750",
)
change(
    "Evaluation with performance test in a hospital",
    "97161:x1:GP 97750:30:GP",
    "pair-edits",
    "the hospital table has indicator 1: another specialty",
    "rules.md B.1, XI.P.8",
    "97161:x1:GP 97750:x2:GP,XP?",
    setting=HOSPITAL,
)
change(
    "An edit of 2019",
    "97140:15:GP 97530:15:GP",
    "pair-edits",
    "the deletion date is the last day in force",
    "pair-questions.md 4",
    day=date(2019, 12, 31),
)
ready(
    "The day after the edit ended",
    "97140:15:GP 97530:15:GP",
    "ended 2019-12-31",
    "pair-questions.md 4",
    day=date(2020, 1, 1),
)
unknown(
    "A date for which the edit's start is not known",
    "97140:15:GP 97150:x1:GP",
    "pair-edits",
    "an unknown effective date is not filled with a guess",
    "facts/README.md",
    day=date(2015, 3, 2),
)
change(
    "59 on column one before July 2019",
    "97140:15:GP,59 97530:15:GP",
    "pair-edits",
    "either line only since 2019-07-01",
    "rules.md B.1, CR 11168",
    "97140:x1:GP 97530:x1:GP,59?",
    day=date(2019, 6, 28),
)
change(
    "Two evaluations of one discipline",
    "97161:x1:GP 97162:x1:GP",
    "pair-edits evaluation",
    "one PT evaluation a day, at one level",
    "pair-questions.md 59; rules.md B.1, XI.P.1",
    "-97161 97162:x1:GP",
)
ready(
    "Evaluations of two disciplines",
    "97161:x1:GP 97165:x1:GO",
    "PT and OT may both evaluate",
    "pair-questions.md 61",
    by=None,
)
change(
    "Wrap with lymph drainage",
    "29581:x1 97140:30:GP",
    "pair-edits",
    "another region: XS",
    "pair-questions.md 21",
    "29581:x1 97140:x2:GP,XS?",
)
change(
    "Port flush beside therapy",
    "97140:15:GP 96523:x1",
    "status",
    "96523 only when nothing else is reported",
    "rules.md B.1, XI.W.16",
    "97140:x1:GP -96523",
)
change(
    "Two spinal adjustments",
    "98940:x1:AT 98941:x1:AT",
    "pair-edits",
    "one spinal adjustment code a day",
    "pair-questions.md 63",
    "-98940 98941:x1:AT",
    by="chiropractor",
)
change(
    "Two first acupuncture codes",
    "97810:15 97813:15",
    "pair-edits",
    "97813 takes 97810, indicator 0",
    "pair-questions.md 68",
    "-97810 97813:x1",
    by="physician",
)

# --- Limits, add-ons, status, dates -----------------------------------------------------------
change(
    "Five units of massage",
    "97124:75:GP",
    "unit-limit",
    "MUE 4, indicator 3: more only on review",
    "faqs.md 27",
    says="appeal",
)
ready("Four units of massage", "97124:60:GP", "at the MUE", "faqs.md 27", "97124:x4:GP")
ready(
    "Five units of retraining in a hospital",
    "97112:75:GP",
    "each setting has its own MUE: 6 here",
    "MUE table, outpatient hospital",
    "97112:x5:GP",
    setting=HOSPITAL,
)
unknown(
    "Five units of massage under workers' compensation",
    "97124:75",
    "unit-limit",
    "Medicare's limit is not handed on as this payer's",
    NOT_BORROWED,
    payer="workers-comp-auto",
)
change(
    "Two evaluations of one level",
    "97161:x2:GP",
    "unit-limit",
    "MUE 1, indicator 2: absolute",
    MUE,
    "97161:x1:GP",
)
change(
    "Half an hour of first acupuncture",
    "97810:30",
    "unit-limit",
    "one first unit a day, further time on the add-on",
    "codes.csv 97810",
    "97810:x1",
    by="physician",
    says="97811 or 97814",
)
ready(
    "Acupuncture with its add-on",
    "97810:15 97811:15",
    "an add-on with its primary, no edit",
    "pair-questions.md 69",
    "97810:x1 97811:x1",
    by="physician",
    says="12 visits in 90 days",
)
change(
    "Add-on without its primary",
    "97811:15",
    "add-on",
    "an add-on is almost never paid alone",
    ADD_ON,
    by="physician",
)
ready("Primary without its add-on", "97129:15:GO", "a primary alone is fine", ADD_ON, by="ot")
change(
    "Hot pack to Medicare",
    "97010:x1 97110:15:GP",
    "status",
    "97010 is bundled: status B, never paid separately",
    STATUS,
    "-97010 97110:x1:GP",
)
ready(
    "Hot pack to an auto plan",
    "97010:x1 97110:15",
    "some plans pay: not known, and it does not stand in the way",
    "faqs.md 28",
    payer="workers-comp-auto",
)
change(
    "97014 to Medicare",
    "97014:x1:GP",
    "status",
    "not valid for Medicare: G0283",
    "faqs.md 29",
    "-97014",
    says="G0283",
)
change(
    "97014 to a plan that follows CMS",
    "97014:x1",
    "status",
    "plans that copy Medicare take G0283",
    "faqs.md 29",
    payer="commercial-cms",
    says="G0283",
)
ready(
    "97014 to an auto plan",
    "97014:x1",
    "many other payers take 97014",
    "faqs.md 29",
    payer="workers-comp-auto",
)
ready("G0283 to Medicare", "G0283:x1:GP", "Medicare's code", "faqs.md 29")
change(
    "Extraspinal adjustment to Medicare",
    "98943:x1",
    "who",
    "Medicare pays chiropractors for spinal adjustment only",
    CHIRO,
    by="chiropractor",
)
change(
    "Athletic-training evaluation",
    "97169:x1",
    "status",
    "not covered by Medicare",
    "codes.csv 97169",
    by=None,
)
change(
    "Retired evaluation",
    "97001:x1:GP",
    "valid",
    "97001 ended 2017-01-01: 97161 to 97163",
    "faqs.md 49",
    "-97001",
    says="97161 or 97162 or 97163",
)
change(
    "A code before its time",
    "97550:30",
    "valid",
    "97550 is new since 2024",
    "codes.csv 97550",
    day=date(2023, 6, 1),
)
unknown("A code that we do not hold", "99999:x1", "code", "no data is not a permission", "DESIGN.md")
change(
    "A known mistake beside a code that we do not hold",
    "97124:15:GP 97140:15:GP 99999:x1",
    "pair-edits",
    "what must be changed comes first, what is missing is still told",
    "DESIGN.md",
    missing="code",
)
unknown(
    "A day to come", "97110:15:GP", "date", "no table reaches the future", "DESIGN.md", day=date(2027, 1, 4)
)

# --- Plan of care and assistants --------------------------------------------------------------
change(
    "Plan of care missing",
    "97110:15 97140:15",
    "plan",
    "always-therapy lines need GP, GO or GN",
    PLAN,
    "97110:x1:GP 97140:x1:GP",
)
change(
    "Plan of care missing, nobody named",
    "97110:15",
    "plan",
    "the modifier names the plan; without it the choice is open",
    PLAN,
    "97110:x1",
    by=None,
    says="GP, GO or GN",
)
change("Two plans on one line", "97110:15:GP,GO", "plan", "a line belongs to one plan", PLAN)
change(
    "PT evaluation under an OT plan",
    "97161:x1:GO",
    "plan",
    "GP on the PT line and GO on the OT line",
    PLAN,
    "97161:x1:GP",
)
change("OT with the plan of PT", "97530:15:GP", "plan", "an OT works under GO", PLAN, "97530:x1:GO", by="ot")
ready(
    "Dry needling without a plan",
    "20560:x1",
    "sometimes therapy: only under a therapy plan",
    PLAN,
    says="sometimes therapy",
)
ready(
    "Plan of care under an AMA plan",
    "97110:15",
    "whether another payer wants GP is not known and does not decide",
    NOT_BORROWED,
    payer="commercial-ama",
    says="ask",
)
change(
    "PTA without CQ",
    "97110:30:GP",
    "assistant",
    "more than a tenth by the assistant: CQ with GP",
    PLAN,
    "97110:x2:GP,CQ",
    by="pta",
)
ready("PTA with CQ", "97110:30:GP,CQ", "CQ beside GP", PLAN, "97110:x2:GP,CQ", by="pta")
ready("OTA with CO", "97530:30:GO,CO", "CO beside GO", PLAN, by="ota")
change("CQ beside GO", "97530:30:GO,CQ", "assistant", "CQ goes with GP", PLAN, by="ot")
change("CQ and CO", "97530:30:GO,CQ,CO", "assistant", "never both", PLAN, by="ot")
ready(
    "A tenth or less by the assistant",
    "97110:30:GP",
    "up to a tenth needs no CQ",
    PLAN,
    assistant=(3,),
)
ready(
    "The therapist's 8 minutes of the last unit",
    "97110:15:GP",
    "exception 1: 8 or more minutes by the therapist alone",
    PLAN,
    assistant=(7,),
)
change(
    "The therapist's 7 minutes of the last unit",
    "97110:15:GP",
    "assistant",
    "fewer than 8: CQ",
    PLAN,
    "97110:x1:GP,CQ",
    assistant=(8,),
)
change(
    "12 and 13 minutes of two units",
    "97110:25:GP",
    "assistant",
    "exception 2: one unit with CQ and one without",
    PLAN,
    "97110:x1:GP,CQ 97110:x1:GP",
    assistant=(13,),
)
change(
    "Speech session with exercise",
    "92507:x1:GN 97110:15:GN",
    "who",
    "speech-language pathologists do not report 97110 with 92507",
    "rules.md B.1, XI.C/D item 2",
    "92507:x1:GN -97110",
    by="slp",
)

# --- Chiropractic, notices, visits, who may bill ----------------------------------------------
ready("Adjustment with AT", "98940:x1:AT", "active treatment", CHIRO, "98940:x1:AT", by="chiropractor")
change(
    "Adjustment without AT",
    "98940:x1",
    "active-treatment",
    "denied as maintenance without AT",
    CHIRO,
    "98940:x1:AT?",
    by="chiropractor",
)
change(
    "AT with GA", "98940:x1:AT,GA", "active-treatment", "rejected since 2015-11-01", CHIRO, by="chiropractor"
)
ready(
    "Maintenance with a notice",
    "98940:x1:GA",
    "GA without AT is maintenance with the notice on file",
    CHIRO,
    by="chiropractor",
)
change("GA with GZ", "98940:x1:GA,GZ", "notice", "a notice on file, and none", CHIRO, by="chiropractor")
change(
    "Chiropractor with exercise",
    "98940:x1:AT 97110:15:GP",
    "who",
    "Medicare pays chiropractors only for 98940 to 98942",
    CHIRO,
    "98940:x1:AT -97110",
    by="chiropractor",
)
ready(
    "Chiropractor with massage for a denial",
    "98940:x1:AT 97124:15:GP,GY",
    "GY: massage billed to get a denial",
    "modifiers.md GY",
    by="chiropractor",
)
ready(
    "GX with GY",
    "98940:x1:AT 97124:15:GP,GY,GX",
    "a voluntary notice may stand with GY",
    CHIRO,
    by="chiropractor",
)
change(
    "Adjustment with massage to a plan that follows CMS",
    "98940:x1 97124:15",
    "pair-edits",
    "only another region, with XS or 59",
    "rules.md B.1, XI.S",
    "98940:x1 97124:x1:XS?",
    by="chiropractor",
    payer="commercial-cms",
)
change(
    "Office visit beside acupuncture",
    "97810:15 99213:x1",
    "pair-edits",
    "25 on the visit when significant and separate",
    "pair-questions.md 71",
    "97810:x1 99213:x1:25?",
    by="physician",
)
ready(
    "Office visit with 25",
    "98925:x1 99213:x1:25",
    "osteopathic manipulation has a 000 global period",
    "rules.md B.6, XI.U",
    by="physician",
    says="A new patient alone is not enough",
)
change(
    "25 on the treatment",
    "98925:x1:25 99214:x1",
    "separate-visit",
    "25 goes on the office visit",
    "modifiers.md 25",
    by="physician",
)
change(
    "Massage therapist to Medicare",
    "97124:30:GP",
    "who",
    "not qualified personnel, alone or incident to",
    PAYERS,
    "-97124",
    by="massage-therapist",
)
ready(
    "Massage therapist for the VA",
    "97124:30",
    "the VA uses massage therapists by referral",
    PAYERS,
    "97124:x2",
    by="massage-therapist",
    payer="va",
    says="referral",
)
ready(
    "Massage therapist for an auto plan",
    "97124:30",
    "some plans pay: not known",
    PAYERS,
    by="massage-therapist",
    payer="workers-comp-auto",
    says="ask the adjuster",
)
change(
    "Acupuncturist to Medicare",
    "97810:15",
    "who",
    "licensed acupuncturists cannot bill Medicare themselves",
    "rules.md B.6, NCD 30.3.3",
    by="acupuncturist",
)

# --- Time -------------------------------------------------------------------------------------
change(
    "More minutes than the treatment",
    "97110:30:GP 97140:30:GP",
    "minutes",
    "never two therapy services for the same 15 minutes",
    "rules.md B.1, XI.P.2",
    minutes=45,
)
ready(
    "A supervised modality shares time",
    "G0283:15:GP 97012:15:GP 97110:30:GP",
    "the supervised modalities are the only exception",
    "rules.md B.1, XI.P.2",
    minutes=45,
)
change(
    "Units that the minutes cannot bear",
    "97110:x4:GP",
    "minutes",
    "4 units need 53 minutes",
    UNITS,
    minutes=45,
)
change(
    "An evaluation does not share time",
    "97161:30:GP 97140:15:GP",
    "minutes",
    "untimed therapy takes its own minutes; only the supervised modalities share",
    "rules.md B.1, XI.P.2",
    minutes=40,
)
change(
    "The day's units of two lines above the MUE",
    "97140:x4:GP,CQ 97140:x4:GP",
    "unit-limit",
    "indicator 3 adds up all units of the day, over its lines",
    MUE,
)
change(
    "GX with GZ", "98940:x1:GX,GZ", "notice", "a notice that was given, and none", CHIRO, by="chiropractor"
)
change(
    "GA with GX",
    "98940:x1:GA,GX",
    "notice",
    "a required notice is not a voluntary one",
    CHIRO,
    by="chiropractor",
)
change(
    "GY with GZ",
    "97124:15:GP,GY,GZ",
    "notice",
    "excluded by law is not covered care that may be denied",
    CHIRO,
    by="chiropractor",
)
change(
    "Bundled hot pack billed for a denial",
    "97010:x1:GP,GY",
    "status",
    "GY is for what the law excludes; a bundled service stays bundled",
    STATUS,
)
ready(
    "Extraspinal adjustment billed for a denial",
    "98943:x1:GY",
    "GY: not covered, billed to get a denial",
    "modifiers.md GY; codes.csv 98943",
    by="chiropractor",
)
change(
    "Speech session with exercise, by the plan's modifier",
    "92507:x1:GN 97110:15:GN",
    "who",
    "GN shows the speech-language plan when nobody is named",
    "rules.md B.1, XI.C/D item 2",
    "92507:x1:GN -97110",
    by=None,
)
