"""NVS pages: as Espressif's own generator writes them, as the virtual board does, and as nobody should."""

from __future__ import annotations

import base64
import functools
import importlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from espsh_plugins.nvs_pages import PAGE, Item, read
from hypothesis import given
from hypothesis import strategies as st

import espsh.sim

# What esp-idf-nvs-partition-gen 0.3.0 makes of EXPECTED; compressed.
GENERATED = zlib.decompress(
    base64.b85decode(
        "c-rmPzb`{k7{>8)t^~m#A~6X<B9U|yM(N}az(OLux5Z8B-n6}b4YrO3vzVCZN~l4)(N$`&2xEys7ZOQdH`=C`VkY^1*5`ds&UvTv"
        "mPJJQ%F-wuI?EpZ=;5PAX)WpX!tjEfOnItKSI^MhT23}scPw|s3FdFL-0$BF6^fqiYy@I;S<73sjOM0qO?xpItE;xY$E|~@j2<xL"
        "cyQ>>i7dy0d502dK40pIc%E(bn{Ff-Ro^^Obl6Zgb2AAu?wY~=CcnDa6;CMXl;7w{E!o%EQe(eA167$%>F7D1idn7`t>;Fy-!Qa{"
        "U93%foli^kwnlhfjg0qh$6e>s08ZOQ@_YAB82|tP0DoR>e=z+0VgEY!()hox><<6{00000000000000000000000000000000000"
        "_}|_EVK2wO"
    )
)
EXPECTED = (
    Item("first", "count", "i32", -5),
    Item("first", "tiny", "u8", 200),
    Item("first", "big", "u64", 12345678901234567890),
    Item("first", "name", "text", "attic board"),
    Item("first", "blob", "blob", b"\x00\xff\x10"),
    Item("second", "count", "u16", 7),
    Item("second", "long", "blob", b"\xab" * 3000),
)


def pages(data: bytes) -> Iterator[bytes]:
    return (data[at : at + PAGE] for at in range(0, len(data), PAGE))


def test_what_espressifs_generator_writes() -> None:
    assert read(pages(GENERATED)) == (EXPECTED, 0)


def test_what_is_cut_off_is_erased() -> None:
    assert read(page.rstrip(b"\xff") for page in pages(GENERATED)) == (EXPECTED, 0)


def test_the_newer_page_counts() -> None:
    first, *others = pages(GENERATED)
    assert read([*others, first]).items[:3] == EXPECTED[:3]
    assert read([first, first]) == read([first])


@pytest.mark.parametrize("at", [5, 64 + 4, 64 + 32 + 30])
def test_a_damaged_byte_costs_its_page_or_entry_only(at: int) -> None:
    broken = bytearray(GENERATED)
    broken[at] ^= 1
    found = read(pages(bytes(broken)))
    assert found.damaged >= 1
    assert [item for item in found.items if item.value not in [one.value for one in EXPECTED]] == []


@given(st.data())
def test_hostile_bytes_are_left_out_and_counted(data: st.DataObject) -> None:
    page = bytearray(next(pages(GENERATED)))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), max_size=40)):
        page[at] = value
    if data.draw(st.booleans()):
        page[28:32] = zlib.crc32(page[4:28], 0xFFFFFFFF).to_bytes(4, "little")
    for at in data.draw(st.lists(st.integers(0, 40), max_size=10)):  # checksums that are right, over whatever is there
        entry = page[64 + 32 * at : 96 + 32 * at]
        page[68 + 32 * at : 72 + 32 * at] = zlib.crc32(entry[:4] + entry[8:], 0xFFFFFFFF).to_bytes(4, "little")
    found = read([bytes(page), data.draw(st.binary(max_size=200))])
    assert all(isinstance(item.key, str) and isinstance(item.namespace, str) for item in found.items)
    assert found.damaged >= 0


@functools.cache
def virtual_boards_nvs() -> ModuleType:
    """Return the virtual board's own NVS, which shares nothing with ours: MicroPython that CPython runs, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(espsh.sim.__file__).parent / "vmboot")
        return importlib.import_module("vm_nvs")


class Memory:
    """A flash with nothing but an NVS of three pages."""

    def __init__(self) -> None:
        self.data = bytearray(b"\xff" * 3 * PAGE)

    def read(self, at: int, size: int) -> bytes:
        return bytes(self.data[at : at + size])

    def write(self, at: int, page: bytes) -> None:
        assert len(page) == PAGE
        self.data[at : at + PAGE] = page

    def table(self) -> list[tuple[int, int, int, int, str, bool]]:
        return [(1, 2, 0, 3 * PAGE, "nvs", False)]


NAMES = st.sampled_from(["a", "count", "fifteen-letters", "ü"])
VALUES = st.integers(-(1 << 31), (1 << 31) - 1) | st.binary(max_size=200) | st.just(b"x" * 4500) | st.none()


@given(st.lists(st.tuples(NAMES, NAMES, VALUES), max_size=12))
def test_what_the_virtual_board_writes_is_what_was_set(steps: list[tuple[str, str, Any]]) -> None:
    vm, flash = virtual_boards_nvs(), Memory()
    kept: dict[tuple[str, str], Any] = {}
    for space, key, value in steps:
        nvs = vm.make_nvs(vm.Store(flash))(space)
        there = kept.get((space, key))
        if value is None or (there is not None and type(there) is not type(value)):
            if there is not None:
                nvs.erase_key(key)
                del kept[space, key]
            continue
        try:
            nvs.set_i32(key, value) if isinstance(value, int) else nvs.set_blob(key, value)
        except OSError as error:
            assert error.args == (-0x1105, "ESP_ERR_NVS_NOT_ENOUGH_SPACE")
        else:
            kept[space, key] = value
    found = read(pages(bytes(flash.data)))
    assert found.damaged == 0
    assert {(item.namespace, item.key): item.value for item in found.items} == kept
