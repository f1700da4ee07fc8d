"""Lines with numbers are told from other text, whatever a board prints."""

from __future__ import annotations

import math

import pytest
from espsh_plugins.plot_lines import LONGEST, Lines, Reading, read_line
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.from_regex(r"[a-zA-Z_]\w{0,10}", fullmatch=True)
NUMBERS = st.floats(allow_nan=False) | st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("1.5", [1.5]),
        ("  -.5e3\r", [-500]),
        ("1.5,2.0", [1.5, 2]),
        ("1 2\t3;4", [1, 2, 3, 4]),
        ("(1, 2.5)", [1, 2.5]),
        ("[1]", [1]),
        ("5,", [5]),
    ],
)
def test_bare_numbers(line: str, values: list[float]) -> None:
    assert read_line(line) == [Reading("", value) for value in values]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("temp:21.5 hum:40", {"temp": 21.5, "hum": 40}),
        ("a=1 b:2", {"a": 1, "b": 2}),
        ("temp: 21.5, hum = 40", {"temp": 21.5, "hum": 40}),
        ("temp 21.5 C, hum 40%", {"temp": 21.5, "hum": 40}),
        ("{'a': 1, 'b c': -2}", {"a": 1, "b c": -2}),
        ("A 1 m 2 C", {"A": 1, "m": 2}),
        ("größe:3", {"größe": 3}),
        ("a:1 a:2", {"a": 2}),
        ("x:inf", {"x": math.inf}),
    ],
)
def test_numbers_with_names(line: str, values: dict[str, float]) -> None:
    assert read_line(line) == [Reading(*pair) for pair in values.items()]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "ready 5 of",
        "1.29.0",
        "12:21:46",
        "ets Jul 29 2019 12:21:46",
        "rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
        "load:0x3fff0030,len:4892",
        "I (123) sensor: temperature 21.5, humidity 40",
        "ho 0 tail 12 room 4",
        ">>> 5",
        "(1+2j)",
        "(1, 2",
        "a:1 2",
        "1 a:2",
        "temp:\x1b[31m5",
        "b'\\xff'",
        " ".join(["1"] * 17),
        "1 " * LONGEST,
        "9" * 41,
    ],
)
def test_other_text(line: str) -> None:
    assert read_line(line) == []


def test_nan_is_a_number() -> None:
    assert math.isnan(read_line("nan")[0].value)


@given(st.dictionaries(NAMES, NUMBERS, min_size=1, max_size=8), st.sampled_from([":", "=", ": ", " "]))
def test_what_a_program_prints_is_read(values: dict[str, float], sign: str) -> None:
    printed = " ".join(f"{name}{sign}{value!r}" for name, value in values.items())
    assert {reading.name: reading.value for reading in read_line(printed)} == values
    assert {reading.name: reading.value for reading in read_line(repr(values))} == values


@given(st.lists(NUMBERS, min_size=2, max_size=8))
def test_what_a_tuple_prints_is_read(values: list[float]) -> None:
    assert [reading.value for reading in read_line(repr(tuple(values)))] == values


@given(st.text(max_size=600) | st.text("0123456789.,:= ae-+'{}()", max_size=600))
def test_any_text_is_read_or_left(line: str) -> None:
    assert all(isinstance(reading.value, float) for reading in read_line(line))


@given(st.binary(max_size=3000), st.lists(st.integers(1, 700), max_size=20))
def test_lines_are_cut_whatever_pieces_come(data: bytes, cuts: list[int]) -> None:
    whole, pieces = Lines(), Lines()
    expected = [*whole.feed(data), *whole.end()]
    found: list[str] = []
    for cut in cuts:
        found += pieces.feed(data[:cut])
        data = data[cut:]
    found += [*pieces.feed(data), *pieces.end()]
    assert [line[:LONGEST] for line in found if line] == [line[:LONGEST] for line in expected if line]


def test_an_endless_line_takes_no_room() -> None:
    lines = Lines()
    found = [line for _ in range(100) for line in lines.feed(b"9" * 1000)]
    assert len(found) == 1
    assert lines.feed(b"99\n5\n") == ["5"]


def test_a_line_whose_beginning_was_not_heard_is_left_out() -> None:
    lines = Lines()
    lines.cut()
    assert lines.feed(b"9") == []
    assert lines.feed(b"29\n130\n13") == ["130"]
    lines.cut()
    assert lines.feed(b"1\n132\n") == ["132"]
