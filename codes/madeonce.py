"""A page is made once for each version of what it is made of, and kept, finished and compressed, for all who ask next.

Whoever has the current version already is told so before anything is looked up or rendered. A page is made again when
something was published while it was being made, so that no answer mixes what was before with what came after.
"""

import json
from collections.abc import Callable, Iterable
from functools import cache, wraps
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import ResolverMatch, URLPattern, get_resolver, resolve
from django.utils.http import parse_etags

from codes.compression import compressed, encoding_for
from codes.contentversion import at_version, content_version
from codes.machines import FHIR
from codes.pagestore import page_store

VARY = "HX-Request, HX-History-Restore-Request, Accept-Encoding"
"""What an answer depends on beside its address. Below /fhir/ also the format that is asked for: not each is offered."""
READING = ("GET", "HEAD")
PAGES = "codes.urls"
"""Where all addresses of what is made once are, and none of the staff's."""
FIRST_PARTS = {
    "",
    *"search codes modifiers faqs claims pairs visits units matrix fees api fhir".split(),
    *"releases changes self-check corrections glossary about".split(),
}
"""The first parts of the addresses of pages that are made once: nothing else is looked for."""
MOST_TRIES = 4
"""So often a page is made before it is sent although something was published meanwhile."""


class PagesMadeOnce:
    """Middleware that answers what is made once before sessions and accounts are looked at: it is the same for everybody.

    What is kept is answered before the address is looked at. What pages need of other middleware, as of htmx's, stands
    before it. Where a replica answers readers, it stands back: then the version is the replica's, which is known in the
    view.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.stands_back = "replica" in settings.DATABASES

    def __call__(self, request):
        if (
            self.stands_back
            or request.method not in READING
            or request.path_info[1:].partition("/")[0] not in FIRST_PARTS
        ):
            return self.get_response(request)
        request.asked_of = asked = _Asked(request, content_version())
        if kept := asked.kept():
            return kept
        match = _match(request.path_info)
        if not getattr(match.func, "is_made_once", False):
            return self.get_response(request)
        request.resolver_match = match
        return match.func(request, *match.args, **match.kwargs)


def _match(path: str) -> ResolverMatch:
    """What an address stands for. Resolver404 for none."""
    below_root = path.removeprefix("/")
    for page in _pages():
        if match := page.resolve(below_root):
            return match
    return resolve(path, PAGES)


@cache
def _pages() -> list[URLPattern]:
    """The addresses of pages that stand for themselves, asked for at once: `resolve` makes two answers of one."""
    return [page for page in get_resolver(PAGES).url_patterns if isinstance(page, URLPattern)]


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
        if request.method not in READING:
            return view(request, *arguments, **options)
        asked = getattr(request, "asked_of", None)
        if asked is None:
            asked = _Asked(request, content_version())
            if kept := asked.kept():
                return kept
        response, made_of, is_whole = _make(view, request, arguments, options, asked.version)
        if response.status_code != 200 or response.streaming or response.cookies:
            return response
        if made_of != asked.version:
            asked = _Asked(request, made_of)
        return asked.finish(response, keep=is_whole)

    answer.is_made_once = True
    return answer


class _Asked:
    """One question for one version of the contents. Its name is that of no other, and is its ETag."""

    __slots__ = ("encoding", "name", "request", "version")

    def __init__(self, request: HttpRequest, version: str):
        self.request, self.version = request, version
        self.encoding = encoding_for(request, kept=page_store() is not None)
        meta = request.META
        parts = (
            version,
            request.scheme,
            meta.get("HTTP_HOST", ""),  # which Django's CommonMiddleware has looked at
            request.path,
            meta.get("QUERY_STRING", ""),
            meta.get("HTTP_HX_REQUEST", ""),
            meta.get("HTTP_HX_HISTORY_RESTORE_REQUEST", ""),
            meta.get("HTTP_ACCEPT", "") if request.path.startswith(FHIR) else "",
        )
        self.name = blake2b("\0".join(parts).encode("utf-8", "surrogateescape"), digest_size=16).digest()

    @property
    def etag(self) -> str:
        return f'W/"{self.name.hex()}"'

    @property
    def key(self) -> bytes:
        """What the finished page is kept under: compressed in one way or another, it is another."""
        return self.name + self.encoding.encode()

    def kept(self) -> HttpResponse | None:
        """304 for who has the answer, or the answer as it was kept; None where there is none."""
        has = self.request.META.get("HTTP_IF_NONE_MATCH")
        if has and self.etag in parse_etags(has):
            return self._fresh(HttpResponseNotModified())
        store = page_store()
        kept = store.get(self.key) if store else None
        if kept is None:
            return None
        headers, _, body = kept.partition(b"\n")
        return HttpResponse(body, headers=json.loads(headers))

    def finish(self, response: HttpResponse, *, keep: bool) -> HttpResponse:
        """The answer, compressed, and kept if it is to be."""
        store = page_store() if keep else None
        compressed(response, self.encoding, kept=store is not None)
        self._fresh(response)
        if store is not None:
            store.put(self.key, json.dumps(dict(response.items())).encode() + b"\n" + response.content)
        return response

    def _fresh(self, response: HttpResponse) -> HttpResponse:
        """Caches may keep the answer, and ask each time whether it still holds.

        A CDN that the operator has told us of may keep it for a while, and throws away all of a version by its tag.
        """
        response["ETag"] = self.etag
        response["Vary"] = f"Accept, {VARY}" if self.request.path.startswith(FHIR) else VARY
        response["Cache-Control"] = "public, no-cache"
        if settings.CDN_SECONDS:
            response["CDN-Cache-Control"] = f"public, max-age={settings.CDN_SECONDS}"
            response["Cache-Tag"] = response["Surrogate-Key"] = f"content-{self.version}"
        return response


def _make(view, request, arguments, options, version) -> tuple[HttpResponse, str, bool]:
    """The answer, the version that it was made of, and whether that still was the version at the end."""
    for _ in range(MOST_TRIES):
        with at_version(version) as at:
            response = view(request, *arguments, **options)
        made_of, version = version, content_version() if at.has_read else version
        if made_of == version:
            return response, version, True
    return response, made_of, False
