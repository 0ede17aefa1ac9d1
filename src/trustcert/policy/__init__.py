"""What a destination accepts: recognition, colours, results, windows, journeys, bundles.

A policy is a file that its destination signs in the registry: :func:`load` reads one from TOML or
JSON, :func:`evaluate` is the policy step of a check, :func:`explain` says line by line why,
:func:`plan` follows a credential over a journey, :mod:`~trustcert.policy.bundles` judges several
credentials as one matter, :mod:`~trustcert.policy.cases` tests a policy by examples.
"""

from trustcert.policy.circumstances import Circumstances, Companion
from trustcert.policy.colours import ColourSource, Combined, combine
from trustcert.policy.document import from_document, json_schema, to_document
from trustcert.policy.evaluate import evaluate
from trustcert.policy.explaining import explain
from trustcert.policy.files import load
from trustcert.policy.journeys import Stop, plan, valid_until
from trustcert.policy.model import (
    ANYTHING,
    PINNED,
    Ages,
    Booster,
    Bundle,
    BundlePart,
    Colours,
    Combination,
    Count,
    Exclusion,
    Exemption,
    JudgeAt,
    Jurisdiction,
    Origin,
    Paper,
    Part,
    Policy,
    Recognition,
    RecoveryRule,
    Rule,
    Series,
    TravelRule,
    VaccinationRule,
    Window,
    Words,
)

__all__ = [
    "ANYTHING",
    "PINNED",
    "Ages",
    "Booster",
    "Bundle",
    "BundlePart",
    "Circumstances",
    "ColourSource",
    "Colours",
    "Combination",
    "Combined",
    "Companion",
    "Count",
    "Exclusion",
    "Exemption",
    "JudgeAt",
    "Jurisdiction",
    "Origin",
    "Paper",
    "Part",
    "Policy",
    "Recognition",
    "RecoveryRule",
    "Rule",
    "Series",
    "Stop",
    "TravelRule",
    "VaccinationRule",
    "Window",
    "Words",
    "combine",
    "evaluate",
    "explain",
    "from_document",
    "json_schema",
    "load",
    "plan",
    "to_document",
    "valid_until",
]
