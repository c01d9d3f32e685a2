"""Logs that can be followed: each line of one request has its number, and production writes JSON."""

import json
import logging
import re
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from secrets import token_hex

from django.conf import settings

GIVEN = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
"""What a proxy may give as a number; anything else is not written into logs."""
request_id: ContextVar[str] = ContextVar("the number of the request that is answered", default="")
log = logging.getLogger("cptref.requests")


class RequestIds:
    """Outermost middleware: gives each request the number that a proxy gave it, or a new one, and tells it in a header.

    With ACCESS_LOG on, one line for each answer: no address of a client, and no query, which may hold what a visit was.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        number = given if GIVEN.fullmatch(given) else token_hex(8)
        token = request_id.set(number)
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            if settings.ACCESS_LOG:
                took = (time.perf_counter() - start) * 1000
                told = {"method": request.method, "path": request.path, "status": response.status_code}
                log.info("answered", extra={"fields": {**told, "ms": round(took, 1)}})
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = number
        return response


class Numbered(logging.Filter):
    """Gives each record the number of its request."""

    def filter(self, record):
        record.request_id = request_id.get() or "-"
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, name, message, request, and what else was told."""

    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", "-"),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
