"""The site's settings with one more address, that of `empty_view`."""

from cptref.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.empty_view"
