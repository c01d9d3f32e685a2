"""What we know. One module for each family; everything is importable from here."""

from .catalogue import Category, Code, CommonPartner, LookAlike, LookAlikeGroup, Modifier, Synonym
from .editorial import CirculatingClaim, Citation, Faq, Source
from .fees import Gpci, HcpcsCode, LocalityCounties, RelativeValue, ZipLocality
from .glossary import GlossaryTerm
from .nccitables import AddOnLink, MedicareStatus, PairEdit, Rationale, Release, TableChange, UnitLimit
from .payers import PayerRule, TherapyThreshold
from .reports import MistakeReport
from .searching import SearchEntry
from .uploads import Upload

__all__ = [
    "HISTORIC",
    "AddOnLink",
    "Category",
    "CirculatingClaim",
    "Citation",
    "Code",
    "CommonPartner",
    "Faq",
    "GlossaryTerm",
    "Gpci",
    "HcpcsCode",
    "LocalityCounties",
    "LookAlike",
    "LookAlikeGroup",
    "MedicareStatus",
    "MistakeReport",
    "Modifier",
    "PairEdit",
    "PayerRule",
    "Rationale",
    "RelativeValue",
    "Release",
    "SearchEntry",
    "Source",
    "Synonym",
    "TableChange",
    "TherapyThreshold",
    "UnitLimit",
    "Upload",
    "ZipLocality",
]

HISTORIC = (
    *(Source, LookAlikeGroup, Citation, Code, Modifier, Faq, CirculatingClaim),
    *(PayerRule, TherapyThreshold, GlossaryTerm),
)
"""Whose every version is kept."""
