"""``[place:]path``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.base.location import Location, check_board_name, is_board_name, spell
from espsh.errors import UsageError


@pytest.mark.parametrize(
    ("text", "place", "path"),
    [
        ("a.py", None, "a.py"),
        ("./a:b", None, "./a:b"),
        ("dir/a:b", None, "dir/a:b"),
        ("C:\\Users\\x", None, "C:\\Users\\x"),
        ("c:x", None, "c:x"),
        (":", "", ""),
        (":/lib", "", "/lib"),
        ("attic:", "attic", ""),
        ("attic:/a:b", "attic", "/a:b"),
        ("host:/x", "host", "/x"),
        ("attic,kitchen:/x", "attic,kitchen", "/x"),
        ("*:/x", "*", "/x"),
        ("esp*:x", "esp*", "x"),
        ("all:x", "all", "x"),
        ("with blank:x", None, "with blank:x"),
        ("", None, ""),
    ],
)
def test_spelling(text: str, place: str | None, path: str) -> None:
    found = spell(text)
    assert (found.place, found.path) == (place, path)


def test_sets_are_known_by_their_marks() -> None:
    assert [spell(text).is_set for text in ("a,b:", "*:", "all:", "e?:", "attic:", ":", "x")] == [
        *([True] * 4),
        *([False] * 3),
    ]


def test_a_url_is_no_path() -> None:
    with pytest.raises(UsageError):
        spell("http://x/y")


@pytest.mark.parametrize("name", ["a", "1a", "", "a.b", "a:b", "host", "all", "sim", "COM3", "com10", "ws", "a b"])
def test_names_that_are_refused(name: str) -> None:
    assert not is_board_name(name)
    with pytest.raises(UsageError):
        check_board_name(name)


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{1,20}", fullmatch=True), st.text())
def test_a_name_before_the_colon_is_the_place(name: str, path: str) -> None:
    if "://" not in f"{name}:{path}":
        assert (spell(f"{name}:{path}").place, spell(f"{name}:{path}").path) == (name, path)


@pytest.mark.parametrize(
    ("typed", "wants"), [(":", True), (":lib/", True), (".", True), ("a/..", True), ("lib", False), (":x", False)]
)
def test_what_asks_for_a_directory(typed: str, wants: bool) -> None:
    assert Location("host", "/x", typed).wants_directory is wants
