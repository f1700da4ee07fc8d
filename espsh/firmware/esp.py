"""A chip in download mode: esptool on a port of ours. The only importer of esptool.

esptool reads a configuration file where one stands, has one logger for the process, and prints: here it reads none, its
words go to whoever works in that thread, and its exceptions become ours.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

_OURS = "ESPTOOL_CFGFILE" not in os.environ
os.environ.setdefault("ESPTOOL_CFGFILE", os.devnull)

import esptool
from esptool import cmds
from esptool.reset import HardReset, ResetStrategy

from espsh.errors import ConnectError, EspshError, FirmwareError
from espsh.firmware.chips import chip_named
from espsh.firmware.flash_ids import FlashPart, flash_part
from espsh.firmware.payload import Part
from espsh.firmware.rates import USUAL, FlashRates
from espsh.firmware.target import Target
from espsh.firmware.trouble import LineError, NotVerifiedError, StubError, translate
from espsh.firmware.words import DEAF, WORDS, Ears, hearing, moved
from espsh.ports.open import claim

_TRIES = 3
_ANSWER = 3.0
"""Seconds that esptool gives most commands; where it gives none, while it reads flash, it takes the port's."""
_ERASED_AT_ONCE = 0x10000
_PSRAM = re.compile(r"PSRAM (\d+)MB")
if _OURS:  # programs that are started from here shall find their own
    del os.environ["ESPTOOL_CFGFILE"]
# It holds the logger that was there when esptool was imported.
ResetStrategy.print_once = WORDS.warn
_FAULTS: tuple[type[Exception], ...] = (esptool.FatalError, OSError)  # pyserial's are OSErrors
with contextlib.suppress(ImportError):  # as Windows raises
    import termios

    _FAULTS += (termios.error,)  # flushing a port that is gone; pyserial lets it through


class Hardware(NamedTuple):
    """What a chip tells of itself. ``crystal`` is in MHz, ``part`` its flash chip, None where that does not answer."""

    description: str
    features: tuple[str, ...]
    crystal: int
    part: FlashPart | None
    voltage: str


class Esp:
    """A chip with esptool's stub running on it; ``restarted`` says, when all is done, whether it was told to."""

    def __init__(self, loader: Any) -> None:
        self.restarted = False
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
            with _ours():
                cmds.verify_flash(self._loader, [(part.offset, part.data)], flash_size=size)
        except NotVerifiedError:
            return True
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
def download_mode(port: Any, ears: Ears, rates: FlashRates, by_hand: bool = False) -> Iterator[Esp]:
    """Bring the chip behind ``port`` into download mode; afterwards it is restarted, and the port is as it was.

    ``by_hand`` is for a chip that cannot be reset from here, and is in download mode already, or will be. The first
    rate that the line stands is taken; one that it does not is noted in ``rates``. Raises ConnectError with what to
    press, LineError, LinkLostError when the port goes, FirmwareError for what the chip refuses.
    """
    usual, timeout, write_timeout = port.baudrate, port.timeout, getattr(port, "write_timeout", None)
    loaders: list[Any] = []
    esp = None
    with hearing(ears):
        try:
            loaders.append(_connect(port, rates, by_hand))
            with _ours():
                esp = Esp(loaders[0])
            yield esp
        finally:
            with hearing(DEAF), contextlib.suppress(*_FAULTS):
                _restart(port, loaders, by_hand)
                if esp is not None:
                    esp.restarted = True
            with contextlib.suppress(*_FAULTS, NotImplementedError):
                if not port.is_open:
                    port.open()
                port.baudrate, port.timeout = usual, timeout
                port.write_timeout = write_timeout
                claim(port)  # esptool opens a port again that failed as it was reset


def _restart(port: Any, loaders: Sequence[Any], by_hand: bool) -> None:
    """Let the chip run its program, wherever its download mode was left."""
    if loaders:
        cmds.reset_chip(loaders[0], "watchdog-reset" if by_hand else "hard-reset")
    elif not by_hand:
        HardReset(port)()


def _connect(port: Any, rates: FlashRates, by_hand: bool) -> Any:
    loader = _begin(port, by_hand)
    mac = _mac(loader)
    # A chip that cannot be reset from here is lost at a rate that fails; the ROM knows no rates that pay.
    for rate in rates.of(mac) if not by_hand and loader.IS_STUB else ():
        if _stands(loader, rate):
            break
        loader = _begin(port, by_hand)  # where that fails it was not the rate
        if not rates.lower(mac, rate):
            raise ConnectError(
                f"the line to the chip does not stand {rate} baud", "leave --baud out, or name a lower one"
            )
    # What goes on when a port comes back is decided where more is known than here.
    loader.WRITE_FLASH_ATTEMPTS = 1
    with _ours():
        cmds.attach_flash(loader)
    return loader


def _stands(loader: Any, rate: int) -> bool:
    """Change the line's rate; tell whether the chip is understood at it."""
    if rate == loader._port.baudrate:
        return True
    try:
        with _ours():
            loader.change_baud(rate)
            loader.read_reg(loader.CHIP_DETECT_MAGIC_REG_ADDR)
    except LineError:
        return False
    return True


def _begin(port: Any, by_hand: bool) -> Any:
    """Bring the chip into download mode, with the stub that knows more than the ROM where it takes one."""
    for left in reversed(range(_TRIES)):
        try:
            loader = _rom(port, by_hand)
            with _ours():
                return cmds.run_stub(loader)
        except StubError:
            if left < _TRIES - 1:
                return _rom(port, by_hand)  # slower, and it erases before it writes
        except LineError:
            if not left:
                raise
    raise AssertionError


def _rom(port: Any, by_hand: bool) -> Any:
    with _ours():
        port.baudrate, port.timeout = USUAL, _ANSWER
        if by_hand:
            loader = cmds.detect_chip(port, connect_mode="no-reset", connect_attempts=1)
        else:
            loader = cmds.detect_chip(port)
    if loader.secure_download_mode:
        message = "this chip is locked: it is in secure download mode, which hides what a flasher has to know"
        raise FirmwareError(message, "that is burnt into the chip; use the tools and the keys of who locked it")
    return loader


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
        raise translate(error) from error
