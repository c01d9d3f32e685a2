#!/usr/bin/env python
"""Django's command line for cptref."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cptref.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run `make run` once: it sets everything up in .venv.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
