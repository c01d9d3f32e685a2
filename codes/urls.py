"""The addresses of the reference: a table of contents of what readers can open."""

from django.urls import include, path

from codes import sitemaps
from codes.feeds import ChangesFeed, CorrectionsFeed
from codes.madeonce import made_once
from codes.views import (
    api,
    catalogue,
    errors,
    fees,
    home,
    machines,
    pairs,
    pictures,
    questions,
    releases,
    reports,
    visits,
    words,
)

pages = [
    # What most readers open stands first, for an address is compared with one after the other.
    path("", home.home, name="home"),
    path("pairs/", pairs.checker, name="pairs"),
    path("pairs/<str:first>/<str:second>/", pairs.pair, name="pair"),
    path("search/", home.search, name="search"),
    path("codes/", catalogue.code_list, name="codes"),
    path("codes/suggestions/", home.code_suggestions, name="code-suggestions"),
    path("codes/<str:number>/", catalogue.code_detail, name="code"),
    path("codes/<str:number>/edits/", catalogue.code_edits, name="code-edits"),
    path("visits/", visits.visit, name="visits"),
    path("units/", visits.units, name="units"),
    path("modifiers/", catalogue.modifier_list, name="modifiers"),
    path("modifiers/<str:code>/", catalogue.modifier_detail, name="modifier"),
    path("faqs/", questions.faq_list, name="faqs"),
    path("faqs/<slug:slug>/", questions.faq_detail, name="faq"),
    path("claims/", questions.claim_list, name="claims"),
    path("claims/<slug:slug>/", questions.claim_detail, name="claim"),
    path("matrix/", visits.matrix, name="matrix"),
    path("matrix/sheet.svg", visits.matrix_drawing, name="matrix-drawing"),
    path("fees/", fees.fee_form, name="fees"),
    path("fees/<str:number>/", fees.fee_detail, name="fee"),
    path("api/", api.documentation, name="api"),
    path("releases/", releases.releases, name="releases"),
    path("changes/", releases.changes, name="changes"),
    path("changes/feed/", ChangesFeed(), name="changes-feed"),
    path("self-check/", releases.self_check, name="self-check"),
    path("corrections/", reports.correction_list, name="corrections"),
    path("corrections/feed/", CorrectionsFeed(), name="corrections-feed"),
    path("glossary/", words.glossary_page, name="glossary"),
    path("glossary/<slug:slug>/", words.term, name="term"),
    path("about/", home.about, name="about"),
]
"""What readers read: each made once for each version of its contents."""

urlpatterns = [
    *made_once(pages),
    path("search/suggestions/", machines.search_suggestions, name="search-suggestions"),
    path("api/", include("codes.api.urls")),
    path("fhir/", include("codes.fhir.urls")),
    path("report/", reports.report, name="report"),
    path("report/sent/", reports.report_sent, name="report-sent"),
    path("offline/", errors.offline, name="offline"),
    path("sw.js", errors.service_worker, name="service-worker"),
    path("healthz", home.healthz, name="healthz"),
    path("readyz", home.readyz, name="readyz"),
    path("qr/<path:path>", machines.qr_code, name="qr-code"),
    path(
        "pictures/pairs/<str:first>/<str:second>/<slug:version>.png", pairs.pair_picture, name="pair-picture"
    ),
    path("pictures/visits/<slug:version>.png", visits.visit_picture, name="visit-picture"),
    *(
        path(
            f"pictures/{kind}s/<str:key>/<slug:version>.png",
            pictures.entry_picture,
            {"kind": kind},
            name=f"{kind}-picture",
        )
        for kind in pictures.ENTRIES
    ),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-<section>.xml", sitemaps.section, name="sitemap-section"),
    path("opensearch.xml", machines.opensearch, name="opensearch"),
    path("site.webmanifest", machines.manifest, name="manifest"),
    path("robots.txt", home.robots),
    path("favicon.ico", home.favicon),
]
