"""The addresses of the terminology service, as FHIR names them."""

from django.urls import path

from codes.madeonce import made_once

from . import views

urlpatterns = made_once(
    [
        path("metadata", views.metadata, name="fhir"),
        path("CodeSystem", views.code_systems),
        path("CodeSystem/_search", views.code_systems),
        path("CodeSystem/$lookup", views.lookup),
        path("CodeSystem/$validate-code", views.validate_in_system),
        path("CodeSystem/<str:system_id>", views.code_system),
        path("CodeSystem/<str:system_id>/$validate-code", views.validate_in_system),
        path("ValueSet", views.value_sets),
        path("ValueSet/_search", views.value_sets),
        path("ValueSet/$expand", views.expand),
        path("ValueSet/$validate-code", views.validate_in_set),
        path("ValueSet/<str:set_id>", views.value_set),
        path("ValueSet/<str:set_id>/$expand", views.expand),
        path("ValueSet/<str:set_id>/$validate-code", views.validate_in_set),
    ]
)
