"""Whatever bytes a store holds, a reader says what they mean, or that they are damaged; nothing else.

``MVFS_FUZZ_EXAMPLES`` is the number of examples for each kind (default 120).
"""

from __future__ import annotations

import contextlib
import os
from typing import Any

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, Verbosity, given, settings
from hypothesis import strategies as st

from mvfs.errors import Damaged, InvalidName, NotAStore, UnsupportedFormat
from mvfs.index.index import Index
from mvfs.store import keys, segments, sweeplist
from mvfs.store.entry import GENESIS
from mvfs.store.journal import Journal
from mvfs.store.paths import check_path, check_paths
from tests.format import targets
from tests.format.mutating import TEXTS, byte_changes, changed, rebuilt, value_changes

EXAMPLES = int(os.environ.get("MVFS_FUZZ_EXAMPLES", "120"))
REFUSED = (Damaged, UnsupportedFormat, NotAStore)
FUZZ = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet
)
NO_MSGPACK = ("leaves", "segment", "tail", "intent")
"""Payloads that are no single msgpack value."""

SLOW = ("header", "block", "segment", "tail", "checkpoint")


def examples_of(kind: str) -> settings:
    return settings(FUZZ, max_examples=max(EXAMPLES // 2, 10) if kind in SLOW else EXAMPLES)


KINDS = sorted(targets.targets())


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_payload_is_read(kind: str) -> None:
    target = targets.targets()[kind]
    for number, payload in enumerate(target.payloads):
        assert target.read(number, payload) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_changed_bytes_behind_right_hashes_are_read_or_refused(kind: str) -> None:
    target = targets.targets()[kind]

    @examples_of(kind)
    @given(st.integers(0, len(target.payloads) - 1), byte_changes)
    def read(number: int, changes: Any) -> None:
        payload = changed(target.payloads[number], changes)
        with contextlib.suppress(*REFUSED):
            target.read(number, targets.resealed(payload) if kind in ("segment", "tail") else payload)

    read()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NO_MSGPACK])
def test_changed_values_behind_right_hashes_are_read_or_refused(kind: str) -> None:
    target = targets.targets()[kind]

    @examples_of(kind)
    @given(st.integers(0, len(target.payloads) - 1), value_changes)
    def read(number: int, changes: Any) -> None:
        with contextlib.suppress(*REFUSED):
            target.read(number, rebuilt(target.payloads[number], changes))

    read()


def stored() -> dict[str, tuple[str, Any]]:
    """Objects whose hash is known elsewhere, each with what reads it out of a store in which it is."""
    vision, other = targets.project(), targets.project("other")
    journal = keys.project_journal(vision["id"])
    folder = keys.project_journal(other["id"])
    (sweep,) = vision["sweeps"]
    found: dict[str, tuple[str, Any]] = {}
    for key in targets.manifests()[:2]:
        version = next(one for one in vision["versions"].values() if one["manifest"] == key)
        head = bytes.fromhex(version["manifest_hash"])
        found[key] = key, lambda raw, key=key, head=head: targets.read_manifest(key, raw, head)
    list_key = keys.sweep_list(vision["id"], sweep["id"])
    found["sweep"] = (
        list_key,
        lambda raw: sweeplist.read(
            targets.Overlay(list_key, raw), vision["id"], sweep["id"], bytes.fromhex(sweep["list_hash"])
        ),
    )
    segment = targets.of("p/*/seg/*.mpz")[0]
    found["segment"] = (
        segment,
        lambda raw: segments.read(targets.Overlay(segment, raw), folder, segment, 0, GENESIS),
    )
    for seq in (0, 7, vision["entries"] - 1):
        key = keys.entry(journal, seq)
        found[key] = key, lambda raw, key=key: _folded(targets.Overlay(key, raw), journal)
    (ckpt,) = targets.of("p/*/ckpt/*.mpz")
    found["checkpoint"] = ckpt, lambda raw: _folded(targets.Overlay(ckpt, raw), folder)
    return found


def _folded(store: targets.Overlay, folder: str) -> str:
    index = Index(None, Journal(store, folder))
    index.refresh()
    return targets.ask(index)


@pytest.mark.parametrize("what", sorted(stored()))
def test_a_changed_object_is_the_same_or_refused(what: str) -> None:
    key, read = stored()[what]
    raw = targets.objects()[key]
    right = read(raw)

    @settings(FUZZ, max_examples=max(EXAMPLES // 10, 5))
    @given(byte_changes)
    def reread(changes: Any) -> None:
        with contextlib.suppress(*REFUSED):
            found = read(changed(raw, changes))
            assert found == right

    reread()


PATHS = st.lists(
    st.one_of(st.text(max_size=12), st.text("ab/.\\\0\x1f é", max_size=9), st.sampled_from(TEXTS)), min_size=1
)


@FUZZ
@given(PATHS)
def test_paths_together_are_judged_as_each_by_itself(paths: list[str]) -> None:
    try:
        right: Any = [check_path(path) for path in paths]
    except InvalidName:
        right = None
    try:
        found: Any = check_paths(paths)
    except InvalidName:
        found = None
    assert found == right
    if right is not None:
        assert all(part not in (b"", b".", b"..") for raw in right for part in raw.split(b"/"))


def test_a_hash_that_fits_is_what_the_targets_make() -> None:
    """Otherwise all of the above would be refused at the first step, and prove nothing."""
    parts = targets.Parts(targets.manifests()[0])
    data, head_hash = parts.sealed()
    assert blake3(data[:24]).digest() != head_hash
    assert targets.read_manifest(parts.key, data, head_hash)
    assert targets.resealed(payload := targets.targets()["segment"].payloads[0]) == payload
