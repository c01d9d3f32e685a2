# `make run` serves the site, `make test` runs every check, `make admin` makes a staff log-in.
# Each sets up what it needs in .venv first.

HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
export DJANGO_SETTINGS_MODULE = cptref.settings

BIN = .venv/bin
MANAGE = $(BIN)/python manage.py

.PHONY: run test bench bench-pages lighthouse admin setup clean
.DEFAULT_GOAL := run

run: setup
	@$(BIN)/python -m cptref.port $(HOST) $(PORT)
	@echo "cptref is at http://$(HOST):$(PORT)/ (Ctrl+C stops it)"
	@$(MANAGE) db_worker --verbosity 0 --no-reload & worker=$$!; trap "kill $$worker 2>/dev/null" EXIT; trap "exit 130" INT TERM; \
		$(BIN)/granian --interface wsgi --host $(HOST) --port $(PORT) --workers $(WORKERS) --backlog 4096 --backpressure 10000 \
		--blocking-threads 1 --log-level warning cptref.wsgi:application

setup: .venv/installed
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_reference
	@$(MANAGE) collectstatic --noinput --verbosity 0

admin: setup
	@$(MANAGE) createsuperuser

test: .venv/installed-for-tests
	@$(BIN)/python -m tests.needs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/lint-imports --no-logo
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check_fixtures
	@$(BIN)/python -m tests.audit
	$(BIN)/python -m pytest -n auto --dist loadfile
	$(BIN)/python -m pytest -n auto --dist loadfile -p tests.postgresql -m "not browser"

# How fast a whole PTP table is imported and asked: make bench PAIRS=/path/to/pairs.csv.gz
bench: .venv/installed-for-tests
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@$(BIN)/python -m tests.benchmarks.bench_import $(PAIRS)

# What pages cost beside an empty view and beside Datasette; PAIRS is optional: make bench-pages PAIRS=/path/to/pairs.csv.gz
bench-pages: .venv/installed-for-tests .venv/datasette/installed
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@$(BIN)/python -m tests.benchmarks.bench_pages $(PAIRS)

# Lighthouse's scores of the main pages; needs Node.js.
lighthouse: .venv/installed-for-tests
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@$(BIN)/python -m tests.benchmarks.lighthouse

# The newest suitable Python found makes the environment.
.venv/bin/python:
	@python=$$(for name in python3.14 python3.13 python3.12 python3; do \
		"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo "$$name" && break; done); \
	if [ -z "$$python" ]; then \
		echo "cptref needs Python 3.12 or newer, and found $$(python3 --version 2>&1 || echo none). Install it (https://www.python.org/downloads/) and run make again." >&2; exit 1; fi; \
	"$$python" -m venv .venv || { rm -rf .venv; \
		echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv." >&2; exit 1; }

.venv/installed: requirements.txt | .venv/bin/python
	@echo "Installing the requirements into .venv…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt || { \
		echo "The requirements could not be installed. Is the network reachable? Run make again to go on." >&2; exit 1; }
	@touch $@

.venv/installed-for-tests: tests/requirements.txt .venv/installed
	@echo "Installing what the checks need into .venv…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt || { \
		echo "What the checks need could not be installed. Is the network reachable? Run make again to go on." >&2; exit 1; }
	@touch $@

.venv/datasette/installed: tests/benchmarks/requirements.txt | .venv/bin/python
	@echo "Installing what pages are compared with into .venv/datasette…"
	@$(BIN)/python -m venv .venv/datasette
	@.venv/datasette/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< || { \
		echo "Datasette could not be installed. Is the network reachable? Run make again to go on." >&2; exit 1; }
	@touch $@

clean:
	rm -rf .venv staticfiles db.sqlite3* *pages.sqlite3*
