"""The addresses of the site."""

from django.contrib import admin
from django.urls import include, path

handler400 = "codes.views.errors.bad_request"
handler403 = "codes.views.errors.forbidden"
handler404 = "codes.views.errors.not_found"
handler500 = "codes.views.errors.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("codes.urls")),
]
