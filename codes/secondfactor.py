"""The second factor of staff: six digits from an app on a telephone (TOTP, RFC 6238), and codes on paper for a lost one.

Who has set it up needs it at each log-in. Where REQUIRE_SECOND_FACTOR is on, staff without one can do nothing but set it
up. `manage.py addstatictoken NAME` prints one code for somebody who has lost telephone and paper.
"""

import secrets
from base64 import b32encode

import segno
from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.db import transaction
from django.utils.safestring import SafeString, mark_safe
from django_otp import devices_for_user, login, user_has_device
from django_otp.forms import OTPAuthenticationFormMixin
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

DIGITS = 6
PAPER_CODES = 10
PAPER_NAME = "Codes on paper"
NOT_RIGHT = "These digits are not right, or too old. Enter those that your app shows now."


def may_go_on(user) -> bool:
    """Whether somebody who has given the password needs nothing more: the second factor was given, or is not asked for."""
    if user.is_verified():
        return True
    return not settings.REQUIRE_SECOND_FACTOR and has_none(user)


def has_none(user) -> bool:
    """Whether somebody has not set up a second factor."""
    return not user_has_device(user)


class StaffLogInForm(OTPAuthenticationFormMixin, AdminAuthenticationForm):
    """Name and password, and the digits where the person has set them up."""

    otp_error_messages = {
        **OTPAuthenticationFormMixin.otp_error_messages,
        "token_required": "Enter the six digits that your app shows now, or one of your codes on paper.",
        "device_required": NOT_RIGHT,
        "invalid_token": NOT_RIGHT,
    }

    otp_token = forms.CharField(
        required=False,
        label="Six digits from your app",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text"}),
        help_text="Leave empty if you have not set them up.",
    )

    def _chosen_device(self, user):
        """The device that what was typed looks like: six digits are the app's, all else is on paper."""
        token = (self.cleaned_data.get("otp_token") or "").replace(" ", "")
        self.cleaned_data["otp_token"] = token
        kind = TOTPDevice if token.isdecimal() and len(token) == DIGITS else StaticDevice
        return kind.objects.devices_for_user(user, confirmed=True).first()

    def _update_form(self, user):
        """Nothing to choose: see `_chosen_device`."""

    def clean(self):
        """The user, if everything that is asked for was right. Raises ValidationError."""
        cleaned = super().clean()
        user = self.get_user()
        if not has_none(user):
            self.clean_otp(user)
        return cleaned


class TokenForm(forms.Form):
    """The first digits of an app that is being set up."""

    token = forms.CharField(
        label="Six digits that the app shows now",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


def device_being_set_up(user) -> TOTPDevice:
    """The app that this person is about to set up; the same until it is confirmed."""
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "App"})
    return device


def secret_of(device: TOTPDevice) -> str:
    """The secret as people type it: letters in groups of four."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def picture_of(device: TOTPDevice) -> SafeString:
    """The QR code that an app reads, as an SVG."""
    code = segno.make_qr(device.config_url, error="m")
    drawn = code.svg_inline(scale=5, light="#fff", border=3, omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(drawn)  # noqa: S308  (drawn by segno from an address that Django has quoted)


@transaction.atomic
def confirm(request, device: TOTPDevice, token: str) -> list[str] | None:
    """Confirm an app by its first digits, and log in with it. Gives the codes on paper, once; None for wrong digits."""
    token = token.replace(" ", "")
    if not (token.isdecimal() and device.verify_is_allowed()[0] and device.verify_token(token)):
        return None
    device.confirmed = True
    device.save()
    paper, _ = StaticDevice.objects.get_or_create(user=request.user, name=PAPER_NAME)
    paper.token_set.all().delete()
    codes = [secrets.token_hex(5) for _ in range(PAPER_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=paper, token=code) for code in codes)
    login(request, device)
    return codes


def take_away(user) -> None:
    """Forget the app and the codes on paper of a person."""
    for device in devices_for_user(user, confirmed=None):
        device.delete()
