"""Vectors of SD-JWT credentials: one for every rule of RFC 9901 sections 7.1 and 7.3, and more."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, Final

from tests.support import EXPIRES, ISSUED, NOW, SAMPLED, SICHUAN, PublicTestSigner, signer
from tests.vector import Vector, key_entry

from trustcert.claims import confirmation
from trustcert.encoding import base64url
from trustcert.formats.disclosure import HASHES, digest
from trustcert.formats.key_binding import Challenge, bind
from trustcert.formats.sdjwt import VCT

HOLDER: Final = signer("holder")
OTHER: Final = signer("another holder")
CHALLENGE: Final = Challenge(audience="https://gate.example", nonce="n-0S6_WzA2Mj")
ASKED: Final = {"audience": CHALLENGE.audience, "nonce": CHALLENGE.nonce, "window": 90}
HEADER: Final = {"alg": "ES256", "kid": signer().public_key.kid.hex(), "typ": "dc+sd-jwt"}
_V = Vector
_BAD = ("claims_malformed",)
_MALFORMED = ("malformed",)
_UNSUPPORTED = ("unsupported",)


def encoded(value: Any) -> str:
    return base64url.encode(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def disclosed(*parts: Any) -> str:
    """A disclosure with a salt that everybody can derive."""
    return encoded([f"salt of {len(parts)} {parts[0]}", *parts])


def hashed(text: str, name: str = "sha-256") -> str:
    return digest(text, HASHES[name])


NAME: Final = disclosed("name", "胡志君")
BORN: Final = disclosed("birth_date", "1990-01-31")
ALIAS: Final = disclosed("Hu Zhijun")
ALIASES: Final = disclosed("name_aliases", [{"...": hashed(ALIAS)}, "胡 志君"])
PLAIN: Final[dict[str, Any]] = {
    "type": "health_proof",
    "colour": "green",
    "result": "no_abnormality",
    "sampled_at": SAMPLED,
}


def payload(*shown: str, **changed: Any) -> dict[str, Any]:
    """The payload whose credential hides ``shown``; a change to None takes a claim away."""
    body: dict[str, Any] = {
        "iss": SICHUAN,
        "iat": ISSUED,
        "exp": EXPIRES,
        "vct": VCT,
        "cnf": confirmation.to_json(HOLDER.public_key),
        "status": {"status_list": {"idx": 5, "uri": f"{SICHUAN}/status/3"}},
        "credential": PLAIN | ({"_sd": sorted(map(hashed, shown))} if shown else {}),
        "_sd_alg": "sha-256",
    }
    return {name: value for name, value in (body | changed).items() if value is not None}


def credential(**changed: Any) -> dict[str, Any]:
    return {"credential": PLAIN | changed}


def jws(body: Any, header: Any = None, key: PublicTestSigner | None = None) -> str:
    signed = f"{encoded(header or HEADER)}.{encoded(body)}"
    return f"{signed}.{base64url.encode((key or signer()).sign(signed.encode()))}"


def code(body: Any, *shown: str, header: Any = None) -> str:
    return "~".join((jws(body, header), *shown, ""))


WHOLE: Final = code(payload(NAME, BORN), NAME, BORN)
TOKEN: Final = WHOLE.partition("~")[0]


def proved(
    change: Callable[[dict[str, Any]], object] = lambda _: None,
    *,
    presented: str = WHOLE,
    header: Any = None,
    key: PublicTestSigner = HOLDER,
) -> str:
    """A presentation whose proof is made for the challenge, then changed."""
    proof = bind(presented, CHALLENGE, key, at=NOW)
    claims = json.loads(base64url.decode(proof.split(".")[1]))
    change(claims)
    return presented + jws(claims, header or {"alg": "ES256", "typ": "kb+jwt"}, key)


def asked(name: str, why: str, text: str, reason: str | None = None) -> Vector:
    return _V(
        name=name,
        why=why,
        code=text,
        reasons=() if reason is None else (reason,),
        challenge=ASKED,
    )


_DECOY: Final = hashed("a decoy that nothing discloses")

_VALID = (
    _V(name="everything_disclosed", why="All disclosures are shown.", code=WHOLE),
    _V(name="nothing_disclosed", why="The holder shows no disclosure.", code=f"{TOKEN}~"),
    _V(name="one_disclosed", why="The holder shows one of two.", code=f"{TOKEN}~{BORN}~"),
    _V(
        name="decoy_digest",
        why="A digest that no disclosure fits is ignored (section 7.1, step 3.c.1).",
        code=code(payload(**credential(_sd=sorted([_DECOY, hashed(NAME)]))), NAME),
    ),
    _V(
        name="nested_disclosure",
        why="An entry of a list is hidden inside a list that is hidden itself.",
        code=code(payload(ALIASES), ALIASES, ALIAS),
    ),
    _V(
        name="nested_disclosure_held_back",
        why="The list is shown, and the entry hidden in it is not: it goes (step 3.d).",
        code=code(payload(ALIASES), ALIASES),
    ),
    _V(
        name="element_of_a_list",
        why="Of a list that stands there one entry is shown and one is not.",
        code=code(
            payload(
                **credential(name_aliases=[{"...": _DECOY}, {"...": hashed(ALIAS)}, "another"])
            ),
            ALIAS,
        ),
    ),
    _V(
        name="hash_algorithm_by_default",
        why="Without _sd_alg the hash algorithm is SHA-256 (section 4.1.1).",
        code=code(payload(NAME, _sd_alg=None), NAME),
    ),
    _V(
        name="hash_algorithm_sha_512",
        why="_sd_alg names SHA-512.",
        code=code(payload(_sd_alg="sha-512", **credential(_sd=[hashed(NAME, "sha-512")])), NAME),
    ),
    _V(
        name="type_of_old",
        why="vc+sd-jwt was the type in the drafts and is still written.",
        code=code(payload(NAME), NAME, header=HEADER | {"typ": "vc+sd-jwt"}),
    ),
    _V(
        name="proof_not_asked_for",
        why="Whether a proof is looked at is the verifier's decision (section 7.3, step 1).",
        code=proved(lambda claims: claims.update(nonce="another")),
    ),
    asked("proof_of_the_holder", "The holder's key answers the challenge.", proved()),
    asked(
        "proof_of_a_part",
        "The proof covers the presentation with one disclosure.",
        proved(presented=f"{TOKEN}~{NAME}~"),
    ),
)


def refused(name: str, why: str, text: str, reasons: tuple[str, ...] = _BAD) -> Vector:
    return _V(name=f"{name}_refused", why=why, code=text, reasons=reasons)


_TWO: Final = encoded(["salt", "胡志君"])
_FOUR: Final = encoded(["salt", "name", "胡志君", 1])
_OBJECT: Final = encoded({"name": "胡志君"})
_NO_SALT: Final = encoded([1, "name", "胡志君"])
_NUMBER_NAME: Final = encoded(["salt", 1, "胡志君"])

_TOKEN_STEPS = (
    refused("alg_none", "none is no algorithm (step 2.a).",
            code(payload(NAME), NAME, header=HEADER | {"alg": "none"}), _UNSUPPORTED),
    refused("alg_hs256", "A symmetric algorithm has no place here (step 2.a).",
            code(payload(NAME), NAME, header=HEADER | {"alg": "HS256"}), _UNSUPPORTED),
    refused("alg_of_another_key", "The key is not of the algorithm named (step 2.a).",
            code(payload(NAME), NAME, header=HEADER | {"alg": "ES384"}), ("algorithm_mismatch",)),
    refused("signature_of_another_key", "The key under this kid did not sign (step 2.b).",
            "~".join((jws(payload(NAME), key=signer("mallory")), NAME, "")), ("signature_wrong",)),
    refused("signature_stripped", "The JWT has no signature (step 2.b).",
            TOKEN.rpartition(".")[0] + ".~", ("not_signed",)),
    refused("signature_in_der", "DER has no place where r and s belong (step 2.b).",
            f"{TOKEN.rpartition('.')[0]}.{base64url.encode(bytes.fromhex('3006020101020101'))}~",
            ("signature_wrong",)),
    refused("issuer_of_another_key", "The key is another issuer's (step 2.c).",
            code(payload(NAME, iss="CN-31", status=None), NAME), ("issuer_mismatch",)),
    refused("hash_algorithm_not_text", "_sd_alg must be a name (step 2.d).",
            code(payload(NAME, _sd_alg=[]), NAME)),
    refused("type_of_another_token", "Another JWT must not be taken for one of these.",
            code(payload(NAME), NAME, header=HEADER | {"typ": "JWT"}), _UNSUPPORTED),
    refused("crit", "A critical header parameter is not understood.",
            code(payload(NAME), NAME, header=HEADER | {"crit": ["x"]}), _UNSUPPORTED),
    refused("expired", "It has expired (step 6).",
            code(payload(NAME, exp=NOW - 1), NAME), ("expired",)),
    refused("not_yet_valid", "It is not valid yet (step 6).",
            code(payload(NAME, nbf=NOW + 3600), NAME), ("not_yet_valid",)),
    refused("time_of_issue_missing", "A claim that controls validity is missing (step 6).",
            code(payload(NAME, iat=None), NAME)),
)  # fmt: skip

_HIDDEN_EXPIRY: Final = disclosed("exp", EXPIRES)
_HIDDEN_STATUS: Final = disclosed("status", {})
_AGAIN: Final = disclosed("colour", "green")
_SD_NAME: Final = disclosed("_sd", ["x"])
_DOTS_NAME: Final = disclosed("...", "x")
_SD_ALG_NAME: Final = disclosed("_sd_alg", "sha-256")
_INNER: Final = disclosed("name_aliases", [{"...": hashed(NAME)}])
_SALTLESS_ELEMENT: Final = encoded([])


def _element(text: str, **more: Any) -> dict[str, Any]:
    return payload(**credential(name_aliases=[{"...": hashed(text), **more}]))


_DISCLOSURE_STEPS = (
    refused("disclosure_no_list", "A disclosure must be a JSON array (step 3.c.2.i).",
            code(payload(_OBJECT), _OBJECT)),
    refused("disclosure_of_two_in_an_object", "A claim's disclosure has three parts (3.c.2.i).",
            code(payload(_TWO), _TWO)),
    refused("disclosure_of_four", "A claim's disclosure has three parts (step 3.c.2.i).",
            code(payload(_FOUR), _FOUR)),
    refused("disclosure_salt_no_text", "A salt is a text (section 4.2.1).",
            code(payload(_NO_SALT), _NO_SALT)),
    refused("disclosure_name_no_text", "A claim's name is a text (section 4.2.1).",
            code(payload(_NUMBER_NAME), _NUMBER_NAME)),
    refused("disclosure_of_sd", "A disclosure must not add _sd (step 3.c.2.ii).",
            code(payload(_SD_NAME), _SD_NAME)),
    refused("disclosure_of_dots", "A disclosure must not add ... (step 3.c.2.ii).",
            code(payload(_DOTS_NAME), _DOTS_NAME)),
    refused("disclosure_of_sd_alg", "_sd_alg stands at the top and nowhere else (section 4.1.1).",
            code(payload(_SD_ALG_NAME), _SD_ALG_NAME)),
    refused("disclosure_of_a_claim_there", "The claim is there already (step 3.c.2.iii).",
            code(payload(_AGAIN), _AGAIN)),
    refused("disclosure_of_three_in_a_list", "An entry's disclosure has two parts (3.c.3.i).",
            code(_element(NAME), NAME)),
    refused("disclosure_empty_list", "An entry's disclosure has two parts (step 3.c.3.i).",
            code(_element(_SALTLESS_ELEMENT), _SALTLESS_ELEMENT)),
    refused("digest_twice_in_one_object", "A digest occurs twice (step 4).",
            code(payload(**credential(_sd=[hashed(NAME), hashed(NAME)])), NAME)),
    refused("digest_twice_in_two_places", "A digest occurs in the credential and above (step 4).",
            code(payload(NAME, _sd=[hashed(NAME)]), NAME)),
    refused("digest_twice_through_a_disclosure", "A digest occurs inside a disclosure too (4).",
            code(payload(NAME, _INNER), NAME, _INNER)),
    refused("decoy_digest_twice", "A digest occurs twice, whether or not it is disclosed (step 4).",
            code(payload(**credential(_sd=[_DECOY, _DECOY])))),
    refused("disclosure_unreferenced", "Nothing refers to a disclosure (step 5).",
            code(payload(NAME), NAME, BORN)),
    refused("disclosure_of_a_parent_missing", "What refers to it is held back (step 5).",
            code(payload(ALIASES), ALIAS)),
    refused("disclosure_twice", "One disclosure is given twice (step 5).",
            code(payload(NAME), NAME, NAME)),
    refused("disclosure_altered", "One character changed: nothing refers to it (step 5).",
            code(payload(NAME), disclosed("name", "胡志軍"))),
    refused("disclosure_not_base64url", "A disclosure is no base64url.",
            code(payload("!!"), "!!")),
    refused("disclosure_padded", "A disclosure is padded.",
            code(payload(base64.urlsafe_b64encode(b'["s","name","x"]').decode()),
                 base64.urlsafe_b64encode(b'["s","name","x"]').decode())),
    refused("disclosure_not_json", "A disclosure is no JSON.",
            code(payload(base64url.encode(b"[1,")), base64url.encode(b"[1,"))),
    refused("disclosure_duplicate_name", "A value holds a name twice.",
            code(payload(base64url.encode(b'["s","name",{"a":1,"a":2}]')),
                 base64url.encode(b'["s","name",{"a":1,"a":2}]'))),
    refused("disclosure_empty", "An empty disclosure stands between two tildes.",
            f"{TOKEN}~~", _MALFORMED),
    refused("sd_no_list", "_sd must be an array of texts (step 3.b.1).",
            code(payload(**credential(_sd=hashed(NAME))), NAME)),
    refused("sd_of_numbers", "_sd must be an array of texts (step 3.b.1).",
            code(payload(**credential(_sd=[1])))),
    refused("dots_beside_another_name", "An entry's digest stands alone (section 4.2.4.2).",
            code(_element(ALIAS, x=1), ALIAS)),
    refused("dots_no_text", "An entry's digest is a text (section 4.2.4.2).",
            code(payload(**credential(name_aliases=[{"...": 1}])))),
    refused("dots_as_a_name", "... must not name a claim (section 4.1).",
            code(payload(**credential(**{"...": "x"})))),
    refused("sd_alg_nested", "_sd_alg stands at the top and nowhere else (section 4.1.1).",
            code(payload(**credential(_sd_alg="sha-256")))),
    refused("expiry_hidden", "What controls validity must not be hidden (section 9.7).",
            code(payload(exp=None, _sd=[hashed(_HIDDEN_EXPIRY)]), _HIDDEN_EXPIRY)),
    refused("status_hidden", "What controls revocation must not be hidden (section 9.7).",
            code(payload(status=None, _sd=[hashed(_HIDDEN_STATUS)]), _HIDDEN_STATUS)),
    refused("tilde_missing", "Without the last tilde the disclosure stands where a proof belongs.",
            WHOLE[:-1], _MALFORMED),
)  # fmt: skip

_UNBOUND: Final = code(payload(NAME, cnf=None), NAME)
_STEP_5 = "(section 7.3, step 5)."

_PROOF_STEPS = (
    asked("proof_stripped_refused", "A proof is demanded and none is there (step 2).",
          WHOLE, "presentation_needed"),
    asked("proof_without_a_holder_key_refused", f"The credential names no key {_STEP_5}",
          proved(presented=_UNBOUND), "presentation_wrong"),
    asked("proof_alg_none_refused", f"none is no algorithm {_STEP_5}",
          proved(header={"alg": "none", "typ": "kb+jwt"}), "unsupported"),
    asked("proof_alg_of_another_key_refused", f"The key has another algorithm {_STEP_5}",
          proved(header={"alg": "ES384", "typ": "kb+jwt"}), "presentation_wrong"),
    asked("proof_of_another_key_refused", f"Another key made the proof {_STEP_5}",
          proved(key=OTHER), "presentation_wrong"),
    asked("proof_type_missing_refused", f"The proof has no type {_STEP_5}",
          proved(header={"alg": "ES256"}), "malformed"),
    asked("proof_type_wrong_refused", f"The proof is of another type {_STEP_5}",
          proved(header={"alg": "ES256", "typ": "JWT"}), "unsupported"),
    asked("proof_crit_refused", "A critical header parameter is not understood.",
          proved(header={"alg": "ES256", "typ": "kb+jwt", "crit": ["x"]}), "unsupported"),
    asked("proof_too_old_refused", f"The proof was made long ago {_STEP_5}",
          proved(lambda claims: claims.update(iat=NOW - 91)), "presentation_stale"),
    asked("proof_of_the_future_refused", f"The proof was made in the future {_STEP_5}",
          proved(lambda claims: claims.update(iat=NOW + 91)), "presentation_stale"),
    asked("proof_time_missing_refused", f"The proof does not say when it was made {_STEP_5}",
          proved(lambda claims: claims.pop("iat")), "presentation_wrong"),
    asked("proof_for_another_verifier_refused", f"The proof is for another {_STEP_5}",
          proved(lambda claims: claims.update(aud="https://elsewhere.example")),
          "presentation_not_here"),
    asked("proof_audience_missing_refused", f"The proof is for nobody {_STEP_5}",
          proved(lambda claims: claims.pop("aud")), "presentation_wrong"),
    asked("proof_nonce_wrong_refused", f"The proof was made for another moment {_STEP_5}",
          proved(lambda claims: claims.update(nonce="old")), "presentation_stale"),
    asked("proof_nonce_missing_refused", f"The proof has no nonce {_STEP_5}",
          proved(lambda claims: claims.pop("nonce")), "presentation_wrong"),
    asked("proof_of_another_presentation_refused", f"A disclosure was taken away since {_STEP_5}",
          proved().replace(f"{BORN}~", ""), "presentation_wrong"),
    asked("proof_digest_missing_refused", f"The proof names no presentation {_STEP_5}",
          proved(lambda claims: claims.pop("sd_hash")), "presentation_wrong"),
    asked("proof_expired_refused", f"The proof itself has expired {_STEP_5}",
          proved(lambda claims: claims.update(exp=NOW - 1)), "presentation_stale"),
)  # fmt: skip

_HELD = (
    _V(
        name="hash_algorithm_unknown_indeterminate",
        why="_sd_alg is not understood (step 2.d): never valid.",
        code=code(payload(NAME, _sd_alg="sha3-256"), NAME),
        reasons=_UNSUPPORTED,
    ),
    _V(
        name="kind_unknown_indeterminate",
        why="vct names a kind of credential that is not known here.",
        code=code(payload(NAME, vct="https://example.org/membership"), NAME),
        reasons=_UNSUPPORTED,
    ),
    _V(
        name="key_unknown_indeterminate",
        why="Nobody trusted has this kid.",
        code=WHOLE,
        keys=(key_entry(signer("mallory").public_key),),
        reasons=("key_unknown",),
    ),
)

SD_JWT: Final = (*_VALID, *_TOKEN_STEPS, *_DISCLOSURE_STEPS, *_PROOF_STEPS, *_HELD)
