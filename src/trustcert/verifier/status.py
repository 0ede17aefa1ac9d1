"""Step 6, status: whether the issuer revoked, suspended or superseded the credential.

A credential may name a status list of the registry, lists at web addresses (IETF, W3C), a
revocation id (SMART Health Cards), or nothing. EU certificates name nothing and are looked for
among their country's batches, where the application holds batches at all. A list that a credential
names and that is not held leaves the verdict open; an old list still revokes. What a list says
of the cause becomes the reason, and the detail names whom to ask.
"""

from __future__ import annotations

from trustcert.claims import Claims, ExternalStatus, StatusReference
from trustcert.formats import Envelope, hcert
from trustcert.registry.trust import TrustedKey
from trustcert.report import Reason, Verdict
from trustcert.sentences import sentence
from trustcert.status import State, StatusList, eu
from trustcert.verifier.check import Check

__all__ = ["judge_status"]

_BY_STATE = {
    State.INVALID: (Verdict.INVALID, Reason.REVOKED),
    State.SUSPENDED: (Verdict.INVALID, Reason.SUSPENDED),
    State.SUPERSEDED: (Verdict.INVALID, Reason.SUPERSEDED),
}
"""The verdict and the reason of each state but valid."""

_STATES = {
    State.INVALID: sentence("invalid"),
    State.SUSPENDED: sentence("suspended"),
    State.SUPERSEDED: sentence("superseded"),
}


def judge_status(check: Check, envelope: Envelope, claims: Claims, owner: TrustedKey) -> None:
    """Note what the status lists that are held say against the credential."""
    if claims.status is not None:
        _ask_registry_list(check, claims.status, owner)
    for entry in claims.external_status:
        _ask_external_list(check, entry, owner)
    if claims.revocation_id is not None:
        _ask_card_list(check, claims.revocation_id, claims.issued_at, envelope, owner)
    if envelope.format == hcert.NAME:
        _ask_batches(check, envelope, claims, owner)


def _ask_registry_list(check: Check, reference: StatusReference, owner: TrustedKey) -> None:
    number = reference.list
    held = check.settings.trust.status_list(owner.issuer, number)
    if held is None:
        detail = sentence(
            "no status list {number} of {issuer} is held", number=number, issuer=owner.issuer
        )
        check.hold(Reason.STATUS_UNKNOWN, detail)
        return
    _judge_freshness(check, held.as_of, held.good_until, owner)
    state = held.list.state(reference.index)
    if state is None:
        detail = sentence(
            "status list {number} of {issuer} has {size} entries",
            number=number,
            issuer=owner.issuer,
            size=held.list.size,
        )
        check.hold(Reason.STATUS_OUT_OF_RANGE, detail)
    elif state is not State.VALID:
        _note_state(check, held.list, reference.index, state)


def _note_state(check: Check, listed: StatusList, index: int, state: State) -> None:
    """Note a state that is not valid: the reason, by whose list, and where to ask."""
    verdict, reason = _BY_STATE[state]
    detail = sentence(
        "status list {number} of {issuer} says {state}",
        number=listed.number,
        issuer=listed.issuer,
        state=_STATES[state],
    )
    cause = listed.cause(index)
    if cause is not None:
        reason = cause.rule.reason or reason
        detail = sentence(
            "{said}: {cause} ({rule})", said=detail, cause=cause.value, rule=cause.rule.name
        )
    keeper = listed.successor(index)
    if keeper is None:
        detail = sentence("{said}; ask {issuer}", said=detail, issuer=listed.issuer)
    else:
        reason = reason if keeper == listed.issuer else Reason.MOVED
        detail = sentence("{said}; {issuer} keeps the newer one", said=detail, issuer=keeper)
    contact = check.settings.trust.contact(keeper or listed.issuer)
    if contact is not None:
        detail = sentence("{said} ({contact})", said=detail, contact=contact)
    check.note(verdict, reason, detail)


def _ask_external_list(check: Check, entry: ExternalStatus, owner: TrustedKey) -> None:
    issuer = owner.issuer
    held = check.settings.trust.foreign_list(owner.names, entry.uri, entry.purpose)
    if held is None:
        detail = sentence("the status list of {issuer} that it names is not held", issuer=issuer)
        check.hold(Reason.STATUS_UNKNOWN, detail)
        return
    _judge_freshness(check, held.as_of, held.good_until, owner)
    state = held.list.state(entry.index)
    if entry.index >= held.list.size:
        detail = sentence(
            "the status list of {issuer} has {size} entries", issuer=issuer, size=held.list.size
        )
        check.hold(Reason.STATUS_OUT_OF_RANGE, detail)
    elif state is None:
        detail = sentence(
            "the status list of {issuer} says something that is not known here", issuer=issuer
        )
        check.hold(Reason.STATUS_UNKNOWN, detail)
    elif state is not State.VALID:
        verdict, reason = _BY_STATE[state]
        detail = sentence(
            "the status list of {issuer} says {state}", issuer=issuer, state=_STATES[state]
        )
        check.note(verdict, reason, detail)


def _ask_card_list(
    check: Check, rid: str, issued_at: int, envelope: Envelope, owner: TrustedKey
) -> None:
    held = check.settings.trust.revoked_cards(owner.names, envelope.kid)
    if held is None:
        detail = sentence("no list of revoked cards of {issuer} is held", issuer=owner.issuer)
        check.hold(Reason.STATUS_UNKNOWN, detail)
        return
    check.note_age("status", held.as_of, Reason.STATUS_STALE)
    if held.list.revokes(rid, issued_at=issued_at):
        detail = sentence("{issuer} lists this card as revoked", issuer=owner.issuer)
        check.refuse(Reason.REVOKED, detail, "claims.vc.rid")


def _ask_batches(check: Check, envelope: Envelope, claims: Claims, owner: TrustedKey) -> None:
    trust = check.settings.trust
    if not trust.has_batches:
        return
    country = claims.issuer
    held = trust.revocation_batches(country)
    if held is None:
        detail = sentence("the revocations of {issuer} are not held", issuer=owner.issuer)
        check.hold(Reason.STATUS_UNKNOWN, detail)
        return
    check.note_age("status", held.as_of, Reason.STATUS_STALE)
    hashes = eu.hashes_of(
        uci=(claims.id or b"").decode(),
        country=country,
        signature=envelope.signature,
        is_ecdsa=owner.key.algorithm.kty == "EC",
    )
    # the kid is a hint that a forger may change: the batches of all keys are asked
    if eu.revoked(held.batches, hashes, country=country, kid=None, at=check.at):
        detail = sentence("{issuer} lists this certificate as revoked", issuer=owner.issuer)
        check.refuse(Reason.REVOKED, detail, "hcert")


def _judge_freshness(check: Check, as_of: int, good_until: int | None, owner: TrustedKey) -> None:
    check.note_age("status", as_of, Reason.STATUS_STALE)
    if good_until is not None:
        what = sentence("the status list of {issuer}", issuer=owner.issuer)
        check.good_until(good_until, Reason.STATUS_STALE, what)
