"""Reporting a mistake, and the corrections that were made."""

import logging

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from codes import corrections
from codes.addresses import address_of
from codes.reportforms import LONGEST_BODY, ReportForm, are_too_many, is_from_here, tidy_page

from .pages import page

log = logging.getLogger(__name__)

ELSEWHERE = "This form was sent from another site. Your text is still here: send it again from this page."
FULL = "More reports came in today than we can read. Your text is still here: please copy it, and send it again tomorrow."
NOT_KEPT = (
    "Your report could not be kept: something went wrong on our side. Your text is still here: "
    "please copy it, and send it again in an hour."
)
TOO_LONG = "That is too long to be read. Shorten it to what is wrong, and link to the rest."


@never_cache
@csrf_exempt  # there is no cookie to compare with; codes.reportforms says what stands in for it
@require_http_methods(["GET", "HEAD", "POST"])
def report(request):
    """The form for one page of ours, and the report that is sent with it."""
    about = tidy_page(request.GET.get("page", ""))
    if request.method != "POST":
        return _form_page(request, ReportForm(page=about))
    if _length(request) > LONGEST_BODY:
        return _form_page(request, ReportForm(page=about), refused=TOO_LONG, status=413)
    form = ReportForm(request.POST, page=about)
    if not is_from_here(request):
        return _form_page(request, form, refused=ELSEWHERE, status=403)
    if not form.is_valid():
        return _form_page(request, form, status=400)
    if are_too_many(settings.REPORTS_A_DAY):
        return _form_page(request, form, refused=FULL, status=503)
    try:
        form.save()
    except DatabaseError:
        log.exception("A report could not be kept")
        return _form_page(request, form, refused=NOT_KEPT, status=503)
    response = HttpResponseRedirect(address_of("report-sent", query={"page": about} if about else None))
    response.status_code = 303
    return response


def _length(request) -> int:
    """How long what was sent says it is; nothing beyond that is read."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() else 0


def _form_page(request, form: ReportForm, *, refused: str = "", status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "about": form.page,
        "about_name": corrections.page_name(form.page),
        "refused": refused,
    }
    return page(request, "reports/form.html", context, partial="form", status=status)


@never_cache
@require_safe
def report_sent(request):
    """Thanks, and the way back to the page."""
    about = tidy_page(request.GET.get("page", ""))
    context = {"about": about, "about_name": corrections.page_name(about)}
    return page(request, "reports/sent.html", context, partial="sent")


@require_safe
def correction_list(request):
    """All corrections, newest first, or since when there has been none."""
    found = corrections.published_corrections()
    return page(
        request, "reports/corrections.html", {"corrections": found, "since": corrections.kept_since()}
    )
