"""Files whose bytes are elsewhere: read in as few requests as can be, and never other bytes than recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from mvfs.errors import NotFound, SourceChanged
from mvfs.references.lookup import look
from mvfs.store.external import ReferenceReader
from mvfs.store.manifest.records import FileEntry
from tests.unit import web

BODY = os.urandom(300_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[web.Web]:
    monkeypatch.setenv("MVFS_REFERENCES_ALLOW", "127.0.0.1")
    with web.web() as running:
        running.answers["/m"] = web.serving(BODY)
        yield running


@pytest.fixture
def reader(server: web.Web) -> ReferenceReader:
    reference = look(server.url + "/m")
    server.seen.clear()
    return ReferenceReader(FileEntry("dir/m", reference.size, b"", False, (), reference), reference)


def test_reads_in_sequence_are_one_request(server: web.Web, reader: ReferenceReader) -> None:
    pieces = [reader.read(at, 1000) for at in range(0, len(BODY), 1000)]
    assert b"".join(pieces) == BODY
    assert [method for method, _, _ in server.seen] == ["GET"]
    assert reader.read(0, 10) == BODY[:10]


def test_reads_here_and_there_ask_for_no_more_than_they_need(
    server: web.Web, reader: ReferenceReader
) -> None:
    for at in (200_000, 1000, 299_999):
        assert reader.read(at, 500) == BODY[at : at + 500]
    assert [headers["Range"] for _, _, headers in server.seen] == [
        "bytes=200000-200499", "bytes=1000-1499", "bytes=299999-299999",
    ]  # fmt: skip
    assert reader.read(len(BODY), 10) == reader.read(5, 0) == b""
    assert reader.whole_blob() is None


def test_an_answer_that_was_cut_off_is_taken_up_again(server: web.Web, reader: ReferenceReader) -> None:
    def cut(to: BaseHTTPRequestHandler) -> None:
        web.reply(to, 200, BODY[:100_000], Content_Length=str(len(BODY)), ETag='"one"')
        to.close_connection = True

    server.answers["/m"] = cut
    assert reader.read(0, 50_000) == BODY[:50_000]
    server.answers["/m"] = web.serving(BODY)
    assert reader.read(50_000, 200_000) == BODY[50_000:250_000]
    assert reader.read(250_000, 100_000) == BODY[250_000:]


def test_other_bytes_are_refused_with_the_name_of_the_file(server: web.Web, reader: ReferenceReader) -> None:
    assert reader.read(0, 10) == BODY[:10]
    server.answers["/m"] = web.serving(bytes(len(BODY)), '"two"')
    with pytest.raises(SourceChanged, match=r"^'dir/m' is a reference: .* has changed .* ETag") as caught:
        reader.read(200_000, 10)
    assert caught.value.fields["path"] == "dir/m"
    del server.answers["/m"]
    with pytest.raises(NotFound, match="is not there"):
        reader.read(0, 10)
    server.answers["/m"] = web.serving(BODY)
    assert reader.read(0, 10) == BODY[:10]
