from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.base.textdiff import text_of, unified


def test_a_unified_diff_with_and_without_an_end() -> None:
    assert list(unified("a\nb\x0cc\n", "a\nB", "old", "new")) == [
        *("--- old", "+++ new", "@@ -1,2 +1,2 @@", " a", "-b\x0cc"),
        *("+B", "\\ No newline at end of file"),
    ]
    assert list(unified("", "x\n", "old", "new"))[2:] == ["@@ -0,0 +1 @@", "+x"]


lines = st.lists(st.sampled_from(["a", "b", "", " c", "-d", "é\r"]), max_size=6).map("\n".join)


@given(lines, lines)
def test_what_goes_and_comes_makes_one_of_the_other(old: str, new: str) -> None:
    shown = [line for line in list(unified(old, new, "", ""))[3:] if not line.startswith(("@@", "\\"))]
    assert (old == new) is (shown == [])
    gone, come = ([line[1:] for line in shown if line[0] in kept] for kept in (" -", " +"))
    assert len(gone) - len(come) == len(old.splitlines()) - len(new.splitlines()) or not shown


@pytest.mark.parametrize("data", [b"\x00", b"abc\x00d", b"\xff\xfe", b"\xc3"])
def test_what_is_no_text(data: bytes) -> None:
    assert text_of([data[:1], data[1:]]) is None


def test_a_text_cut_in_the_middle_of_a_letter() -> None:
    assert text_of([b"\xc3", b"\xa9"]) == "é"


def test_no_more_is_read_than_shows_that_it_is_no_text() -> None:
    def blocks() -> Iterator[bytes]:
        yield b"\x7fELF\x00"
        raise AssertionError("read on")

    assert text_of(blocks()) is None
