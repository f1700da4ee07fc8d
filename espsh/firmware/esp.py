"""A chip in download mode: esptool on a port of ours. The only importer of esptool.

esptool reads a configuration file where one stands, has one logger for the process, and prints: here it reads none, its
words go to whoever works in that thread, and its exceptions become ours.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

_OURS = "ESPTOOL_CFGFILE" not in os.environ
os.environ.setdefault("ESPTOOL_CFGFILE", os.devnull)

import esptool
import serial
from esptool import cmds
from esptool.reset import ResetStrategy

from espsh.errors import EspshError, FirmwareError
from espsh.firmware.chips import chip_named
from espsh.firmware.flash_ids import FlashPart, flash_part
from espsh.firmware.payload import Part
from espsh.firmware.target import Target
from espsh.firmware.trouble import is_line_fault, translate
from espsh.firmware.words import WORDS, Ears, hearing, moved

USUAL_RATE = 115200
_ERASED_AT_ONCE = 0x10000
_PSRAM = re.compile(r"PSRAM (\d+)MB")
if _OURS:  # programs that are started from here shall find their own
    del os.environ["ESPTOOL_CFGFILE"]
# It holds the logger that was there when esptool was imported.
ResetStrategy.print_once = WORDS.warn
_FAULTS = (esptool.FatalError, serial.SerialException, OSError)


class Hardware(NamedTuple):
    """What a chip tells of itself. ``crystal`` is in MHz, ``part`` its flash chip, None where that does not answer."""

    description: str
    features: tuple[str, ...]
    crystal: int
    part: FlashPart | None
    voltage: str


class Esp:
    """A chip with esptool's stub running on it."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self.rate = int(loader._port.baudrate)
        self.hardware = _hardware(loader)
        self.target = _target(loader, self.hardware)

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes of the flash, compared with the chip's own digest of them."""
        with _ours():
            return bytes(cmds.read_flash(self._loader, offset, size))

    def write(self, part: Part, *, force: bool = False) -> None:
        """Write a part and compare it by the chip's digest; what it touches is erased before."""
        # An ESP8266 image is made for any size and has to be told it.
        size = "keep" if self.target.chip.partitioned else "detect"
        with _ours():
            cmds.write_flash(self._loader, [(part.offset, part.data)], flash_size=size, force=force)

    def differs(self, part: Part) -> bool:
        """Tell whether the flash holds something else than ``part``."""
        size = "keep" if self.target.chip.partitioned else "detect"
        try:
            cmds.verify_flash(self._loader, [(part.offset, part.data)], flash_size=size)
        except esptool.FatalError as error:
            if "erif" not in str(error):
                raise translate(str(error)) from error
            return True
        except _FAULTS as error:
            raise translate(str(error)) from error
        return False

    def erase(self) -> None:
        """Erase the whole flash; it cannot be stopped in the middle."""
        with _ours():
            cmds.erase_flash(self._loader)

    def erase_region(self, offset: int, size: int) -> None:
        """Erase whole sectors, 64 kB at a time, so that it can be followed and stopped."""
        with _ours():
            for done in range(0, size, _ERASED_AT_ONCE):
                cmds.erase_region(self._loader, offset + done, min(_ERASED_AT_ONCE, size - done))
                moved(min(done + _ERASED_AT_ONCE, size), size)

    def image_of(self, elf: bytes) -> bytes:
        """Return the application image that esptool makes of an ELF for this chip."""
        return image_of(elf, self.target.chip.name)


def image_of(elf: bytes, chip: str) -> bytes:
    """Return the application image of an ELF for the chip of that name. Raises FirmwareError."""
    with _ours():
        made = cmds.elf2image(elf, chip.lower().replace("-", ""), flash_mode="dio")
    if not made:
        raise FirmwareError("esptool makes no image of this ELF")
    return bytes(made)


@contextlib.contextmanager
def download_mode(port: Any, ears: Ears, rates: Callable[[str], Sequence[int]]) -> Iterator[Esp]:
    """Bring the chip behind ``port`` into download mode; afterwards it is restarted, and the port is as it was.

    ``rates`` returns for a MAC the rates to try, in bits per second; the first that the line stands is taken. Raises
    ConnectError with what to press, FirmwareError for what the chip refuses.
    """
    usual, timeout, write_timeout = port.baudrate, port.timeout, getattr(port, "write_timeout", None)
    with hearing(ears):
        try:
            loader = _connect(port, rates)
            try:
                with _ours():
                    esp = Esp(loader)
                yield esp
            finally:
                with contextlib.suppress(*_FAULTS):
                    cmds.reset_chip(loader, "hard-reset")
        finally:
            with contextlib.suppress(*_FAULTS, NotImplementedError):
                if not port.is_open:
                    port.open()
                port.baudrate, port.timeout = usual, timeout
                port.write_timeout = write_timeout


def _connect(port: Any, rates: Callable[[str], Sequence[int]]) -> Any:
    loader = _begin(port)
    for rate in rates(_mac(loader)):
        if rate == loader._port.baudrate or not loader.IS_STUB:
            break
        try:
            loader.change_baud(rate)
            loader.read_reg(loader.CHIP_DETECT_MAGIC_REG_ADDR)
            break
        except _FAULTS as error:
            if not is_line_fault(translate(str(error))):
                raise translate(str(error)) from error
        loader = _begin(port)
    with _ours():
        cmds.attach_flash(loader)
    return loader


def _begin(port: Any) -> Any:
    """Restart the chip into download mode, with the stub that knows more than the ROM where it takes one."""
    port.baudrate = USUAL_RATE
    with _ours():
        loader = cmds.detect_chip(port)
        return loader if loader.secure_download_mode else cmds.run_stub(loader)


def _mac(loader: Any) -> str:
    with _ours():
        return ":".join(f"{byte:02x}" for byte in loader.read_mac())


def _hardware(loader: Any) -> Hardware:
    number = loader.flash_id()
    part = None
    with contextlib.suppress(FirmwareError):  # the chip is known all the same
        part = flash_part(number & 0xFF, (number >> 8 & 0xFF) << 8 | number >> 16 & 0xFF)
    return Hardware(
        loader.get_chip_description(),
        tuple(loader.get_chip_features()),
        loader.get_crystal_freq(),
        part,
        _voltage(loader),
    )


def _target(loader: Any, hardware: Hardware) -> Target:
    chip = chip_named(loader.CHIP_NAME)
    if chip is None:
        raise FirmwareError(f"{loader.CHIP_NAME} is a chip that espsh does not know", "esptool does: use it")
    locks = {"secure_boot": loader.get_secure_boot_enabled, "flash_encryption": loader.get_flash_encryption_enabled}
    in_package = _PSRAM.search(" ".join(hardware.features))
    return Target(
        chip,
        _revision(loader),
        hardware.part.size if hardware.part else None,
        chip.psram_size(int(in_package[1]) << 20 if in_package else 0),
        secure_download=bool(loader.secure_download_mode),
        mac=_mac(loader),
        **{name: bool(asked()) for name, asked in locks.items()},
    )


def _revision(loader: Any) -> int | None:
    """Return the chip's revision, None for one that has none; for an ESP8266 esptool 5 fails in saying so."""
    with contextlib.suppress(esptool.FatalError, TypeError):
        return int(loader.get_chip_revision())
    return None


def _voltage(loader: Any) -> str:
    """Return the flash chip's supply, "" where the chip does not tell it; esptool prints what it finds."""
    lines: list[str] = []
    with contextlib.suppress(esptool.FatalError, AttributeError), hearing(Ears(lines.append, lambda done, total: None)):
        loader.get_flash_voltage()
    return lines[-1].rpartition(":")[2].strip() if lines else ""


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    """Raise our errors in place of esptool's and the port's."""
    try:
        yield
    except EspshError:
        raise
    except _FAULTS as error:
        raise translate(str(error)) from error
