"""Policies as JSON values: the ``policy.json`` that a province signs in the registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trustcert.encoding import documents
from trustcert.policy.cert_rules import NAME
from trustcert.policy.model import Policy

__all__ = ["from_document", "json_schema", "to_document"]


def from_document(document: Mapping[str, Any]) -> Policy:
    """Return the policy in decoded JSON.

    Raises:
        MalformedError: a field is missing, unknown, renamed or wrong; ``where`` is its path, the
            message says what is allowed and what was found.
    """
    return documents.read(Policy, document, foreign=(NAME,))


def to_document(policy: Policy) -> dict[str, Any]:
    """Return ``policy`` as JSON values, without the fields that have their default value."""
    document: dict[str, Any] = documents.written(policy)
    return document


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of policies."""
    return documents.schema(Policy, title="trustcert policy")
