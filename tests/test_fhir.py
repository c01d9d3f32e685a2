"""The catalogue as a FHIR R4 terminology service, as a client of hospital software meets it.

Answers are read with FHIR's own models. fhir.resources has those of R4B, whose terminology resources, Parameters,
Bundle and OperationOutcome are R4's.
"""

import json

import pytest
from fhir.resources.R4B import get_fhir_model_class

from codes.models import Code, Modifier

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
JSON = "application/fhir+json"


def resource(response, status: int = 200) -> dict:
    """A resource that FHIR's models take whole: read, written again, and nothing lost."""
    assert (response.status_code, response["Content-Type"]) == (status, JSON)
    data = json.loads(response.content)
    model = get_fhir_model_class(data["resourceType"]).model_validate(data)
    assert json.loads(model.model_dump_json(exclude_none=True)).keys() == data.keys()
    return data


def values(data: dict) -> dict:
    """The plain parameters of a Parameters resource by name."""
    return {
        each["name"]: next(value for key, value in each.items() if key.startswith("value"))
        for each in data["parameter"]
        if "part" not in each
    }


def properties(data: dict) -> dict:
    """What $lookup tells of a concept, by property."""
    told = [each["part"] for each in data["parameter"] if each["name"] == "property"]
    return {code["valueCode"]: next(v for k, v in value.items() if k != "name") for code, value in told}


def post(reader, address: str, *parameters: dict, **more):
    body = {"resourceType": "Parameters", "parameter": list(parameters)}
    return reader.post(address, json.dumps(body), content_type=JSON, **more)


def outcome(response, status: int, words: str = "") -> str:
    data = resource(response, status)
    assert data["resourceType"] == "OperationOutcome"
    (issue,) = data["issue"]
    assert issue["severity"] == "error"
    assert words in issue["details"]["text"]
    return issue["code"]


# --- What it can do ---------------------------------------------------------------------------


def test_it_says_what_it_can_do(reader):
    data = resource(reader.get("/fhir/metadata"))
    assert (data["resourceType"], data["fhirVersion"], data["kind"]) == (
        "CapabilityStatement",
        "4.0.1",
        "instance",
    )
    (rest,) = data["rest"]
    assert {each["type"]: [o["name"] for o in each["operation"]] for each in rest["resource"]} == {
        "CodeSystem": ["lookup", "validate-code"],
        "ValueSet": ["expand", "validate-code"],
    }
    data = resource(reader.get("/fhir/metadata?mode=terminology"))
    assert data["resourceType"] == "TerminologyCapabilities"
    assert {each["uri"] for each in data["codeSystem"]} == {CPT, HCPCS}


def test_every_search_parameter_and_operation_that_it_names_is_there(reader):
    (rest,) = resource(reader.get("/fhir/metadata"))["rest"]
    for kind in rest["resource"]:
        base = f"/fhir/{kind['type']}"
        for parameter in kind["searchParam"]:
            assert resource(reader.get(base, {parameter["name"]: "no such thing"}))["total"] == 0
        for operation in kind["operation"]:
            assert outcome(reader.get(f"{base}/${operation['name']}"), 400) == "invalid"
    parameters = resource(reader.get("/fhir/metadata?mode=terminology"))["expansion"]["parameter"]
    query = {"filter": "a", "count": "1", "offset": "1", "activeOnly": "true", "includeDesignations": "true"}
    assert {each["name"] for each in parameters} == set(query)
    assert resource(reader.get("/fhir/ValueSet/codes/$expand", query))["expansion"]["total"]


# --- Code systems -----------------------------------------------------------------------------


def test_a_code_system_is_a_fragment_in_our_own_words(reader):
    data = resource(reader.get("/fhir/CodeSystem/cpt"))
    assert (data["url"], data["content"], data["caseSensitive"]) == (CPT, "fragment", True)
    assert "American Medical Association" in data["copyright"]
    assert "not the official descriptors" in data["copyright"]
    concepts = {each["code"]: each for each in data["concept"]}
    expected = set(Code.objects.published().exclude(system="hcpcs2").values_list("number", flat=True))
    assert set(concepts) - set(Modifier.objects.values_list("code", flat=True)) == expected
    assert concepts["97140"]["display"] == Code.objects.get(number="97140").name
    assert {"code": "unitMinutes", "valueInteger": 15} in concepts["97140"]["property"]
    assert {"code": "inactive", "valueBoolean": True} in concepts["97001"]["property"]
    hcpcs = resource(reader.get("/fhir/CodeSystem/hcpcs-level-ii"))
    assert (hcpcs["url"], hcpcs["content"]) == (HCPCS, "fragment")
    assert {"G0283", "GP", "XS", "LT"} <= {each["code"] for each in hcpcs["concept"]}


def test_modifiers_belong_to_the_system_that_owns_them(reader):
    modifiers = {each.code for each in Modifier.objects.published()}
    found = {
        system: {each["code"] for each in resource(reader.get(f"/fhir/CodeSystem/{system}"))["concept"]}
        & modifiers
        for system in ("cpt", "hcpcs-level-ii")
    }
    assert found["cpt"] == {code for code in modifiers if code.isdecimal()}
    assert found["cpt"] | found["hcpcs-level-ii"] == modifiers
    assert not found["cpt"] & found["hcpcs-level-ii"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, ["cpt", "hcpcs-level-ii"]),
        ({"url": CPT}, ["cpt"]),
        ({"system": HCPCS}, ["hcpcs-level-ii"]),
        ({"_id": "cpt"}, ["cpt"]),
        ({"code": "97140"}, ["cpt"]),
        ({"code": f"{HCPCS}|GP"}, ["hcpcs-level-ii"]),
        ({"code": f"{CPT}|GP"}, []),
        ({"name": "hcpcs"}, ["hcpcs-level-ii"]),
        ({"status": "draft"}, []),
        ({"url": "http://snomed.info/sct"}, []),
        ({"url": CPT, "unknown": "x"}, ["cpt"]),
    ],
)
def test_code_systems_are_found_by_get_and_by_post(reader, query, ids):
    for response in (reader.get("/fhir/CodeSystem", query), reader.post("/fhir/CodeSystem/_search", query)):
        data = resource(response)
        assert [each["resource"]["id"] for each in data.get("entry", [])] == ids
        assert data["total"] == len(ids)
        assert "unknown" not in data["link"][0]["url"]
        for each in data.get("entry", []):
            assert "concept" not in each["resource"]
            found = resource(reader.get(each["fullUrl"].removeprefix("http://testserver")))
            assert found["url"] == each["resource"]["url"]


# --- Looking up -------------------------------------------------------------------------------


def test_a_code_is_looked_up_by_address_or_by_a_posted_coding(reader):
    asked = {"system": CPT, "code": "97140"}
    by_address = resource(reader.get("/fhir/CodeSystem/$lookup", asked))
    coding = {"name": "coding", "valueCoding": asked}
    assert resource(post(reader, "/fhir/CodeSystem/$lookup", coding)) == by_address
    apart = ({"name": "system", "valueUri": CPT}, {"name": "code", "valueCode": "97140"})
    assert resource(post(reader, "/fhir/CodeSystem/$lookup", *apart)) == by_address
    code = Code.objects.get(number="97140")
    assert values(by_address)["display"] == code.name
    told = properties(by_address)
    assert told["definition"] == code.summary
    assert (told["timing"], told["unitMinutes"], told["inactive"]) == ("timed", 15, False)
    terms = [
        each["part"][1]["valueString"] for each in by_address["parameter"] if each["name"] == "designation"
    ]
    assert set(terms) == set(code.synonyms.values_list("term", flat=True))


def test_only_the_properties_that_are_asked_for_are_told(reader):
    asked = {"system": HCPCS, "code": "GP", "property": ["kind", "bypassesPairEdits"]}
    data = resource(reader.get("/fhir/CodeSystem/$lookup", asked))
    assert properties(data) == {"kind": "therapy-plan", "bypassesPairEdits": False}


def test_a_retired_code_says_when_it_ended_and_what_replaced_it(reader):
    told = resource(reader.get("/fhir/CodeSystem/$lookup", {"system": CPT, "code": "97001"}))
    assert properties(told)["inactive"] is True
    assert properties(told)["retired"] == "2017-01-01"
    assert properties(told)["replacedBy"] in ("97161", "97162", "97163")


@pytest.mark.parametrize(
    ("query", "status", "code", "words"),
    [
        ({"system": CPT, "code": "99999"}, 404, "not-found", "no statement about it"),
        ({"system": CPT, "code": "GP"}, 404, "not-found", "Not known"),
        ({"system": HCPCS, "code": "gp"}, 404, "not-found", "Not known"),
        ({"system": "http://snomed.info/sct", "code": "1"}, 404, "not-found", "no code system"),
        ({"code": "97140"}, 400, "invalid", "Name the code system"),
        ({"system": CPT}, 400, "invalid", "Name a code"),
        ({"system": CPT, "code": "\0\0"}, 404, "not-found", "Not known"),
    ],
)
def test_what_cannot_be_looked_up_is_an_outcome_that_says_what_to_do(reader, query, status, code, words):
    assert outcome(reader.get("/fhir/CodeSystem/$lookup", query), status, words) == code


# --- Validating -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "query", "result", "words"),
    [
        ("CodeSystem/$validate-code", {"url": CPT, "code": "97140"}, True, None),
        ("CodeSystem/cpt/$validate-code", {"code": "97140"}, True, None),
        ("CodeSystem/cpt/$validate-code", {"code": "97001"}, True, "retired"),
        (
            "CodeSystem/cpt/$validate-code",
            {"code": "97140", "display": "something else"},
            True,
            "not checked",
        ),
        ("CodeSystem/cpt/$validate-code", {"code": "99999"}, False, "Not known"),
        ("CodeSystem/cpt/$validate-code", {"code": "GP"}, False, "Not known"),
        ("ValueSet/cpt/$validate-code", {"code": "59"}, True, None),
        ("ValueSet/modifiers/$validate-code", {"system": HCPCS, "code": "XS"}, True, None),
        (
            "ValueSet/modifiers/$validate-code",
            {"system": CPT, "code": "97140"},
            False,
            "is not in the value set",
        ),
        ("ValueSet/codes/$validate-code", {"system": CPT, "code": "99999"}, False, "no statement"),
        (
            "ValueSet/$validate-code",
            {"url": "http://testserver/fhir/ValueSet/codes", "system": CPT, "code": "97124"},
            True,
            None,
        ),
    ],
)
def test_a_code_is_valid_only_where_it_is_in_the_fragment(reader, address, query, result, words):
    told = values(resource(reader.get(f"/fhir/{address}", query)))
    assert told["result"] is result
    assert ("message" in told) == (words is not None)
    assert (words or "") in told.get("message", "")


def test_a_posted_coding_or_concept_is_validated(reader):
    known, unknown = {"system": CPT, "code": "97140"}, {"system": CPT, "code": "99999"}
    for address in (
        "CodeSystem/$validate-code",
        "CodeSystem/cpt/$validate-code",
        "ValueSet/codes/$validate-code",
    ):
        answer = post(reader, f"/fhir/{address}", {"name": "coding", "valueCoding": known})
        assert values(resource(answer))["result"] is True
        concept = {"name": "codeableConcept", "valueCodeableConcept": {"coding": [unknown, known]}}
        assert values(resource(post(reader, f"/fhir/{address}", concept)))["result"] is True
        only = {"name": "codeableConcept", "valueCodeableConcept": {"coding": [unknown]}}
        assert values(resource(post(reader, f"/fhir/{address}", only)))["result"] is False


# --- Expanding --------------------------------------------------------------------------------


def test_a_value_set_is_read_and_expanded_in_pages(reader):
    data = resource(reader.get("/fhir/ValueSet/codes"))
    assert "expansion" not in data
    whole = resource(reader.get("/fhir/ValueSet/$expand", {"url": data["url"]}))["expansion"]
    assert whole["total"] == len(whole["contains"]) == Code.objects.published().count()
    assert {
        "url": "http://hl7.org/fhir/StructureDefinition/valueset-unclosed",
        "valueBoolean": True,
    } in whole["extension"]
    pages = []
    for offset in range(0, whole["total"], 50):
        page = resource(reader.get("/fhir/ValueSet/codes/$expand", {"count": 50, "offset": offset}))[
            "expansion"
        ]
        assert (page["total"], page["offset"]) == (whole["total"], offset)
        pages += page["contains"]
    assert pages == whole["contains"]
    none = resource(reader.get("/fhir/ValueSet/codes/$expand", {"count": 0}))["expansion"]
    assert (none["total"], "contains" in none) == (whole["total"], False)


def test_an_expansion_is_filtered_by_words_in_any_case_and_lay_terms_too(reader):
    def found(**query):
        return {
            each["code"]
            for each in resource(reader.get("/fhir/ValueSet/codes/$expand", query))["expansion"].get(
                "contains", ()
            )
        }

    assert "97124" in found(filter="MASSAGE")
    assert "97140" in found(filter="graston")
    assert found(filter="97140") == {"97140"}
    assert found(filter="no such words") == set()
    assert found() - found(activeOnly="true") == {
        code.number for code in Code.objects.published() if code.is_retired
    }


def test_the_same_expansion_is_had_by_post(reader):
    asked = [{"name": "filter", "valueString": "massage"}, {"name": "count", "valueInteger": 2}]
    by_post = resource(post(reader, "/fhir/ValueSet/codes/$expand", *asked))["expansion"]
    by_get = resource(reader.get("/fhir/ValueSet/codes/$expand?filter=massage&count=2"))["expansion"]
    assert by_post["contains"] == by_get["contains"]
    assert by_post["parameter"] == [
        {"name": "filter", "valueString": "massage"},
        {"name": "count", "valueInteger": 2},
    ]


def test_other_words_come_along_when_they_are_asked_for(reader):
    query = {"filter": "97140", "includeDesignations": "true"}
    (concept,) = resource(reader.get("/fhir/ValueSet/codes/$expand", query))["expansion"]["contains"]
    assert "Graston" in {each["value"] for each in concept["designation"]}


def test_drafts_are_in_nothing(reader):
    Code.objects.filter(number="97124").update(state="draft")
    Modifier.objects.filter(code="59").update(state="draft")
    for address in ("CodeSystem/cpt", "ValueSet/cpt/$expand"):
        text = reader.get(f"/fhir/{address}").content.decode()
        assert '"code": "97124"' not in text
        assert '"code": "59"' not in text
    outcome(reader.get("/fhir/CodeSystem/$lookup", {"system": CPT, "code": "59"}), 404)


# --- What went wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/fhir/CodeSystem/icd", 404, "not-found"),
        ("/fhir/ValueSet/none/$expand", 404, "not-found"),
        ("/fhir/ValueSet/$expand", 400, "invalid"),
        ("/fhir/ValueSet/$expand?url=http://example.org/vs", 404, "not-found"),
        ("/fhir/ValueSet/codes/$expand?count=-1", 400, "invalid"),
        ("/fhir/ValueSet/codes/$expand?count=many", 400, "invalid"),
        ("/fhir/ValueSet/codes/$expand?activeOnly=maybe", 400, "invalid"),
        ("/fhir/Patient", 404, "not-found"),
        ("/fhir/", 404, "not-found"),
        ("/fhir/metadata?_format=xml", 406, "not-supported"),
    ],
)
def test_faults_are_outcomes(reader, address, status, code):
    assert outcome(reader.get(address), status) == code


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{", JSON, 400),
        ("[" * 100_000, JSON, 400),
        ("[]", JSON, 400),
        ('{"resourceType": "Patient"}', JSON, 400),
        ('{"resourceType": "Parameters", "parameter": 5}', JSON, 400),
        ('{"resourceType": "Parameters", "parameter": [5]}', JSON, 400),
        ('{"resourceType": "Parameters", "parameter": [{"name": "coding", "valueCoding": 5}]}', JSON, 400),
        ('{"resourceType": "Parameters", "parameter": [{"name": "code", "valueCode": {}}]}', JSON, 400),
        ('{"resourceType": "Parameters", "parameter": [{"name": "x", "resource": {}}]}', JSON, 422),
        ("<Parameters/>", "application/fhir+xml", 415),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_an_outcome(reader, body, kind, status):
    for address in ("CodeSystem/$lookup", "CodeSystem/cpt/$validate-code", "ValueSet/codes/$validate-code"):
        outcome(reader.post(f"/fhir/{address}", body, content_type=kind), status)


def test_other_methods_are_refused_with_an_outcome(reader):
    response = reader.delete("/fhir/CodeSystem/cpt")
    assert outcome(response, 405) == "not-supported"
    assert response["Allow"] == "GET"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/fhir+json", 200),
        ("application/fhir+json; fhirVersion=4.0", 200),
        ("application/fhir+xml;q=0.9, application/json;q=0.5", 200),
        ("text/html, */*;q=0.8", 200),
        ("application/fhir+xml", 406),
    ],
)
def test_only_json_is_spoken(reader, accept, status):
    response = reader.get("/fhir/metadata", headers={"Accept": accept})
    assert response.status_code == status
    assert "Accept" in response["Vary"]
    # The tag of an answer in JSON is none for whoever asks for another format.
    etag = reader.get("/fhir/metadata", headers={"Accept": "application/fhir+json"})["ETag"]
    again = reader.get("/fhir/metadata", headers={"Accept": accept, "If-None-Match": etag})
    assert again.status_code in ({304, 200} if status == 200 else {406})


def test_a_format_named_in_the_address_comes_before_the_header(reader):
    for name in ("json", "application/fhir%2Bjson", "application/fhir+json"):
        answer = reader.get(f"/fhir/metadata?_format={name}", headers={"Accept": "text/html"})
        assert resource(answer)
