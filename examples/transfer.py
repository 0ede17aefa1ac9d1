"""A licence moves from Sichuan to Guangdong (转出、转入), and the old code says where it went.

Sichuan's ledger keeps every state: valid, withheld, released, transferred. A bank in Guangzhou
scans the old code after each change, offline, and then the new one, which names the old.

Run: python examples/transfer.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from trustcert import PinnedTrust, PrivateKey, Report, Verifier, issue
from trustcert.claims import BusinessLicence, Claims, Holder
from trustcert.encoding.instants import instant
from trustcert.identifiers import licence
from trustcert.issuer import with_status
from trustcert.ledger.changes import Order, change
from trustcert.ledger.planning import Successor, Wanted
from trustcert.ledger.publishing import confirm, current, publish
from trustcert.ledger.storage import Ledger, create
from trustcert.policy import Policy, from_document
from trustcert.registry.trust import HeldList, TrustedKey
from trustcert.status import snapshot
from trustcert.status.causes import RULES, Cause
from trustcert.wording import explain

NOW = instant("2026-03-02T09:00:00+08:00")
DAY = 86_400
CODE = "91350100M000100Y43"
TYPE = "11100000000013338W011"
OLD = licence.build(type_code=TYPE, issuer="510100", serial="20230000403")
NEW = licence.build(type_code=TYPE, issuer="440100", serial="20260000077")


def policy() -> Policy:
    """Return what the bank in Guangzhou goes by."""
    lines = [{"issuer": issuer, "types": ["business_licence"]} for issuer in ("CN-51", "CN-44")]
    return from_document(
        {"destination": "CN-44", "recognises": lines, "rules": {"business_licence": {}}}
    )


def claims(issuer: str, identifier: licence.LicenceId, replaces: str | None = None) -> Claims:
    """Return the licence of the firm, as one province issues it."""
    details = BusinessLicence(
        title="营业执照", number=CODE, identifier=str(identifier), replaces=replaces
    )
    holder = Holder(name="成都锦江贸易有限公司", organisation_code=CODE)
    return Claims(issuer=issuer, issued_at=NOW - DAY, details=details, holder=holder)


class Scene:
    """Sichuan's ledger, both provinces' keys, and the bank."""

    def __init__(self, ledger: Ledger) -> None:
        """Issue the licence in Sichuan, with a place on its status list."""
        self.ledger = ledger
        self.keys = {issuer: PrivateKey.generate() for issuer in ("CN-51", "CN-44")}
        (self.old,) = with_status([claims("CN-51", OLD)], ledger, self.keys["CN-51"])
        self.code = issue(self.old, self.keys["CN-51"])

    def order(self, cause: Cause, successor: Successor | None = None) -> None:
        """Let Sichuan's registrar change the state of the licence."""
        status = self.old.status
        if status is None:
            raise RuntimeError
        wanted = Wanted(number=status.list, index=status.index, successor=successor)
        change(self.ledger, [wanted], Order(cause=cause, actor="desk-7", at=NOW))

    def bank(self, code: str) -> Report:
        """Return what the bank says, with the status list as it is published now."""
        confirm(self.ledger, publish(self.ledger, at=NOW))
        lists = [
            HeldList(list=snapshot.decode(data, issuer="CN-51", number=1), as_of=NOW)
            for path, data in current(self.ledger).items()
            if path.endswith("/1.snapshot")
        ]
        keys = [
            TrustedKey(key=key.public_key, issuer=issuer, names=frozenset({issuer}), types=None)
            for issuer, key in self.keys.items()
        ]
        return Verifier(PinnedTrust.of(keys, lists=lists), policy=policy()).check(code, at=NOW)


def show(step: str, report: Report) -> Report:
    """Print one step and the bank's answer, in both languages."""
    print(f"{step}: {report.verdict.signal}")
    for language in ("zh", "en"):
        for line in explain(report, language):
            print(f"    {line.what} {line.next}  ({line.detail})")
    return report


def main() -> list[Report]:
    """Walk the licence through its life; return what the bank said at each step."""
    with (
        tempfile.TemporaryDirectory() as folder,
        create(Path(folder) / "l", issuer="CN-51") as book,
    ):
        scene = Scene(book)
        said = [show("有效 · valid", scene.bank(scene.code))]
        for cause in (Cause.WITHHELD, Cause.RELEASED):
            scene.order(cause)
            said.append(show(f"{RULES[cause].name} · {cause.value}", scene.bank(scene.code)))
        scene.order(Cause.TRANSFERRED, Successor(issuer="CN-44"))
        said.append(show("转出 · transferred: the old code", scene.bank(scene.code)))
        new = issue(claims("CN-44", NEW, replaces=str(OLD)), scene.keys["CN-44"])
        said.append(show("转入 · transferred: the new code", scene.bank(new)))
        print(f"    接续 · it takes the place of {OLD}")
    return said


if __name__ == "__main__":
    main()
