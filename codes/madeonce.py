"""A page is made once for each version of what it is made of, and kept, finished and compressed, for all who ask next.

Whoever has the current version already is told so before anything is looked up or rendered. A page is made again when
something was published while it was being made, so that no answer mixes what was before with what came after.
"""

import json
from collections.abc import Callable, Iterable
from functools import wraps
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import URLPattern
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags

from codes.compression import compressed, encoding_for
from codes.contentversion import at_version, content_version
from codes.machines import FHIR
from codes.pagestore import page_store

VARY = ("HX-Request", "HX-History-Restore-Request", "Accept-Encoding")
"""What an answer depends on beside its address. Below /fhir/ also the format that is asked for: not each is offered."""
MOST_TRIES = 4
"""So often a page is made before it is sent although something was published meanwhile."""


def made_once(patterns: Iterable[Any]) -> list[URLPattern]:
    """The patterns, whose views now make each answer once, give it an ETag, and answer 304 to who has it.

    It is decided where the view would begin, so that it is read from the same state of the database as an answer.
    """
    patterns = list(patterns)
    for pattern in patterns:
        pattern.callback = _made_once(pattern.callback)
    return patterns


def _made_once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answer(request, *arguments, **options):
        if request.method not in ("GET", "HEAD"):
            return view(request, *arguments, **options)
        version = content_version()
        name = _name(request, version)
        asked = request.META.get("HTTP_IF_NONE_MATCH")
        if asked and _etag(name) in parse_etags(asked):
            return _fresh(HttpResponseNotModified(), request, version, name)
        encoding, store = encoding_for(request), page_store()
        kept = store.get(name + encoding.encode()) if store else None
        if kept:
            return _opened(kept)
        response, made_of, is_whole = _make(view, request, arguments, options, version)
        if response.status_code != 200 or response.streaming or response.cookies:
            return response
        if made_of != version:
            version, name = made_of, _name(request, made_of)
        compressed(response, encoding)
        _fresh(response, request, version, name)
        if store and is_whole:
            store.put(name + encoding.encode(), _packed(response))
        return response

    return answer


def _make(view, request, arguments, options, version) -> tuple[HttpResponse, str, bool]:
    """The answer, the version that it was made of, and whether that still was the version at the end."""
    for _ in range(MOST_TRIES):
        with at_version(version):
            response = view(request, *arguments, **options)
        made_of, version = version, content_version()
        if made_of == version:
            return response, version, True
    return response, made_of, False


def _name(request: HttpRequest, version: str) -> bytes:
    """Of this answer now. No other answer has it, so an ETag that matches was given out for this one."""
    meta = request.META
    parts = (
        version,
        request.scheme,
        request.get_host(),
        request.get_full_path(),
        meta.get("HTTP_HX_REQUEST"),
        meta.get("HTTP_HX_HISTORY_RESTORE_REQUEST"),
        meta.get("HTTP_ACCEPT") if request.path.startswith(FHIR) else "",
    )
    return blake2b(repr(parts).encode(), digest_size=16).digest()


def _etag(name: bytes) -> str:
    return f'W/"{name.hex()}"'


def _packed(response: HttpResponse) -> bytes:
    return json.dumps(dict(response.items())).encode() + b"\n" + response.content


def _opened(kept: bytes) -> HttpResponse:
    headers, _, body = kept.partition(b"\n")
    return HttpResponse(body, headers=json.loads(headers))


def _fresh(response: HttpResponse, request: HttpRequest, version: str, name: bytes) -> HttpResponse:
    """Caches may keep the answer, and ask each time whether it still holds.

    A CDN that the operator has told us of may keep it for a while, and throws away all of a version at once by its tag.
    """
    response["ETag"] = _etag(name)
    patch_vary_headers(response, ("Accept", *VARY) if request.path.startswith(FHIR) else VARY)
    patch_cache_control(response, public=True, no_cache=True)
    if settings.CDN_SECONDS:
        response["CDN-Cache-Control"] = f"public, max-age={settings.CDN_SECONDS}"
        response["Cache-Tag"] = response["Surrogate-Key"] = f"content-{version}"
    return response
