"""Pages travel compressed: with Brotli where the browser takes it, else with gzip."""

import gzip
import re

import brotli
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

ACCEPTS_BROTLI, ACCEPTS_GZIP = (
    re.compile(rf"\b{name}\b(?!\s*;\s*q=0(?:\.0*)?(?:,|\s|$))") for name in ("br", "gzip")
)
QUALITY = {"br": (0, 5), "gzip": (1, 6)}
"""How hard we try, for what is sent once, and for what is kept and sent often.

Measured on pages of codes with Brotli: 6.2 kB in 0.05 ms, and 5.0 kB in 0.27 ms; harder than that gains nothing.
"""
WORTH_IT = 200
"""Answers of fewer bytes are sent as they are."""


def encoding_for(request: HttpRequest) -> str:
    """How an answer to this request is to be compressed: `br`, `gzip`, or empty for not at all."""
    accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
    if ACCEPTS_BROTLI.search(accepted):
        return "br"
    return "gzip" if ACCEPTS_GZIP.search(accepted) else ""


def compressed(response: HttpResponse, encoding: str, *, kept: bool = False) -> HttpResponse:
    """The response, smaller where that is worth it, and smaller still where it is kept. It must not be streaming."""
    content = response.content
    if not encoding or len(content) < WORTH_IT or "Content-Encoding" in response:
        return response
    quality = QUALITY[encoding][kept]
    smaller = (
        brotli.compress(content, quality=quality)
        if encoding == "br"
        else gzip.compress(content, quality, mtime=0)
    )
    if len(smaller) < len(content):
        response.content = smaller
        response["Content-Length"] = str(len(smaller))
        response["Content-Encoding"] = encoding
    return response


class CompressionMiddleware(GZipMiddleware):
    """Django's own, which knows gzip, and Brotli before it, for what `codes.madeonce` has not compressed already.

    Pages that hold a token against forged requests are safe to compress: Django masks it anew in each answer.
    """

    def process_response(self, request, response):
        """The response, smaller where that is worth it, with `Vary` and a weak ETag as caches need them."""
        if response.streaming or response.has_header("Content-Encoding") or encoding_for(request) != "br":
            return super().process_response(request, response)
        if response.get("Content-Type", "").startswith("image/") and "svg" not in response["Content-Type"]:
            return response
        if len(response.content) < WORTH_IT:
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        compressed(response, "br")
        etag = response.get("ETag")
        if "Content-Encoding" in response and etag and etag.startswith('"'):
            response["ETag"] = f"W/{etag}"
        return response
