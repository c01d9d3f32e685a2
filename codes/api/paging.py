"""Lists in pages: each names the address of the next one, which goes on behind the last item whatever has changed."""

from collections.abc import Callable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field, create_model

from codes.addresses import address_of
from codes.machines import Refusal

LIMIT = Query(50, ge=1, le=100, description="How many items a page has at most.")
CURSOR = Query("", description="Where to go on: it comes in `next`, and nothing else makes one.")


def page_type(item: type, name: str) -> type[BaseModel]:
    """The type of a page of items."""
    return create_model(
        name,
        items=(list[item], ...),
        next=(str | None, Field(description="The address of the next page; null on the last one.")),
    )


def page_of(
    request: HttpRequest,
    response: HttpResponse,
    route: str,
    rows: QuerySet,
    order: Sequence[str],
    limit: int,
    cursor: str,
    shown: Callable[[list], Sequence] = list,
) -> dict[str, Any]:
    """One page of rows in an order in which no two stand at the same place; `shown` makes items of them.

    One query. Raises Refusal for a cursor that did not come from this list.
    """
    if cursor:
        rows = rows.filter(_behind(order, _read(route, cursor, len(order))))
    found = list(rows.order_by(*order)[: limit + 1])
    more = len(found) > limit
    del found[limit:]
    position = (
        [_plain(attrgetter(_name(key).replace("__", "."))(found[-1])) for key in order] if more else None
    )
    return _page(request, response, route, shown(found), position)


def page_of_list(
    request: HttpRequest,
    response: HttpResponse,
    route: str,
    items: Sequence,
    key: Callable[[Any], Any],
    limit: int,
    cursor: str,
    of: str = "",
) -> dict[str, Any]:
    """One page of a list that is held whole; `key` names an item for good, and `of` what stands in the list's address.

    No query. Raises Refusal as `page_of`.
    """
    start = 0
    if cursor:
        keys = [key(item) for item in items]
        (last,) = _read(route + of, cursor, 1)
        if last not in keys:
            raise Refusal(422, "The list has changed: begin again without the cursor.")
        start = keys.index(last) + 1
    found = items[start : start + limit]
    more = len(items) > start + limit
    return _page(request, response, route, found, [key(found[-1])] if more else None, of)


def _page(request, response, route, items, position, of="") -> dict[str, Any]:
    following = None
    if position:
        query = request.GET.copy()
        query["cursor"] = _signer(route + of).sign_object(position)
        following = address_of(f"api:{route}", *((of,) if of else ()), query=query)
        response["Link"] = f'<{following}>; rel="next"'
    return {"items": items, "next": following}


def _signer(route: str) -> Signer:
    return Signer(salt=f"cursor of {route}")


def _read(route: str, cursor: str, length: int) -> list:
    """The position that a cursor holds. A signature tells that it is one of ours and of this list."""
    try:
        position = _signer(route).unsign_object(cursor)
    except (BadSignature, ValueError):
        position = []
    if len(position) != length:
        raise Refusal(422, "This cursor is not one of this list. Begin again without it and follow `next`.")
    return position


def _behind(order: Sequence[str], position: Sequence) -> Q:
    """What comes after a position: a later first key, or the same one and behind it by the keys that follow."""
    behind = None
    for key, value in zip(reversed(order), reversed(position), strict=True):
        name, later = _name(key), "lt" if key.startswith("-") else "gt"
        beyond = Q(**{f"{name}__{later}": value})
        behind = beyond if behind is None else beyond | (Q(**{name: value}) & behind)
    return behind


def _name(key: str) -> str:
    return key.removeprefix("-")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
