"""The service: checks over HTTP for programs, with the state of trust data and counters.

The document of this interface is ``openapi.json`` beside this file, served at ``/openapi.json``.
"""

from __future__ import annotations

import hmac
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from typing import Annotated, Any, Final, Literal

import msgspec
from anyio import to_thread
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError, TrustcertError, inside
from trustcert.limits import IMAGE_BYTES, MESSAGE_CHARACTERS, TEXT_CHARACTERS
from trustcert.live import LiveVerifier
from trustcert.policy import Circumstances
from trustcert.qr import heal, scan
from trustcert.report import Report
from trustcert.verifier import Verifier
from trustcert.verifier.answer import answer, check_with_claims
from trustcert.web.guard import BodyError, read_body
from trustcert.wording import LANGUAGES, explain

__all__ = ["MOST_TEXTS", "Service"]

MOST_TEXTS: Final = 100
"""Texts of one request; more are checked by :func:`trustcert.bulk.check_many`."""

_BODY_BYTES: Final = 4 * MESSAGE_CHARACTERS + MOST_TEXTS * 4 * TEXT_CHARACTERS
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


_Text = Annotated[str, Meta(max_length=MESSAGE_CHARACTERS)]
_Short = Annotated[str, Meta(min_length=1, max_length=128)]


class _CheckRequest(msgspec.Struct, forbid_unknown_fields=True):
    text: _Text | None = None
    texts: Annotated[list[_Text], Meta(min_length=1, max_length=MOST_TEXTS)] | None = None
    languages: Annotated[list[Literal["en", "zh", "zh-Hant"]], Meta(max_length=8)] | None = None
    number: _Short | None = None
    departed_at: int | _Short | None = None
    here: _Short | None = None
    purpose: _Short | None = None


class Service:
    """The handlers of the service over one :class:`LiveVerifier`."""

    def __init__(self, live: LiveVerifier, *, tokens: frozenset[str] = frozenset()) -> None:
        """Serve ``live``; where ``tokens`` are given, each request to ``/v1`` must bear one."""
        self.live = live
        self.tokens = tokens
        self.counts: Counter[tuple[str, str]] = Counter()
        self.seconds: list[int] = [0] * (len(_BUCKETS) + 1)
        self.seconds_sum = 0.0

    def routes(self) -> list[Route]:
        """Return the routes, to be mounted in an application."""
        return [
            Route("/v1/check", self._guarded(self.check), methods=["POST"]),
            Route("/v1/trust", self._guarded(self.trust), methods=["GET"]),
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
            Route("/openapi.json", self.openapi, methods=["GET"]),
        ]

    def _guarded(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            if not self._is_allowed(request):
                headers = {"WWW-Authenticate": "Bearer"}
                return _problem(401, "a bearer token is needed", headers=headers)
            try:
                return await handler(request)
            except BodyError as error:
                return _problem(error.status, str(error))
            except MalformedError as error:
                return _problem(400, str(error))

        return guarded

    def _is_allowed(self, request: Request) -> bool:
        if not self.tokens:
            return True
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        known = (hmac.compare_digest(given.encode(), token.encode()) for token in self.tokens)
        return scheme.lower() == "bearer" and any(list(known))

    async def check(self, request: Request) -> Response:
        """Answer one or several texts, or the codes in a picture."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        verifier, at = self.live.current(), self.live.clock()
        languages: tuple[str, ...] = LANGUAGES
        if kind.startswith("image/"):
            picture = await read_body(request, IMAGE_BYTES)
            texts = await to_thread.run_sync(_texts_in, picture, verifier, at)
            known = Circumstances()
        elif kind == "application/json":
            texts, known, languages = _asked(await read_body(request, _BODY_BYTES))
        else:
            return _problem(415, "send application/json or a picture as image/png, image/jpeg …")
        results = []
        for number, text in enumerate(texts, start=1):
            started = time.perf_counter()
            report, claims = check_with_claims(verifier, heal(text), at=at, circumstances=known)
            self._count(report, time.perf_counter() - started)
            found = answer(str(number), report, claims)
            found["words"] = {language: _words(report, language) for language in languages}
            results.append(found)
        return _json({"schema": "trustcert.check.v1", "results": results})

    async def trust(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """Answer how old the trust data is, and whom it names."""
        return _json({"schema": "trustcert.trust.v1"} | trust_state(self.live))

    async def healthz(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """Answer that the process lives."""
        return PlainTextResponse("ok\n")

    async def readyz(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """Answer 200 where checks can pass, 503 where everything would be held."""
        state = trust_state(self.live)
        status = 200 if state["ready"] else 503
        return _json({"ready": state["ready"], "problem": state["problem"]}, status=status)

    async def metrics(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """Answer the counters as Prometheus text; nothing of a person."""
        lines = ["# TYPE trustcert_checks_total counter"]
        for (signal, reason), count in sorted(self.counts.items()):
            lines.append(f'trustcert_checks_total{{signal="{signal}",reason="{reason}"}} {count}')
        lines.append("# TYPE trustcert_check_seconds histogram")
        total = 0
        for bound, count in zip((*_BUCKETS, "+Inf"), self.seconds, strict=True):
            total += count
            lines.append(f'trustcert_check_seconds_bucket{{le="{bound}"}} {total}')
        lines += [
            f"trustcert_check_seconds_sum {self.seconds_sum:.6f}",
            f"trustcert_check_seconds_count {total}",
        ]
        state = trust_state(self.live)
        lines.append("# TYPE trustcert_data_age_seconds gauge")
        if state["registry_age"] is not None:
            lines.append(f'trustcert_data_age_seconds{{data="registry"}} {state["registry_age"]}')
        lines += ["# TYPE trustcert_ready gauge", f"trustcert_ready {int(state['ready'])}"]
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    async def openapi(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """Answer the OpenAPI document."""
        data = files("trustcert.web").joinpath("openapi.json").read_bytes()
        return Response(data, media_type="application/json")

    def _count(self, report: Report, seconds: float) -> None:
        first = report.reasons[0].value if report.reasons else "ok"
        self.counts[report.verdict.signal, first] += 1
        place = next((i for i, bound in enumerate(_BUCKETS) if seconds <= bound), len(_BUCKETS))
        self.seconds[place] += 1
        self.seconds_sum += seconds


def trust_state(live: LiveVerifier) -> dict[str, Any]:
    """Return how old the trust data of ``live`` is, until when it is good, and whom it names."""
    verifier, at = live.current(), live.clock()
    trust, ages = verifier.trust, verifier.ages
    as_of = trust.as_of
    age = None if as_of is None else max(0, at - as_of)
    behind = at < trust.clock_floor
    policy = verifier.policy
    ready = policy is not None and (age is None or age < ages.hold) and not behind
    issuers = getattr(trust, "issuers", {})
    recognised = () if policy is None or policy.recognises is None else policy.recognises
    return {
        "destination": live.destination,
        "ready": ready,
        "problem": live.problem,
        "at": at,
        "as_of": as_of,
        "registry_age": age,
        "warn_after": ages.warn,
        "hold_after": ages.hold,
        "good_until": None if as_of is None else as_of + ages.hold,
        "clock_at_least": trust.clock_floor if behind else None,
        "rules_version": None if policy is None else policy.version,
        "issuers": [
            {"id": issuer.id, "name_zh": issuer.name_zh, "name_en": issuer.name_en}
            for issuer in issuers.values()
        ],
        "recognised": sorted({line.issuer for line in recognised}),
    }


def _asked(body: bytes) -> tuple[list[str], Circumstances, tuple[str, ...]]:
    """Return the texts, what is known beside them, and the languages of a request.

    Raises:
        MalformedError: it is not JSON, or a field is unknown or wrong.
    """
    try:
        asked = msgspec.json.decode(body, type=_CheckRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedError(str(error), where="body") from None
    if (asked.text is None) == (asked.texts is None):
        raise MalformedError("give either text or texts", where="body")
    texts = [asked.text] if asked.text is not None else asked.texts or []
    with inside("departed_at"):
        departed_at = None if asked.departed_at is None else instant(asked.departed_at)
    known = Circumstances(
        number=asked.number, departed_at=departed_at, here=asked.here, purpose=asked.purpose
    )
    return texts, known, LANGUAGES if asked.languages is None else tuple(asked.languages)


def _texts_in(picture: bytes, verifier: Verifier, at: int) -> list[str]:
    """Return the texts of the codes in a picture.

    Raises:
        MalformedError: no picture, or no code in it.
    """

    def signed(text: str) -> bool:
        return verifier.check(heal(text), at=at).is_signed

    try:
        found = scan(picture, accept=signed)
    except (TrustcertError, OSError) as error:
        raise MalformedError(f"cannot be read: {error}", where="picture") from None
    if not found.texts:
        raise MalformedError("no code in this picture", where="picture")
    return list(found.texts)


def _words(report: Report, language: str) -> list[dict[str, str]]:
    return [
        {"reason": reason.value, "what": line.what, "detail": line.detail, "next": line.next}
        for reason, line in zip(report.reasons, explain(report, language), strict=True)
    ]


def _json(value: Any, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def _problem(status: int, message: str, *, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": message}, status_code=status, headers=headers)
