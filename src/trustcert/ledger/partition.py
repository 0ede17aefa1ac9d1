"""What is issued, as far as its status is concerned, and which list it belongs on.

Lists are partitioned by credential type and expiry period, so that a list can be dropped whole
once everything on it has expired. Periods are of the Chinese calendar day (UTC+08:00): a month for
credentials that live up to 100 days, a quarter up to two years, a year above, and one without end
for those that never expire.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from trustcert.encoding.instants import CHINA
from trustcert.errors import MalformedError
from trustcert.limits import CLAIM_CHARACTERS, TIME_MAX
from trustcert.values import PublicValue

_DAY: Final = 86_400
_MONTHLY_DAYS: Final = 100
_QUARTERLY_DAYS: Final = 731


class Issuance(PublicValue, frozen=True, kw_only=True):
    """What is issued, as far as its status is concerned; times are Unix seconds.

    The rest is remembered to find credentials again when a whole issuance turns out bad:
    ``batch`` is the issuer's label of an issuing run, ``site`` of the place that took part
    (a clinic's code), ``kid`` the key that signs. None of them names a person.
    """

    type: str
    issued_at: int
    expires: int | None
    batch: str | None = None
    site: str | None = None
    kid: bytes | None = None


def period(expires: int | None, at: int) -> tuple[str, int | None]:
    """Return the period of ``expires`` for a credential issued at ``at``, and the period's end.

    ``2026-03``, ``2026-Q1``, ``2026``, or ``open`` without an end; the end is the first second
    behind the period.
    """
    if expires is None:
        return "open", None
    day = datetime.fromtimestamp(min(expires, TIME_MAX - _DAY), CHINA)
    months = 12
    if expires - at <= _MONTHLY_DAYS * _DAY:
        months = 1
    elif expires - at <= _QUARTERLY_DAYS * _DAY:
        months = 3
    part = (day.month - 1) // months
    name = {1: f"{day.year}-{day.month:02}", 3: f"{day.year}-Q{part + 1}", 12: str(day.year)}
    year, month = divmod(day.year * 12 + (part + 1) * months, 12)
    if year > day.max.year:
        return name[months], TIME_MAX
    return name[months], int(datetime(year, month + 1, 1, tzinfo=CHINA).timestamp())


def checked(issuance: Issuance) -> Issuance:
    """Return ``issuance`` if it is in bounds.

    Raises:
        MalformedError: a text or time out of bounds, or an expiry that is not after the issue.
    """
    texts = {"type": issuance.type, "batch": issuance.batch, "site": issuance.site}
    for place, text in texts.items():
        if text is not None and not 0 < len(text) <= CLAIM_CHARACTERS:
            raise MalformedError(f"must have 1 to {CLAIM_CHARACTERS} characters", where=place)
    if not 0 <= issuance.issued_at <= TIME_MAX:
        raise MalformedError("time outside the years 1970 to 9999", where="issued_at")
    if issuance.expires is not None and not issuance.issued_at < issuance.expires <= TIME_MAX:
        raise MalformedError("must be after the issue", where="expires")
    return issuance
