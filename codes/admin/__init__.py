"""The staff side: where entries are written, checked and published. One module for each family."""

from . import catalogue, editorial, feetables, nccitables, payers, reports, uploads

__all__ = ["catalogue", "editorial", "feetables", "nccitables", "payers", "reports", "uploads"]
