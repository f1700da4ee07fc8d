"""Text and tables on screens that are narrower than they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.core.output import Styled, Table
from espsh.shell.columns import width_of
from espsh.shell.draw import Draw
from espsh.shell.fitting import fold, prose

WORDS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=60)
HELP = """usage: cp [-r] [-f] SOURCE… TARGET

A file appears at the target whole or not at all.
If something goes wrong the old file stays.

options:
  -r, --recursive  directories and what is below them, too
  --in-place       over the old file

examples:
  cp main.py :"""
BOARDS = Table(
    ("", "name", "chip", "port", "id", ">heap"),
    [
        [
            Styled("*", "good"),
            Styled("attic", "board"),
            "ESP32",
            "rfc2217://bench.example.com:4000",
            "30aea4996b7c",
            96,
        ],
        ["", Styled("kitchen", "board"), "ESP32-C3", "sim:esp32c3/kitchen", "a0764e4e4082", 104],
    ],
)


@given(WORDS, st.integers(1, 30))
def test_folded_text_fits_and_loses_nothing_but_blanks(text: str, width: int) -> None:
    lines = fold(text, width)
    assert all(width_of(line) <= max(width, 2) for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_words_are_broken_where_paths_and_addresses_can_be() -> None:
    assert fold("sim:esp32c3/kitchen", 12) == ["sim:esp32c3/", "kitchen"]
    assert fold("30aea4996b7c", 8) == ["30aea499", "6b7c"]
    assert fold("a/bcdefghijkl", 8) == ["a/bcdefg", "hijkl"]


def test_help_on_a_narrow_screen_hangs_under_its_column() -> None:
    assert prose(HELP, 40).split("\n") == [
        "usage: cp [-r] [-f] SOURCE… TARGET",
        "",
        "A file appears at the target whole or",
        "not at all. If something goes wrong the",
        "old file stays.",
        "",
        "options:",
        "  -r, --recursive  directories and what",
        "                   is below them, too",
        "  --in-place       over the old file",
        "",
        "examples:",
        "  cp main.py :",
    ]


def test_what_has_no_room_beside_a_long_example_stands_below_it() -> None:
    examples = "examples:\n  mip install aioble        # into the board's /lib, with what it needs\n  mip list  # all"
    assert prose(examples, 40).split("\n") == [
        "examples:",
        "  mip install aioble",
        "      # into the board's /lib, with what",
        "      it needs",
        "  mip list  # all",
    ]


def test_help_in_a_file_is_as_it_was_written() -> None:
    assert Draw().prose(HELP) == HELP


@given(st.integers(24, 120))
def test_no_line_of_help_is_cut_by_the_screen(width: int) -> None:
    shown = prose(HELP, width)
    assert all(width_of(line) <= width for line in shown.split("\n"))
    assert shown.split() == HELP.split()


def test_a_table_that_fits_is_the_same_on_any_screen() -> None:
    assert Draw(lambda: 120).table(BOARDS) == Draw().table(BOARDS)


def test_a_table_of_eighty_columns() -> None:
    assert Draw(lambda: 80).table(BOARDS).splitlines() == [
        "   name     chip      port                              id            heap",
        "*  attic    ESP32     rfc2217://bench.example.com:4000  30aea4996b7c    96",
        "   kitchen  ESP32-C3  sim:esp32c3/kitchen               a0764e4e4082   104",
    ]


def test_a_table_of_sixty_columns_folds_its_widest_cells() -> None:
    assert Draw(lambda: 60).table(BOARDS).splitlines() == [
        "   name     chip      port                id            heap",
        "*  attic    ESP32     rfc2217://bench.    30aea4996b7c    96",
        "                      example.com:4000",
        "   kitchen  ESP32-C3  sim:esp32c3/        a0764e4e4082   104",
        "                      kitchen",
    ]


@pytest.mark.parametrize(
    ("width", "headings"),
    [(90, "name chip port id heap"), (70, "name chip port heap"), (40, "name port heap")],
)
def test_what_can_be_spared_goes_first(width: int, headings: str) -> None:
    shown = Draw(lambda: width).table(BOARDS._replace(spare=("id", "chip")))
    assert shown.split("\n")[0].split() == headings.split()
    assert "attic" in shown
    assert "id" in Draw().table(BOARDS._replace(spare=("id", "chip"))).splitlines()[0]


def test_a_table_that_no_folding_fits_becomes_lines() -> None:
    assert Draw(lambda: 20).table(BOARDS).splitlines() == [
        "*",
        "name attic",
        "chip ESP32",
        "port rfc2217://bench.example.com:4000",
        "id 30aea4996b7c",
        "heap 96",
        "",
        "name kitchen",
        "chip ESP32-C3",
        "port sim:esp32c3/kitchen",
        "id a0764e4e4082",
        "heap 104",
    ]


@given(st.lists(st.tuples(WORDS, WORDS, st.integers(0, 10**6)), max_size=4), st.integers(30, 100))
def test_a_table_is_never_wider_than_the_screen(rows: list[tuple[str, str, int]], width: int) -> None:
    table = Table(("name", "what it is", ">size"), rows)
    lines = Draw(lambda: width).table(table).splitlines()
    assert all(width_of(line) <= width for line in lines)
    assert all(str(size) in "".join(lines) for *_, size in rows)


def test_colours_do_not_change_where_a_cell_is_folded() -> None:
    painted = Draw(lambda: 60, colour=True).table(BOARDS)
    assert "\x1b[36mattic\x1b[0m" in painted
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == Draw(lambda: 60).table(BOARDS)


def test_tiles_fill_lines_of_a_length_that_the_screen_has_room_for() -> None:
    tiles = [*["·"] * 60, *[Styled("█", "full")] * 40]
    assert [len(line) for line in Draw().tiles(tiles).splitlines()] == [64, 36]
    assert [len(line) for line in Draw(lambda: 60).tiles(tiles).splitlines()] == [56, 44]
    assert [len(line) for line in Draw(lambda: 20).tiles(tiles).splitlines()] == [16] * 6 + [4]
    assert Draw(lambda: 80, colour=True).tiles(tiles).splitlines() == [
        "·" * 60 + "\x1b[34m████\x1b[0m",
        f"\x1b[34m{'█' * 36}\x1b[0m",
    ]
