"""Did you mean …? A typo or two is near, half of the word is not."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.core.nearest import nearest
from espsh.core.plugins import BUILTIN

COMMANDS = [*(name for names in BUILTIN.values() for name in names.split()), "gpio", "nvs", "ota", "plot", "wifi"]


@pytest.mark.parametrize(
    ("word", "hint"),
    [("mkdri", "did you mean 'mkdir'?"),
     ("ls1", "did you mean 'ls'?"),
     ("LS", "did you mean 'ls'?"),
     ("flsh", "did you mean 'flash'?"),
     ("exiit", "did you mean 'exit'?"),
     ("disconect", "did you mean 'disconnect'?"),
     ("speddtset", "did you mean 'speedtest'?"),
     ("nosuch", None), ("if", None), ("x", None), ("", None), ("unplug", None), ("upload", None), ("bogus", None)],
)  # fmt: skip
def test_what_is_near(word: str, hint: str | None) -> None:
    assert nearest(word, COMMANDS) == hint


def test_words_that_are_as_near_are_all_named() -> None:
    assert nearest("lss", COMMANDS) in ("did you mean 'ls' or 'less'?", "did you mean 'less' or 'ls'?")
    assert nearest("cat1", ["cat2", "cat3", "cat4", "cat5"]) == "did you mean 'cat2', 'cat3' or 'cat4'?"
    assert nearest("mkdir1", ["mkdir", "mkdirs", "rmdir"]) == "did you mean 'mkdir' or 'mkdirs'?"
    assert nearest("any", []) is None


WORDS = st.text(string.ascii_lowercase, min_size=4, max_size=12)


@given(WORDS, st.data())
def test_one_typo_is_near(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    head, two, tail = word[:at], word[at : at + 2], word[at + 2 :]
    typed = data.draw(st.sampled_from([
        head + two[::-1] + tail, head + two[0] + tail, head + letter + two + tail, head + letter + two[1] + tail
    ]))  # fmt: skip
    assert nearest(typed, ["0123456789", word]) == f"did you mean '{word}'?"


@given(WORDS, st.data())
def test_half_of_the_word_is_not_near(word: str, data: st.DataObject) -> None:
    half = (len(word) + 1) // 2
    wrong = data.draw(st.text(string.digits, min_size=half, max_size=half))
    assert nearest(word[half:] + wrong, [word]) is None
    assert nearest(wrong + word[half:], [word]) is None
