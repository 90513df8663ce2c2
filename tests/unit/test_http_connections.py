"""Connections that are kept open, and what becomes of them."""

from __future__ import annotations

import gc
import weakref

from mvfs.store.backend.http_connections import Connections
from tests.unit import web as webs
from tests.unit.web import reply


def test_connections_are_used_again_and_closed_with_their_keeper() -> None:
    with webs.web() as web:
        web.answers["/x"] = lambda to: reply(to, 200, b"ok", Content_Length="2")
        host, port = web.server_address[:2]
        connections = Connections(str(host), port, None)
        for _ in range(3):
            with connections.answer("GET", "/x", {}, None) as answer:
                assert answer.read() == b"ok"
        cycle = [connections]
        cycle.append(cycle)  # type: ignore[arg-type]
        gone = weakref.ref(connections)
        del connections, cycle
        gc.collect()  # a socket that nobody closed would be a warning, and so an error
        assert gone() is None


def test_an_answer_that_was_not_read_to_its_end_ends_the_connection() -> None:
    with webs.web() as web:
        web.answers["/x"] = lambda to: reply(to, 200, b"long" * 100, Content_Length="400")
        web.answers["/y"] = lambda to: reply(to, 200, b"ok", Content_Length="2")
        host, port = web.server_address[:2]
        connections = Connections(str(host), port, None)
        with connections.answer("GET", "/x", {}, None) as answer:
            assert answer.read(4) == b"long"
        with connections.answer("GET", "/y", {}, None) as answer:
            assert answer.read() == b"ok"
