"""The site's addresses, and a view that does nothing behind all of the site's middleware."""

from django.http import HttpResponse
from django.urls import path

from cptref.urls import handler400, handler403, handler404, handler500
from cptref.urls import urlpatterns as site

urlpatterns = [path("empty/", lambda request: HttpResponse("ok")), *site]

__all__ = ["handler400", "handler403", "handler404", "handler500"]
