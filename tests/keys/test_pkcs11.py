"""Keys on tokens of SoftHSM2: signing, many at once, broken sessions, wrong PINs."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import RLock
from types import SimpleNamespace
from typing import Any

import pytest
from tests.keys import removal
from tests.registry.simulator import one, world
from tests.softhsm import PIN, SoftHsm
from tests.support import guangdong, proof, trusted
from tests.support import world as trust_world

from trustcert import bulk
from trustcert.errors import MalformedError, SigningError, TrustcertError, UnsupportedError
from trustcert.issuer import issue
from trustcert.keys import ED25519, ESP256, ESP384, SM2, Algorithm, PrivateKey, PublicKey
from trustcert.keys.pkcs11 import (
    KeyUri,
    Pkcs11Signer,
    generate,
    key_uri,
    login,
    objects,
    parse,
    tokens,
)
from trustcert.keys.pkcs11 import module as module_room
from trustcert.keys.pkcs11.module import load
from trustcert.keys.pkcs11.objects import public_of
from trustcert.registry.roles import RoleKeys
from trustcert.report import Verdict

TOKEN = "Sichuan"
ROWS = pytest.mark.parametrize("row", [ESP256, ED25519, ESP384], ids=lambda row: row.name)


@pytest.fixture(scope="session")
def keys(hsm: SoftHsm) -> dict[Algorithm, PublicKey]:
    """The keys on the token, each with its algorithm's name for a label."""
    return {
        row: generate(hsm.module, token=TOKEN, label=row.name, pin=PIN, algorithm=row)
        for row in (ESP256, ED25519, ESP384)
    }


@pytest.fixture
def open_key(hsm: SoftHsm, keys: dict[Algorithm, PublicKey]) -> Iterator[Any]:
    opened: list[Pkcs11Signer] = []

    def open_one(row: Algorithm = ESP256, **options: Any) -> Pkcs11Signer:
        assert row in keys
        signer = Pkcs11Signer(hsm.module, token=TOKEN, key=row.name, pin=PIN, **options)
        opened.append(signer)
        return signer

    yield open_one
    for signer in opened:
        signer.close()


@ROWS
def test_a_token_issues_what_verifies(
    row: Algorithm, open_key: Any, keys: dict[Algorithm, PublicKey]
) -> None:
    signer = open_key(row)
    assert signer.public_key == keys[row]
    for form in ("compact", "jwt"):
        text = issue(proof(), signer, format=form)
        judge = guangdong(trust_world(keys=(trusted(signer.public_key),)))
        assert judge.check(text, at=proof().issued_at + 60).verdict is Verdict.VALID


@ROWS
def test_the_private_key_cannot_leave(row: Algorithm, open_key: Any) -> None:
    import pkcs11

    signer = open_key(row)
    held = signer._idle.queue[0].key
    assert held[pkcs11.Attribute.SENSITIVE] is True
    assert held[pkcs11.Attribute.EXTRACTABLE] is False
    with pytest.raises(pkcs11.AttributeSensitive):
        held[pkcs11.Attribute.VALUE]
    with pytest.raises(TypeError):
        pickle.dumps(signer)
    assert PIN not in repr(signer) + repr(signer._login)


def test_several_sessions_sign_at_once(open_key: Any) -> None:
    signer = open_key(sessions=3)
    messages = [number.to_bytes(4, "big") for number in range(120)]
    with ThreadPoolExecutor(6) as threads:
        signatures = list(threads.map(signer.sign, messages))
    for message, signature in zip(messages, signatures, strict=True):
        signer.public_key.verify(signature, message)
    assert 1 < signer._idle.qsize() <= 3


def test_bulk_issuing_over_threads(open_key: Any) -> None:
    signer = open_key(sessions=4)
    claims = [proof()] * 60

    with ThreadPoolExecutor(4) as threads:
        texts = list(bulk.issue_many(claims, signer, executor=threads, chunk=10))
    judge = guangdong(trust_world(keys=(trusted(signer.public_key),)))
    assert len(texts) == 60
    for text in texts:
        assert judge.check(text, at=proof().issued_at + 60).verdict is Verdict.VALID


@ROWS
def test_a_broken_session_is_reopened(row: Algorithm, open_key: Any) -> None:
    signer = open_key(row)
    signer._idle.queue[0].session.close()
    signer.public_key.verify(signer.sign(b"closed"), b"closed")
    signer._login.held.close()  # logs the whole process out
    signer.public_key.verify(signer.sign(b"logged out"), b"logged out")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(signer.sign, [b"busy"] * 20))
        signer._login.held.close()
        signatures = list(threads.map(signer.sign, [b"again"] * 20))
    for signature in signatures:
        signer.public_key.verify(signature, b"again")


class Failing:
    """A key handle whose token answers with one error, always."""

    def __init__(self, error: Exception) -> None:
        self.error, self.asked = error, 0

    def sign(self, _data: bytes, mechanism: object) -> bytes:
        assert mechanism
        self.asked += 1
        raise self.error


def test_a_token_that_keeps_failing_is_asked_twice(
    open_key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pkcs11

    signer = open_key()
    broken = Failing(pkcs11.DeviceError())
    monkeypatch.setattr("trustcert.keys.pkcs11.signer.find_key", lambda *_: broken)
    signer._idle.queue.clear()
    with pytest.raises(SigningError, match=r"nothing was signed: DeviceError"):
        signer.sign(b"message")
    assert broken.asked == 2
    monkeypatch.undo()
    signer.public_key.verify(signer.sign(b"message"), b"message")


def test_what_the_public_key_does_not_verify_never_leaves(open_key: Any) -> None:
    signer = open_key(public_key=PrivateKey.generate().public_key)
    with pytest.raises(SigningError, match="no signature of this key"):
        signer.sign(b"message")


def test_a_token_that_is_taken_out_in_mid_run(hsm: SoftHsm) -> None:
    token = hsm.add_token("Removable")
    run = subprocess.run(
        [sys.executable, "-m", "tests.keys.removal", hsm.module, str(token)],
        capture_output=True, text=True, timeout=60, check=False,
        cwd=Path(__file__).parents[2], env=os.environ | hsm.environment,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    count, _, problem = run.stdout.partition(" ")
    assert int(count) == removal.AFTER
    assert "nothing was signed" in problem


def wrong(hsm: SoftHsm, pin: str) -> str:
    with pytest.raises(SigningError) as caught:
        Pkcs11Signer(hsm.module, token="Guessed", key="any", pin=pin)
    assert pin not in str(caught.value)
    return str(caught.value)


def test_a_wrong_pin_is_counted_and_not_shown_again(hsm: SoftHsm) -> None:
    assert "wrong PIN, number 1" in wrong(hsm, "0000-wrong")
    assert "not tried again" in wrong(hsm, "0000-wrong")
    assert login.wrong_pins(load(hsm.module), "Guessed") == 1
    assert "wrong PIN, number 2" in wrong(hsm, "1111-wrong")
    assert login.wrong_pins(load(hsm.module), "Guessed") == 2
    with pytest.raises(SigningError, match="no private key has the label any"):
        Pkcs11Signer(hsm.module, token="Guessed", key="any", pin=PIN)


def test_an_open_token_asks_later_users_for_the_same_pin(open_key: Any, hsm: SoftHsm) -> None:
    open_key()
    with pytest.raises(SigningError, match="another PIN"):
        Pkcs11Signer(hsm.module, token=TOKEN, key=ESP256.name, pin="0000-wrong")


@pytest.mark.parametrize(
    ("flag", "told"), [("USER_PIN_LOCKED", "locked"), ("USER_PIN_FINAL_TRY", "one more wrong PIN")]
)
def test_a_token_that_may_lock_is_not_asked(
    hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch, flag: str, told: str
) -> None:
    import pkcs11

    asked: list[str] = []
    token = SimpleNamespace(
        label="Doubtful",
        serial=b"1",
        flags=pkcs11.TokenFlag[flag],
        open=lambda user_pin=None: asked.append(user_pin),
    )
    monkeypatch.setattr(login, "find_token", lambda _module, _label: token)
    module = load(hsm.module)
    with pytest.raises(SigningError, match=told):
        login.acquire(module, "Doubtful", PIN)
    assert asked == []
    if flag == "USER_PIN_FINAL_TRY":
        opened = login.acquire(module, "Doubtful", PIN, final_try=True)
        assert asked == [PIN]
        monkeypatch.setattr(login, "close_quietly", lambda *_: None)
        login.release(opened)


def test_a_fork_ends_a_tokens_sessions(open_key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = open_key()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(SigningError, match="fork"):
        signer.sign(b"message")


def test_missing_tokens_and_keys_are_named(hsm: SoftHsm, keys: dict[Algorithm, PublicKey]) -> None:
    assert keys
    assert TOKEN in tokens(hsm.module)
    with pytest.raises(SigningError, match="token Nowhere: not there"):
        Pkcs11Signer(hsm.module, token="Nowhere", key="any", pin=PIN)
    with pytest.raises(SigningError, match="no private key has the label nothing"):
        Pkcs11Signer(hsm.module, token=TOKEN, key="nothing", pin=PIN)
    with pytest.raises(SigningError, match="already"):
        generate(hsm.module, token=TOKEN, label=ESP256.name, pin=PIN)
    with pytest.raises(UnsupportedError):
        generate(hsm.module, token=TOKEN, label="new", pin=PIN, algorithm=SM2)
    with pytest.raises(UnsupportedError):
        Pkcs11Signer(
            hsm.module,
            token=TOKEN,
            key=ESP256.name,
            pin=PIN,
            public_key=PrivateKey.generate("ML-DSA-44").public_key,
        )
    with pytest.raises(SigningError, match="does not start"):
        tokens("/nowhere/at/all.so")


def test_a_module_that_cannot_lock_is_called_by_one_thread_at_a_time(
    hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pkcs11

    calls: list[str] = []
    library = SimpleNamespace(
        finalize=partial(calls.append, "finalize"), initialize=partial(calls.append, "initialize")
    )
    assert hsm.module
    monkeypatch.setattr(pkcs11, "lib", lambda _path: library)
    monkeypatch.setattr(module_room, "_initialise_for_threads", lambda _path: False)
    loaded = module_room._open("old.so")
    assert calls == ["finalize", "initialize"]
    assert isinstance(loaded.guard, type(RLock()))


def test_a_token_that_has_locked_itself_says_so(
    hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pkcs11

    def locked(user_pin: str | None = None) -> None:
        assert user_pin == PIN
        raise pkcs11.PinLocked

    token = SimpleNamespace(label="L", serial=b"2", flags=pkcs11.TokenFlag(0), open=locked)
    monkeypatch.setattr(login, "find_token", lambda _module, _label: token)
    with pytest.raises(SigningError, match="locked after too many"):
        login.acquire(load(hsm.module), "L", PIN)


def test_a_token_without_the_public_key_needs_it_named(
    open_key: Any, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = open_key().public_key
    monkeypatch.setattr(
        "trustcert.keys.pkcs11.signer.public_of",
        lambda session, _private, label: public_of(session, SimpleNamespace(id=b""), label + "?"),
    )
    with pytest.raises(SigningError, match="holds no public key beside ESP256"):
        Pkcs11Signer(hsm.module, token=TOKEN, key=ESP256.name, pin=PIN)
    signer = open_key(public_key=public)
    public.verify(signer.sign(b"message"), b"message")


def test_points_of_a_token_are_read_in_both_forms(keys: dict[Algorithm, PublicKey]) -> None:
    from pkcs11 import Attribute

    for row, size, head in ((ESP256, 65, b"\x04\x41"), (ED25519, 32, b"\x04\x20")):
        params = objects._PARAMETERS[row]
        point = keys[row].spki[-size:]
        for given in (point, head + point):
            read = objects.read_public({Attribute.EC_PARAMS: params, Attribute.EC_POINT: given})
            assert read == keys[row]
        for bad in (b"", point[:-1], head + point + b"\0", bytes(size)):
            with pytest.raises(MalformedError):
                objects.read_public({Attribute.EC_PARAMS: params, Attribute.EC_POINT: bad})
    with pytest.raises(UnsupportedError):
        objects.read_public({Attribute.EC_PARAMS: b"\x06\x01\x01", Attribute.EC_POINT: b""})


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(UnsupportedError, match="extra pkcs11"):
        tokens("any.so")


@ROWS
def test_a_registry_is_signed_by_tokens(row: Algorithm, open_key: Any) -> None:
    made = world(("CN-51",))
    signer = open_key(row)
    keys = RoleKeys(keys=(signer.public_key, made.keys["r1"].public_key), threshold=2)
    made.repository.set_root_keys("root", keys, at=made.at)
    made.repository.set_root_keys("targets", one(made.keys["hub"]), at=made.at)
    assert "root" in made.repository.sign(signer, made.keys["r1"], made.keys["r2"])
    assert made.repository.is_signed("root")
    made.publish()


GOOD_URI = "pkcs11:token=Si%20chuan;object=issuing?module-path=/lib/x.so"


def test_a_uri_names_a_key() -> None:
    assert parse(GOOD_URI) == KeyUri(module="/lib/x.so", token="Si chuan", key="issuing")
    assert parse(key_uri("/lib/x.so", "四川 ;?&", "a=b")).token == "四川 ;?&"
    assert parse(key_uri("/lib/x.so", "四川 ;?&", "a=b")).key == "a=b"
    for source in ("file:/run/pin", "file:///run/pin", "/run/pin"):
        assert parse(f"{GOOD_URI}&pin-source={source}").pin_file == "/run/pin"
    assert parse(GOOD_URI.replace("?", ";type=private?")) == parse(GOOD_URI)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "pkcs11:",
        "file:/key.pem",
        "pkcs11:token=a?module-path=/x",
        "pkcs11:object=a?module-path=/x",
        "pkcs11:token=a;object=b",
        "pkcs11:token=a;object=b?module-path=",
        GOOD_URI + "&pin-value=1234",
        GOOD_URI.replace("?", ";pin-value=1234?"),
        GOOD_URI.replace("?", ";token=b?"),
        GOOD_URI.replace("?", ";type=public?"),
        GOOD_URI.replace("?", ";serial=7?"),
        GOOD_URI.replace("?", ";object?"),
        GOOD_URI + "&pin-source=|/bin/pin",
        GOOD_URI.replace("%20", "%ff"),
        "pkcs11:token=" + "a" * 9_000,
    ],
)
def test_other_uris_are_refused(uri: str) -> None:
    with pytest.raises(TrustcertError) as caught:
        parse(uri)
    assert isinstance(caught.value, MalformedError | UnsupportedError)
    assert "1234" not in str(caught.value)
