"""What we know. One module for each family; everything is importable from here."""

from .catalogue import Category, Code, CommonPartner, LookAlike, LookAlikeGroup, Modifier, Synonym
from .editorial import CirculatingClaim, Citation, Faq, Source
from .nccitables import AddOnLink, MedicareStatus, PairEdit, Rationale, Release, UnitLimit
from .searching import SearchEntry

__all__ = [
    "AddOnLink",
    "Category",
    "CirculatingClaim",
    "Citation",
    "Code",
    "CommonPartner",
    "Faq",
    "LookAlike",
    "LookAlikeGroup",
    "MedicareStatus",
    "Modifier",
    "PairEdit",
    "Rationale",
    "Release",
    "SearchEntry",
    "Source",
    "Synonym",
    "UnitLimit",
]
