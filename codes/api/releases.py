"""Which releases answers are read from, and what changed between them."""

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from codes import releaselookups
from codes.addresses import address_of
from codes.releaselookups import CHANGES_ORDER, Listed

from . import schemas
from .inputs import MaybeNumber, MaybeTable, Quarter
from .paging import CURSOR, LIMIT, page_of, page_of_list, page_type

router = Router(tags=["Data"])


@router.get("/releases/", response=page_type(schemas.ReleaseEntry, "Releases"), summary="All releases")
def releases(request: HttpRequest, response: HttpResponse, limit: int = LIMIT, cursor: str = CURSOR):
    """Every release that is or was published, newest first, with its files and their SHA-256."""
    listed = releaselookups.releases()
    page = page_of_list(request, response, "releases", listed, lambda each: each.release.slug, limit, cursor)
    return page | {"items": [_release(each) for each in page["items"]]}


def _release(listed: Listed) -> dict:
    release = listed.release
    holds = releaselookups.with_changes([listed])
    query = {"table": release.table, "quarter": release.quarter}
    return {
        **{name: getattr(release, name) for name in schemas.ReleaseLink.model_fields},
        "standing": listed.standing,
        "effective_on": release.effective_on,
        "source": release.source.slug,
        "coverage": release.coverage,
        "row_count": release.row_count,
        "rows_removed": listed.is_removed,
        "published_at": release.published_at,
        "sha256": release.sha256,
        "files": release.files,
        "changes": address_of("api:changes", query=query) if holds else None,
    }


@router.get("/changes/", response=page_type(schemas.ChangeEntry, "Changes"), summary="What changed")
def changes(
    request: HttpRequest,
    response: HttpResponse,
    code: MaybeNumber = Query(None, description="Only differences that name this code."),
    table: MaybeTable = Query(None, description="Only one kind of table."),
    quarter: Quarter = Query(None, description="Only one quarter, such as 2026-Q4."),
    limit: int = LIMIT,
    cursor: str = CURSOR,
):
    """The differences between each release and the one before, newest first; in each the catalogue's own codes first."""
    listed = releaselookups.releases()
    rows = releaselookups.changes(listed, code or "", table or "", quarter or "").select_related("release")
    return page_of(
        request,
        response,
        "changes",
        rows,
        CHANGES_ORDER,
        limit,
        cursor,
        lambda found: releaselookups.in_words(found, listed),
    )
