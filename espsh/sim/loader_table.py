"""Which command of ROM loader and stub has which number, and who knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from espsh.sim import loader_commands as does
from espsh.sim.loader_commands import Step
from espsh.sim.loader_session import Session
from espsh.sim.packets import Request


class Command(NamedTuple):
    """A command: what it does and who knows it."""

    run: Callable[[Session, Request], Iterator[Step]]
    known_to: Callable[[Session], bool]


def _all(session: Session) -> bool:
    return True


def _but_not_oldest(session: Session) -> bool:
    return session.stub or session.board.silicon.rom_extended


def _rom(session: Session) -> bool:
    return not session.stub and session.board.silicon.rom_extended


def _newer(session: Session) -> bool:
    return session.board.silicon.has_security_info


def _stub(session: Session) -> bool:
    return session.stub


_COMMANDS = {
    0x02: Command(does.flash_begin, _all),
    0x03: Command(does.flash_data, _all),
    0x04: Command(does.flash_end, _all),
    0x05: Command(does.nothing, _all),
    0x06: Command(does.memory_end, _all),
    0x07: Command(does.memory_data, _all),
    0x08: Command(does.sync, _all),
    0x09: Command(does.write_registers, _all),
    0x0A: Command(does.read_register, _all),
    0x0B: Command(does.nothing, _but_not_oldest),
    0x0D: Command(does.nothing, _but_not_oldest),
    0x0E: Command(does.read_slowly, _rom),
    0x0F: Command(does.change_rate, _but_not_oldest),
    0x10: Command(does.deflated_begin, _but_not_oldest),
    0x11: Command(does.flash_data, _but_not_oldest),
    0x12: Command(does.flash_end, _but_not_oldest),
    0x13: Command(does.md5, _but_not_oldest),
    0x14: Command(does.security_info, _newer),
    0xD0: Command(does.erase_flash, _stub),
    0xD1: Command(does.erase_region, _stub),
    0xD2: Command(does.read_flash, _stub),
    0xD3: Command(does.run_user_code, _stub),
}

_SECURE_DOWNLOAD = frozenset({0x02, 0x03, 0x04, 0x08, 0x0B, 0x0D, 0x0F, 0x10, 0x11, 0x12, 0x14})
"""What a ROM in secure download mode still does: plain writes of flash with the SPI's set-up, another rate, and telling
that it is in that mode. It reads neither flash nor memory, and runs no code (ESP-IDF, ``efuse.h``:
esp_efuse_enable_rom_secure_download_mode; esptool skips digests in it).
"""


def command_for(session: Session, number: int) -> Command | None:
    """Return the command of that number, None where whoever listens does not know it."""
    command = _COMMANDS.get(number)
    if command is None or not command.known_to(session):
        return None
    return command if number in _SECURE_DOWNLOAD or not session.board.secure_download else None
