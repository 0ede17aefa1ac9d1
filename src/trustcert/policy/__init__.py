"""What a destination accepts: recognition, colours, results, the age of a test."""

from trustcert.policy.document import from_document, to_document
from trustcert.policy.evaluate import evaluate
from trustcert.policy.model import PINNED, Ages, Origin, Policy, Recognition, Rule, Window

__all__ = [
    "PINNED",
    "Ages",
    "Origin",
    "Policy",
    "Recognition",
    "Rule",
    "Window",
    "evaluate",
    "from_document",
    "to_document",
]
