"""Options and other arguments may come in any order, with every verb."""

from __future__ import annotations

import argparse

import pytest

from mvfs.cli import main
from mvfs.cli.words import options_first
from tests.conftest import LogFiles


def known() -> dict[str, argparse.Action]:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flag", "-f", action="store_true")
    parser.add_argument("--flat", action="store_true")
    parser.add_argument("--value", "-o")
    return parser._option_string_actions


@pytest.mark.parametrize(
    ("words", "arranged"),
    [
        ("a -f b", "-f a b"),
        ("a --value v b", "--value v a b"),
        ("a --value=v b", "--value=v a b"),
        ("a -ov b -f", "-ov -f a b"),
        ("a -fo v b", "-fo v a b"),
        ("a --val v b", "--val v a b"),  # an abbreviation
        ("a --fla b", "--fla a b"),  # which is not one but two: argparse says so
        ("a --unknown b", "--unknown a b"),
        ("a -f -- -o b", "-f a -- -o b"),
        ("a -5 -.5 - -f", "-f a -5 -.5 -"),
        ("a --value", "a --value"),  # which would take it for the value
        ("a --value -- b", "a --value -- b"),
    ],
)
def test_options_go_first_with_their_values(words: str, arranged: str) -> None:
    assert " ".join(options_first(words.split(), known())) == arranged


def test_text_that_begins_with_a_minus_is_text() -> None:
    assert options_first(["REF", "- a note", "-f"], known()) == ["-f", "REF", "- a note"]


def test_verbs_take_options_in_the_middle(log_files: LogFiles, capsys: pytest.CaptureFixture[str]) -> None:
    log_files({"a": "1"})
    assert main(["alias", "vision/iv3", "-m", "it won", "good", "better"]) == 0
    assert main(["alias", "vision/iv3", "--remove", "good"]) == 0
    assert main(["alias", "--history", "vision/iv3", "--json", "better"]) == 0
    assert '"reason": "it won"' in capsys.readouterr().out
    assert main(["note", "vision/iv3", "--history", "--json"]) == 0


def test_what_is_unknown_is_told_by_the_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["alias", "vision/iv3", "--removed", "good"])
    assert caught.value.code == 2
    assert (
        capsys.readouterr().err == "mvfs alias: unrecognized arguments: --removed; see 'mvfs alias --help'\n"
    )


def test_an_option_without_its_value_takes_no_other_argument(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["alias", "vision/iv3", "good", "-m"])
    assert "expected one argument" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "said"), [("tag", "'tag' is no verb"), ("aliass", "'aliass' is no verb, but alias is")]
)
def test_an_unknown_verb(word: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([word, "vision/iv3"])
    assert capsys.readouterr().err == f"mvfs: {said}; see 'mvfs --help'\n"


@pytest.mark.parametrize(
    "words",
    [
        ("run", "show", "\udcff"),
        ("get", "vision/iv3/\udcff"),
        ("cat", "vision/iv3:v0/\udcff"),
        ("note", "vision/iv3", "\udcff"),
        ("log", __file__, "vision/iv3", "--meta", "k=\udcff"),
        ("log", __file__, "vision/iv3", "--meta", 'k="\\ud800"'),
        ("best", "vision/iv3", "--metric", "\udcff"),
    ],
)
def test_bytes_that_are_no_text_are_one_line(
    words: tuple[str, ...], log_files: LogFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    log_files({"a": "1"})
    assert main(list(words)) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert ("the byte 0xFF is no UTF-8" in err) != ("U+D800" in err)
