"""The scene of the project: 588 workers, a train from Sichuan, a checkpoint without a network.

Sichuan issues health proofs in the evening; the next day every one of them is read from a picture
and judged on a platform in Guangzhou, offline. Run it with ``make demo``; what it writes is in
``out/train``: the codes, a printable sheet, the registry as any web server would serve it, and
the checkpoint's store.
"""

from __future__ import annotations

import csv
import functools
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from rich.console import Console
from rich.progress import track

from trustcert import Claims, PrivateKey, Report, TrustStore, Verdict, Verifier, issue, qr
from trustcert.bulk import RefusedRow, Row, read_applications
from trustcert.encoding import base45
from trustcert.encoding.instants import instant, rfc3339, spoken
from trustcert.issuer import with_status
from trustcert.ledger import changes, publishing, storage
from trustcert.registry import publish
from trustcert.registry.model import Issuer, KeyRecord, KeySet
from trustcert.registry.repository import Repository, create
from trustcert.registry.roles import RoleKeys
from trustcert.status.causes import Cause
from trustcert.sync import SyncResult, sync
from trustcert.wording import explain

WORKERS = Path(__file__).parent / "data" / "train.csv"
FOLDER = Path("out") / "train"

DEPARTURE = instant("2026-03-01T20:00:00+08:00")
"""When Sichuan issues: the evening that the file of workers is of."""
ARRIVAL = instant("2026-03-02T14:30:00+08:00")
"""When the train arrives, some hours late. The scene is moved so that this is now."""
DAY = 86_400

POLICY = {
    "destination": "CN-44",
    "recognises": [
        {"issuer": "CN-51", "types": ["health_proof"]},
        {"issuer": "CN-31", "types": ["vaccination"]},
    ],
    "rules": {
        "health_proof": {
            "colours": ["green"],
            "results": ["no_abnormality"],
            "test": {"hours": 72, "origin": "sampled", "inclusive": True},
        },
        "vaccination": {},
    },
}
"""What Guangdong accepts: Sichuan's health proofs, and of Shanghai only vaccinations."""

PROVINCES = {"CN-51": ("四川省", "Sichuan"), "CN-44": ("广东省", "Guangdong"),
             "CN-31": ("上海市", "Shanghai")}  # fmt: skip

say = Console(stderr=False, highlight=False).print


@dataclass(kw_only=True)
class Province:
    """One province: the keys it signs registry entries, status lists and credentials with."""

    id: str
    authority: PrivateKey
    online: PrivateKey
    signing: PrivateKey


@dataclass(kw_only=True)
class Scene:
    """Everything that stands before the train arrives."""

    folder: Path
    now: int
    hub: PrivateKey
    online: PrivateKey
    registry: Repository
    provinces: dict[str, Province]
    codes: dict[str, str] = field(default_factory=dict)

    @property
    def shift(self) -> int:
        """Seconds from the times in the file of workers to today."""
        return self.now - ARRIVAL

    @property
    def www(self) -> Path:
        """What a web server serves."""
        return self.folder / "www"


def set_up(folder: Path, now: int) -> Scene:
    """Make keys for three provinces, and a registry that names them."""
    roots = [PrivateKey.generate("Ed25519") for _ in range(2)]
    hub, online = PrivateKey.generate("Ed25519"), PrivateKey.generate("Ed25519")
    at = now - 30 * DAY
    registry = create(
        root=RoleKeys(keys=tuple(key.public_key for key in roots), threshold=2),
        targets=_one(hub),
        snapshot=_one(online),
        timestamp=_one(online),
        at=now,
    )
    provinces = {
        id_: Province(
            id=id_,
            authority=PrivateKey.generate("Ed25519"),
            online=PrivateKey.generate("Ed25519"),
            signing=PrivateKey.generate("ESP256"),
        )
        for id_ in PROVINCES
    }
    for id_, province in provinces.items():
        zh, en = PROVINCES[id_]
        types = frozenset({"health_proof", "vaccination"})
        registry.add_issuer(
            Issuer(id=id_, name_zh=zh, name_en=en, types=types, contact="12345"),
            _one(province.authority),
            at=now,
        )
        registry.delegate_status(id_, _one(province.online), at=now)
        record = KeyRecord(key=province.signing.public_key, not_before=at)
        registry.put_key_set(KeySet(issuer=id_, keys=(record,)), at=now)
    registry.put_policy("CN-44", POLICY, at=now)
    registry.sign(*roots, hub, *(province.authority for province in provinces.values()))
    return Scene(folder=folder, now=now, hub=hub, online=online, registry=registry,
                 provinces=provinces)  # fmt: skip


def _one(key: PrivateKey) -> RoleKeys:
    return RoleKeys(keys=(key.public_key,))


def issue_proofs(scene: Scene, workers: Path = WORKERS) -> tuple[list[Row], list[RefusedRow]]:
    """Issue a health proof for every good row; return the issued and the refused ones."""
    sichuan = scene.provinces["CN-51"]
    issued_at = DEPARTURE + scene.shift
    moved = scene.folder / "workers.csv"
    move_times(workers, moved, scene.shift)
    rows = list(
        read_applications(
            moved,
            issuer="CN-51",
            issued_at=issued_at,
            defaults={"type": "health_proof", "expires": rfc3339(issued_at + 7 * DAY)},
        )
    )
    good = [row for row in rows if isinstance(row, Row)]
    with storage.create(scene.folder / "sichuan.ledger", issuer="CN-51") as book:
        claims = with_status([row.claims for row in good], book, sichuan.signing, batch="train")
        issued = [replace(row, claims=entry) for row, entry in zip(good, claims, strict=True)]
        for row in track(issued, "issuing     "):
            scene.codes[f"{row.line:04}"] = issue(row.claims, sichuan.signing)
        revoke(book, issued[9].claims, scene.now)
        announce(book, scene)
    return issued, [row for row in rows if isinstance(row, RefusedRow)]


def move_times(source: Path, target: Path, shift: int) -> None:
    """Copy the file of workers with its times moved by ``shift`` seconds."""
    with (
        source.open(encoding="utf-8", newline="") as old,
        target.open("w", encoding="utf-8", newline="") as new,
    ):
        reader = csv.DictReader(old)
        writer = csv.DictWriter(new, reader.fieldnames or [])
        writer.writeheader()
        for row in reader:
            for name in ("sampled_at", "expires"):
                if row[name]:
                    row[name] = rfc3339(instant(row[name]) + shift)
            writer.writerow(row)


def revoke(book: storage.Ledger, claims: Claims, at: int) -> None:
    """Revoke one proof: what it rested on turned out to be wrong."""
    if claims.status is None:
        raise ValueError("a proof without a place on a list cannot be revoked")
    order = changes.Order(cause=Cause.ANNULLED, actor="health-commission", at=at, note="case 17")
    changes.change(book, [(claims.status.list, claims.status.index)], order)


def announce(book: storage.Ledger, scene: Scene) -> None:
    """Put the ledger's lists into the registry and publish it."""
    publication = publishing.publish(book, at=scene.now)
    for path, content in publication.write.items():
        scene.registry.put("CN-51-status", path, content, at=scene.now)
    scene.registry.sign(scene.provinces["CN-51"].online)
    publish.publish(scene.registry, scene.www, scene.online, at=scene.now)
    publishing.confirm(book, publication)


def add_strangers(scene: Scene, model: Claims) -> None:
    """Add three codes that Sichuan did not issue so: forged, altered, not recognised here."""
    shanghai = scene.provinces["CN-31"].signing
    scene.codes["forged"] = issue(model, PrivateKey.generate("ESP256"))
    altered = bytearray(base45.decode(next(iter(scene.codes.values()))[4:]))
    altered[len(altered) // 2] ^= 1
    scene.codes["altered"] = "TC1:" + base45.encode(bytes(altered))
    abroad = replace(model, issuer="CN-31", status=None)
    scene.codes["shanghai"] = issue(abroad, shanghai)


def draw(scene: Scene) -> list[Path]:
    """Draw every code as PNG."""
    pictures = []
    (scene.folder / "codes").mkdir(exist_ok=True)
    for name, text in track(scene.codes.items(), "drawing     ", total=len(scene.codes)):
        pictures.append(scene.folder / "codes" / f"{name}.png")
        qr.save(text, pictures[-1])
    return pictures


def print_sheet(scene: Scene, issued: list[Row]) -> qr.Sheet:
    """Print the issued codes on pages to cut, with masked names, by the line of each row."""
    names = [f"{row.line:04}" for row in issued]
    entries = (
        qr.entry_of(row.claims, scene.codes[name], serial=name)
        for name, row in zip(names, issued, strict=True)
    )
    return qr.write_sheet(
        track(entries, "printing    ", total=len(issued)),
        scene.folder / "sheet.pdf",
        at=scene.now,
        title="四川省 健康证明 · Sichuan health proofs",
    )


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve ``folder`` over HTTP on loopback; yield its address; stop at the end."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: Any) -> None:
            """Say nothing of each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetch(scene: Scene) -> SyncResult:
    """Sync the checkpoint's store over HTTP; when this returns, the server is gone."""
    with served(scene.www) as url:
        return sync(TrustStore(scene.folder / "store"), url, root=scene.registry.roots[1])


def read_and_judge(scene: Scene, pictures: Iterable[Path]) -> dict[str, Report]:
    """Return the report of every picture: read back by the scanner, judged without a network."""
    verifier = Verifier(TrustStore(scene.folder / "store").open(at=scene.now), destination="CN-44")

    def signed(text: str) -> bool:
        return verifier.check(text, at=scene.now).is_signed

    reports = {}
    for picture in pictures:
        (text,) = qr.scan(picture, accept=signed).texts
        reports[picture.stem] = verifier.check(text, at=scene.now)
    return reports


def summary(reports: dict[str, Report]) -> tuple[Counter[str], Counter[str]]:
    """Return the counts by signal (PASS, HOLD, DENY), and by first reason."""
    signals = Counter(report.verdict.signal for report in reports.values())
    reasons = Counter(r.reasons[0].value for r in reports.values() if r.reasons)
    return signals, reasons


def show(reports: dict[str, Report]) -> None:
    """Print what a guard is told of everybody who does not simply pass."""
    for name, report in reports.items():
        if report.verdict is Verdict.VALID:
            continue
        say(f"\n[bold]{report.verdict.signal}[/bold]  {name}  {report.holder or ''}")
        for english, chinese in zip(explain(report), explain(report, "zh"), strict=True):
            say(f"   {chinese.what}{chinese.next}")
            say(f"   {english.what} {english.next}  ({english.detail})")


def main(folder: Path = FOLDER) -> int:
    """Play the scene; return 0 if it ended as it must."""
    started = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    scene = set_up(folder, int(time.time()))
    say(f"Sichuan issues on the evening of {spoken(DEPARTURE + scene.shift)}.")
    issued, refused = issue_proofs(scene)
    for row in refused:
        say(f"   not issued: {row}")
    add_strangers(scene, issued[0].claims)
    pictures = draw(scene)
    sheet = print_sheet(scene, issued)
    say(f"The proofs to print and cut, {sheet.codes} on {sheet.pages} pages: {sheet.files[0]}")
    result = fetch(scene)
    say(f"Guangdong synced in {result.requests} requests, {result.bytes:,} bytes. "
        "The server is stopped: no network from here on.")  # fmt: skip
    before = time.perf_counter()
    reports = read_and_judge(scene, track(pictures, "the platform"))
    seconds = time.perf_counter() - before
    show(reports)
    signals, reasons = summary(reports)
    say(f"\n{len(issued)} proofs issued, {len(refused)} row refused; {len(reports)} codes shown.")
    say("   " + ", ".join(f"{name} {count}" for name, count in signals.most_common()))
    say("   " + ", ".join(f"{name} {count}" for name, count in reasons.most_common()))
    say(f"{len(reports) / seconds:.0f} pictures read and judged a second; "
        f"all in {time.perf_counter() - started:.1f} s. See {folder}.")  # fmt: skip
    say(f"`make gate` opens the checkpoint's page on this scene; "
        f"show it the pictures in {folder / 'codes'}.")  # fmt: skip
    return 0 if signals["PASS"] == len(issued) - 2 else 1


if __name__ == "__main__":
    sys.exit(main())
