"""Sets of boards: the algebra, and what is said of a part that names nothing."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.core.sets import (
    OPERATORS,
    Chosen,
    Member,
    Part,
    cut_last,
    group_boards,
    is_chip,
    needs_identity,
    parse_set,
    select,
    spelled,
)
from espsh.errors import EspshError, NotFoundError, UsageError

BOARDS = (
    Member("attic", "ESP32"),
    Member("kitchen", "ESP32-C3"),
    Member("esp32-2", "ESP32"),
    Member("esp32-3", "ESP32-S3"),
    Member("silent", ""),
)
NAMES = tuple(member.name for member in BOARDS)
GROUPS = {
    "lab": "attic,kitchen",
    "both": "@lab,esp32-2",
    "away": "attic,shed",
    "none-now": "shed,barn",
    "c3": "chip:esp32c3",
    "h2": "chip:esp32h2",
}


def chosen(text: str) -> tuple[str, ...]:
    return select(parse_set(text), BOARDS, GROUPS).boards


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", NAMES),
        ("*", NAMES),
        ("kitchen,attic,kitchen", ("attic", "kitchen")),
        ("@attic,kitchen", ("attic", "kitchen")),
        ("esp32-?", ("esp32-2", "esp32-3")),
        ("esp32-[!2]", ("esp32-3",)),
        ("esp32-[2,3]!esp32-2", ("esp32-3",)),
        ("all!attic", NAMES[1:]),
        ("all!esp*!silent", ("attic", "kitchen")),
        ("esp*&chip:esp32", ("esp32-2",)),
        ("lab^both", ("esp32-2",)),
        ("attic,kitchen!attic", ("kitchen",)),
        ("attic!kitchen,kitchen", ("attic", "kitchen")),
        ("lab", ("attic", "kitchen")),
        ("@lab", ("attic", "kitchen")),
        ("@@lab,@c3", ("attic", "kitchen")),
        ("all!@both", ("esp32-3", "silent")),
        ("chip:ESP32-C3", ("kitchen",)),
        ("chip:esp32_c3,chip:esp32s3", ("kitchen", "esp32-3")),
        ("chip:esp32*", NAMES[:-1]),
        ("away!shed", ("attic",)),
    ],
)
def test_what_a_set_names(text: str, names: tuple[str, ...]) -> None:
    assert select(parse_set(text), BOARDS, GROUPS) == Chosen(names)


def test_what_a_group_holds_may_be_absent() -> None:
    assert select(parse_set("@away,kitchen"), BOARDS, GROUPS) == Chosen(("attic", "kitchen"), ("shed",))
    assert select(parse_set("@away!shed"), BOARDS, GROUPS) == Chosen(("attic",))
    assert select(parse_set("none-now"), BOARDS, GROUPS) == Chosen((), ("barn", "shed"))
    assert group_boards("h2", BOARDS, GROUPS) == Chosen(())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("attic,nowhere", "no board 'nowhere' is connected"),
        ("all!nowhere", "no board 'nowhere' is connected"),
        ("pico*", "no board 'pico*' is connected"),
        ("attic,@nogroup", "no group 'nogroup'"),
        ("attic,@attic", "no group 'attic'"),
        ("chip:esp32h2", "no board with the chip 'esp32h2' is connected"),
        ("all!*", "no board is left in 'all!*'"),
        ("attic&kitchen", "no board is left in 'attic&kitchen'"),
        ("h2", "no board is left in 'h2'"),
    ],
)
def test_the_part_that_names_nothing_is_named(text: str, message: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        chosen(text)
    assert caught.value.message == message


def test_the_nearest_is_offered() -> None:
    for text, meant in (("atic", "attic"), ("labb", "lab"), ("attic,@awy", "away")):
        with pytest.raises(NotFoundError) as caught:
            chosen(text)
        assert caught.value.hint == f"did you mean '{meant}'?"


@pytest.mark.parametrize(
    "text", ["", "@", ",attic", "attic,", "attic!", "attic,,kitchen", "attic,@", "chip:", "a[b", "&", 'a"b', "a b"]
)
def test_what_is_no_set(text: str) -> None:
    with pytest.raises(UsageError):
        parse_set(text)


def test_a_name_of_a_board_and_a_group() -> None:
    groups = {"attic": "kitchen"}
    with pytest.raises(UsageError, match="both a board and a group"):
        select(parse_set("attic,attic"), BOARDS, groups)
    assert select(parse_set("@@attic"), BOARDS, groups).boards == ("kitchen",)


def test_a_group_that_holds_itself() -> None:
    for groups in ({"one": "one"}, {"one": "two", "two": "attic,@one"}):
        with pytest.raises(UsageError, match="holds itself"):
            select(parse_set("one"), BOARDS, groups)


def test_no_board_is_connected() -> None:
    with pytest.raises(UsageError, match="no board is connected"):
        select(parse_set("all"), (), GROUPS)


def test_only_what_the_ports_do_not_tell_needs_the_boards() -> None:
    assert not needs_identity(parse_set("all"), [])
    assert not needs_identity(parse_set("*!ttyUSB0"), ["ttyUSB0"])
    assert needs_identity(parse_set("attic"), ["ttyUSB0"])
    assert needs_identity(parse_set("all!chip:esp32"), ["ttyUSB0"])


def test_chips_in_any_spelling() -> None:
    assert all(is_chip(text, "ESP32-C3") for text in ("esp32c3", "ESP32-C3", "esp32_c3", "esp32?3", "*c3"))
    assert not any(is_chip(text, "ESP32-C3") for text in ("esp32", "c3", "esp32c6"))
    assert not is_chip("*", "")


def test_where_completion_begins() -> None:
    assert [cut_last(text) for text in ("@", "@at", "@lab!@ki", "a&chip:e", "a^")] == [
        ("@", ""),
        ("@", "at"),
        ("@lab!@", "ki"),
        ("a&", "chip:e"),
        ("a^", ""),
    ]


words = st.sampled_from([*NAMES, "all", "esp*", "chip:esp32", "lab", "@both"])
parts = st.lists(st.builds(Part, st.sampled_from(list(OPERATORS)), words), min_size=1).map(
    lambda found: (Part(",", found[0].word), *found[1:])
)


@given(parts)
def test_what_is_spelled_is_read(found: tuple[Part, ...]) -> None:
    assert parse_set("@" + spelled(found)) == found


@given(parts)
def test_parts_are_joined_from_left_to_right(found: tuple[Part, ...]) -> None:
    def join(left: set[str], part: Part) -> set[str]:
        right = set(chosen(part.word))
        return {
            name
            for name in NAMES
            if {",": name in left or name in right, "!": name in left and name not in right,
                "&": name in left and name in right, "^": (name in left) != (name in right)}[part.joined]
        }  # fmt: skip

    expected = functools.reduce(join, found, set[str]())
    if expected:
        assert chosen(spelled(found)) == tuple(name for name in NAMES if name in expected)
    else:
        with pytest.raises(NotFoundError, match="no board is left"):
            chosen(spelled(found))


@given(words, words)
def test_joining_in_either_order(one: str, other: str) -> None:
    assert chosen(f"{one},{other}") == chosen(f"{other},{one}")
    assert chosen(f"{one},{other}!{one}^{one}") == chosen(f"{one},{other}")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        select(parse_set(text), BOARDS, GROUPS)
    except EspshError as error:
        assert error.exit_code == 2
