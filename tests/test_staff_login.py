"""How staff log in: wrong passwords are counted, and a second factor is asked for where it is set up or required."""

import re
from base64 import b32decode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

pytestmark = pytest.mark.django_db

PASSWORD = "a long and quiet password"
LOG_IN = "/admin/login/"
SET_UP = "/admin/second-factor/"


@pytest.fixture
def morgan() -> User:
    return User.objects.create_superuser("morgan", password=PASSWORD)


def log_in(client, password=PASSWORD, digits="", name="morgan", **options):
    form = {"username": name, "password": password, "otp_token": digits, "next": "/admin/"}
    return client.post(LOG_IN, form, **options)


def told(page) -> str:
    """The error that the page shows."""
    return " ".join(re.findall(r'errornote" role="alert">(.*?)</p>', page.content.decode()))


def is_in(client) -> bool:
    return client.get("/admin/").status_code == 200


def digits_of(secret: str) -> str:
    key = secret.replace(" ", "")
    return f"{totp(b32decode(key + '=' * (-len(key) % 8))):06}"


def secret_on(page) -> str:
    return re.search(r"type in the secret: <code>([A-Z2-7 ]+)</code>", page.content.decode())[1]


def set_up(client) -> list[str]:
    """Set the second factor up; gives the codes on paper."""
    page = client.post(SET_UP, {"token": digits_of(secret_on(client.get(SET_UP)))})
    assert page.status_code == 200, page.content.decode()
    return re.findall(r"<li><code>([0-9a-f]{10})</code></li>", page.content.decode())


def later():
    """The digits of an app count once: go on to the next ones."""
    TOTPDevice.objects.update(last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None)


# --- Passwords ----------------------------------------------------------------------------------


def test_the_right_password_logs_in_and_a_wrong_one_says_so(client, morgan):
    assert "Please enter the correct username and password" in log_in(client, "wrong").content.decode()
    assert not is_in(client)
    assert log_in(client).status_code == 302
    assert is_in(client)


def test_after_five_wrong_passwords_not_even_the_right_one_is_looked_at(client, morgan):
    answers = [log_in(client, f"wrong {number}") for number in range(5)]
    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    refused = log_in(client)
    assert refused.status_code == 429
    assert "Too many tries to log in" in refused.content.decode()
    assert refused["Retry-After"] == "900"
    assert not is_in(client)


def test_others_and_other_addresses_are_not_locked_out_with_it(client, morgan):
    User.objects.create_superuser("robin", password=PASSWORD)
    for number in range(6):
        log_in(client, f"wrong {number}")
    assert log_in(Client(), name="robin").status_code == 302
    assert log_in(Client(), REMOTE_ADDR="198.51.100.7").status_code == 302


@pytest.mark.parametrize("address", ["2001:db8:1:2:3:4:5:6", "", "no address"])
def test_every_kind_of_address_is_counted(client, morgan, address):
    for number in range(5):
        log_in(client, f"wrong {number}", REMOTE_ADDR=address)
    assert log_in(client, REMOTE_ADDR=address).status_code == 429
    assert log_in(client, REMOTE_ADDR="198.51.100.7").status_code == 302


def test_names_cannot_be_tried_one_after_another(client, settings, db):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (10, 3600)}
    answers = [
        log_in(client, name=f"name{number}", REMOTE_ADDR="198.51.100.8").status_code for number in range(12)
    ]
    assert answers == [200] * 10 + [429] * 2
    assert client.get(LOG_IN, REMOTE_ADDR="198.51.100.8").status_code == 200


# --- The second factor --------------------------------------------------------------------------


def test_setting_up_shows_a_picture_and_a_secret_and_gives_codes_on_paper(client, morgan):
    log_in(client)
    page = client.get(SET_UP).content.decode()
    assert "<svg" in page
    assert "style=" not in page
    assert client.post(SET_UP, {"token": "000000"}).status_code == 400
    later()
    codes = set_up(client)
    assert len(set(codes)) == 10
    assert is_in(client)
    assert not any(code in client.get(SET_UP).content.decode() for code in codes), "they are shown once"


def test_who_has_set_it_up_needs_it_at_each_log_in(client, morgan):
    log_in(client)
    secret = secret_on(client.get(SET_UP))
    codes = set_up(client)
    later()
    other = Client()
    assert "Enter the six digits" in log_in(other).content.decode()
    assert "These digits are not right" in told(log_in(other, digits="123456"))
    assert not is_in(other)
    later()
    digits = digits_of(secret)  # the same ones twice, also where the next half minute begins in between
    assert log_in(other, digits=digits).status_code == 302
    assert is_in(other)
    again = Client()
    assert log_in(again, digits=digits).status_code == 200, "digits count once"
    assert log_in(again, digits=codes[0]).status_code == 302, "a code on paper stands in for the telephone"
    assert log_in(Client(), digits=codes[0]).status_code == 200, "once"


def test_a_session_from_before_does_not_pass_by_the_second_factor(client, morgan):
    old = Client()
    log_in(old)
    log_in(client)
    set_up(client)
    assert not is_in(old)
    assert old.get(SET_UP).status_code == 302
    assert old.post(SET_UP).status_code == 302
    assert TOTPDevice.objects.filter(user=morgan, confirmed=True).exists()


def test_guessing_digits_is_slowed_down(client, morgan, settings):
    settings.OTP_TOTP_THROTTLE_FACTOR = 600
    log_in(client)
    secret = secret_on(client.get(SET_UP))
    set_up(client)
    TOTPDevice.objects.update(last_t=-1)
    other = Client()
    log_in(other, digits="111111")
    assert log_in(other, digits=digits_of(secret)).status_code == 200, "too soon after a wrong one"
    assert not is_in(other)
    later()
    page = log_in(other, digits=digits_of(secret))
    assert page.status_code == 302, told(page)


def test_it_can_be_taken_away_where_it_is_not_required(client, morgan, settings):
    log_in(client)
    set_up(client)
    settings.REQUIRE_SECOND_FACTOR = True
    assert client.post(SET_UP).status_code == 403
    settings.REQUIRE_SECOND_FACTOR = False
    assert client.post(SET_UP).status_code == 302
    assert log_in(Client()).status_code == 302


def test_where_it_is_required_staff_can_do_nothing_before_they_have_set_it_up(client, morgan, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    assert log_in(client, follow=True).redirect_chain[-1][0] == SET_UP
    assert not is_in(client)
    assert client.get(reverse("admin:codes_code_changelist")).status_code == 302
    set_up(client)
    assert is_in(client)


def test_readers_and_accounts_that_are_no_staff_have_nothing_to_set_up(client, db):
    assert client.get(SET_UP).status_code == 302
    client.force_login(User.objects.create_user("reader", password=PASSWORD))
    assert client.get(SET_UP).status_code == 302
    assert not TOTPDevice.objects.exists()
