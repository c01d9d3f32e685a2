"""How often one client may ask, so that a program that asks too fast takes nothing away from people.

A client is an address on the internet; of IPv6 the first 64 bits, which one household has. It is counted in
fixed windows of time by one increment in the cache named `limits`, without the database. What the cache holds
is a keyed hash of the address with the day in it: nobody can tell the address from it, and tomorrow's is another.

Where there is no shared cache each process counts for itself, so that a client may have as many times the limit
as there are processes. A cache that cannot be reached never stops a reader: then nobody is counted.

The limits are settings (RATE_LIMITS). Answers to programs tell them in the headers of the IETF's draft
"RateLimit header fields for HTTP"; a refusal says when to come back in `Retry-After`.
"""

import ipaddress
import logging
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from time import time

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from codes.machines import fault
from codes.views.errors import stylesheet
from codes.views.pages import rendered

logger = logging.getLogger(__name__)

COUNTED = {
    "api": "api",
    "fhir": "api",
    "search": "search",
    "pairs": "check",
    "visits": "check",
    "units": "check",
    "matrix": "check",
    "fees": "check",
    "report": "form",
    "admin": "login",
}
"""The limit that an address counts for, by its first part."""
SUGGESTIONS = "/codes/suggestions/"
LOG_IN = "/admin/login/"
QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left of a limit after one more request."""

    name: str
    most: int
    seconds: int
    """The length of the window."""
    left: int
    """Requests that the client has left in it; below zero when it has had too many."""
    again_in: int
    """Seconds until the next window."""

    @property
    def is_over(self) -> bool:
        """Whether this request is one too many."""
        return self.left < 0

    @property
    def headers(self) -> dict[str, str]:
        """The limit and what is left of it, as draft-ietf-httpapi-ratelimit-headers writes them."""
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.most};w={self.seconds}',
            "RateLimit": f'"{self.name}";r={max(self.left, 0)};t={self.again_in}',
        }


def limit_of(request: HttpRequest) -> str:
    """The name of the limit that a request counts for; empty for pages that are not counted."""
    path = request.path_info
    part = path.split("/", 2)[1] if path.startswith("/") else ""
    name = "search" if path == SUGGESTIONS else COUNTED.get(part, "")
    if name == "login" and path != LOG_IN:
        return ""
    return "" if name in ("form", "login") and request.method != "POST" else name


def take(name: str, client: str) -> Taken | None:
    """Count one request of a client; None where this limit is switched off."""
    rate = settings.RATE_LIMITS.get(name)
    if rate is None:
        return None
    most, seconds = rate
    now = int(time())
    window, elapsed = divmod(now, seconds)
    count = _count(f"{name}:{window}:{_hashed(client, now // 86_400)}", seconds)
    return Taken(name, most, seconds, most - count, seconds - elapsed)


def _count(key: str, seconds: int) -> int:
    """How many requests there were in this window, this one among them; none when the cache cannot be reached."""
    cache = caches["limits"]
    try:
        try:
            return cache.incr(key)
        except ValueError:  # the first of the window
            cache.add(key, 0, seconds)
            return cache.incr(key)
    except (
        Exception
    ) as error:  # each kind of cache has errors of its own, and none may cost a reader the page
        logger.warning("The cache that counts requests cannot be reached: %s", error)
        return 0


@lru_cache(maxsize=4096)
def _hashed(client: str, day: int) -> str:
    key = blake2b(settings.SECRET_KEY.encode()).digest()
    return blake2b(f"{day} {client}".encode(), key=key, digest_size=12).hexdigest()


# --- Whose request it is ------------------------------------------------------------------------


def client_address(meta: dict) -> str:
    """The client's address, from what the server says of the connection; of IPv6 the /64 network.

    `X-Forwarded-For` is believed only as far as there are trusted proxies: each adds the address that it saw at the end
    of the list, so with one of them the last entry is true and everything before it may be made up.
    """
    seen = meta.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        forwarded = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(forwarded) >= settings.TRUSTED_PROXIES:
            return _network(forwarded[-settings.TRUSTED_PROXIES]) or _network(seen) or "unknown"
    return _network(seen) or "unknown"


@lru_cache(maxsize=4096)
def _network(text: str) -> str:
    """An address without port and brackets, as its network; empty when it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if address.version == 6:
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


# --- Middleware ---------------------------------------------------------------------------------


class RateLimits:
    """Middleware that counts requests and refuses those beyond the limit, before anything is done for them."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = limit_of(request)
        taken = take(name, client_address(request.META)) if name else None
        if taken is None:
            return self.get_response(request)
        response = refusal(request, taken) if taken.is_over else self.get_response(request)
        if name == "api":
            for header, value in taken.headers.items():
                response[header] = value
        return response


def refusal(request: HttpRequest, taken: Taken) -> HttpResponse:
    """429, saying in kind words, or to programs as a problem (RFC 9457), when to come back."""
    if taken.name == "api":
        detail = f"At most {taken.most} requests in {in_words(taken.seconds)}. Ask again in {in_words(taken.again_in)}."
        more = {"type": QUOTA_EXCEEDED, "violated-policies": [taken.name]}
        response = fault(request, 429, detail, **more)
    else:
        context = {
            "stylesheet": stylesheet(),
            "wait": in_words(taken.again_in),
            "is_form": taken.name == "form",
            "is_login": taken.name == "login",
        }
        response = HttpResponse(rendered("errors/429.html", context), status=429)
    response["Retry-After"] = str(taken.again_in)
    response["Cache-Control"] = "no-store"
    return response


def client_of(request: HttpRequest) -> str | None:
    """The client's address as one that a database can keep, for counting wrong passwords; of IPv6 its network's first."""
    address = client_address(request.META)
    return None if address == "unknown" else address.partition("/")[0]


def locked_out(request: HttpRequest, response=None, credentials=None, **more) -> HttpResponse:
    """429 for who gave too many wrong passwords for one name."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    return refusal(request, Taken("login", settings.AXES_FAILURE_LIMIT, seconds, -1, seconds))


def in_words(seconds: int) -> str:
    """A time as people say it: 1 second, 40 seconds, 3 minutes, 2 hours. Rounded up."""
    for size, name in ((3600, "hour"), (60, "minute")):
        if seconds > size:
            return f"{-(-seconds // size)} {name}s"
        if seconds == size:
            return f"1 {name}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
