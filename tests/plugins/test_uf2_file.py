"""Reading UF2 files: what they are for, and that what is damaged or not whole is said so."""

from __future__ import annotations

import contextlib

import pytest
from espsh_plugins.uf2_file import BLOCK, read_uf2
from hypothesis import given
from hypothesis import strategies as st

from espsh.errors import FirmwareError
from tests.plugins.uf2 import ABSOLUTE, RP2350, block, joined, uf2


def test_what_is_in_it() -> None:
    (part,) = read_uf2("fw.uf2", uf2(4))
    assert (part.made_for, part.start, part.end, part.size) == ("RP2040", 0x10000000, 0x10000400, 1024)
    assert str(part) == "1.0 kB for RP2040 at 0x10000000-0x10000400"


def test_the_block_of_an_erratum_counts_for_nothing() -> None:
    """A file for the RP2350 begins with one absolute block, which says that it is one of two."""
    (part,) = read_uf2("fw.uf2", block(0, 2, 0x10FFFF00, family=ABSOLUTE) + uf2(3, RP2350))
    assert (part.made_for, part.size) == ("RP2350", 768)


def test_a_file_for_two_chips_and_one_for_any() -> None:
    parts = read_uf2("fw.uf2", uf2(2) + uf2(5, 0x12345678) + uf2(1, None))
    assert [part.made_for for part in parts] == ["RP2040", "UF2 family 0x12345678", "any chip"]


@given(st.permutations(range(6)), st.integers(0, 5))
def test_blocks_may_come_in_any_order_and_twice(order: list[int], twice: int) -> None:
    assert read_uf2("fw.uf2", joined([*order, twice], 6)) == read_uf2("fw.uf2", uf2(6))


@given(st.sets(st.integers(0, 8), max_size=8), st.just(9))
def test_a_missing_block_is_noticed(numbers: set[int], total: int) -> None:
    with pytest.raises(FirmwareError, match=f"{len(numbers)} of 9 blocks|no UF2 file"):
        read_uf2("fw.uf2", joined(numbers, total))


WRONG = {
    "no UF2": (b"\xe9\x03\x02\x20", "is no UF2 file"),
    "empty": (b"", "is no UF2 file"),
    "cut short": (uf2()[:-1], "is cut short"),
    "a block damaged": (uf2()[:BLOCK] + b"x" + uf2()[BLOCK + 1 :], "at byte 512 is no UF2 block"),
    "its end": (uf2()[:-1] + b"x", "at byte 1024 is no UF2 block"),
    "too long a payload": (block(0, 1, 0, bytes(476)).replace(b"\xdc\x01", b"\xdd\x01", 1), "is no UF2 block"),
    "other totals": (block(0, 2, 0) + block(1, 3, 256), "2 of 3 blocks"),
    "files": (block(0, 1, 0, flags=0x1000), "holds files"),
    "comments": (block(0, 1, 0, flags=1), "has nothing for a flash"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line(case: str) -> None:
    data, why = WRONG[case]
    with pytest.raises(FirmwareError) as caught:
        read_uf2("fw.uf2", data)
    assert why in caught.value.message
    assert "\n" not in caught.value.message


@given(st.binary(max_size=600) | st.binary(max_size=1100).map(lambda tail: b"UF2\n" + tail))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(FirmwareError):
        assert all(part.size for part in read_uf2("fw.uf2", data))


@given(st.integers(0, 3 * BLOCK - 1), st.integers(1, 255))
def test_one_byte_changed_never_makes_another_error(at: int, bits: int) -> None:
    data = bytearray(uf2())
    data[at] ^= bits
    try:
        read_uf2("fw.uf2", bytes(data))
    except FirmwareError as error:
        assert "\n" not in error.message
