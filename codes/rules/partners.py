"""All pair edits of one code, gathered by the other code, as its page lists them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .pairs import Edit, EditState, Verdict
from .terms import Setting


@dataclass(frozen=True, slots=True)
class Partner:
    """Where one code stands with another on one day: the deciding row in each setting, if there is one."""

    number: str
    verdict: Verdict
    """The strictest verdict over the settings."""
    practitioner: Edit | None
    outpatient_hospital: Edit | None

    @property
    def by_setting(self) -> dict[Setting, Edit | None]:
        """The deciding row in each setting, if there is one."""
        return {
            Setting.PRACTITIONER: self.practitioner,
            Setting.OUTPATIENT_HOSPITAL: self.outpatient_hospital,
        }

    @property
    def differs(self) -> bool:
        """Whether the two settings disagree on the modifier or on the column."""
        return _gist(self.practitioner) != _gist(self.outpatient_hospital)

    @property
    def never(self) -> bool:
        return self.verdict == Verdict.NEVER

    @property
    def edit(self) -> Edit:
        return self.practitioner or self.outpatient_hospital


def _gist(edit: Edit | None):
    return edit and (edit.column_one, edit.indicator)


def partners_on(number: str, edits: Iterable[Edit], day: date) -> tuple[Partner, ...]:
    """The codes with which `number` has an edit in force on a day, by their numbers.

    `edits` are all rows that name the code, of both settings. Rows that are not in force that day are left out.
    """
    in_force: dict[str, dict[Setting, Edit]] = {}
    for edit in edits:
        if edit.state_on(day) == EditState.IN_FORCE:
            other = edit.column_two if edit.column_one == number else edit.column_one
            in_force.setdefault(other, {})[edit.setting] = edit
    return tuple(
        Partner(
            other,
            Verdict.NEVER if any(edit.indicator == 0 for edit in rows.values()) else Verdict.MODIFIER,
            rows.get(Setting.PRACTITIONER),
            rows.get(Setting.OUTPATIENT_HOSPITAL),
        )
        for other, rows in sorted(in_force.items())
    )


def ended_with(number: str, edits: Iterable[Edit], day: date) -> tuple[str, ...]:
    """The codes with which `number` once had an edit that has ended, and has none now."""
    edits = tuple(edits)
    now = {partner.number for partner in partners_on(number, edits, day)}
    ended = {
        edit.column_two if edit.column_one == number else edit.column_one
        for edit in edits
        if edit.state_on(day) == EditState.ENDED
    }
    return tuple(sorted(ended - now))
