"""References over https: the certificate is checked, against what the machine trusts."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mvfs.errors import Unavailable
from mvfs.references.lookup import drift, look, read_range
from tests.unit import web

BODY = b"behind a certificate" * 1000


def self_signed(name: x509.GeneralName, folder: Path) -> Path:
    """A file with a certificate for ``name`` and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "cert.pem"
    file.write_bytes(
        made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return file


Serve = Callable[[x509.GeneralName], tuple[str, Path]]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serves `BODY` on loopback with a certificate for a name; returns the URI and the certificate."""
    monkeypatch.setenv("MVFS_REFERENCES_ALLOW", "127.0.0.1")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with ExitStack() as stack:

        def start(name: x509.GeneralName) -> tuple[str, Path]:
            certificate = self_signed(name, tmp_path)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            running = stack.enter_context(web.web())
            running.socket = context.wrap_socket(running.socket, server_side=True)
            running.answers["/m"] = web.serving(BODY)
            return f"https://127.0.0.1:{running.server_address[1]}/m", certificate

        yield start


def test_a_certificate_is_believed_only_if_it_is_trusted(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, certificate = serve(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    with pytest.raises(Unavailable, match=r"cannot read 'https://.*CERTIFICATE_VERIFY_FAILED"):
        look(uri)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    reference = look(uri)
    assert reference.size == len(BODY)
    assert read_range(reference, 5, 50) == BODY[5:50]
    assert drift(reference) is None
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        read_range(reference, 5, 50)


def test_a_trusted_certificate_of_another_host_is_refused(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, certificate = serve(x509.DNSName("example.org"))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(Unavailable, match="IP address mismatch"):
        look(uri)
