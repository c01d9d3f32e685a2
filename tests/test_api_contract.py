"""Whatever the OpenAPI document allows, and much that it forbids, asked of the API in this process."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.config import SchemathesisConfig

from codes.api.service import document

# 422 is told where each parameter is right by itself and all together are not, which no JSON Schema can say.
ACCEPTED = {"expected-statuses": ["2xx", "404", "422"]}
CONFIG = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": ACCEPTED}})

schema = schemathesis.openapi.from_dict(document(), config=CONFIG)
schema.app = get_wsgi_application()

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_connection")]


def test_the_document_is_one_of_openapi_3_1():
    assert document()["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document()).validate()


@schema.parametrize()
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_api_keeps_what_its_document_promises(case):
    """Status, type and form of each answer are documented; what is wrong is refused; nothing is a server's error."""
    case.call_and_validate(headers={"Host": "localhost", "Accept-Encoding": "identity"})
