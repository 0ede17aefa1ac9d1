"""What a destination accepts: recognition, colours, results, windows, journeys, bundles.

A policy is a file that its destination signs in the registry: :func:`load` reads one from TOML or
JSON, :func:`evaluate` is the policy step of a check, :func:`explain` says line by line why,
:func:`plan` follows a credential over a journey, :mod:`~trustcert.policy.bundles` judges several
credentials as one matter, :mod:`~trustcert.policy.cases` tests a policy by examples.
"""

from trustcert.policy.circumstances import Circumstances, Companion
from trustcert.policy.colours import ColourSource, Combined, combine
from trustcert.policy.document import from_document, to_document
from trustcert.policy.evaluate import evaluate
from trustcert.policy.explaining import explain
from trustcert.policy.files import load
from trustcert.policy.journeys import Stop, plan, valid_until
from trustcert.policy.model import (
    PINNED,
    Ages,
    Combination,
    Exclusion,
    JudgeAt,
    Origin,
    Paper,
    Policy,
    Recognition,
    Rule,
    Window,
)

__all__ = [
    "PINNED",
    "Ages",
    "Circumstances",
    "ColourSource",
    "Combination",
    "Combined",
    "Companion",
    "Exclusion",
    "JudgeAt",
    "Origin",
    "Paper",
    "Policy",
    "Recognition",
    "Rule",
    "Stop",
    "Window",
    "combine",
    "evaluate",
    "explain",
    "from_document",
    "load",
    "plan",
    "to_document",
    "valid_until",
]
