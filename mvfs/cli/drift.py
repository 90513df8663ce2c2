"""Tells whether a version's references still lead to what was recorded; for ``mvfs verify --refs``."""

from __future__ import annotations

from typing import Any

from mvfs.catalog.catalog import Place
from mvfs.catalog.drifting import Drift, drifts
from mvfs.catalog.shapes import reference_json
from mvfs.cli.exits import NEGATIVE, OK, UNAVAILABLE
from mvfs.cli.output import Output
from mvfs.cli.places import ref_of


def tell_drift(place: Place, out: Output) -> int:
    """Print each reference that drifted or cannot be looked at; return the exit code, drift before doubt."""
    assert place.version is not None
    content = place.project.content(place.version)
    found = list(drifts(content.below(place.path))) if content.has_references else []
    changed = [one for one in found if one.changed is not None]
    unknown = [one for one in found if one.unknown is not None]
    if out.as_json:
        out.data_json({
            "ref": ref_of(place),
            "references": len(found),
            "drifted": [_json(one, one.changed) for one in changed],
            "unknown": [_json(one, one.unknown) for one in unknown],
        })  # fmt: skip
    else:
        for one in changed:
            out.data(f"drifted: {_line(one)} ({one.changed})")
        for one in unknown:
            out.data(f"unknown: {_line(one)} ({one.unknown})")
    verdict = f"{len(changed)} drifted" + f", {len(unknown)} could not be looked at" * bool(unknown)
    out.say(f"{ref_of(place)}: {len(found)} reference{'s' * (len(found) != 1)}, {verdict}")
    return NEGATIVE if changed else UNAVAILABLE if unknown else OK


def _line(one: Drift) -> str:
    assert one.entry.reference is not None
    return f"{one.entry.path} -> {one.entry.reference.uri}"


def _json(one: Drift, why: str | None) -> dict[str, Any]:
    return {"path": one.entry.path, **(reference_json(one.entry) or {}), "message": why}
