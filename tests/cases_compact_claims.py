"""Vectors of the compact form: claims, validity, status and policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.cases_compact import code
from tests.support import (
    DAY,
    EXPIRES,
    HOUR,
    ISSUED,
    NOW,
    POLICY,
    SAMPLED,
    SHANGHAI,
    SICHUAN,
    proof,
    signed,
)
from tests.vector import STATUS_LIST, Vector, key_entry

from trustcert.claims import Colour, HealthProof, Outcome, StatusReference
from trustcert.claims.labels import CREDENTIAL
from trustcert.verifier import LEEWAY

_V = Vector
Change = Callable[[dict[Any, Any]], object]


def _top(**labels: Any) -> Change:
    return lambda found: found.update({int(label[1:]): value for label, value in labels.items()})


def _body(label: Any, value: Any) -> Change:
    return lambda found: found[CREDENTIAL].update({label: value})


_MALFORMED = tuple(
    _V(name=f"{name}_refused", why=why, code=signed(change), reasons=("claims_malformed",))
    for name, why, change in (
        ("issuer_missing", "No iss.", lambda c: c.pop(1)),
        ("issuer_empty", "An empty iss.", _top(_1="")),
        ("issuer_too_long", "129 characters.", _top(_1="x" * 129)),
        ("issued_at_missing", "No iat.", lambda c: c.pop(6)),
        ("time_float", "exp is a float.", _top(_4=EXPIRES + 0.1)),
        ("time_negative", "iat is before 1970.", _top(_6=-1)),
        ("time_huge", "exp is 2^63.", _top(_4=1 << 63)),
        ("time_after_9999", "exp is in the year 10000.", _top(_4=253_402_300_800)),
        ("time_text", "exp is a text.", _top(_4="2020-03-08T00:00:00Z")),
        ("time_true", "nbf is true, which some take for 1.", _top(_5=True)),
        ("id_short", "cti has 7 bytes.", _top(_7=bytes(7))),
        ("holder_key_with_secret", "cnf holds a private key.",
         _top(_8={1: {1: 1, -1: 6, -2: bytes(32), -4: bytes(32)}})),
        ("credential_missing", "No claims of a profile.", lambda c: c.pop(CREDENTIAL)),
        ("type_missing", "No type.", lambda c: c[CREDENTIAL].pop(0)),
        ("colour_missing", "A health proof without a colour.", lambda c: c[CREDENTIAL].pop(11)),
        ("colour_text", "The colour is a text.", _body(11, "green")),
        ("name_empty", "An empty name.", _body(3, "")),
        ("name_null", "null in the place of a name.", _body(3, None)),
        ("name_with_control_character", "A line end in the name.", _body(3, "胡\n君")),
        ("name_too_long", "121 characters.", _body(3, "胡" * 121)),
        ("digest_short", "A document digest of 16 bytes.", _body(7, bytes(16))),
        ("status_without_index", "A status reference of one number.", _body(1, [3])),
        ("status_index_negative", "A negative index.", _body(1, [3, -1])),
        ("status_index_too_large", "An index of 2^28.", _body(1, [3, 1 << 28])),
    )
)  # fmt: skip
_UNKNOWN = tuple(
    _V(name=f"{name}_indeterminate", why=f"{why} A newer issuer may know it.",
       code=signed(change), reasons=("unsupported",))
    for name, why, change in (
        ("claim_unknown", "A claim outside the table.", _top(_99=1)),
        ("audience", "aud is not spoken here.", _top(_3="CN-44")),
        ("claim_under_its_name", "iss once more, as a text.", lambda c: c.update({"iss": "x"})),
        ("label_unknown", "Label 200 of the credential.", _body(200, 1)),
        ("label_of_another_profile", "A dose in a health proof.", _body(19, 1)),
        ("type_unknown", "Type 19.", _body(0, 19)),
        ("colour_code_unknown", "Colour 77.", _body(11, 77)),
        ("result_code_unknown", "Result 77.", _body(12, 77)),
    )
)  # fmt: skip
_VALIDITY = (
    _V(
        name="expires_in_a_second",
        why="Valid in the last second before exp.",
        code=code(proof(expires=NOW + 1)),
    ),
    _V(
        name="expired_refused",
        why="Judged in the second of exp: no leeway prolongs.",
        code=code(proof(expires=NOW)),
        reasons=("expired",),
    ),
    _V(
        name="without_an_end",
        why="exp is absent: nothing but status and policy ends it.",
        code=code(proof(expires=None)),
    ),
    _V(
        name="starts_in_a_minute",
        why="nbf is 60 seconds ahead: the issuer's clock may be that far ahead.",
        code=code(proof(not_before=NOW + 60)),
    ),
    _V(
        name="not_yet_valid_refused",
        why="nbf is 61 seconds ahead.",
        code=code(proof(not_before=NOW + 61)),
        reasons=("not_yet_valid",),
    ),
    _V(
        name="issued_in_a_minute",
        why="iat is 60 seconds ahead.",
        code=code(proof(issued_at=NOW + 60)),
    ),
    _V(
        name="issued_in_future_refused",
        why="iat is 61 seconds ahead.",
        code=code(proof(issued_at=NOW + 61)),
        reasons=("issued_in_future",),
    ),
    _V(
        name="clock_behind_indeterminate",
        why="The checkpoint's clock is behind a time that was signed already.",
        code=code(),
        clock_floor=NOW + LEEWAY + 1,
        reasons=("clock_behind",),
    ),
)


def _at(index: int, number: int = 3) -> str:
    return code(proof(status=StatusReference(list=number, index=index)))


_TELLING: Final[dict[str, Any]] = STATUS_LIST | {
    "invalid": [1, 2, 3, 4, 7],
    "suspended": [8, 11],
    "superseded": [9, 10],
    "moved": {SHANGHAI: [10]},
    "causes": {
        "annulled": [1],
        "cancelled": [2],
        "lapsed": [3],
        "penalised": [4],
        "lost": [7],
        "withheld": [8],
        "changed": [9],
        "investigated": [11],
    },
}

_CAUSES = tuple(
    _V(name=f"{name}_refused", why=why, code=_at(index), reasons=(reason,), lists=(_TELLING,))
    for name, why, index, reason in (
        ("annulled", "State 1, and the list says that it was annulled.", 1, "annulled"),
        ("cancelled", "State 1, and the list says that it was cancelled.", 2, "cancelled"),
        ("lapsed", "State 1, and the list says that it lapsed.", 3, "lapsed"),
        ("penalised", "State 1, withdrawn as a penalty by the list.", 4, "penalised"),
        ("lost", "State 1 by a cause that has no reason of its own.", 7, "revoked"),
        ("withheld", "State 2 by the cause that the state stands for.", 8, "suspended"),
        ("under_investigation", "State 2, being looked into.", 11, "under_investigation"),
        ("changed", "State 3, and the same issuer keeps the newer one.", 9, "superseded"),
        ("moved", "State 3, and another issuer keeps the newer one.", 10, "moved"),
    )
)

_STATUS = (
    _V(name="revoked_refused", why="State 1.", code=_at(7), reasons=("revoked",)),
    _V(name="suspended_refused", why="State 2.", code=_at(8), reasons=("suspended",)),
    _V(name="superseded_refused", why="State 3.", code=_at(9), reasons=("superseded",)),
    _V(
        name="status_list_unknown_indeterminate",
        why="The issuer's list 4 is not held here.",
        code=_at(5, 4),
        reasons=("status_unknown",),
    ),
    _V(
        name="status_list_of_another_issuer_indeterminate",
        why="A list 3 is held, but of another issuer.",
        code=_at(5),
        lists=(STATUS_LIST | {"issuer": SHANGHAI},),
        reasons=("status_unknown",),
    ),
    _V(
        name="status_out_of_range_indeterminate",
        why="The list has 1,000 indices, this one is 1,000.",
        code=_at(1000),
        reasons=("status_out_of_range",),
    ),
    _V(
        name="status_stale_indeterminate",
        why="The list is 48 hours old.",
        code=code(),
        lists=(STATUS_LIST | {"as_of": NOW - 48 * HOUR},),
        reasons=("status_stale",),
    ),
    _V(
        name="status_almost_stale",
        why="The list is a second less than 48 hours old.",
        code=code(),
        lists=(STATUS_LIST | {"as_of": NOW - 48 * HOUR + 1},),
    ),
    _V(
        name="registry_stale_indeterminate",
        why="The registry is 48 hours old.",
        code=code(),
        as_of=NOW - 48 * HOUR,
        reasons=("registry_stale",),
    ),
    _V(
        name="registry_entry_expired_indeterminate",
        why="The metadata that vouches for the key expired.",
        code=code(),
        keys=(key_entry(good_until=NOW),),
        reasons=("registry_stale",),
    ),
)


def _details(**fields: Any) -> str:
    given: dict[str, Any] = {"colour": Colour.GREEN, "sampled_at": SAMPLED} | fields
    return code(proof(details=HealthProof(**given)))


def _policy(**changed: Any) -> dict[str, Any]:
    return POLICY | changed


_LINE: Final = {"issuer": SICHUAN, "types": ["health_proof"]}
_RULE: Final = POLICY["rules"]["health_proof"]

_POLICY = (
    _V(
        name="unrecognised_indeterminate",
        why="Guangdong recognises nobody for this type.",
        code=code(),
        policy=_policy(recognises=[]),
        reasons=("not_recognised",),
    ),
    _V(
        name="recognised_for_another_type_indeterminate",
        why="Guangdong recognises Sichuan's licences only.",
        code=code(),
        policy=_policy(recognises=[_LINE | {"types": ["licence"]}]),
        reasons=("not_recognised",),
    ),
    _V(
        name="recognition_not_yet_indeterminate",
        why="Recognition starts in a second.",
        code=code(),
        policy=_policy(recognises=[_LINE | {"valid_from": NOW + 1}]),
        reasons=("recognition_not_yet",),
    ),
    _V(
        name="recognition_ended_indeterminate",
        why="Recognition ends in this second.",
        code=code(),
        policy=_policy(recognises=[_LINE | {"valid_until": NOW}]),
        reasons=("recognition_ended",),
    ),
    _V(
        name="policy_missing_indeterminate",
        why="No rules of Guangdong are held.",
        code=code(),
        policy=None,
        reasons=("policy_missing",),
    ),
    _V(
        name="rule_missing_indeterminate",
        why="Guangdong has no rule for health proofs.",
        code=code(),
        policy=_policy(rules={}),
        reasons=("rule_missing",),
    ),
    _V(
        name="red_refused",
        why="Guangdong admits green only.",
        code=_details(colour=Colour.RED),
        reasons=("colour_refused",),
    ),
    _V(
        name="grey_indeterminate",
        why="Grey is unknown or under review, not refused and never a pass.",
        code=_details(colour=Colour.GREY),
        reasons=("colour_unknown",),
    ),
    _V(
        name="colours_empty_refused",
        why="An empty list of colours admits none.",
        code=_details(),
        policy=_policy(rules={"health_proof": _RULE | {"colours": []}}),
        reasons=("colour_refused",),
    ),
    _V(
        name="result_refused",
        why="An abnormality was found.",
        code=_details(result=Outcome.ABNORMALITY),
        reasons=("result_refused",),
    ),
    _V(
        name="result_inconclusive_indeterminate",
        why="The result is not clear.",
        code=_details(result=Outcome.INCONCLUSIVE),
        reasons=("result_unknown",),
    ),
    _V(
        name="test_of_exactly_72_hours",
        why="72 hours, included.",
        code=code(proof(issued_at=NOW - 3 * DAY, details=HealthProof(
            colour=Colour.GREEN, sampled_at=NOW - 72 * HOUR))),
    ),
    _V(
        name="test_too_old_refused",
        why="A second more than 72 hours.",
        code=code(proof(issued_at=NOW - 3 * DAY, details=HealthProof(
            colour=Colour.GREEN, sampled_at=NOW - 72 * HOUR - 1))),
        reasons=("test_too_old",),
    ),
    _V(
        name="test_time_missing_indeterminate",
        why="The rule counts from sampled_at, the code has none.",
        code=_details(sampled_at=None, reported_at=ISSUED),
        reasons=("test_time_missing",),
    ),
    _V(
        name="several_objections_refused",
        why="Expired, revoked and red, beside a stale registry: all of it is reported, what is "
        "invalid first.",
        code=code(proof(expires=NOW, status=StatusReference(list=3, index=7),
                        details=HealthProof(colour=Colour.RED, sampled_at=SAMPLED))),
        as_of=NOW - 9 * DAY,
        reasons=("expired", "revoked", "colour_refused", "registry_stale"),
    ),
)  # fmt: skip

COMPACT_CLAIMS: Final = (*_MALFORMED, *_UNKNOWN, *_VALIDITY, *_STATUS, *_CAUSES, *_POLICY)
"""The vectors of this module."""
