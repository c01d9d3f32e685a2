"""Pages travel compressed: with Brotli where the browser takes it, else with gzip."""

import re

import brotli
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

ACCEPTS_BROTLI = re.compile(r"\bbr\b(?!\s*;\s*q=0(?:\.0*)?(?:,|\s|$))")
QUALITY = 5
"""Measured on a code page: a ninth smaller than gzip for the same time; more quality takes three times as long."""
WORTH_IT = 200
"""Answers of fewer bytes are sent as they are."""


class CompressionMiddleware(GZipMiddleware):
    """Django's own, which knows gzip, and Brotli before it.

    Pages that hold a token against forged requests are safe to compress: Django masks it anew in each answer.
    """

    def process_response(self, request, response):
        """The response, smaller where that is worth it, with `Vary` and a weak ETag as caches need them."""
        if (
            response.streaming
            or len(response.content) < WORTH_IT
            or response.has_header("Content-Encoding")
            or not ACCEPTS_BROTLI.search(request.headers.get("Accept-Encoding", ""))
        ):
            return super().process_response(request, response)
        if response.get("Content-Type", "").startswith("image/") and "svg" not in response["Content-Type"]:
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        smaller = brotli.compress(response.content, quality=QUALITY)
        if len(smaller) >= len(response.content):
            return response
        response.content = smaller
        response["Content-Length"] = str(len(smaller))
        response["Content-Encoding"] = "br"
        etag = response.get("ETag")
        if etag and etag.startswith('"'):
            response["ETag"] = f"W/{etag}"
        return response
