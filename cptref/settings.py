"""Settings of the site, read from the environment (and from a `.env` file, if there is one).

Every variable an operator can set is listed in the README's table "How to configure".
"""

from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from environs import Env

from cptref import environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(BASE_DIR / ".env", recurse=False)

# --- What kind of installation this is --------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
# A production site is reached over HTTPS and has secrets and hosts of its own. `make run` on one's
# own machine is neither that nor a debugging session: it serves plain HTTP on the loopback address.
PRODUCTION = env.bool("PRODUCTION", False)

SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    if PRODUCTION:
        raise ImproperlyConfigured(
            "PRODUCTION is on but SECRET_KEY is not set. Set it to a long random text, for instance "
            'the output of: python -c "import secrets; print(secrets.token_urlsafe(64))"'
        )
    SECRET_KEY = "for-this-machine-only-never-for-a-public-site-" + "0" * 32

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])

# --- What the site shows ----------------------------------------------------------------------

# Only an operator who holds a licence from the AMA may turn this on: it shows the official
# descriptors that staff have entered. The launch data holds none.
CPT_LICENSE_HELD = env.bool("CPT_LICENSE_HELD", False)
CPT_LICENSE_YEAR = env.int("CPT_LICENSE_YEAR", None)

# A text is due for another look this many days after its last review.
REVIEW_INTERVAL_DAYS = env.int("REVIEW_INTERVAL_DAYS", 365)

# --- Application ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "codes.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "simple_history",
    "import_export",
    "django_tasks_db",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "codes",
]

MIDDLEWARE = [
    "cptref.logs.RequestIds",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "codes.compression.CompressionMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "codes.machines.MachineMiddleware",
    "codes.ratelimits.RateLimits",
    "codes.views.errors.Refusals",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "codes.madeonce.PagesMadeOnce",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "cptref.urls"
WSGI_APPLICATION = "cptref.wsgi.application"
APPEND_SLASH = True

# Pages are Jinja2's; the staff's side, below templates/admin, is Django's own.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "codes.jinja.environment"},
    },
]

# --- Database ---------------------------------------------------------------------------------

# SQLite needs to be told what other databases do by themselves: wait for a writer instead of
# failing, let readers go on beside one, and keep hot pages in memory.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;"
        "PRAGMA synchronous=NORMAL;"
        "PRAGMA cache_size=-32000;"
        "PRAGMA mmap_size=268435456;"
        "PRAGMA temp_store=MEMORY;"
    ),
}

DATABASES = {
    "default": env.dj_db_url(
        "DATABASE_URL",
        f"sqlite:///{BASE_DIR / 'db.sqlite3'}",
        conn_max_age=None,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"].setdefault("OPTIONS", {}).update(SQLITE_OPTIONS)

# A replica takes what readers read. It is asked in one transaction for each page, which sees one state of it, and is
# given up soon when it does not answer: the primary is there.
if env.str("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = env.dj_db_url("DATABASE_REPLICA_URL", conn_max_age=None, conn_health_checks=True)
    if {each["ENGINE"] for each in DATABASES.values()} != {"django.db.backends.postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_REPLICA_URL names a replica of a PostgreSQL database, and DATABASE_URL must name its primary: both "
            "as postgresql://user:password@host/name. Without a replica, leave DATABASE_REPLICA_URL out."
        )
    DATABASES["replica"]["OPTIONS"] = {
        "connect_timeout": 2,
        "tcp_user_timeout": 5000,
        **DATABASES["replica"].get("OPTIONS", {}),
        "isolation_level": 3,  # REPEATABLE READ, as psycopg numbers it
    }
    DATABASES["replica"]["TEST"] = {"MIRROR": "default"}
    DATABASE_ROUTERS = ["cptref.replica.Router"]
    MIDDLEWARE.append("cptref.replica.ReadersMiddleware")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

# --- Caches -----------------------------------------------------------------------------------

# Pictures for sharing have a shelf of their own, so that many of them push out nothing else: at
# some 25 kB each they take at most 8 MB of each process. Those used longest ago go first.
CACHES = {
    **environment.caches(env.str("CACHE_URL", "")),
    "pictures": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pictures",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
}

# Finished pages wait for whoever asks next: in the shared cache, else in a file that all processes of a machine share.
PAGES_SHARED = bool(env.str("CACHE_URL", ""))
PAGES_FILE = env.path("PAGES_FILE", environment.beside(DATABASES["default"], BASE_DIR, "pages.sqlite3"))
PAGES_MAX_MB = env.int("PAGES_MAX_MB", 0 if DEBUG else 500)
# For how long a CDN may keep a page without asking; 0 where there is none.
CDN_SECONDS = env.int("CDN_SECONDS", 0)

# --- Work for the worker ----------------------------------------------------------------------

# Uploads of CMS's files wait in the database for `manage.py db_worker`, which `make run` starts, too.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
# Where uploaded files wait for the worker: it and all web processes must see this folder, and nobody else.
UPLOAD_DIR = env.path("UPLOAD_DIR", BASE_DIR / "uploads")
UPLOAD_MAX_MB = env.int("UPLOAD_MAX_MB", 200)
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Language and time ------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "America/New_York"
USE_I18N = False
USE_TZ = True

# --- Static files -----------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "cptref.storage.SmallerStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- Security ---------------------------------------------------------------------------------

# Nothing is loaded from another host, and nothing runs that is not a file of ours.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "codes.views.errors.csrf_failure"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if env.bool("BEHIND_PROXY", True):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Log-in of staff --------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Five wrong passwords for one name from one address, and that address cannot try the name for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "codes.ratelimits.client_of"
AXES_LOCKOUT_CALLABLE = "codes.ratelimits.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Whether all staff need a second factor: digits from an app on their telephone. Those who set one up need it in any case.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", False)
OTP_TOTP_ISSUER = "cptref"
OTP_TOTP_THROTTLE_FACTOR = 1
SESSION_COOKIE_AGE = 12 * 60 * 60
if PRODUCTION:
    # A browser takes cookies of these names only over HTTPS and for this host alone.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"

# --- Rate limits ------------------------------------------------------------------------------

# How often one address may ask. On one's own machine so often that nobody meets the limits but a runaway program.
OFTEN = "600/minute" if PRODUCTION else "60000/minute"
RATE_LIMITS = {
    name: environment.rate(variable, env.str(variable, often))
    for name, variable, often in (
        ("search", "RATE_LIMIT_SEARCH", OFTEN),
        ("check", "RATE_LIMIT_CHECK", OFTEN),
        ("api", "RATE_LIMIT_API", OFTEN),
        ("form", "RATE_LIMIT_FORM", "10/hour"),
        ("login", "RATE_LIMIT_LOGIN", "30/hour" if PRODUCTION else OFTEN),
    )
}
# Reports of mistakes that may wait for staff from one day; beyond them readers are asked to come back tomorrow.
REPORTS_A_DAY = env.int("REPORTS_A_DAY", 200)
# How many proxies of ours stand between the readers and this site: each adds one address to X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", int(PRODUCTION and env.bool("BEHIND_PROXY", True)))

# --- Staff ------------------------------------------------------------------------------------

SIMPLE_HISTORY_HISTORY_ID_USE_UUID = False
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_SKIP_ADMIN_LOG = False
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Logs -------------------------------------------------------------------------------------

# Whether each answer gets a line of its own.
ACCESS_LOG = env.bool("ACCESS_LOG", False)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"numbered": {"()": "cptref.logs.Numbered"}},
    "formatters": {
        "text": {"format": "{asctime} {levelname} {name} [{request_id}]: {message}", "style": "{"},
        "json": {"()": "cptref.logs.JsonLines"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["numbered"],
            "formatter": env.str("LOG_FORMAT", "json" if PRODUCTION else "text"),
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
