"""The form by which readers report a mistake, and what keeps programs from flooding it.

It needs no cookie. Django's own protection against forged requests compares the form with a cookie, so that another site
cannot use a visitor's log-in; here nobody is logged in and there is nothing to use. What is left is that another site might
have its visitors' browsers send us rubbish. `is_from_here` sees that: browsers say in `Sec-Fetch-Site` or `Origin` where a
form was sent from, and no page can change it. A program that is no browser can say anything, and meets the rest:

- a token, signed by us, that belongs to one page and to the moment at which its form was shown: not younger than a person
  takes to write, not older than a day;
- a field that people do not see and programs fill in;
- limits of size, of links, of reports an hour from one address (codes.ratelimits), and of all that wait for staff;
- the same report twice is one report.

Whoever is refused keeps what was typed and gets a fresh token with the reason, so that a person needs one more click at most.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from codes.models import MistakeReport
from codes.models.reports import LONGEST_ADDRESS, LONGEST_TEXT

LONGEST_BODY = 32_000
"""Bytes of a form: both texts filled with the longest letters there are, and some room."""
LEAST_SECONDS = 3
MOST_SECONDS = 24 * 60 * 60
MOST_LINKS = 5
SIGNER = signing.TimestampSigner(salt="codes.report")


def token_for(page: str) -> str:
    """A signed mark of this moment that is good for reporting a mistake on one page."""
    return SIGNER.sign(page)[len(page) + 1 :]


def tidy_page(text: str) -> str:
    """An address on this site as it may be shown and kept; empty for anything else."""
    text = text.strip()
    is_ours = text.startswith("/") and len(text) <= LONGEST_ADDRESS and text.isprintable()
    return text if is_ours and url_has_allowed_host_and_scheme(text, allowed_hosts=None) else ""


def is_from_here(request) -> bool:
    """Whether a form was sent from a page of this site, as far as the browser says."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return not origin or urlsplit(origin).netloc == request.get_host()


class ReportForm(forms.Form):
    """What is wrong on a page. Needs the `page` that it is about."""

    wrong = forms.CharField(
        label="What is wrong?",
        max_length=LONGEST_TEXT,
        error_messages={"required": "Say in a sentence what is wrong."},
    )
    should_be = forms.CharField(
        label="What should it say? Where did you read it?", max_length=LONGEST_TEXT, required=False
    )
    contact = forms.EmailField(
        label="Your e-mail",
        required=False,
        error_messages={"invalid": "This e-mail address cannot be right. Mend it, or leave it empty."},
    )
    website = forms.CharField(label="Leave this empty", required=False)
    token = forms.CharField(required=False)

    def __init__(self, *args, page: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.page = page

    def clean_website(self):
        if self.cleaned_data["website"]:
            raise ValidationError(
                "The last field must stay empty: it is there to catch programs. Send the report again."
            )
        return ""

    def clean_token(self):
        signed = f"{self.page}:{self.cleaned_data['token']}"
        try:
            SIGNER.unsign(signed, max_age=MOST_SECONDS)
        except signing.SignatureExpired:
            raise ValidationError(
                "This form was open for more than a day. Your text is still here: send it again."
            ) from None
        except signing.BadSignature:
            raise ValidationError(
                "Something was missing from the form. Your text is still here: send it again."
            ) from None
        try:
            SIGNER.unsign(signed, max_age=LEAST_SECONDS)
        except signing.SignatureExpired:
            return ""
        raise ValidationError(
            "That was faster than people type. Your text is still here: send it again in a moment."
        )

    def clean(self):
        clean = super().clean()
        text = f"{clean.get('wrong', '')} {clean.get('should_be', '')}".lower()
        if text.count("http://") + text.count("https://") > MOST_LINKS:
            self.add_error("should_be", f"At most {MOST_LINKS} links, please. One to the source is best.")
        return clean

    @property
    def fresh_token(self) -> str:
        """A token for the form as it is shown now."""
        return token_for(self.page)

    def save(self) -> None:
        """Keep the report, unless the same one is waiting already. Two queries."""
        clean = self.cleaned_data
        said = {"page": self.page, "wrong": clean["wrong"], "should_be": clean["should_be"]}
        if not waiting_reports().filter(**said).exists():
            MistakeReport.objects.create(**said, contact=clean["contact"])


def waiting_reports():
    """Reports of mistakes that nobody of staff has looked at yet. No query."""
    return MistakeReport.objects.filter(state=MistakeReport.State.NEW)


def are_too_many(most: int) -> bool:
    """Whether more than `most` reports came in during the last day and wait for staff. One query."""
    yesterday = timezone.now() - timedelta(days=1)
    return waiting_reports().filter(created_at__gte=yesterday).count() >= most
