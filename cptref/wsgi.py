"""The site as a WSGI application, for granian or any other WSGI server."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cptref.settings")
site = get_wsgi_application()
# What was loaded stays. To look through all of it for what may go would stop every reader for some 40 ms, now and then.
gc.collect()
gc.freeze()


def application(environ, start_response):
    """The site, which reads everything as UTF-8, whatever charset a client claims.

    Django would read the address in that charset while it makes the request, before anything can answer for what goes
    wrong there: a charset such as base64, or a Content-Type that cannot be read, would end in a server error.
    """
    environ["CONTENT_TYPE"] = without_charset(environ.get("CONTENT_TYPE", ""))
    return site(environ, start_response)


def without_charset(content_type: str) -> str:
    """A Content-Type without its charset; of one that cannot be read, that it is just bytes."""
    try:
        kind, parameters = parse_header_parameters(content_type)
    except ValueError:
        return "application/octet-stream"
    if "charset" not in parameters:
        return content_type
    kept = [f'{name}="{value}"' for name, value in parameters.items() if name != "charset"]
    return "; ".join([kind, *kept])
