"""A whole table issued: rows in, lines, pictures, sheet and refused rows out, and what is told."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timezone
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click
from msgspec.structs import replace

from trustcert.bulk.book import Book
from trustcert.bulk.caution import refuse_doubtful
from trustcert.bulk.issuing import IssuedRow, Job, KnownRow, Result, issue_rows
from trustcert.bulk.rows import RefusedRow, applications, claims_of, columns_of
from trustcert.bulk.workers import Cluster, Here, Processes, Workers
from trustcert.claims import Claims, shown_name
from trustcert.cli import EXIT_COULD_NOT_RUN, EXIT_INVALID, output
from trustcert.cli.progress import Progress
from trustcert.cli.signing import opener
from trustcert.encoding.instants import rfc3339
from trustcert.errors import MalformedError, SyncError
from trustcert.files import disk, write_whole
from trustcert.keys.pkcs11 import SESSIONS, KeyUri
from trustcert.tables import Table, open_table
from trustcert.tables.digest import digest_of
from trustcert.tables.writing import Refusals
from trustcert.values import Value

_TOLD: Final = 20
"""Refused rows that are told one by one; all stand in the file."""


class Asked(Value, frozen=True, kw_only=True):
    """What the command line asks for beside the job."""

    _shown = ("table",)

    table: Path
    key: Path | KeyUri
    password_file: Path | None
    batch: str | None
    again: bool
    type: str | None
    zone: timezone
    encoding: str | None
    worksheet: str | None
    ignored: tuple[str, ...]
    refused: Path | None
    pictures: Path | None
    sheet: Path | None
    jobs: int
    dask: str | None


def cautious_claims(job: Job, fields: Mapping[str, Any], issuer: str) -> Claims:
    """Return the claims of one application, with nothing about them that may be a mistake.

    Raises:
        MalformedError: a field is wrong, or something doubtful is not accepted.
    """
    claims = claims_of(fields, issuer=issuer, issued_at=job.issued_at, lifetime=job.lifetime)
    refuse_doubtful(claims, job.accepted)
    return claims
