"""The site as an operator runs it for the public."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "k" * 20 + "".join(chr(65 + n % 26) for n in range(60)),
    "ALLOWED_HOSTS": "cptref.example",
}


def manage(*words, **environment):
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DEBUG", "PRODUCTION", "SECRET_KEY", "DJANGO_ALLOW_ASYNC_UNSAFE")
    }
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        capture_output=True,
        text=True,
        env=kept | environment,
        timeout=60,
    )


def test_the_deployment_check_is_clean():
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert result.returncode == 0, result.stderr


def test_production_without_a_secret_key_refuses_to_start_and_says_what_to_do():
    result = manage("check", PRODUCTION="1")
    assert result.returncode != 0
    assert "PRODUCTION is on but SECRET_KEY is not set" in result.stderr


def test_production_sends_the_headers_of_a_secure_site():
    code = (
        "import django; django.setup();"
        "from django.test import Client;"
        "r = Client().get('/robots.txt', headers={'host': 'cptref.example', 'x-forwarded-proto': 'https'});"
        "print(r.status_code, dict(r.headers));"
        "r = Client().get('/robots.txt', headers={'host': 'cptref.example'}); print(r.status_code, r.headers.get('Location'))"
    )
    environment = (
        os.environ
        | PRODUCTION
        | {"DJANGO_SETTINGS_MODULE": "cptref.settings", "DATABASE_URL": "sqlite://:memory:"}
    )
    script = "from django.core.management import call_command;" + code.replace(
        "django.setup();", "django.setup(); call_command('migrate', verbosity=0);"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=60
    )
    assert "max-age=31536000" in result.stdout, result.stderr
    assert "'X-Frame-Options': 'DENY'" in result.stdout
    assert "'X-Content-Type-Options': 'nosniff'" in result.stdout
    assert "301 https://cptref.example/robots.txt" in result.stdout


def test_production_gives_cookies_that_only_this_host_gets(tmp_path):
    """Name, and what stands behind it, of the cookies of somebody who logs in."""
    script = """
import json
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
from django.test import Client
User.objects.create_superuser("chief", password="a long password")
client = Client(headers={"host": "cptref.example", "x-forwarded-proto": "https"})
page = client.get("/admin/login/")
done = client.post("/admin/login/", {"username": "chief", "password": "a long password"})
print(json.dumps([done.status_code, {name: [c["secure"], c["httponly"], c["samesite"]] for name, c in client.cookies.items()}]))
"""
    environment = (
        os.environ | PRODUCTION | {"DJANGO_SETTINGS_MODULE": "cptref.settings", "STATIC_ROOT": str(tmp_path)}
    )
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    manage("collectstatic", "--noinput", STATIC_ROOT=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=90
    )
    status, cookies = json.loads(done.stdout.splitlines()[-1])
    assert status == 302
    assert cookies == {"__Host-sessionid": [True, True, "Lax"], "__Host-csrftoken": [True, True, "Lax"]}


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("127.0.0.1", "http", "is not a port"),
        ("127.0.0.1", "70000", "is not a port"),
        ("127.0.0.1", "0", "is not a port"),
    ],
)
def test_a_port_that_is_none_is_said(host, port, words):
    from cptref.port import problem

    assert words in problem(host, port)


def test_a_taken_port_is_said_with_another_to_try():
    import socket

    from cptref.port import problem

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        assert "is taken by another program" in problem("127.0.0.1", port)
    assert problem("127.0.0.1", port) == ""


def test_stylesheets_are_served_whole_and_without_what_only_we_read(tmp_path):
    result = manage("collectstatic", "--noinput", STATIC_ROOT=str(tmp_path))
    assert result.returncode == 0, result.stderr
    for name in ("site", "print"):
        [served] = (tmp_path / "css").glob(f"{name}.*.css")
        css = served.read_text()
        assert "/*" not in css
        assert css.count("}") == Path("static", "css", f"{name}.css").read_text().count("}")
        assert served.with_name(f"{served.name}.br").exists()
