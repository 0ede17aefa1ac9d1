"""Issuing: claims to text, and claims to text to PNG, beside the raw signature and beside peers."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jwt as pyjwt
import qrcode
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey

from measure import Row, compare, main
from trustcert import PrivateKey, from_application, issue, qr
from trustcert.claims import codec
from trustcert.formats import decode
from trustcert.ledger.storage import create
from verify import claims

APPLICATION = {
    "type": "health_proof",
    "name": "张伟",
    "document_type": "citizen_id",
    "document_number": "11010519491231002X",
    "colour": "green",
    "result": "no_abnormality",
    "sampled_at": 1_700_000_000,
}


def run(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    key = PrivateKey.generate("ESP256")
    jwk = key.unsafe_to_jwk()
    entry = claims()
    text = issue(entry, key)
    message, scheme = decode(text).signed, ec.ECDSA(hashes.SHA256())
    native = pyjwt.PyJWK(jwk).key
    assert isinstance(native, ec.EllipticCurvePrivateKey)
    payload, theirs = codec.to_json(entry), ECKey.import_key(jwk)
    limit = "raw ES256 sign (cryptography)"
    rows = compare(
        "claims to signed text",
        {
            limit: lambda: native.sign(message, scheme),
            "trustcert, compact: issue": lambda: issue(entry, key),
            "trustcert, JWT: issue": lambda: issue(entry, key, format="jwt"),
            "PyJWT": lambda: pyjwt.encode(payload, native, algorithm="ES256"),
            "joserfc": lambda: joserfc_jwt.encode({"alg": "ES256"}, payload, theirs),
        },
        limit=limit,
        quick=quick,
    )
    return rows + pictures(key, quick) + tables(quick)


def pictures(key: PrivateKey, quick: bool) -> list[Row]:
    """Return how long it takes from claims to a PNG; 5 ms are 200 codes a second on one core."""
    entry = claims()
    text = issue(entry, key)

    def from_form() -> bytes:
        made = from_application(APPLICATION, issuer="CN-51", issued_at=1_700_010_000)
        return qr.png(issue(made, key))

    def with_qrcode() -> bytes:
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=4)
        code.add_data(text, optimize=0)
        file = io.BytesIO()
        code.make_image().save(file)
        return file.getvalue()

    cases: dict[str, Callable[[], object]] = {
        "trustcert: signed text to PNG": lambda: qr.png(text),
        "trustcert: claims to text to PNG": lambda: qr.png(issue(entry, key)),
        "trustcert: form with id number to PNG": from_form,
        "qrcode: text to PNG": with_qrcode,
    }
    limit = "trustcert: signed text to PNG"
    return compare("claims to picture", cases, limit=limit, quick=quick, unit="ms")


NAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


def tables(quick: bool) -> list[Row]:
    """Return what a row of a table costs the command, with and without an id number's digest.

    Processor time of a long run less that of a short one, so that starting does not count. What
    the one writer takes of it bounds how many processes help.
    """
    short, long = (500, 2_500) if quick else (1_000, 11_000)
    rows: list[Row] = []
    for number in (False, True):
        group = f"a row of a table to PNG with a ledger{', with id number' if number else ''}"
        for jobs in (1, 2):
            few, many = (issued(count, jobs, number) for count in (short, long))
            writer = (many["writer"] - few["writer"]) / (long - short) * 1e3
            workers = (many["workers"] - few["workers"]) / (long - short) * 1e3
            rows.append(figure(group, f"{jobs} process(es): all of the CPU", writer + workers))
            if jobs > 1:
                rows.append(figure(group, "of it the writer", writer))
                share = 100 * writer / (writer + workers)
                rows.append(figure(group, "of it the writer (at most 10 %)", share, "%"))
            else:
                rows.append(figure(group, "first output (at most 1 s)", many["first"], "s"))
            rows.append(figure(group, f"{jobs} process(es): memory", many["memory"], "MB"))
    return rows


def figure(group: str, what: str, value: float, unit: str = "ms") -> Row:
    return Row(group=group, what=what, unit=unit, median=value, spread=None, ratio=None)


def issued(count: int, jobs: int, number: bool) -> dict[str, float]:
    """Return what a run of the command took: seconds of CPU, to the first line, and MB at most."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        password = {"TRUSTCERT_PASSWORD": "of a benchmark"}
        (where / "key.pem").write_bytes(PrivateKey.generate("ESP256").to_pem(b"of a benchmark"))
        (where / "key.pem").chmod(0o600)
        create(where / "ledger", issuer="CN-51").close()
        with (where / "people.csv").open("w", encoding="gb18030", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["姓名", "颜色", "采样时间", "采样点", "证件类型", "证件号码"])
            for place in range(count):
                name = NAMES[place % 20] + chr(0x4E00 + place % 5000) + chr(0x4E00 + place // 5000)
                document = ("身份证", "11010519491231002X") if number else ("", "")
                writer.writerow([name, "绿", "2026/3/1 9:00", f"{place % 50} 号站", *document])
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, __file__, "--command", "issue", "people.csv", "--key", "key.pem",
             "--issuer", "CN-51", "--type", "health_proof", "--valid-for", "7d",
             "--ledger", "ledger", "--at", "2026-03-02T08:00:00+08:00", "--qr-dir", "codes",
             "--jobs", str(jobs)],
            cwd=folder, env=os.environ | password, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        first = time.perf_counter() - start
        _, said = process.communicate()
        assert process.returncode == 0, said.decode()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = json.loads(said.splitlines()[-1])
    whole = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "writer": used["writer"],
        "workers": max(0.0, whole - used["writer"]),
        "first": first,
        "memory": used["memory"],
    }


def command(arguments: list[str]) -> int:
    """Run the command, and say at the end what its own process used."""
    from trustcert.cli import run as cli

    code = cli(arguments)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"writer": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}
    sys.stdout.flush()
    print(json.dumps(told), file=sys.stderr)
    return code


if __name__ == "__main__":
    if sys.argv[1:2] == ["--command"]:
        sys.exit(command(sys.argv[2:]))
    sys.exit(main(run))
