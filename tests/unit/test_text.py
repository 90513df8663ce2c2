"""Text is inert before it reaches a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from mvfs import text


def test_escape_sequences_become_visible() -> None:
    assert text.line("\x1b]0;owned\x07") == "␛]0;owned␇"


def test_rows() -> None:
    assert text.line("a\nb\tc") == "a b c"
    assert text.block("a\nb\tc") == "a\nb    c"


def test_direction_overrides_and_c1_are_replaced() -> None:
    assert text.line("a\u202eb\x9bc") == "a\ufffdb\ufffdc"


def test_emoji_and_joiners_stay() -> None:
    family = "👩\u200d👩\u200d👧"
    assert text.line(family) == family


@given(st.text(alphabet=st.characters()))
def test_whatever_comes_in_is_inert_and_can_be_encoded(raw: str) -> None:
    for made in (text.line(raw), text.block(raw)):
        assert text.is_inert(made)
        made.encode()
    assert "\n" not in text.line(raw)
