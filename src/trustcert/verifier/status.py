"""The sixth step: whether the issuer revoked, suspended or superseded the credential.

A credential may name a status list of the registry, lists at web addresses (IETF, W3C), a
revocation id (SMART Health Cards), or nothing. EU certificates name nothing and are looked for
among their country's batches, where the application holds batches at all. A list that a credential
names and that is not held leaves the verdict open; an old list still revokes. What a list says
of the cause becomes the reason, and the detail names whom to ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustcert.claims import Claims, ExternalStatus, StatusReference
from trustcert.encoding.instants import spoken
from trustcert.formats import Envelope, hcert
from trustcert.registry.anchors import ForeignTrust
from trustcert.registry.trust import TrustedKey
from trustcert.report import Reason, Verdict
from trustcert.status import State, StatusList, eu
from trustcert.status.causes import RULES, Cause

if TYPE_CHECKING:
    from trustcert.verifier.walk import Walk

_REFUSED: Final = {
    State.INVALID: Reason.REVOKED,
    State.SUSPENDED: Reason.SUSPENDED,
    State.SUPERSEDED: Reason.SUPERSEDED,
}
_BY_CAUSE: Final = {
    Cause.INVESTIGATED: Reason.UNDER_INVESTIGATION,
    Cause.ANNULLED: Reason.ANNULLED,
    Cause.CANCELLED: Reason.CANCELLED,
    Cause.LAPSED: Reason.LAPSED,
    Cause.PENALISED: Reason.PENALISED,
}
"""The causes that have a reason of their own; for others the state's stands."""


_VALID: Final = State.VALID
_STALE: Final = Reason.STATUS_STALE


def judge(walk: Walk, envelope: Envelope, claims: Claims, owner: TrustedKey) -> None:
    """Note what the status lists that ``walk`` can ask say against the credential."""
    if claims.status is not None:
        _listed(walk, claims.status, owner)
    for entry in claims.external_status:
        _listed_elsewhere(walk, entry, owner)
    if claims.revocation_id is not None:
        _card(walk, claims.revocation_id, claims.issued_at, envelope, owner)
    if envelope.format == hcert.NAME:
        _batches(walk, envelope, claims, owner)


def _listed(walk: Walk, reference: StatusReference, owner: TrustedKey) -> None:
    number = reference.list
    held = walk.verifier.trust.status_list(owner.issuer, number)
    if held is None:
        _unknown(walk, f"no status list {number} of {owner.issuer} is held")
        return
    _freshness(walk, held.as_of, held.good_until, owner)
    state = held.list.state(reference.index)
    if state is None:
        detail = f"status list {number} of {owner.issuer} has {held.list.size} entries"
        walk.stop(Verdict.INDETERMINATE, Reason.STATUS_OUT_OF_RANGE, detail)
    elif state is not _VALID:
        _refuse(walk, held.list, reference.index, state)


def _refuse(walk: Walk, known: StatusList, index: int, state: State) -> None:
    """Object to what is not valid: which of all it is, by whose list, and where to look."""
    reason = _REFUSED[state]
    detail = f"status list {known.number} of {known.issuer} says {state.name.lower()}"
    cause = known.cause(index)
    if cause is not None:
        reason = _BY_CAUSE.get(cause, reason)
        detail += f": {cause.value} ({RULES[cause].name})"
    keeper = known.successor(index)
    if keeper is not None:
        reason = reason if keeper == known.issuer else Reason.MOVED
        detail += f"; {keeper} keeps the newer one"
    else:
        detail += f"; ask {known.issuer}"
    contact = walk.verifier.trust.contact(keeper or known.issuer)
    if contact is not None:
        detail += f" ({contact})"
    walk.stop(Verdict.INVALID, reason, detail)


def _listed_elsewhere(walk: Walk, entry: ExternalStatus, owner: TrustedKey) -> None:
    trust, issuer = walk.verifier.trust, owner.issuer
    held = None
    if isinstance(trust, ForeignTrust):
        held = trust.foreign_list(owner.names, entry.uri, entry.purpose)
    if held is None:
        _unknown(walk, f"the status list of {issuer} that it names is not held")
        return
    _freshness(walk, held.as_of, held.good_until, owner)
    state = held.list.state(entry.index)
    if entry.index >= held.list.size:
        detail = f"the status list of {issuer} has {held.list.size} entries"
        walk.stop(Verdict.INDETERMINATE, Reason.STATUS_OUT_OF_RANGE, detail)
    elif state is None:
        _unknown(walk, f"the status list of {issuer} says something that is not known here")
    elif state is not _VALID:
        detail = f"the status list of {issuer} says {state.name.lower()}"
        walk.stop(Verdict.INVALID, _REFUSED[state], detail)


def _card(walk: Walk, rid: str, issued_at: int, envelope: Envelope, owner: TrustedKey) -> None:
    trust = walk.verifier.trust
    held = None
    if isinstance(trust, ForeignTrust):
        held = trust.revoked_cards(owner.names, envelope.kid)
    if held is None:
        _unknown(walk, f"no list of revoked cards of {owner.issuer} is held")
        return
    walk.age("status", held.as_of, _STALE)
    if held.list.revokes(rid, issued_at=issued_at):
        detail = f"{owner.issuer} lists this card as revoked"
        walk.stop(Verdict.INVALID, Reason.REVOKED, detail, "claims.vc.rid")


def _batches(walk: Walk, envelope: Envelope, claims: Claims, owner: TrustedKey) -> None:
    trust = walk.verifier.trust
    if not isinstance(trust, ForeignTrust) or not trust.has_batches:
        return
    country = claims.issuer
    held = trust.revocation_batches(country)
    if held is None:
        _unknown(walk, f"the revocations of {owner.issuer} are not held")
        return
    walk.age("status", held.as_of, _STALE)
    hashes = eu.hashes_of(
        uci=(claims.id or b"").decode(),
        country=country,
        signature=envelope.signature,
        is_ecdsa=owner.key.algorithm.kty == "EC",
    )
    # the kid is a hint that a forger may change: the batches of all keys are asked
    if eu.revoked(held.batches, hashes, country=country, kid=None, at=walk.at):
        detail = f"{owner.issuer} lists this certificate as revoked"
        walk.stop(Verdict.INVALID, Reason.REVOKED, detail, "hcert")


def _freshness(walk: Walk, as_of: int, good_until: int | None, owner: TrustedKey) -> None:
    walk.age("status", as_of, _STALE)
    if good_until is None:
        return
    if walk.at >= good_until:
        detail = f"the status list of {owner.issuer} expired {spoken(good_until)}"
        walk.stop(Verdict.INDETERMINATE, _STALE, detail)
    else:
        walk.moments.append(good_until)


def _unknown(walk: Walk, detail: str) -> None:
    walk.stop(Verdict.INDETERMINATE, Reason.STATUS_UNKNOWN, detail)
