"""Nonsense, malice and accidents in every form and address: whatever is asked, the site keeps its head."""

import json
from urllib.parse import quote, urlencode
from wsgiref.util import setup_testing_defaults

import pytest
from django.urls import URLResolver, get_resolver
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from codes.views.errors import LONGEST_ADDRESS
from cptref.wsgi import application, without_charset

NASTY = [
    "",
    " ",
    "\0",
    "97140\0",
    "97140\n",
    "a" * 3000,
    "9" * 5000,
    "٣" * 5,
    "²",
    "①",
    "İ",
    "ß",
    "ǆ",
    "🦴",
    "\ufeff",
    "\u202e",
    "\ud7ff",
    "..",
    "../../etc/passwd",
    "%00",
    "%",
    "_",
    "\\",
    "'\"><script>alert(1)</script>",
    "'; DROP TABLE codes_code; --",
    "{{ 7 }}{% now 'Y' %}",
    "97140 OR 1=1",
    "AND OR NOT NEAR(",
    '"unclosed',
    "-1",
    "0",
    "1e9",
    "NaN",
    "1_000",
    "true",
    "null",
    "0001-01-01",
    "9999-12-31",
    "0000-00-00",
    "2024-02-30",
    "2024-07-01T00:00",
    "12/31/9999",
    "2024-W01-1",
]
SENSIBLE = [
    *(
        "97140",
        "97124",
        "97161",
        "97750",
        "99999",
        "G0283",
        "g0283",
        "0552T",
        " 97140 ",
        "97140 Manual therapy",
    ),
    *("97140:23", "97140:23:GP", "97110:x2:59,GP", "97110::", "97110:1440", "97140:0", "97810:x99"),
    *("59", "GP", "zz", "massage", "how many minutes is a unit", "97124 97140"),
    *("2024-07-01", "2019-06-01", "1996-01-01", "practitioner", "outpatient-hospital"),
    *("pt", "pta", "chiropractor", "medicare", "va", "workers-comp-auto", "23", "60", "60601", "60601-1234"),
    *("06102-16", "2026", "1992", "2026 Q4", "2026-q4", "ptp", "mue", "1", "1000000", "97124-with-97140"),
    *("http://www.ama-assn.org/go/cpt", "json", "application/fhir+json", "terminology"),
]
TEXT = st.one_of(
    st.sampled_from(SENSIBLE),
    st.sampled_from(NASTY),
    st.text(max_size=40),
    st.text("0123456789GXT:,;-x ", max_size=20),
)

WHEN = ("date", "setting")
VISIT = (
    *("line", "code", "amount", "modifiers", "assistant", "treated_by", "payer", "treatment", "zip"),
    *("add_line", "remove_line", *WHEN),
)
PAGES = {
    "/": (),
    "/search/": ("q",),
    "/codes/": (),
    "/codes/suggestions/": ("first", "second", "code"),
    "/codes/{}/": (),
    "/modifiers/": (),
    "/modifiers/{}/": (),
    "/faqs/": (),
    "/faqs/{}/": (),
    "/claims/": (),
    "/claims/{}/": (),
    "/pairs/": ("first", "second", *WHEN),
    "/codes/{}/edits/": ("page",),
    "/pairs/{}/{}/": WHEN,
    "/visits/": VISIT,
    "/units/": VISIT,
    "/matrix/": ("code", *WHEN),
    "/matrix/sheet.svg": ("code", *WHEN),
    "/fees/": ("code", "zip", "locality", "year"),
    "/fees/{}/": ("zip", "locality", "year"),
    "/search/suggestions/": ("q",),
    "/pictures/visits/{}": VISIT,
    "/pictures/pairs/{}/{}/{}": WHEN,
    "/pictures/codes/{}/{}": (),
    "/pictures/modifiers/{}/{}": (),
    "/pictures/faqs/{}/{}": (),
    "/pictures/claims/{}/{}": (),
    "/qr/{}": ("q", "line", "code"),
    "/report/": ("page",),
    "/report/sent/": (),
    "/corrections/": ("page",),
    "/corrections/feed/": (),
    "/glossary/": (),
    "/glossary/{}/": (),
    "/offline/": (),
    "/sw.js": (),
    "/sitemap.xml": (),
    "/sitemap-<section>.xml": ("p",),
    "/opensearch.xml": (),
    "/site.webmanifest": (),
    "/releases/": (),
    "/changes/": ("code", "table", "quarter", "page"),
    "/changes/feed/": ("code",),
    "/self-check/": (),
    "/about/": (),
    "/healthz": (),
    "/readyz": (),
    "/robots.txt": (),
    "/favicon.ico": (),
    "/api/": (),
    "/api/openapi.json": (),
    "/api/{}": ("q", "line", "pair", "code", "cursor", "limit", *WHEN),
    "/fhir/metadata": ("mode", "_format"),
    "/fhir/CodeSystem": ("_id", "url", "system", "code", "name", "status", "_format"),
    "/fhir/CodeSystem/_search": ("url", "code"),
    "/fhir/CodeSystem/$lookup": ("system", "code", "property", "coding"),
    "/fhir/CodeSystem/$validate-code": ("url", "code", "display", "coding"),
    "/fhir/CodeSystem/{}": ("_format",),
    "/fhir/CodeSystem/{}/$validate-code": ("code", "url", "display"),
    "/fhir/ValueSet": ("_id", "url", "name", "status"),
    "/fhir/ValueSet/_search": ("url", "name"),
    "/fhir/ValueSet/$expand": ("url", "filter", "count", "offset"),
    "/fhir/ValueSet/$validate-code": ("url", "system", "code", "display"),
    "/fhir/ValueSet/{}": (),
    "/fhir/ValueSet/{}/$expand": ("filter", "count", "offset", "activeOnly", "includeDesignations"),
    "/fhir/ValueSet/{}/$validate-code": ("system", "code", "display"),
}
"""Every address of the site, with the names of what may be asked of it. The versioned API has a test of its own."""

FUZZ = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_no_address_is_left_out():
    """Each address that the site has is asked, whatever is added to it."""

    def routes(patterns, prefix=""):
        for each in patterns:
            route = prefix + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from routes(each.url_patterns, route)
            else:
                yield route

    found = {
        "/" + "/".join("{}" if part.startswith("<") else part for part in route.split("/"))
        for route in routes(get_resolver().url_patterns)
        if not route.startswith(("admin/", "api/v1/"))
    }
    assert found == set(PAGES)


def address_of(template: str, parts: list[str], query: list[tuple[str, str]]) -> str:
    filled = template.format(*(quote(part, safe="") for part in parts))
    return f"{filled}?{urlencode(query)}" if query else filled


@pytest.mark.parametrize("template", PAGES)
@FUZZ
@given(data=st.data())
def test_whatever_is_asked_by_address_is_answered(reader, template, data):
    names = st.sampled_from((*PAGES[template], "unknown"))
    parts = data.draw(st.lists(TEXT.filter(bool), min_size=3, max_size=3), "parts")
    query = data.draw(st.lists(st.tuples(names, TEXT), max_size=8), "query")
    htmx = data.draw(st.booleans(), "by htmx")
    response = reader.get(address_of(template, parts, query), headers={"HX-Request": "true"} if htmx else {})
    assert response.status_code < 500
    if response.status_code >= 400 and template.startswith(("/api/{", "/fhir/")):
        assert json.loads(response.content)
    if response.status_code in (301, 302):
        # Forgiving is one step, or two where both the form and the address needed it: never a circle.
        chain = reader.get(address_of(template, parts, query), follow=True).redirect_chain
        assert len(chain) <= 3


WORST = [
    "",
    " ",
    "\0",
    "97140\0",
    "9" * 5000,
    "٣",
    "²",
    "\n",
    "%",
    '"unclosed',
    "🦴",
    "0001-01-01",
    "9999-12-31",
]
"""Of the nasty ones, those that each parameter is asked by itself."""


@pytest.mark.parametrize("template", [each for each in PAGES if "{}" in each])
def test_each_part_of_an_address_may_be_anything(reader, template):
    for value in filter(None, NASTY):
        for parts in ([value, "97140", "x"], ["97140", value, "x"]):
            assert reader.get(address_of(template, parts, []), follow=True).status_code < 500, value


@pytest.mark.parametrize("template", [each for each in PAGES if PAGES[each]])
def test_each_parameter_may_be_anything_once_and_twice(reader, template):
    for name in PAGES[template]:
        for value in WORST:
            query = [("line", "97140:23"), (name, value), (name, value)][value == "" :]
            assert reader.get(address_of(template, ["97140", "97124", "x"], query)).status_code < 500, (
                name,
                value,
            )


@pytest.mark.parametrize("template", [each for each in PAGES if "$" in each or each.endswith("_search")])
@FUZZ
@given(data=st.data())
def test_whatever_is_posted_to_fhir_is_answered(reader, template, data):
    value = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["system", "code", "display", "coding", "name"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    )
    kinds = st.sampled_from(
        ["valueCode", "valueString", "valueUri", "valueCoding", "valueCodeableConcept", "part"]
    )
    names = st.sampled_from((*PAGES[template], "coding", "codeableConcept", "count", "filter"))
    listed = st.lists(
        st.builds(lambda name, kind, given: {"name": name, kind: given}, names, kinds, value) | value,
        max_size=4,
    )
    body = data.draw(
        st.builds(lambda given: {"resourceType": "Parameters", "parameter": given}, listed) | value, "body"
    )
    parts = data.draw(st.lists(st.sampled_from(["cpt", "codes", "nothing"]), min_size=1, max_size=1), "parts")
    kind = data.draw(st.sampled_from(["application/fhir+json", "application/json", "text/plain"]), "type")
    response = reader.post(address_of(template, parts, []), json.dumps(body), content_type=kind)
    assert response.status_code < 500
    assert response["Content-Type"] == "application/fhir+json"
    assert json.loads(response.content)["resourceType"]


@FUZZ
@given(body=st.binary(max_size=60))
@example(b"[" * 200_000)
@example(b"\xff\xfe")
@example(b'{"resourceType": "Parameters", "parameter": [{"name": "count", "valueInteger": 1e400}]}')
def test_whatever_bytes_are_posted_are_answered(reader, body):
    response = reader.post("/fhir/ValueSet/codes/$expand", body, content_type="application/fhir+json")
    assert response.status_code < 500


@pytest.mark.parametrize("address", ["/modifiers/59/", "/api/v1/modifiers/", "/fhir/metadata"])
@FUZZ
@given(
    value=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
    | st.sampled_from(NASTY[5:8])
)
def test_whatever_a_header_says_is_answered(reader, address, value):
    told = value.encode("latin-1", "replace").decode("latin-1")
    for name in (
        "Accept",
        "If-None-Match",
        "Origin",
        "HX-Current-URL",
        "Accept-Language",
        "Cookie",
        "Referer",
    ):
        response = reader.get(address, headers={name: told})
        assert response.status_code < 500, name


@pytest.mark.parametrize(
    "address", ["/visits/", "/matrix/", "/search/", "/api/v1/visits/", "/fhir/CodeSystem"]
)
def test_thousands_of_parameters_are_refused(reader, address):
    response = reader.get(address + "?" + "&".join(["line=97140"] * 6000))
    assert 400 <= response.status_code < 500 or address == "/search/"


CONTENT_TYPES = [
    "text/plain; charset=base64",
    "text/plain; charset=idna",
    "text/plain; charset=undefined",
    "text/plain; charset=utf-16",
    "text/plain; charset=nonsense",
    "text/plain; charset=\xe9",
    "text/plain; charset*=x",
    "text/plain; charset*=utf-8''%FF",
    "multipart/form-data",
    "multipart/form-data; boundary=x; charset=base64",
    ";;;;",
]


@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("query", ["q=%FF%FE", "&".join(["line=97140"] * 6000)])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_content_type_breaks_the_server(kind, query, method):
    """Django reads it while it makes the request, so this is asked of the application as a server does."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/robots.txt",
        "QUERY_STRING": query,
        "CONTENT_TYPE": kind,
    }
    setup_testing_defaults(environ)
    told = []
    application(environ | {"HTTP_HOST": "localhost"}, lambda status, headers: told.append(status))
    if method == "GET":
        assert told[0][:3] == ("414" if len(query) > LONGEST_ADDRESS else "200")
    else:
        assert told[0][:3] in ("400", "403", "405", "414")


def test_a_form_with_files_keeps_its_boundary():
    assert without_charset("multipart/form-data; boundary=abc") == "multipart/form-data; boundary=abc"
    assert (
        without_charset("multipart/form-data; charset=utf-8; boundary=abc")
        == 'multipart/form-data; boundary="abc"'
    )
