"""How a bucket is reached: by which settings, as whom, and whether its clock is ours. No secret is told."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.parse import urlsplit

from mvfs.cli.doctor.finding import Finding, note, ok, trouble
from mvfs.settings import StoreLocation
from mvfs.store.backend.answers import Refused, explain
from mvfs.store.backend.http_connections import Connections
from mvfs.store.backend.s3_access import Account, refusals

_SOURCES = {
    "explicit": "MVFS_S3_KEY and MVFS_S3_SECRET",
    "env": "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "shared-credentials-file": "~/.aws/credentials",
    "config-file": "~/.aws/config",
    "iam-role": "the role of this machine",
    "container-role": "the role of this container",
    "assume-role": "a role that a profile assumes",
    "assume-role-with-web-identity": "a web identity",
    "sso": "AWS SSO",
    "custom-process": "a credential process",
}
"""What botocore calls the places where credentials were found."""

_AZURE = ("CONNECTION_STRING", "ACCOUNT_KEY", "SAS_TOKEN", "CLIENT_SECRET")

_SKEW, _MOST_SKEW = 60, 600
"""Seconds between two clocks: worth a note; and near what S3 refuses (900)."""


def access(location: StoreLocation) -> Iterator[Finding]:
    """Look at how the store's bucket is reached, and as whom."""
    url = location.url
    if url is None:
        return
    scheme = url.partition("://")[0]
    if scheme == "s3":
        yield from _s3(url)
    elif scheme == "gs":
        named = bool(os.environ.get("GOOGLE_APPLICATION_CREDENTIALS"))
        by = "GOOGLE_APPLICATION_CREDENTIALS" if named else "what gcloud or this machine's account gives"
        yield ok("access", f"credentials by {by}")
    else:
        given = [f"AZURE_STORAGE_{name}" for name in _AZURE if os.environ.get(f"AZURE_STORAGE_{name}")]
        yield ok("access", f"credentials by {given[0] if given else 'whoever is signed in to Azure'}")


def _s3(url: str) -> Iterator[Finding]:
    try:
        with refusals():
            account = Account()
            client, method = account.client(), str(account.credentials().method)
            bundle = account.ca_bundle()
    except Refused as exc:
        raise explain(exc, f"cannot reach {url}") from exc
    endpoint, region = str(client.meta.endpoint_url), client.meta.region_name or "no region"
    yield ok("access", f"{_bare(endpoint)}, {region}; credentials by {_SOURCES.get(method, method)}")
    yield _clock(endpoint, bundle)


def _clock(endpoint: str, bundle: str | None) -> Finding:
    """Compare this machine's clock with that of a server, which refuses requests of another time."""
    parts = urlsplit(endpoint)
    tls = ssl.create_default_context(cafile=bundle) if parts.scheme == "https" else None
    connections = Connections(str(parts.hostname), parts.port, tls)
    try:
        before = time.time()
        with connections.answer("HEAD", "/", {}, None) as answer:
            answer.read()
            told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        here = (before + time.time()) / 2
    except (OSError, HTTPException, TypeError, ValueError):
        return note("clock", f"{_bare(endpoint)} does not tell the time")
    off = abs(told - here)
    if off < _SKEW:
        return ok("clock", "as that of the server, to a minute")
    line = (
        f"this machine's clock is {off:,.0f} s {'behind' if told > here else 'ahead of'} that of the server"
    )
    remedy = "set it: timedatectl set-ntp true"
    return trouble("clock", line, remedy) if off >= _MOST_SKEW else note("clock", line, remedy)


def _bare(endpoint: str) -> str:
    """An endpoint without what might be secret in it."""
    parts = urlsplit(endpoint)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"
