"""Vectors of the compact form: text, COSE, keys and the payload's encoding."""

from __future__ import annotations

from typing import Any, Final

from tests.samples import APPLICATIONS, sample
from tests.support import (
    GUANGDONG,
    ISSUED,
    NOW,
    SHANGHAI,
    SICHUAN,
    PublicTestSigner,
    binary,
    compact,
    parts_of,
    proof,
    sealed,
    signed,
    signer,
)
from tests.vector import Vector, key_entry

from trustcert import cose
from trustcert.claims import Claims, Holder, StatusReference
from trustcert.encoding import cbor
from trustcert.formats import compact as form
from trustcert.keys import ED25519, ESP256, ESP384

EVERY: Final = [application["type"] for application in APPLICATIONS]
GENEROUS: Final[dict[str, Any]] = {
    "destination": GUANGDONG,
    "recognises": [{"issuer": SICHUAN, "types": EVERY}],
    "rules": {kind: {} for kind in EVERY}
    | {
        kind: {"colours": ["green"], "results": ["negative", "no_abnormality"]}
        for kind in ("health_code", "health_proof", "test_result")
    }
    | {
        "vaccination": {"vaccination": {"diseases": ["*"], "vaccines": ["*"], "complete": False}},
        "recovery": {"recovery": {}},
        "travel": {"travel": {"hours": 72}},
    },
}
"""A policy that recognises Sichuan for every type."""
ANY_TYPE: Final = key_entry(types=None)

KEY: Final = signer()
TEXT: Final = form.encode(proof(), KEY)
DATA: Final = binary(TEXT)
PROTECTED, PAYLOAD, SIGNATURE, _ = parts_of(DATA)
BODY: Final[dict[Any, Any]] = cbor.decode(PAYLOAD)
TWINS: Final = (signer("twin 257", ED25519), signer("twin 68164", ED25519))
"""Two keys with one kid, found by trying 68,165 labels."""


def code(claims: Claims | None = None, key: PublicTestSigner = KEY) -> str:
    return form.encode(claims or proof(), key)


def with_header(protected: bytes, payload: bytes = PAYLOAD, key: PublicTestSigner = KEY) -> str:
    signature = key.sign(cose.to_be_signed(protected, payload))
    return compact(cose.join(protected, payload, signature))


def with_parameters(parameters: dict[Any, Any]) -> str:
    return with_header(cbor.encode(parameters))


def map_of(*pairs: tuple[bytes, bytes]) -> bytes:
    return bytes((0xA0 + len(pairs),)) + b"".join(key + value for key, value in pairs)


def pairs() -> list[tuple[bytes, bytes]]:
    return [(cbor.encode(key), cbor.encode(value)) for key, value in BODY.items()]


def malleable() -> str:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    s = order - int.from_bytes(SIGNATURE[32:], "big")
    return compact(cose.join(PROTECTED, PAYLOAD, SIGNATURE[:32] + s.to_bytes(32, "big")))


def flipped(at: int) -> str:
    raw = bytearray(DATA)
    raw[at] ^= 1
    return compact(bytes(raw))


KID: Final = KEY.public_key.kid
_V = Vector
MALFORMED: Final = ("malformed",)
UNSUPPORTED: Final = ("unsupported",)
CLAIMS: Final = ("claims_malformed",)
WRONG: Final = ("signature_wrong",)

_ALGORITHMS = tuple(
    _V(
        name=f"algorithm_{row.name.lower()}",
        why=f"Signed with {row.name}: alg is {row.cose}, the signature {row.signature_bytes} "
        "bytes.",
        code=code(key=signer(algorithm=row)),
        keys=(key_entry(signer(algorithm=row).public_key),),
    )
    for row in (ESP256, ESP384, ED25519)
)
_PROFILES = tuple(
    _V(
        name=f"profile_{application['type']}",
        why=f"A credential of type `{application['type']}` with most of its claims.",
        code=code(sample(application, id=b"\x01\x02\x03\x04\x05\x06\x07\x08")),
        keys=(ANY_TYPE,),
        policy=GENEROUS,
    )
    for application in APPLICATIONS
)
_KEYS = (
    _V(
        name="kid_of_two_keys_first",
        why="Two trusted keys have one kid: it is a hint, and each key is tried.",
        code=code(key=TWINS[0]),
        keys=tuple(key_entry(twin.public_key) for twin in TWINS),
    ),
    _V(
        name="kid_of_two_keys_second",
        why="As its sibling, signed with the other of the two keys.",
        code=code(key=TWINS[1]),
        keys=tuple(key_entry(twin.public_key) for twin in TWINS),
    ),
    _V(
        name="key_of_two_issuers",
        why="Two issuers share a key; the payload names the one that counts.",
        code=code(),
        keys=(key_entry(issuer=SHANGHAI, names=[SHANGHAI]), key_entry()),
    ),
    _V(
        name="issuer_named_by_alias",
        why="The payload names its issuer by another of the issuer's names.",
        code=code(proof(issuer="四川省")),
        keys=(key_entry(names=[SICHUAN, "四川省"]),),
    ),
    _V(
        name="key_retired_after_issue",
        why="A retired key signs nothing new; what it signed before stays.",
        code=code(),
        keys=(key_entry(state="retired", since=ISSUED + 1),),
    ),
    _V(
        name="key_retired_before_issue_refused",
        why="Issued in the second in which its key was retired.",
        code=code(),
        keys=(key_entry(state="retired", since=ISSUED),),
        reasons=("outside_key_window",),
    ),
    _V(
        name="key_not_yet_in_use_refused",
        why="Issued a second before its key came into use.",
        code=code(),
        keys=(key_entry(not_before=ISSUED + 1),),
        reasons=("outside_key_window",),
    ),
    _V(
        name="key_no_longer_in_use_refused",
        why="Issued in the second in which the use of its key ended.",
        code=code(),
        keys=(key_entry(not_after=ISSUED),),
        reasons=("outside_key_window",),
    ),
    _V(
        name="key_withdrawn_refused",
        why="The key was withdrawn after the time of issue, which a thief could have dated back.",
        code=code(),
        keys=(key_entry(state="withdrawn", since=NOW - 1),),
        reasons=("key_withdrawn",),
    ),
    _V(
        name="key_compromised_refused",
        why="The key was stolen: nothing that it signed counts, whenever.",
        code=code(),
        keys=(key_entry(state="compromised", since=NOW - 1),),
        reasons=("key_compromised",),
    ),
    _V(
        name="key_unknown_indeterminate",
        why="Nobody knows the key; it may be new.",
        code=code(key=signer("forger")),
        reasons=("key_unknown",),
    ),
    _V(
        name="kid_of_another_key_refused",
        why="A forger signed, and wrote the kid of a trusted key.",
        code=with_header(PROTECTED, key=signer("forger")),
        reasons=WRONG,
    ),
    _V(
        name="issuer_of_another_key_refused",
        why="The payload names Shanghai, the key is Sichuan's.",
        code=code(proof(issuer=SHANGHAI)),
        keys=(
            key_entry(),
            key_entry(signer("shanghai").public_key, issuer=SHANGHAI, names=[SHANGHAI]),
        ),
        reasons=("issuer_mismatch",),
    ),
    _V(
        name="type_not_allowed_refused",
        why="The key may sign licences only.",
        code=code(),
        keys=(key_entry(types=["licence"]),),
        reasons=("type_not_allowed",),
    ),
    _V(
        name="types_empty_refused",
        why="An empty list of types allows none.",
        code=code(),
        keys=(key_entry(types=[]),),
        reasons=("type_not_allowed",),
    ),
)
_TEXT = tuple(
    _V(name=name, why=why, code=text, reasons=(reason,))
    for name, why, text, reason in (
        ("prefix_lower_case_refused", "The prefix is exact.", "tc1:" + TEXT[4:], "not_a_code"),
        ("prefix_of_a_later_version_refused", "TC2 is not spoken yet.", "TC2:" + TEXT[4:],
         "unsupported"),
        ("prefix_missing_refused", "Nothing says what this is.", TEXT[4:], "not_a_code"),
        ("text_lower_case_refused", "Base45 has no lower-case letters.",
         "TC1:" + TEXT[4:].lower(), "malformed"),
        ("text_with_newline_refused", "A line end is no digit of base45.", TEXT + "\n",
         "malformed"),
        ("text_with_space_behind_refused", "A space is a digit, here one too many.", TEXT + " ",
         "malformed"),
        ("text_full_width_refused", "Full-width characters are others.", TEXT[:10] + "Ａ",
         "malformed"),
        ("base45_lone_digit_refused", "A last digit stands alone.", "TC1:" + "0" * 4,
         "malformed"),
        ("base45_group_too_large_refused", "GGW stands for 65,536.", TEXT[:-3] + "GGW",
         "malformed"),
        ("text_empty_refused", "Nothing behind the prefix.", "TC1:", "malformed"),
        ("text_too_long_refused", "7,090 characters: no symbol holds them.",
         "TC1:" + "0" * 7086, "limit_exceeded"),
    )
)  # fmt: skip
_COSE = tuple(
    _V(name=name, why=why, code=compact(data), reasons=MALFORMED)
    for name, why, data in (
        ("tag_18_refused", "COSE_Sign1 is untagged.", b"\xd2" + DATA),
        ("tag_61_refused", "No CWT tag.", b"\xd8\x3d\xd2" + DATA),
        ("array_of_three_refused", "The signature is missing.",
         b"\x83" + DATA[1 : -len(SIGNATURE) - 2]),
        ("array_indefinite_refused", "An array of indefinite length.",
         b"\x9f" + DATA[1:] + b"\xff"),
        ("array_length_not_shortest_refused", "The array's length takes a byte too many.",
         b"\x98\x04" + DATA[1:]),
        ("trailing_byte_refused", "A byte behind the signature.", DATA + b"\0"),
        ("cut_off_refused", "The last byte is missing.", DATA[:-1]),
        ("protected_length_not_shortest_refused", "A length below 24 in two bytes.",
         b"\x84\x58" + bytes((len(PROTECTED),)) + DATA[2:]),
        ("payload_length_not_shortest_refused", "A length below 256 in three bytes.",
         DATA[: 3 + len(PROTECTED)] + b"\x59\0" + DATA[4 + len(PROTECTED) :]),
        ("signature_length_not_shortest_refused", "A length of 64 in three bytes.",
         DATA[: -len(SIGNATURE) - 2] + b"\x59\0\x40" + SIGNATURE),
        ("payload_text_refused", "The payload is a text, not bytes.",
         cose.join(PROTECTED, b"", SIGNATURE).replace(b"\xa0\x40", b"\xa0\x60")),
        ("payload_in_chunks_refused", "A byte string of indefinite length.",
         DATA[: 2 + len(PROTECTED)] + b"\xa0\x5f\x41\0\xff\x58\x40" + SIGNATURE),
        ("payload_detached_refused", "null stands for a payload elsewhere.",
         DATA[: 2 + len(PROTECTED)] + b"\xa0\xf6\x58\x40" + SIGNATURE),
        ("unprotected_not_empty_refused", "A kid in the unprotected header.",
         DATA[: 2 + len(PROTECTED)] + b"\xa1\x04\x44" + KID + DATA[3 + len(PROTECTED) :]),
    )
)  # fmt: skip
_HEADER = tuple(
    _V(name=name, why=why, code=text, reasons=(reason,))
    for name, why, text, reason in (
        ("header_unsorted_refused", "kid stands before alg.",
         with_header(map_of((b"\x04", b"\x44" + KID), (b"\x01", b"\x28"))), "malformed"),
        ("header_duplicate_refused", "alg stands twice.",
         with_header(map_of((b"\x01", b"\x28"), (b"\x01", b"\x28"), (b"\x04", b"\x44" + KID))),
         "malformed"),
        ("header_not_shortest_refused", "-9 in two bytes.",
         with_header(map_of((b"\x01", b"\x38\x08"), (b"\x04", b"\x44" + KID))), "malformed"),
        ("header_indefinite_refused", "A map of indefinite length.",
         with_header(b"\xbf\x01\x28\x04\x44" + KID + b"\xff"), "malformed"),
        ("header_trailing_byte_refused", "A byte behind the map.",
         with_header(PROTECTED + b"\0"), "malformed"),
        ("header_alg_under_true_refused", "The key of alg is true, which some take for 1.",
         with_header(map_of((b"\x04", b"\x44" + KID), (b"\xf5", b"\x28"))), "malformed"),
        ("header_empty_refused", "Neither alg nor kid.", with_header(b""), "malformed"),
        ("header_without_alg_refused", "No alg.", with_parameters({4: KID}), "malformed"),
        ("header_without_kid_refused", "No kid.", with_parameters({1: -9}), "malformed"),
        ("header_kid_text_refused", "kid is a text.", with_parameters({1: -9, 4: KID.hex()}),
         "malformed"),
        ("header_parameter_unknown_refused", "A content type beside alg and kid.",
         with_parameters({1: -9, 3: 61, 4: KID}), "unsupported"),
        ("header_critical_refused", "crit, whatever it names.",
         with_parameters({1: -9, 2: [4], 4: KID}), "unsupported"),
        ("alg_polymorphic_refused", "ES256 (-7) does not fix the curve.",
         with_parameters({1: -7, 4: KID}), "unsupported"),
        ("alg_unknown_refused", "Nobody registered -999.",
         with_parameters({1: -999, 4: KID}), "unsupported"),
        ("alg_text_refused", "alg is a text.", with_parameters({1: "ESP256", 4: KID}),
         "unsupported"),
        ("alg_of_another_curve_refused", "ESP384 with a key on P-256.",
         with_parameters({1: -51, 4: KID}), "algorithm_mismatch"),
        ("alg_of_another_kind_refused", "Ed25519 with a key on P-256.",
         with_parameters({1: -19, 4: KID}), "algorithm_mismatch"),
    )
)  # fmt: skip
_SIGNATURES = (
    _V(
        name="signature_malleable",
        why="n - s in the place of s: another code of the same credential, as valid. Whoever "
        "names credentials by a digest of their code is wrong.",
        code=malleable(),
    ),
    *(
        _V(name=name, why=why, code=text, reasons=WRONG)
        for name, why, text in (
            ("signature_bit_flipped_refused", "The last bit.", flipped(-1)),
            ("payload_bit_flipped_refused", "A bit of the name.",
             flipped(DATA.index("胡".encode()))),
            ("signature_zero_refused", "r and s are 0.",
             compact(cose.join(PROTECTED, PAYLOAD, bytes(64)))),
            ("signature_short_refused", "63 bytes.",
             compact(cose.join(PROTECTED, PAYLOAD, SIGNATURE[:-1]))),
            ("signature_widened_refused", "A zero before r and before s: the same numbers.",
             compact(cose.join(PROTECTED, PAYLOAD,
                               b"\0" + SIGNATURE[:32] + b"\0" + SIGNATURE[32:]))),
            ("signature_of_another_payload_refused", "The signature of another credential.",
             compact(cose.join(PROTECTED, PAYLOAD,
                               parts_of(binary(code(proof(subject="x"))))[2]))),
        )
    ),
)  # fmt: skip
_PAYLOAD = tuple(
    _V(name=name, why=why, code=sealed(payload), reasons=CLAIMS)
    for name, why, payload in (
        ("payload_unsorted_refused", "exp stands before iss.",
         map_of(pairs()[1], pairs()[0], *pairs()[2:])),
        ("payload_duplicate_refused", "iss stands twice.", map_of(pairs()[0], *pairs())),
        ("payload_not_shortest_refused", "The label of iss in two bytes.",
         map_of((b"\x18\x01", pairs()[0][1]), *pairs()[1:])),
        ("payload_indefinite_refused", "A map of indefinite length.",
         b"\xbf" + map_of(*pairs())[1:] + b"\xff"),
        ("payload_trailing_byte_refused", "A byte behind the map.", PAYLOAD + b"\0"),
        ("payload_tagged_refused", "exp is tagged as a time.",
         map_of(pairs()[0], (b"\x04", b"\xc1" + pairs()[1][1]), *pairs()[2:])),
        ("payload_array_refused", "A list where the map of claims belongs.",
         cbor.encode(list(BODY.values()))),
        ("payload_empty_refused", "Nothing.", b""),
        ("payload_too_deep_refused", "Seventeen lists in one another.",
         b"\x81" * 17 + b"\x00"),
    )
)  # fmt: skip
_OTHER = (
    _V(
        name="name_outside_the_bmp",
        why="Two of the name's characters take four bytes of UTF-8.",
        code=code(proof(holder=Holder(name="𠅤志𠮷"))),
    ),
    _V(
        name="name_not_normalised",
        why="U+F900 and a combining accent stay as they were signed: no normalisation.",
        code=code(proof(holder=Holder(name="\uf900e\u0301"))),
    ),
    _V(
        name="holder_key",
        why="cnf holds a COSE_Key (RFC 8747).",
        code=code(proof(holder_key=signer("holder").public_key)),
    ),
    _V(
        name="id_instead_of_status",
        why="cti names a credential that has no status reference.",
        code=code(proof(status=None, id=bytes(range(8)))),
    ),
    _V(
        name="status_index_last",
        why="The last index of the list.",
        code=code(proof(status=StatusReference(list=3, index=999))),
    ),
    _V(
        name="subject",
        why="sub names the holder to the issuer.",
        code=signed(lambda c: c.update({2: "holder 7"})),
    ),
)

COMPACT: Final = (
    *_ALGORITHMS, *_PROFILES, *_KEYS, *_TEXT, *_COSE, *_HEADER, *_SIGNATURES, *_PAYLOAD, *_OTHER,
)  # fmt: skip
"""The vectors of this module."""
