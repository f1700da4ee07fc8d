from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.sim.flash import SECTOR, FlashImage
from espsh.sim.options import parse_url

SIZE = 16 * SECTOR


@pytest.fixture
def image(tmp_path: Path) -> Iterator[FlashImage]:
    flash = FlashImage(parse_url(f"sim:esp32?image={tmp_path / 'flash'}"), SIZE)
    yield flash
    flash.close()


def test_a_new_flash_is_erased_and_takes_no_room(image: FlashImage) -> None:
    assert image.new
    assert image.read(0, SIZE) == b"\xff" * SIZE
    assert image.path.stat().st_blocks * 512 < SIZE


def test_programming_only_clears_bits(image: FlashImage) -> None:
    image.program(SECTOR + 5, b"\xf0\x0f\xff")
    image.program(SECTOR + 5, b"\x3c\x3c\x00")
    assert image.read(SECTOR + 4, 5) == b"\xff\x30\x0c\x00\xff"


def test_what_was_not_written_reads_as_erased_beside_what_was(image: FlashImage) -> None:
    image.program(SECTOR - 2, b"abcd")
    assert image.read(0, 3 * SECTOR) == b"\xff" * (SECTOR - 2) + b"abcd" + b"\xff" * (2 * SECTOR - 2)


def test_zeros_are_not_taken_for_erased(image: FlashImage) -> None:
    image.program(0, bytes(2 * SECTOR))
    assert image.read(0, 2 * SECTOR) == bytes(2 * SECTOR)


def test_erasing_is_by_sector(image: FlashImage) -> None:
    image.program(0, bytes(3 * SECTOR))
    image.erase(SECTOR, SECTOR)
    assert image.read(0, 3 * SECTOR) == bytes(SECTOR) + b"\xff" * SECTOR + bytes(SECTOR)


def test_erasing_all_gives_the_room_back(image: FlashImage) -> None:
    image.program(0, bytes(SIZE))
    image.erase_all()
    assert image.read(0, SIZE) == b"\xff" * SIZE
    assert image.path.stat().st_blocks * 512 < SIZE


def test_beyond_its_end_it_is_all_ones(image: FlashImage) -> None:
    image.program(SIZE - 2, b"ab")
    assert image.read(SIZE - 2, 6) == b"ab\xff\xff\xff\xff"
    assert image.read(SIZE + 100, 3) == b"\xff" * 3


@given(st.lists(st.tuples(st.sampled_from(["program", "erase"]), st.integers(0, 15), st.binary(max_size=300))))
def test_it_does_what_flash_does(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, bytes]]) -> None:
    flash = FlashImage(parse_url(f"sim:esp32?image={tmp_path_factory.mktemp('f') / 'flash'}"), SIZE)
    model = bytearray(b"\xff" * SIZE)
    for what, sector, data in steps:
        start = sector * SECTOR + (len(data) * 7 if what == "program" else 0)
        if what == "program":
            flash.program(start, data)
            for at, byte in enumerate(data):
                model[start + at] &= byte
        else:
            flash.erase(start, SECTOR)
            model[start : start + SECTOR] = b"\xff" * SECTOR
    assert flash.read(0, SIZE) == bytes(model)
    flash.close()


def test_it_is_the_same_when_it_is_opened_again(tmp_path: Path) -> None:
    options = parse_url(f"sim:esp32?image={tmp_path / 'flash'}")
    first = FlashImage(options, SIZE)
    first.program(SECTOR, b"kept")
    first.close()
    again = FlashImage(options, 4 * SIZE)
    assert (again.size, again.new) == (SIZE, False)
    assert again.read(0, 2 * SECTOR) == b"\xff" * SECTOR + b"kept" + b"\xff" * (SECTOR - 4)
    again.close()


def test_a_dump_of_a_flash_is_taken_as_it_stands(tmp_path: Path) -> None:
    dump = bytes(SECTOR) + b"\xff" * SECTOR + b"abc".ljust(14 * SECTOR, b"\0")
    (tmp_path / "flash").write_bytes(dump)
    flash = FlashImage(parse_url(f"sim:esp32?image={tmp_path / 'flash'}"), 4 * SIZE)
    assert flash.size == SIZE
    assert flash.read(0, SIZE) == dump
    flash.close()
