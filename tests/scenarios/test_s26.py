"""S26: a newer issuer writes what this verifier does not know: update, which is not "invalid"."""

from __future__ import annotations

import pytest
from tests.scenarios.country import policy, proof, signed, t, verifier
from tests.support import binary, compact, header_of, parts_of, signer

from trustcert import cose
from trustcert.claims import labels
from trustcert.encoding import cbor
from trustcert.report import Reason, Verdict
from trustcert.wording import describe

NOW = t("2026-03-02 09:00")
KEY = signer("CN-51")


def newer(label: int, value: object) -> str:
    """Return a code of a version to come: one more claim in the credential, well signed."""
    claims = cbor.decode(parts_of(binary(signed(proof(NOW - 3600))))[1])
    claims[labels.CREDENTIAL] = {**claims[labels.CREDENTIAL], label: value}
    data = cbor.encode(claims)
    protected = header_of(KEY.public_key.algorithm, KEY.public_key.kid)
    signature = KEY.sign(cose.to_be_signed(protected, data))
    return compact(cose.join(protected, data, signature))


@pytest.mark.parametrize(
    ("label", "value"),
    [(255, 2), (labels.TYPE, 23), (labels.BY_NAME["colour"].label, 77)],
    ids=["claim", "type", "colour"],
)
def test_an_unknown_claim_type_or_colour_asks_for_an_update(label: int, value: object) -> None:
    found = verifier(policy()).check(newer(label, value), at=NOW)
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.UNSUPPORTED,))
    assert "Update this device" in describe(Reason.UNSUPPORTED).next
    assert found.objections[0].where == "claims"


def test_a_later_version_of_the_format_asks_for_an_update_too() -> None:
    later = signed(proof(NOW - 3600)).replace("TC1:", "TC2:", 1)
    found = verifier(policy()).check(later, at=NOW)
    assert found.reasons == (Reason.UNSUPPORTED,)
    assert found.verdict is not Verdict.VALID


def test_old_verifiers_keep_reading_old_codes() -> None:
    assert verifier(policy()).check(signed(proof(NOW - 3600)), at=NOW).verdict is Verdict.VALID
