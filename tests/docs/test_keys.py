"""docs/KEYS.md is what the registry says."""

from __future__ import annotations

from pathlib import Path

from scripts.keys_doc import document


def test_the_keys_are_written_down() -> None:
    written = (Path(__file__).parents[2] / "docs" / "KEYS.md").read_text("utf-8")
    assert written == document(), "run scripts/keys_doc.py"
