"""What titles and file names say about when a table is in effect."""

import re
from datetime import date

MONTHS = {"jan": 1, "apr": 4, "jul": 7, "oct": 10}
"""The months in which CMS's quarterly files come into effect."""
MONTH = re.compile(r"(?<![a-z])(jan(?:uary)?|apr(?:il)?|july?|oct(?:ober)?)(?![a-z])")
YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def release_month(text: str) -> date | None:
    """The first day of the quarter that a text such as "2025 … October Release" names; None when it names none."""
    text = text.lower()
    year, month = YEAR.search(text), MONTH.search(text)
    return date(int(year[1]), MONTHS[month[1][:3]], 1) if year and month else None


def calendar_year(text: str) -> date | None:
    """The first day of the year that a text names; None when it names none."""
    year = YEAR.search(text)
    return date(int(year[1]), 1, 1) if year else None
