"""Nobody can take the site away from others by asking too fast, and whoever is refused is told when to come back."""

import os
import subprocess
import sys
import threading

import pytest
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from fakeredis import TcpFakeServer

from codes.ratelimits import client_address, in_words, limit_of, take
from cptref import environment
from tests.pages import Page

START = 1_800_000_000
"""The first second of a minute and of an hour."""


@pytest.fixture(autouse=True)
def few(settings, monkeypatch):
    """Three requests a minute of each kind, counted anew for each test, by a clock that the test moves."""
    settings.RATE_LIMITS = {"search": (3, 60), "check": (3, 60), "api": (3, 60), "form": (2, 3600)}
    caches["limits"].clear()
    clock = [START]
    monkeypatch.setattr("codes.ratelimits.time", lambda: clock[0])
    return clock


def ask(client, path, times, **more):
    return [client.get(path, **more).status_code for _ in range(times)]


@pytest.mark.parametrize(
    "path",
    [
        "/search/?q=massage",
        "/codes/suggestions/?first=mass",
        "/pairs/97124/97140/",
        "/visits/?line=97140:23",
        "/units/?line=97140:20",
        "/matrix/?code=97124+97140",
        "/fees/97140/",
        "/api/pairs/97124/97140/",
    ],
)
def test_who_asks_too_fast_is_refused_until_the_minute_is_over(reader, few, path):
    assert ask(reader, path, 4) == [200, 200, 200, 429]
    few[0] += 45
    response = reader.get(path)
    assert response.status_code == 429
    assert response["Retry-After"] == "15"
    few[0] += 15
    assert reader.get(path).status_code == 200


def test_a_refusal_says_in_kind_words_when_to_come_back(reader, few):
    few[0] += 20
    ask(reader, "/search/?q=massage", 3)
    response = reader.get("/search/?q=massage")
    text = Page(response).text
    assert "Wait 40 seconds, then reload this page." in text
    assert "a whole visit or a sheet of codes answers them all at once" in text
    assert response["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_pages_that_are_only_read_are_never_refused(reader):
    for path in ("/", "/codes/97140/", "/modifiers/59/", "/faqs/", "/healthz"):
        assert set(ask(reader, path, 8)) == {200}


def test_each_kind_is_counted_by_itself(reader):
    assert ask(reader, "/search/?q=massage", 4)[-1] == 429
    assert reader.get("/pairs/97124/97140/").status_code == 200


def test_a_refusal_asks_the_database_nothing(reader, django_assert_num_queries):
    ask(reader, "/pairs/97124/97140/", 3)
    with django_assert_num_queries(0):
        assert reader.get("/pairs/97124/97140/").status_code == 429


def test_the_api_tells_its_limit_on_every_answer_and_refuses_with_a_problem(reader, few):
    few[0] += 10
    response = reader.get("/api/pairs/97124/97140/")
    assert response["RateLimit-Policy"] == '"api";q=3;w=60'
    assert response["RateLimit"] == '"api";r=2;t=50'
    assert reader.get("/api/pairs/x/97140/")["RateLimit"] == '"api";r=1;t=50'
    ask(reader, "/api/visits/?line=97140:23", 1)
    response = reader.get("/api/pairs/97124/97140/")
    assert response.status_code == 429
    assert response["RateLimit"] == '"api";r=0;t=50'
    assert response["Retry-After"] == "50"
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == 429
    assert problem["violated-policies"] == ["api"]
    assert problem["detail"] == "At most 3 requests in 1 minute. Ask again in 50 seconds."


def test_one_who_asks_too_much_does_not_stop_the_others(reader):
    ask(reader, "/search/?q=massage", 4, REMOTE_ADDR="192.0.2.1")
    assert ask(reader, "/search/?q=massage", 1, REMOTE_ADDR="192.0.2.1") == [429]
    assert ask(reader, "/search/?q=massage", 1, REMOTE_ADDR="192.0.2.2") == [200]


def test_a_household_of_ipv6_is_one_client_whichever_address_it_takes(reader):
    for last in ("1", "2", "3"):
        assert ask(reader, "/search/?q=massage", 1, REMOTE_ADDR=f"2001:db8:1:2::{last}") == [200]
    assert ask(reader, "/search/?q=massage", 1, REMOTE_ADDR="2001:db8:1:2:ffff::9") == [429]
    assert ask(reader, "/search/?q=massage", 1, REMOTE_ADDR="2001:db8:1:3::1") == [200]


def test_nobody_gets_a_new_limit_by_making_up_the_header_of_a_proxy(reader, settings):
    """Without a proxy the header is not believed at all; with one, only what the proxy itself has added."""
    made_up = [f"198.51.100.{number}" for number in range(4)]
    for address in made_up[:3]:
        assert ask(reader, "/search/?q=massage", 1, HTTP_X_FORWARDED_FOR=address) == [200]
    assert ask(reader, "/search/?q=massage", 1, HTTP_X_FORWARDED_FOR=made_up[3]) == [429]
    settings.TRUSTED_PROXIES = 1
    for address in made_up[:3]:
        assert ask(reader, "/pairs/", 1, HTTP_X_FORWARDED_FOR=f"{address}, 203.0.113.7") == [200]
    assert ask(reader, "/pairs/", 1, HTTP_X_FORWARDED_FOR="203.0.113.7") == [429]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen", "client"),
    [
        (0, "203.0.113.7", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.7", "192.0.2.1", "203.0.113.7"),
        (1, "6.6.6.6, 203.0.113.7", "192.0.2.1", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 198.51.100.2", "192.0.2.1", "203.0.113.7"),
        (2, "203.0.113.7", "192.0.2.1", "192.0.2.1"),  # it came past one of the proxies
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "banana", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.7:4711", "192.0.2.1", "203.0.113.7"),
        (1, "[2001:db8:1:2::3]:4711", "192.0.2.1", "2001:db8:1:2::/64"),
        (0, "", "::ffff:192.0.2.1", "192.0.2.1"),
        (0, "", "fe80::1%eth0", "fe80::/64"),
        (0, "", "", "unknown"),  # a socket in the file system
    ],
)
def test_the_clients_address(settings, proxies, forwarded, seen, client):
    settings.TRUSTED_PROXIES = proxies
    assert client_address({"REMOTE_ADDR": seen, "HTTP_X_FORWARDED_FOR": forwarded}) == client


def test_the_address_itself_is_kept_nowhere(reader):
    reader.get("/search/?q=massage", REMOTE_ADDR="192.0.2.77")
    assert not any("192.0.2.77" in key for key in caches["limits"]._cache)


def test_a_limit_can_be_switched_off(reader, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "search": None}
    assert set(ask(reader, "/search/?q=massage", 9)) == {200}


def test_a_cache_that_is_gone_stops_nobody(reader, settings, caplog):
    settings.CACHES = environment.caches("redis://127.0.0.1:1/0")
    assert set(ask(reader, "/search/?q=massage", 5)) == {200}
    assert "The cache that counts requests cannot be reached" in caplog.text


@pytest.fixture
def shared_cache(settings):
    """A server that speaks Redis, named as an operator names it."""
    server = TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.CACHES = environment.caches(f"valkey://127.0.0.1:{server.server_address[1]}/0")
    yield server
    server.shutdown()
    server.server_close()


def test_processes_with_a_shared_cache_count_together(reader, shared_cache):
    assert ask(reader, "/search/?q=massage", 2) == [200, 200]
    caches["limits"].close()
    assert ask(Client(), "/search/?q=massage", 2) == [200, 429]


@pytest.mark.parametrize("text", ["600", "600/fortnight", "0/minute", "-1/minute", "many"])
def test_a_rate_that_cannot_be_read_is_said_with_its_variable(text):
    with pytest.raises(ImproperlyConfigured, match=r"RATE_LIMIT_API=.* is not a rate"):
        environment.rate("RATE_LIMIT_API", text)


def test_a_cache_that_is_none_is_said():
    with pytest.raises(ImproperlyConfigured, match="must name a Redis or Valkey server"):
        environment.caches("memcached://127.0.0.1")


def test_operators_set_limits_and_proxies_in_the_environment():
    code = (
        "import django; django.setup(); from django.conf import settings;"
        "print(settings.RATE_LIMITS['search'], settings.RATE_LIMITS['api'], settings.TRUSTED_PROXIES)"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "cptref.settings",
        "RATE_LIMIT_SEARCH": "7/second",
        "RATE_LIMIT_API": "off",
        "TRUSTED_PROXIES": "2",
    }
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert result.stdout.strip() == "(7, 1) None 2", result.stderr


def test_counting_asks_the_cache_once(few, django_assert_num_queries, monkeypatch):
    take("search", "192.0.2.1")
    calls = []
    cache = caches["limits"]
    monkeypatch.setattr(cache, "add", lambda *args: calls.append("add"))
    assert take("search", "192.0.2.1").left == 1
    assert not calls


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (40, "40 seconds"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (3600, "1 hour"),
        (7000, "2 hours"),
    ],
)
def test_times_are_told_as_people_say_them(seconds, words):
    assert in_words(seconds) == words


def test_opening_a_form_is_not_counted_but_sending_it_is(reader):
    assert set(ask(reader, "/report/", 5)) == {200}
    assert [reader.post("/report/").status_code for _ in range(3)] == [400, 400, 429]
    text = Page(reader.post("/report/")).text
    assert "That was a lot of messages" in text
    assert "what you typed is still there" in text


def test_staff_at_their_desk_are_counted_only_when_they_give_a_password():
    factory = RequestFactory()
    assert limit_of(factory.post("/admin/login/")) == "login"
    assert limit_of(factory.get("/admin/login/")) == ""
    assert limit_of(factory.post("/admin/codes/code/add/")) == ""
    assert limit_of(factory.get("/admin/")) == ""
