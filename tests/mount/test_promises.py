"""One path, one content: what may be told and opened when, without a kernel."""

from __future__ import annotations

import errno

import pytest

from mvfs.mount.nodes import FILE_MODE, Node
from mvfs.mount.promises import Promises

OLD, NEW = (Node(key, 1, FILE_MODE, 1, 0) for key in (b"old", b"new"))


@pytest.fixture
def promises() -> Promises:
    return Promises(believed=3600)


def refused(promises: Promises, node: Node) -> bool:
    with pytest.raises(OSError, match="Stale") as caught:
        promises.open("/a", node)
    return caught.value.errno == errno.ESTALE


def test_only_what_was_told_last_is_opened(promises: Promises) -> None:
    assert promises.tell("/a", OLD) is OLD
    assert refused(promises, NEW)
    promises.open("/a", OLD)
    promises.close("/a")
    assert refused(promises, NEW)
    promises.open("/b", NEW)


def test_an_answer_that_is_on_its_way_is_waited_for(promises: Promises) -> None:
    promises.tell("/a", OLD)
    promises.tell("/a", NEW)
    assert refused(promises, NEW)
    promises.tell("/a", NEW)
    promises.open("/a", NEW)


def test_an_open_path_stays_what_it_is(promises: Promises, caplog: pytest.LogCaptureFixture) -> None:
    promises.tell("/a", OLD)
    promises.open("/a", OLD)
    assert promises.tell("/a", NEW) is OLD
    assert promises.opened("/a") is OLD
    assert refused(promises, NEW)
    assert refused(promises, NEW)
    assert caplog.text.count("is still open") == 1
    promises.close("/a")
    assert promises.opened("/a") is None
    assert promises.tell("/a", NEW) is NEW


def test_what_the_kernel_no_longer_believes_is_forgotten() -> None:
    promises = Promises(believed=0)
    promises.tell("/a", OLD)
    promises.open("/a", NEW)


def test_pages_are_kept_for_the_same_content_once_it_was_read(promises: Promises) -> None:
    assert not promises.open("/a", OLD)
    assert not promises.open("/a", OLD)  # the first open may not have dropped what was there before
    promises.saw_read("/a")
    assert promises.open("/a", OLD)
    for _ in range(3):
        promises.close("/a")
    assert promises.open("/a", OLD)
    promises.close("/a")
    promises.tell("/a", NEW)
    assert refused(promises, NEW)
    assert not promises.open("/a", NEW)
    promises.close("/a")
    promises.tell("/a", OLD)
    assert refused(promises, OLD)
    assert not promises.open("/a", OLD)
