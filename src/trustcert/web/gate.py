"""The page of one checkpoint: its shift, what it scans, and what a check asks the guard.

The page sends camera frames (8-bit grey pixels), texts that a scanner typed, and files; the answer
to each is one JSON object. Everything that the page shows of a credential is in that answer: the
masked name, the issuer, times, and the reasons with their words.
"""

from __future__ import annotations

import csv
import io
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from anyio import to_thread
from msgspec import Meta
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trustcert import formats
from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError, TrustcertError, TrustError, VerificationError
from trustcert.gate import Passage, Shift, ShiftLog, broken_off, load_or_make_key
from trustcert.gate.desk import judge_bundle
from trustcert.limits import IMAGE_BYTES, MESSAGE_CHARACTERS, NAME_CHARACTERS, REGISTRY_BYTES
from trustcert.live import LiveVerifier
from trustcert.policy import Circumstances
from trustcert.policy.bundles import BundleState
from trustcert.qr import Reader, ReaderProcess, heal
from trustcert.report import Reason, Report, Verdict
from trustcert.store import DEFAULT, TrustStore
from trustcert.web.api import trust_state
from trustcert.web.guard import BodyError, read_body
from trustcert.wording import LANGUAGES, describe, explain

__all__ = ["Gate"]

_FRAME_SIDE: Final = 2048
_FRAME_BYTES: Final = _FRAME_SIDE * _FRAME_SIDE
_TEXT_BYTES: Final = 8 * MESSAGE_CHARACTERS
_SAME_CODE_SECONDS: Final = 3.0
"""A code that was in view within this time is the same scan."""
_PENDING_SECONDS: Final = 180
"""For how long a question about a scan may be answered."""
_MOST_PARTS: Final = 64
_ASKS: Final = {
    Reason.IDENTITY_NEEDED: "document",
    Reason.DOCUMENT_NEEDED: "companion",
    Reason.TESTS_MISSING: "companion",
    Reason.DEPARTURE_UNKNOWN: "departure",
    Reason.PRESENTATION_NEEDED: "live",
    Reason.PRESENTATION_STALE: "live",
}
"""What the page asks the guard for, by the reason that holds the credential."""

_T = TypeVar("_T", bound=msgspec.Struct)
_COMPLETE: Final = frozenset({BundleState.COMPLETE, BundleState.EXPIRING})

_Short = Annotated[str, Meta(min_length=1, max_length=NAME_CHARACTERS)]


class _Begin(msgspec.Struct, forbid_unknown_fields=True):
    name: _Short
    resume: bool = False


class _Scan(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, Meta(max_length=MESSAGE_CHARACTERS)]


class _Again(msgspec.Struct, forbid_unknown_fields=True):
    scan: int
    number: _Short | None = None
    departed_at: _Short | None = None
    purpose: _Short | None = None


class _Bundle(msgspec.Struct, forbid_unknown_fields=True):
    name: _Short | None = None
    action: Literal["begin", "end"] = "begin"


class _Pending(msgspec.Struct):
    """The last scan, while something about it may still be asked."""

    scan: int
    text: str
    known: Circumstances
    at: float
    ask: str | None


class Gate:
    """One checkpoint's page over one store; ``folder`` holds the gate's key and its logs."""

    def __init__(  # noqa: PLR0913 - what the command line is told
        self,
        store: TrustStore,
        *,
        destination: str,
        name: str,
        folder: Path,
        source: str | None = None,
        clock: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        """Serve ``destination``'s rules; ``source`` is the address that the page's sync asks.

        Nothing needs to be in the store yet: the page says what is missing.
        """
        self.store = store
        self.destination = destination
        self.name = name
        self.folder = folder
        self.source = source
        self.clock = clock
        self.shift: Shift | None = None
        self.began: int | None = None
        self.syncing: dict[str, Any] | None = None
        self.live: LiveVerifier | None = None
        self._scans = 0
        self._pending: _Pending | None = None
        self._recent: dict[str, float] = {}
        self._parts: dict[int, dict[str, None]] = {}
        self._bundle: tuple[str, list[str]] | None = None
        self._reader: Reader | None = None
        self._files = ReaderProcess()
        self._lock = threading.Lock()
        self._last_numbers: dict[str, Any] | None = None

    @asynccontextmanager
    async def lifespan(self, _app: Any) -> AsyncIterator[None]:
        """Close the reader and the log when the server stops; the shift can go on later."""
        yield
        self._files.close()
        if self.shift is not None and self.shift.log is not None:
            self.shift.log.close()

    def routes(self) -> list[Route]:
        """Return the routes that the page asks."""
        rows: tuple[tuple[str, str, Callable[[Request], Awaitable[Any]]], ...] = (
            ("GET", "/gate/state", self.state),
            ("POST", "/gate/begin", self.begin),
            ("POST", "/gate/scan", self.scan),
            ("POST", "/gate/frame", self.frame),
            ("POST", "/gate/file", self.file),
            ("POST", "/gate/again", self.again),
            ("POST", "/gate/bundle", self.bundle),
            ("POST", "/gate/sync", self.sync),
            ("POST", "/gate/end", self.end),
            ("GET", "/gate/numbers.json", self.numbers_json),
            ("GET", "/gate/numbers.csv", self.numbers_csv),
        )
        return [Route(path, _answered(handler), methods=[m]) for m, path, handler in rows]

    # what the page is told all the time

    async def state(self, request: Request) -> dict[str, Any]:  # noqa: ARG002 - a handler
        """Answer what stands on the page's edges: the shift, the age of data, problems."""
        problem, trust = None, None
        try:
            trust = trust_state(self._live())
        except TrustcertError as error:
            problem = str(error)
        shift = self.shift
        return {
            "destination": self.destination,
            "name": self.name if shift is None else shift.name,
            "began": self.began,
            "numbers": None if shift is None else shift.tally().to_json(),
            "log": None if shift is None or shift.log is None else shift.log.path.name,
            "log_problem": None if shift is None else shift.log_problem,
            "broken_off": self._broken_off() if shift is None else None,
            "trust": trust,
            "problem": problem,
            "can_sync": self.source is not None,
            "syncing": self.syncing,
            "bundles": self._bundles() if trust is not None else [],
            "bundle": None if self._bundle is None else self._bundle[0],
            "at": self.clock(),
        }

    def _live(self) -> LiveVerifier:
        if self.live is None:
            self.live = LiveVerifier(self.store, self.destination, clock=self.clock)
        return self.live

    def _bundles(self) -> list[dict[str, str]]:
        policy = self._live().current().policy
        found = {} if policy is None else policy.bundles
        return [{"name": name, "zh": b.name.zh, "en": b.name.en} for name, b in found.items()]

    # the shift

    async def begin(self, request: Request) -> dict[str, Any]:
        """Begin a shift, or go on with the one that was broken off."""
        asked = await _read(request, _Begin)
        with self._lock:
            if self.shift is not None:
                raise MalformedError("a shift is running already", where="shift")
            verifier = self._live().current()
            broken = self._broken_off()
            if asked.resume and broken is not None:
                log, lines = ShiftLog.resume(self.folder / broken["log"])
                self.shift = Shift(verifier, name=lines[0]["checkpoint"], log=log)
                self.shift.go_on(lines)
                self.began = lines[0]["at"]
            else:
                at = self.clock()
                stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(at))
                path = self.folder / f"shift-{stamp}-{threading.get_ident() % 1000:03}.jsonl"
                log = ShiftLog.begin(
                    path, checkpoint=asked.name, destination=self.destination, at=at
                )
                self.shift = Shift(verifier, name=asked.name, log=log)
                self.began = at
            self._reader = Reader(accept=self._is_signed)
            self._pending, self._recent = None, {}
        return await self.state(request)

    async def end(self, request: Request) -> dict[str, Any]:  # noqa: ARG002 - a handler
        """End the shift: close its log, and answer its numbers."""
        with self._lock:
            shift = self._running()
            numbers = shift.tally().to_json()
            digest = None
            if shift.log is not None:
                key = load_or_make_key(self.folder / "gate.key")
                try:
                    digest = shift.log.end(self.clock(), numbers, key)
                except OSError as error:
                    shift.log_problem = error.strerror or type(error).__name__
            self._last_numbers = {
                "checkpoint": shift.name,
                "began": self.began,
                "ended": self.clock(),
                "numbers": numbers,
                "digest": digest,
                "log_problem": shift.log_problem,
            }
            self.shift = self.began = self._pending = None
        return self._last_numbers

    async def numbers_json(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """Answer the numbers of this shift, or of the last one, as a file."""
        return Response(
            msgspec.json.format(msgspec.json.encode(self._numbers())),
            media_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="shift.json"'},
        )

    async def numbers_csv(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """Answer the same numbers as rows of group, name, signal, count."""
        numbers = self._numbers()["numbers"]
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["group", "name", "signal", "count"])
        writer.writerow(["scans", "", "", numbers["scans"]])
        writer.writerow(["duplicates", "", "", numbers["duplicates"]])
        writer.writerows(["verdict", "", s, n] for s, n in numbers["by_verdict"].items())
        for group in ("by_type", "by_region"):
            for name, counts in numbers[group].items():
                writer.writerows([group[3:], name, s, n] for s, n in counts.items())
        return Response(
            "\ufeff" + out.getvalue(),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="shift.csv"'},
        )

    def _numbers(self) -> dict[str, Any]:
        shift = self.shift
        if shift is not None:
            return {
                "checkpoint": shift.name,
                "began": self.began,
                "ended": None,
                "numbers": shift.tally().to_json(),
            }
        if self._last_numbers is None:
            raise MalformedError("no shift was held yet", where="shift")
        return self._last_numbers

    def _broken_off(self) -> dict[str, Any] | None:
        """Return the newest log of a shift that did not end and can go on."""
        path = broken_off(self.folder)
        return None if path is None else {"log": path.name}

    def _running(self) -> Shift:
        if self.shift is None:
            raise MalformedError("begin a shift first", where="shift")
        return self.shift

    # scans

    async def scan(self, request: Request) -> dict[str, Any]:
        """Judge a text that a scanner typed or somebody pasted."""
        asked = await _read(request, _Scan, limit=_TEXT_BYTES)
        return {"answers": await to_thread.run_sync(self._taken, [asked.text], False)}

    async def frame(self, request: Request) -> dict[str, Any]:
        """Judge what one frame of the camera shows; a code that stays in view counts once."""
        try:
            width, height = (int(request.query_params[name]) for name in ("w", "h"))
        except (KeyError, ValueError):
            raise MalformedError("must say w and h", where="frame") from None
        pixels = await read_body(request, _FRAME_BYTES)
        if not (0 < width <= _FRAME_SIDE and 0 < height <= _FRAME_SIDE):
            raise MalformedError(f"must have sides of 1 to {_FRAME_SIDE}", where="frame")
        if len(pixels) != width * height:
            raise MalformedError("must have a byte a pixel", where="frame")
        return await to_thread.run_sync(self._frame, pixels, width, height)

    def _frame(self, pixels: bytes, width: int, height: int) -> dict[str, Any]:
        from PIL import Image

        self._running()
        with self._lock:
            if self._reader is None:
                self._reader = Reader(accept=self._is_signed)
            found = self._reader.look(Image.frombytes("L", (width, height), pixels))
        corners = [list(map(list, code.corners)) for code in found.codes]
        return {"answers": self._taken(found.texts, True), "corners": corners}

    async def file(self, request: Request) -> dict[str, Any]:
        """Judge the codes in a dropped picture, PDF or text; or take in a file of trust data."""
        data = await read_body(request, max(IMAGE_BYTES, REGISTRY_BYTES))
        return await to_thread.run_sync(self._file, data)

    def _file(self, data: bytes) -> dict[str, Any]:
        if data[:4] == b"PK\x03\x04":
            return {"answers": [], "synced": self._sync_file(data)}
        self._running()
        found = self._files.scan(data)
        texts = [code.text for code in found.codes]
        if not texts:
            raise MalformedError("no code in this file", where="file")
        return {"answers": self._taken(texts, False)}

    def _sync_file(self, data: bytes) -> str:
        from trustcert.sync import sync_file

        result = sync_file(self.store, data, stale=True)
        return "changed" if result.changed else "unchanged"

    async def again(self, request: Request) -> dict[str, Any]:
        """Judge the last scan again, with what the guard answered."""
        asked = await _read(request, _Again)
        with self._lock:
            pending = self._pending
            if (
                pending is None
                or pending.scan != asked.scan
                or time.monotonic() - pending.at > _PENDING_SECONDS
            ):
                raise MalformedError("the question is no longer open; scan again", where="scan")
            known = pending.known
            if asked.number is not None:
                known = replace(known, number=asked.number)
            if asked.departed_at is not None:
                known = replace(known, departed_at=instant(asked.departed_at))
            if asked.purpose is not None:
                known = replace(known, purpose=asked.purpose)
        return {"answers": [self._judged(pending.text, known)]}

    def _taken(self, texts: Sequence[str], in_view: bool) -> list[dict[str, Any]]:  # noqa: FBT001
        answers = []
        for given in texts:
            text = heal(given)
            if not text or (in_view and self._was_in_view(text)):
                continue
            whole = self._whole(text)
            if isinstance(whole, dict):
                answers.append(whole)
            elif self._bundle is not None:
                answers.append(self._bundled(whole))
            else:
                answers.append(self._companion_or_scan(whole))
        return answers

    def _was_in_view(self, text: str) -> bool:
        now = time.monotonic()
        with self._lock:
            self._recent = {known: seen for known, seen in self._recent.items() if now - seen < 30}
            seen = self._recent.get(text)
            self._recent[text] = now
        return seen is not None and now - seen < _SAME_CODE_SECONDS

    def _whole(self, text: str) -> str | dict[str, Any]:
        """Return the text, joined where it came in parts; else how many parts are there."""
        part = formats.part_of(text)
        if part is None:
            return text
        with self._lock:
            held = self._parts.setdefault(part.total, {})
            held[text] = None
            if sum(map(len, self._parts.values())) > _MOST_PARTS:
                self._parts = {part.total: {text: None}}
                held = self._parts[part.total]
            try:
                joined = formats.join(held)
            except MalformedError:
                return {"parts": {"have": len(held), "of": part.total}}
            del self._parts[part.total]
        return joined

    def _companion_or_scan(self, text: str) -> dict[str, Any]:
        """Judge a scan as the other proof of the person before, if it is one; else by itself."""
        with self._lock:
            pending = self._pending
        if pending is not None and pending.ask == "companion" and text != pending.text:
            verifier, at = self._live().current(), self.clock()
            try:
                other = verifier.companion(text, at=at)
            except VerificationError:
                return self._judged(text, Circumstances())
            known = replace(pending.known, companions=(*pending.known.companions, other))
            before = verifier.check(pending.text, at=at, circumstances=pending.known)
            after = verifier.check(pending.text, at=at, circumstances=known)
            if set(after.reasons) != set(before.reasons):
                return self._judged(pending.text, known)
        return self._judged(text, Circumstances())

    def _judged(self, text: str, known: Circumstances) -> dict[str, Any]:
        shift = self._running()
        shift.verifier = self._live().current()
        at = self.clock()
        passage = shift.scan(text, at=at, circumstances=known)
        ask = _ask_of(passage.report)
        with self._lock:
            self._scans += 1
            number = self._scans
            self._pending = _Pending(number, text, known, time.monotonic(), ask)
        return _shown(passage, number, ask, at, self._issuer_name(passage.report.issuer))

    def _issuer_name(self, issuer: str | None) -> dict[str, str] | None:
        if issuer is None:
            return None
        found = getattr(self._live().current().trust, "issuers", {}).get(issuer)
        if found is None:
            return {"id": issuer, "zh": issuer, "en": issuer}
        return {"id": issuer, "zh": found.name_zh or issuer, "en": found.name_en or issuer}

    def _is_signed(self, text: str) -> bool:
        return self._live().current().check(heal(text), at=self.clock()).is_signed

    # bundles

    async def bundle(self, request: Request) -> dict[str, Any]:
        """Begin to collect the parts of a bundle, or end it."""
        asked = await _read(request, _Bundle)
        self._running()
        if asked.action == "end" or asked.name is None:
            self._bundle = None
            return {"answers": []}
        names = {entry["name"] for entry in self._bundles()}
        if asked.name not in names:
            raise MalformedError(f"must be one of: {', '.join(sorted(names))}", where="name")
        self._bundle = (asked.name, [])
        return {"answers": [self._bundle_state()]}

    def _bundled(self, text: str) -> dict[str, Any]:
        if self._bundle is not None and text not in self._bundle[1]:
            self._bundle[1].append(text)
        return self._bundle_state()

    def _bundle_state(self) -> dict[str, Any]:
        if self._bundle is None:
            raise MalformedError("no bundle is being collected", where="bundle")
        name, texts = self._bundle
        verifier = self._live().current()
        report = judge_bundle(verifier, name, texts, at=self.clock())
        definition = (verifier.policy.bundles if verifier.policy else {})[name]
        words = {part.part: part.name for part in definition.parts}
        return {
            "bundle": {
                "name": name,
                "zh": definition.name.zh or name,
                "en": definition.name.en or name,
                "signal": "PASS" if report.state in _COMPLETE else "HOLD",
                "parts": [
                    {
                        "name": part.name,
                        "zh": words[part.name].zh or part.name,
                        "en": words[part.name].en or part.name,
                        "state": part.state.value,
                    }
                    for part in report.parts
                ],
            }
        }

    # trust data

    async def sync(self, request: Request) -> dict[str, Any]:  # noqa: ARG002 - a handler
        """Start a sync from the page; its progress stands in the state."""
        if self.source is None:
            raise MalformedError("no address to sync from: start with --sync URL", where="sync")
        if self.syncing is None or self.syncing.get("done"):
            self.syncing = {"done": False, "bytes": 0, "problem": None}
            threading.Thread(target=self._sync, args=(self.source,), daemon=True).start()
        return {"syncing": self.syncing}

    def _sync(self, source: str) -> None:
        from trustcert.sync import HttpFetcher, sync

        progress = self.syncing or {}

        def received(_url: str, count: int) -> None:
            progress["bytes"] = count

        try:
            result = sync(self.store, source, name=DEFAULT, fetcher=HttpFetcher(progress=received))
            progress["changed"] = result.changed
        except TrustcertError as error:
            progress["problem"] = str(error)
        except Exception as error:  # noqa: BLE001 - the page must hear of it; checks go on
            progress["problem"] = type(error).__name__
        progress["done"] = True


def _ask_of(report: Report) -> str | None:
    """Return what the guard can add so that a held credential may pass, None for nothing."""
    if report.verdict is not Verdict.INDETERMINATE:
        return None
    return next((_ASKS[reason] for reason in report.reasons if reason in _ASKS), None)


def _shown(
    passage: Passage, number: int, ask: str | None, at: int, issuer: dict[str, str] | None
) -> dict[str, Any]:
    """Return everything that the page shows of one scan."""
    report = passage.report
    return {
        "scan": number,
        "signal": report.verdict.signal,
        "holder": report.holder,
        "type": report.type,
        "issuer": issuer,
        "tested_at": report.tested_at,
        "valid_until": report.valid_until,
        "expires": report.expires,
        "at": at,
        "duplicate": passage.first_at,
        "ask": ask,
        "reasons": [reason.value for reason in report.reasons],
        "words": {
            language: [
                {"what": line.what, "detail": line.detail, "next": line.next}
                for line in explain(report, language)
            ]
            for language in LANGUAGES
        },
        "warnings": {
            language: [describe(f.reason, language).what for f in report.warnings]
            for language in LANGUAGES
        },
    }


async def _read(request: Request, kind: type[_T], *, limit: int = 16 * 1024) -> _T:
    try:
        return msgspec.json.decode(await read_body(request, limit), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedError(str(error), where="body") from None


def _answered(
    handler: Callable[[Request], Awaitable[Any]],
) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler whose answers and errors are JSON."""

    async def answered(request: Request) -> Response:
        try:
            found = await handler(request)
        except BodyError as error:
            return JSONResponse({"error": str(error)}, status_code=error.status)
        except MalformedError as error:
            return JSONResponse({"error": str(error), "where": error.where}, status_code=400)
        except (TrustError, TrustcertError) as error:
            return JSONResponse({"error": str(error)}, status_code=409)
        if isinstance(found, Response):
            return found
        return Response(msgspec.json.encode(found), media_type="application/json")

    return answered
