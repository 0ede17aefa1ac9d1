from __future__ import annotations

from typing import Any

import pytest
from tests.support import EXPIRES, ISSUED, NOW, guangdong, judge, proof, signer

from trustcert import formats
from trustcert.claims import Colour, HealthProof, Holder, Licence, StatusReference
from trustcert.errors import LimitExceededError, MalformedError, VerificationError
from trustcert.issuer import ID_BYTES, issue
from trustcert.limits import CLAIM_CHARACTERS, NAME_CHARACTERS, TEXT_CHARACTERS
from trustcert.report import Reason, Verdict


def opened(text: str) -> Any:
    return formats.open_claims(formats.decode(text))


@pytest.mark.parametrize(("form", "start"), [("compact", "TC1:"), ("jwt", "eyJ")])
def test_claims_become_a_text_of_the_format(form: str, start: str) -> None:
    text = issue(proof(), signer(), format=form)
    assert text.startswith(start)
    assert opened(text) == proof()


def test_the_format_is_compact_unless_said() -> None:
    assert issue(proof(), signer()) == issue(proof(), signer(), format="compact")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(MalformedError, match="format: must be one of: compact, jwt"):
        issue(proof(), signer(), format="pdf")


@pytest.mark.parametrize("form", ["compact", "jwt"])
def test_a_credential_without_a_status_reference_is_given_an_id(form: str) -> None:
    asked = []

    def random(size: int) -> bytes:
        asked.append(size)
        return b"\x07" * size

    claims = proof(status=None)
    assert opened(issue(claims, signer(), format=form, random=random)).id == b"\x07" * ID_BYTES
    assert asked == [ID_BYTES]
    assert claims.id is None
    assert opened(issue(claims, signer())).id != opened(issue(claims, signer())).id


def test_a_credential_with_a_name_of_its_own_is_given_none() -> None:
    assert opened(issue(proof(), signer())).id is None
    assert opened(issue(proof(status=None, id=b"12345678"), signer())).id == b"12345678"


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"expires": ISSUED}, "exp"),
        ({"expires": ISSUED - 1}, "exp"),
        ({"not_before": EXPIRES}, "nbf"),
        ({"holder": Holder()}, "credential.name"),
        ({"holder": Holder(name="\n")}, "credential.name"),
        ({"issuer": ""}, "iss"),
        ({"issued_at": -1, "details": HealthProof(colour=Colour.GREEN)}, "iat"),
        ({"id": b"short"}, "cti"),
        ({"subject": ""}, "sub"),
        ({"status": StatusReference(list=0, index=1 << 28)}, "credential.status"),
        ({"status": StatusReference(list=1 << 31, index=0)}, "credential.status"),
        (
            {"details": HealthProof(colour=Colour.GREEN, sampled_at=ISSUED + 1)},
            "credential.sampled_at",
        ),
    ],
)
@pytest.mark.parametrize("form", ["compact", "jwt"])
def test_what_no_verifier_would_read_is_not_signed(
    changed: dict[str, Any], where: str, form: str
) -> None:
    with pytest.raises(MalformedError) as caught:
        issue(proof(**changed), signer(), format=form)
    assert caught.value.where == where


@pytest.mark.parametrize("form", ["compact", "jwt"])
def test_a_text_over_the_limit_is_not_issued(form: str) -> None:
    longest = "\U0002053f" * CLAIM_CHARACTERS
    holder = Holder(name=longest[:NAME_CHARACTERS], name_latin=longest[:NAME_CHARACTERS])
    small = Licence(title=longest, number="1")
    large = Licence(title=longest, number="1", authority=longest, scope=longest)
    assert len(issue(proof(details=small), signer(), format=form)) <= TEXT_CHARACTERS
    with pytest.raises(LimitExceededError, match=str(TEXT_CHARACTERS)):
        issue(proof(details=large, holder=holder), signer(), format=form)


def test_what_was_issued_is_verified_and_opened_in_one_step() -> None:
    credential = guangdong().verify(issue(proof(), signer()), at=NOW)
    assert credential.claims == proof()
    assert credential.report.verdict is Verdict.VALID
    assert "胡" not in repr(credential)


def test_verify_raises_where_check_reports() -> None:
    text = issue(proof(expires=NOW), signer())
    with pytest.raises(VerificationError, match="invalid: expired") as caught:
        guangdong().verify(text, at=NOW)
    assert caught.value.report == judge(text)
    assert caught.value.report.reasons == (Reason.EXPIRED,)


@pytest.mark.parametrize("at", ["yesterday", -1, "2020-03-02T09:00:00"])
def test_a_time_that_is_none_is_the_caller_s_error(at: Any) -> None:
    for call in (guangdong().check, guangdong().verify):
        with pytest.raises(MalformedError):
            call("TC1:", at=at)
