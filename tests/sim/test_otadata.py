"""Which slot the bootloader starts, and what it notes: a new app is on trial once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.sim import partitions
from espsh.sim.otadata import ABORTED, INVALID, NEW, PENDING, SECTOR, VALID, Entry, choose
from espsh.sim.partitions import APP, FACTORY, OTA_0, Partition

UNDEFINED = 0xFFFF_FFFF
SLOTS = [Partition(f"ota_{n}", APP, OTA_0 + n, 0x1_0000 * (n + 1), 0x1_0000) for n in range(3)]
TWO = SLOTS[:2]
WITH_FACTORY = [*TWO, Partition("factory", APP, FACTORY, 0x5_0000, 0x1_0000)]
WRONG = b"\1" * 32


def data(*entries: tuple[int, int] | bytes | None) -> bytes:
    sectors = [entry if isinstance(entry, bytes) else Entry(*entry).packed() if entry else b"" for entry in entries]
    return b"".join(sector.ljust(SECTOR, b"\xff") for sector in sectors)


def tried(table: list[Partition], otadata: bytes) -> list[str]:
    return [part.label for part in choose(table, otadata).order]


@pytest.mark.parametrize(
    ("table", "entries", "order"),
    [
        (TWO, (None, None), ["ota_0", "ota_1"]),
        (WITH_FACTORY, (None, None), ["factory", "ota_0", "ota_1"]),
        (WITH_FACTORY, ((1, VALID), (2, VALID)), ["ota_1", "ota_0", "factory"]),
        (WITH_FACTORY, ((3, UNDEFINED), (2, VALID)), ["ota_0", "factory", "ota_1"]),
        (SLOTS, ((5, VALID), (4, VALID)), ["ota_1", "ota_0", "ota_2"]),
        (TWO, (WRONG, (2, VALID)), ["ota_1", "ota_0"]),
        (TWO, ((3, INVALID), (2, VALID)), ["ota_1", "ota_0"]),
        (TWO, ((3, VALID), (2, NEW)), ["ota_0", "ota_1"]),
        (TWO, ((1, VALID), (2, PENDING)), ["ota_0", "ota_1"]),
        (WITH_FACTORY, ((1, ABORTED), (2, PENDING)), ["factory", "ota_0", "ota_1"]),
    ],
)
def test_what_is_tried(table: list[Partition], entries: tuple[tuple[int, int] | None, ...], order: list[str]) -> None:
    assert tried(table, data(*entries)) == order


def test_a_new_app_is_on_trial_once() -> None:
    choice = choose(TWO, data((1, VALID), (2, NEW)))
    assert (choice.order[0].label, choice.notes_for(TWO[1])) == ("ota_1", {1: Entry(2, PENDING)})
    choice = choose(TWO, data((1, VALID), (2, PENDING)))
    assert (choice.order[0].label, choice.notes_for(TWO[0])) == ("ota_0", {1: Entry(2, ABORTED)})
    choice = choose(TWO, data((1, VALID), (2, ABORTED)))
    assert (choice.order[0].label, choice.notes_for(TWO[0])) == ("ota_0", {})


def test_the_first_start_of_a_new_board_is_noted() -> None:
    assert choose(TWO, data(None, None)).notes_for(TWO[1]) == {0: Entry(2, VALID)}
    assert choose(WITH_FACTORY, data(None, None)).notes_for(WITH_FACTORY[2]) == {}
    assert choose(TWO, data((1, ABORTED), None)).notes_for(TWO[0]) == {}


def test_a_table_without_slots_notes_nothing() -> None:
    choice = choose(partitions.micropython_table(4 << 20), b"")
    assert ([part.label for part in choice.order], choice.notes, choice.blank) == (["factory"], {}, False)


@given(st.binary(max_size=2 * SECTOR))
def test_any_data_lets_every_app_be_tried_once(otadata: bytes) -> None:
    assert sorted(tried(WITH_FACTORY, otadata)) == ["factory", "ota_0", "ota_1"]
