"""Names and refs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvfs import refs
from mvfs.errors import InvalidInput, InvalidName, MvfsError
from mvfs.refs import Reading, Selector


def first(text: str, project: str | None = None) -> Reading:
    return next(refs.parse(text, project).readings())


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("vision", Reading("vision")),
        ("vision/iv3:best", Reading("vision", None, "iv3", Selector("best"))),
        ("vision/model/iv3:v7", Reading("vision", "model", "iv3", Selector(number=7))),
        ("vision/model/iv3", Reading("vision", "model", "iv3")),
        ("vision/model/iv3/best/a/b.bin", Reading("vision", "model", "iv3", Selector("best"), "a/b.bin")),
        ("vision/iv3:best/a/b.bin", Reading("vision", None, "iv3", Selector("best"), "a/b.bin")),
        ("vision/model/iv3/v12/", Reading("vision", "model", "iv3", Selector(number=12))),
    ],
)
def test_first_reading(text: str, reading: Reading) -> None:
    assert first(text) == reading


def test_words_without_a_colon_have_several_readings_best_first() -> None:
    readings = list(refs.parse("vision/iv3/best").readings())
    assert readings[0] == Reading("vision", "iv3", "best")
    assert Reading("vision", None, "iv3", Selector("best")) in readings


def test_store_prefix() -> None:
    ref = refs.parse("/data/store::vision/iv3:best")
    assert ref.store == "/data/store"
    assert ref.words == ("vision", "iv3")


def test_default_project_for_short_names() -> None:
    assert first("iv3:best", "vision") == Reading("vision", None, "iv3", Selector("best"))


def test_entity_form() -> None:
    ref = refs.parse("team/vision/iv3:v0").without_entity()
    assert ref is not None
    assert next(ref.readings()) == Reading("vision", None, "iv3", Selector(number=0))


def test_alias_at_a_date_means_its_end() -> None:
    day = refs.parse_selector("production@2026-11-01").at
    noon = refs.parse_selector("production@2026-11-01T12:00:00").at
    assert day is not None
    assert noon is not None
    assert day - noon == 12 * 3600 * 1_000_000 - 1


@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-31", "2026-11-01T14:30:05.000001+09:00"])
def test_a_moment_is_kept_to_the_microsecond(moment: str) -> None:
    selector = refs.parse_selector(f"production@{moment}")
    assert refs.parse_selector(str(selector)) == selector


@pytest.mark.parametrize(
    "moment", ["", "x", "2026-02-30", "2026-11-01T25:00", "0001-01-01T00:00+12:00", "9999-12-31T23:59-12:00"]
)
def test_what_is_no_moment(moment: str) -> None:
    with pytest.raises(InvalidInput, match="is no date or time"):
        refs.parse_selector(f"production@{moment}")


def test_a_version_takes_no_date() -> None:
    with pytest.raises(InvalidInput, match="does not move"):
        refs.parse_selector("v3@2026-11-01")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("..", "begins with a dot"),
        (".hidden", "begins with a dot"),
        ("v3", "looks like a version"),
        ("a/b", "has a '/'"),
        ("a:b", "has a ':'"),
        ("a@b", "has a '@'"),
        ("a\nb", "control character U\\+000A"),
        ("a\x1b[2Jb", "control character U\\+001B"),
        ("a b", r"has a ' '"),
        ("a\u202eb", "U\\+202E"),
        ("x" * 200, "too long: 200 characters"),
        ("한" * 100, "300 bytes"),
        ("a\udc80b", "U\\+DC80"),
    ],
)
def test_illegal_names(name: str, why: str) -> None:
    with pytest.raises(InvalidName, match=why):
        refs.check_name(name, "name")


@pytest.mark.parametrize("name", ["iv3", "ResNet-50.v2", "모델", "modèle", "नमूना", "v3b", "_x"])
def test_legal_names(name: str) -> None:
    assert refs.check_name(name, "name") == name


def test_names_are_normalised() -> None:
    assert refs.check_name("mode\u0300le", "name") == "modèle"


@pytest.mark.parametrize("alias", ["prod ready", "c++", "SOTA"])
def test_aliases_may_hold_spaces_and_plus(alias: str) -> None:
    assert refs.check_alias(alias) == alias


@pytest.mark.parametrize("alias", [" x", "x ", "v0", "v007", "latest:x", "a/b"])
def test_illegal_aliases(alias: str) -> None:
    with pytest.raises(InvalidName):
        refs.check_alias(alias)


@given(st.text())
def test_any_text_parses_or_says_why(text: str) -> None:
    try:
        ref = refs.parse(text)
    except MvfsError as exc:
        assert exc.message
        return
    readings = list(ref.readings())
    assert readings
    for reading in readings:
        assert refs.check_name(reading.project, "project")


@given(st.text(max_size=300))
def test_a_legal_name_fits_a_directory(name: str) -> None:
    try:
        legal = refs.check_name(name, "name")
    except InvalidName:
        return
    raw = legal.encode()
    assert len(raw) <= 255
    assert b"/" not in raw
    assert b"\0" not in raw
    assert legal not in (".", "..")
