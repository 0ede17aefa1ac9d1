"""Private certificate authorities and proxies, from the usual variables, over real sockets."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.registry.simulator import World, world
from tests.sync.conftest import Quiet, Served

from trustcert.errors import SyncError
from trustcert.registry import publish
from trustcert.store import TrustStore
from trustcert.sync import HttpFetcher, Patience, sync

SHORT = Patience(retries=0, whole=20)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def published(www: Path) -> World:
    made = world()
    publish.write(publish.render(made.repository), www)
    return made


def certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    signer: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if issuer is None:
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        builder = builder.add_extension(
            x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True
        )
    else:
        here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([here]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def pem(path: Path, *parts: x509.Certificate | ec.EllipticCurvePrivateKey) -> Path:
    encoded = [
        part.public_bytes(serialization.Encoding.PEM)
        if isinstance(part, x509.Certificate)
        else part.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        for part in parts
    ]
    path.write_bytes(b"".join(encoded))
    return path


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Secure(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        self.asked: list[str] = []

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that does not trust us hangs up


@pytest.fixture
def secure(www: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve ``www`` under a certificate of an authority that nobody knows; yield its file too."""
    root, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = certificate("test authority", root, None, root)
    leaf = certificate("127.0.0.1", own, authority, root)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem(tmp_path / "server.pem", own, leaf))
    server = Secure(www)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    with running(server):
        yield f"https://127.0.0.1:{server.server_port}/", pem(tmp_path / "ca.pem", authority)


def fetched(store: TrustStore, url: str, made: World) -> int:
    fetcher = HttpFetcher(SHORT)
    try:
        return sync(store, url, root=made.root, fetcher=fetcher).requests
    finally:
        fetcher.close()


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_private_authority_is_trusted_where_the_variable_names_it(
    published: World,
    secure: tuple[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    url, authority = secure
    store = TrustStore(tmp_path / "store")
    with pytest.raises(SyncError, match=r"(?i)certificate.*nothing is held yet"):
        fetched(store, url, published)
    assert not store.names
    monkeypatch.setenv(variable, str(authority))
    assert fetched(store, url, published) == 1
    assert store.open(at=published.at).as_of == published.at


class Proxy(BaseHTTPRequestHandler):
    """Forwards plain requests (absolute form, RFC 9112 section 3.2.2), and writes them down."""

    server: ProxyServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        path = self.server.folder / urlsplit(self.path).path.lstrip("/")
        data = path.read_bytes() if path.is_file() else b""
        self.send_response(200 if path.is_file() else 404)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
        pass


class ProxyServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Proxy)
        self.folder = folder
        self.asked: list[str] = []


def test_a_proxy_is_asked_where_the_variable_names_it(
    published: World, www: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TrustStore(tmp_path / "store")
    proxy = ProxyServer(www)
    with running(proxy):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.server_port}")
        url = "http://registry.invalid/"
        assert fetched(store, url, published) == 1
        assert proxy.asked == [f"{url}registry.zip"]
        assert fetched(store, url, published) == 2
    assert store.open(at=published.at).as_of == published.at


def test_no_proxy_goes_around_it(
    published: World, server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    store = TrustStore(tmp_path / "store")
    with pytest.raises(SyncError, match="refused"):
        fetched(store, server.url, published)
    assert server.asked == []
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert fetched(store, server.url, published) == 1
