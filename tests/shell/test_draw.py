from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from espsh.core.output import Styled, Table
from espsh.shell.columns import clip, pad, width_of
from espsh.shell.draw import Draw

NAMES = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30), min_size=1)


def test_names_are_one_a_line_where_there_is_no_screen() -> None:
    assert Draw().names(["a", Styled("b/", "directory")]) == "a\nb/\n"


def test_names_fill_columns_downwards() -> None:
    assert Draw(lambda: 15).names(["a", "b", "c", "dddddd", "e"]) == "a  c       e\nb  dddddd\n"


@given(NAMES, st.integers(10, 200))
def test_columns_hold_every_name_in_order_and_fit(names: list[str], width: int) -> None:
    lines = Draw(lambda: width).names(names).splitlines()
    assert sorted(" ".join(lines).split()) == sorted(names)
    assert all(width_of(line) <= width for line in lines) or len(lines) == len(names)


def test_a_table_is_aligned_by_columns_of_the_screen_and_not_padded_at_its_end() -> None:
    table = Table(("name", ">size"), [["你好", 5], [Styled("a", "board"), 12345]])
    assert Draw().table(table) == "name   size\n你好      5\na     12345\n"


def test_a_table_without_headings_and_one_without_rows() -> None:
    assert Draw().table(Table(("", ""), [["a", "b"]])) == "a  b\n"
    assert Draw().table(Table(("x", "y"), [])) == "x  y\n"


def test_roles_are_colours_only_where_there_are_any() -> None:
    cells = [Styled("lib", "directory"), Styled("x", "nonsense"), "plain"]
    assert Draw().line(cells) == "lib x plain"
    assert Draw(lambda: 80, colour=True).line(cells) == "\x1b[1;34mlib\x1b[0m x plain"
    assert Draw(lambda: 80, colour=True).plain.line(cells) == "lib x plain"


def test_colours_do_not_change_the_columns() -> None:
    names = [Styled("aa", "directory"), "bb", "cc"]
    assert Draw(lambda: 80, colour=True).names(names).replace("\x1b[1;34m", "").replace("\x1b[0m", "") == Draw(
        lambda: 80
    ).names(names)


def test_a_name_cannot_steer_the_screen_but_reaches_a_file_as_it_is() -> None:
    assert Draw(lambda: 80, guarded=True).names(["a\x1b[2Jb\x07"]) == "a?[2Jb?\n"
    assert Draw(lambda: 80, guarded=True).folded.names(["a\x1b[2Jb"]) == "a?[2Jb\n"
    assert Draw(guarded=True).content(b"a\x1b[2J\xc2\x9b1m\r\n") == b"a\\x1b[2J\\x9b1m\r\n"
    assert Draw(guarded=True).plain.content(b"a\x1b[2J") == b"a\x1b[2J"
    assert Draw().names(["a\x1b[2Jb"]) == "a\x1b[2Jb\n"


def test_combining_characters_take_no_room() -> None:
    assert width_of(unicodedata.normalize("NFD", "é")) == 1
    assert width_of("你") == 2


@given(st.text(st.characters(exclude_categories=["C"])), st.integers(1, 40))
def test_clipped_text_fits(text: str, width: int) -> None:
    assert width_of(clip(text, width)) <= width
    if width_of(text) <= width:
        assert clip(text, width) == text
        assert width_of(pad(text, width)) == width
