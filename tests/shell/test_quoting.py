from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from espsh.core.parser import parse, tokenize
from espsh.shell.quoting import quoted

WORDS = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs", "Cc"]), max_size=20)


@given(WORDS, st.sampled_from(["", "'", '"']))
@example("a\\", '"')
@example("it's a\\", "")
@example("[x]*?.py", "")
@example("a&", "")
def test_what_is_typed_reads_as_the_word(text: str, quote: str) -> None:
    words = parse(f"cp {quoted(text, quote)} :")[0].words
    assert [word.text for word in words] == ["cp", text, ":"]
    assert words[1].pattern is None


@given(WORDS, st.sampled_from(["", "'", '"']))
def test_an_open_end_can_be_typed_on(text: str, quote: str) -> None:
    if text.endswith("\\"):
        return
    word = tokenize(f"cp {quoted(text + '/', quote, open_end=True)}x")[-1]
    assert word.text == text + "/x"


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("a.py", "a.py"),
        ("my file", "my\\ file"),
        ("it's", "it\\'s"),
        ("a;b", "'a;b'"),
        ("#1", "'#1'"),
        ("C:\\x", "C:\\x"),
    ],
)
def test_the_least_is_typed(text: str, typed: str) -> None:
    assert quoted(text) == typed
