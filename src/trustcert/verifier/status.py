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
from trustcert.status import State, StatusList, eu
from trustcert.verifier.check import Check

__all__ = ["judge_status"]

_BY_STATE = {
    State.INVALID: (Verdict.INVALID, Reason.REVOKED),
    State.SUSPENDED: (Verdict.INVALID, Reason.SUSPENDED),
    State.SUPERSEDED: (Verdict.INVALID, Reason.SUPERSEDED),
}
"""The verdict and the reason of each state but valid."""


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
        check.hold(Reason.STATUS_UNKNOWN, f"no status list {number} of {owner.issuer} is held")
        return
    _judge_freshness(check, held.as_of, held.good_until, owner)
    state = held.list.state(reference.index)
    if state is None:
        detail = f"status list {number} of {owner.issuer} has {held.list.size} entries"
        check.hold(Reason.STATUS_OUT_OF_RANGE, detail)
    elif state is not State.VALID:
        _note_state(check, held.list, reference.index, state)


def _note_state(check: Check, listed: StatusList, index: int, state: State) -> None:
    """Note a state that is not valid: the reason, by whose list, and where to ask."""
    verdict, reason = _BY_STATE[state]
    detail = f"status list {listed.number} of {listed.issuer} says {state.name.lower()}"
    cause = listed.cause(index)
    if cause is not None:
        reason = cause.rule.reason or reason
        detail += f": {cause.value} ({cause.rule.name})"
    keeper = listed.successor(index)
    if keeper is None:
        detail += f"; ask {listed.issuer}"
    else:
        reason = reason if keeper == listed.issuer else Reason.MOVED
        detail += f"; {keeper} keeps the newer one"
    contact = check.settings.trust.contact(keeper or listed.issuer)
    if contact is not None:
        detail += f" ({contact})"
    check.note(verdict, reason, detail)


def _ask_external_list(check: Check, entry: ExternalStatus, owner: TrustedKey) -> None:
    issuer = owner.issuer
    held = check.settings.trust.foreign_list(owner.names, entry.uri, entry.purpose)
    if held is None:
        check.hold(Reason.STATUS_UNKNOWN, f"the status list of {issuer} that it names is not held")
        return
    _judge_freshness(check, held.as_of, held.good_until, owner)
    state = held.list.state(entry.index)
    if entry.index >= held.list.size:
        detail = f"the status list of {issuer} has {held.list.size} entries"
        check.hold(Reason.STATUS_OUT_OF_RANGE, detail)
    elif state is None:
        detail = f"the status list of {issuer} says something that is not known here"
        check.hold(Reason.STATUS_UNKNOWN, detail)
    elif state is not State.VALID:
        verdict, reason = _BY_STATE[state]
        check.note(verdict, reason, f"the status list of {issuer} says {state.name.lower()}")


def _ask_card_list(
    check: Check, rid: str, issued_at: int, envelope: Envelope, owner: TrustedKey
) -> None:
    held = check.settings.trust.revoked_cards(owner.names, envelope.kid)
    if held is None:
        detail = f"no list of revoked cards of {owner.issuer} is held"
        check.hold(Reason.STATUS_UNKNOWN, detail)
        return
    check.note_age("status", held.as_of, Reason.STATUS_STALE)
    if held.list.revokes(rid, issued_at=issued_at):
        detail = f"{owner.issuer} lists this card as revoked"
        check.refuse(Reason.REVOKED, detail, "claims.vc.rid")


def _ask_batches(check: Check, envelope: Envelope, claims: Claims, owner: TrustedKey) -> None:
    trust = check.settings.trust
    if not trust.has_batches:
        return
    country = claims.issuer
    held = trust.revocation_batches(country)
    if held is None:
        check.hold(Reason.STATUS_UNKNOWN, f"the revocations of {owner.issuer} are not held")
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
        detail = f"{owner.issuer} lists this certificate as revoked"
        check.refuse(Reason.REVOKED, detail, "hcert")


def _judge_freshness(check: Check, as_of: int, good_until: int | None, owner: TrustedKey) -> None:
    check.note_age("status", as_of, Reason.STATUS_STALE)
    if good_until is not None:
        check.good_until(good_until, Reason.STATUS_STALE, f"the status list of {owner.issuer}")
