"""Addresses of a crash, found in an ELF file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.diagnose.backtrace import Symbols
from espsh.errors import EspshError, NotFoundError, UsageError
from tests.diagnose.elf import CALLER, CRASH, RISCV, make_elf


@pytest.fixture
def elf(tmp_path: Path) -> Path:
    path = tmp_path / "firmware.elf"
    path.write_bytes(make_elf())
    return path


def test_function_and_line(elf: Path) -> None:
    with Symbols(str(elf)) as symbols:
        assert str(symbols.place(CRASH)) == f"0x{CRASH:08x}: esp_wifi_set_mode at wifi/mode.c:42"
        assert symbols.place(CRASH - 7).line == 41
        assert symbols.place(CRASH + 8).line == 43


def test_a_function_without_lines(elf: Path) -> None:
    with Symbols(str(elf)) as symbols:
        assert str(symbols.place(CALLER)) == f"0x{CALLER:08x}: network_wlan_active"


@pytest.mark.parametrize("address", [0, CRASH - 8, CRASH + 9, 0xFFFFFFFF])
def test_an_address_that_is_not_there(elf: Path, address: int) -> None:
    with Symbols(str(elf)) as symbols:
        assert str(symbols.place(address)) == f"0x{address:08x}: ??"


def test_the_elf_of_a_risc_v(tmp_path: Path) -> None:
    (tmp_path / "c3.elf").write_bytes(make_elf(RISCV))
    with Symbols(str(tmp_path / "c3.elf")) as symbols:
        assert symbols.place(CRASH).function == "esp_wifi_set_mode"


def test_whose_elf_it_is(elf: Path) -> None:
    with Symbols(str(elf)) as symbols:
        assert symbols.is_of(hashlib.sha256(elf.read_bytes()).hexdigest()[:16])
        assert not symbols.is_of("9c4248e4297d02ec")


def test_no_elf(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("print('hello')\n")
    with pytest.raises(UsageError, match="no ELF"):
        Symbols(str(tmp_path / "text"))
    with pytest.raises(NotFoundError):
        Symbols(str(tmp_path / "nothing"))
    with pytest.raises(UsageError, match="directory"):
        Symbols(str(tmp_path))


@given(at=st.integers(0, len(make_elf()) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_elf_is_an_error_or_says_less(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int, cut: bool
) -> None:
    data = bytearray(make_elf())
    data[at] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.elf"
    path.write_bytes(data[:at] if cut else data)
    try:
        with Symbols(str(path)) as symbols:
            assert symbols.place(CRASH).address == CRASH
    except EspshError as error:
        assert "ELF" in error.message
