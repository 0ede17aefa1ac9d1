from __future__ import annotations

import pytest
from tests.support import report, world

from trustcert import errors
from trustcert.errors import (
    LimitExceededError,
    MalformedError,
    RollbackError,
    StaleError,
    SyncError,
    TrustcertError,
    TrustError,
    UnsupportedError,
    VerificationError,
    inside,
)


def test_the_tree_is_the_one_in_the_docstring() -> None:
    assert issubclass(MalformedError, ValueError)
    for error, parent in (
        (MalformedError, TrustcertError),
        (LimitExceededError, MalformedError),
        (UnsupportedError, TrustcertError),
        (VerificationError, TrustcertError),
        (TrustError, TrustcertError),
        (RollbackError, TrustError),
        (StaleError, TrustError),
        (SyncError, TrustcertError),
    ):
        assert error.__bases__[0] is parent
        assert error.__name__ in str(errors.__doc__)


def test_a_malformed_error_says_place_and_problem() -> None:
    error = MalformedError("is missing", where="exp")
    assert (error.problem, error.where, str(error)) == ("is missing", "exp", "exp: is missing")
    assert str(MalformedError("is missing")) == "is missing"


@pytest.mark.parametrize(
    ("where", "place", "expected"),
    [
        ("", "claims", "claims"),
        ("exp", "claims", "claims.exp"),
        ("[3]", "keys", "keys[3]"),
        ("[3].jwk", "keys", "keys[3].jwk"),
    ],
)
def test_the_place_grows_as_the_error_climbs(where: str, place: str, expected: str) -> None:
    error = MalformedError("x", where=where)
    error.under(place)
    assert error.where == expected


def test_inside_prefixes_malformed_errors_and_no_others() -> None:
    with pytest.raises(LimitExceededError) as caught, inside("a"), inside("b"):
        raise LimitExceededError("x", where="c")
    assert caught.value.where == "a.b.c"
    with pytest.raises(UnsupportedError, match=r"^x$"), inside("a"):
        raise UnsupportedError("x")
    with inside("a"):
        pass


def test_a_verification_error_carries_its_report_and_says_the_reasons() -> None:
    found = report(trust=world(keys=()))
    error = VerificationError(found)
    assert error.report is found
    assert str(error) == "indeterminate: key_unknown"
