"""The chip of a virtual board: what runs on it after which reset."""

from __future__ import annotations

from espsh.errors import UsageError
from espsh.sim import bootloader, firmware, rom_texts
from espsh.sim.apps import APPS
from espsh.sim.board_uart import BoardUart
from espsh.sim.bootloader import App, BoardFacts
from espsh.sim.flash import SECTOR, FlashImage
from espsh.sim.flash_writer import FlashTimes
from espsh.sim.identity import unique_id
from espsh.sim.loader import Loader
from espsh.sim.loader_session import Board
from espsh.sim.micropython import MicroPython
from espsh.sim.options import Options
from espsh.sim.profiles import PROFILES, Esp
from espsh.sim.programs import Failed, Printer, Program
from espsh.sim.registers import Registers, facts, security_info
from espsh.sim.rom_texts import wired
from espsh.sim.romfs import add_partition
from espsh.sim.silicon import Silicon

FACTORY_APP = 32_000
"""Bytes of the app on a new board: every boot reads it."""
OFF, RESET_HELD, RUNNING, DOWNLOAD = "off", "held in reset", "running", "download mode"


class Chip:
    """Runs what the flash holds, the ROM's loader, or nothing; used by the machine's thread alone.

    ``uart`` is where it transmits.
    """

    def __init__(self, options: Options, image: FlashImage, uart: BoardUart) -> None:
        self.options = options
        self.state = OFF
        self.program = Program()
        self._image = image
        self._uart = uart
        self._esp = PROFILES[options.profile].esp
        self._boots = self._dropped = 0

    @property
    def boots(self) -> int:
        """How often MicroPython was started, soft resets included."""
        return self._boots + self.program.starts

    @property
    def dropped(self) -> int:
        """How many bytes found a full receive ring."""
        return self._dropped + self.program.dropped

    def reset(self, reason: str, now: float, *, download: bool = False) -> None:
        """Restart for ``reason``: the ROM speaks, then what is on the flash runs, or the ROM's loader."""
        self._stop()
        if reason in (rom_texts.POWER_ON, rom_texts.HARD):
            self._uart.line.clear()  # a reset by software lets its UART finish first
        self._uart.restart(now)
        self.state = DOWNLOAD if download else RUNNING
        if self._esp is None:
            self.program = self._micropython(_own_app(self._image), reason)
        elif download:
            self._say(self._esp.texts.greeting(reason, download=True), now)
            self.program = self._loader(self._esp.recipe.silicon)
        else:
            self._say(self._esp.texts.greeting(reason), now)
            self.program = self._boot(self._esp, reason, now)

    def hold(self) -> None:
        """Stop at once, as with EN low: what waits in either direction is gone."""
        self._stop()
        self._uart.line.clear()

    def close(self) -> None:
        """Take the power away for good."""
        self.hold()
        self.state = OFF

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes off the line."""
        self.program.receive(data, now)

    def run(self, now: float, *, may_transmit: bool) -> None:
        """Let the program do what is due, and reset the chip when it asks for that."""
        asked = self.program.run(now, may_transmit=may_transmit)
        if asked is not None:
            self.reset(asked.reason, now, download=asked.download)

    def _stop(self) -> None:
        self._boots, self._dropped = self.boots, self.dropped
        ended, self.program = self.program, Program()
        ended.stop()
        self.state = RESET_HELD

    def _say(self, text: str, now: float) -> None:
        self._uart.push(wired(text), now)

    def _boot(self, esp: Esp, reason: str, now: float) -> Program:
        board = BoardFacts(esp.recipe.silicon, esp.texts, self._image.size, self.options.psram)
        outcome = bootloader.boot(self._image.read, board)
        for offset, entry in outcome.notes.items():
            self._image.erase(offset, SECTOR)
            self._image.program(offset, entry)
        self._say(outcome.text, now)
        if outcome.reset:
            return Failed(outcome.reset, now + outcome.after)
        self._uart.hand_over(now)
        if self.options.app in APPS:
            return Printer(APPS[self.options.app](now), self._uart)
        return self._micropython(outcome.app, reason) if outcome.app is not None else Program()

    def _micropython(self, app: App, reason: str) -> Program:
        program = MicroPython(self.options, self._image, self._uart, app, reason)
        self._image.new = False
        return program

    def _loader(self, silicon: Silicon) -> Program:
        options, image = self.options, self._image
        registers = Registers(silicon, facts(options, silicon, unique_id(options)), image.size)
        security = security_info(options, silicon)
        times = FlashTimes(options.erase, options.write)
        board = Board(silicon, registers, image, times, security, options.stub, options.secure_download)
        return Loader(board, self._uart)


def new_flash(options: Options) -> FlashImage:
    """Return the flash of a board, with the factory's firmware where it is new (unless it is to be blank)."""
    esp = PROFILES[options.profile].esp
    if esp is None:
        return FlashImage(options, options.size or 2 << 20)
    silicon = esp.recipe.silicon
    size = _flash_size(options)
    if size not in silicon.sizes:
        raise UsageError(f"sim: flash: an {silicon.name} has no flash of {size >> 20} MB", "see size= and flash=")
    image = FlashImage(options, size)
    if image.new and not options.blank:
        vfs = options.size if silicon.fixed_vfs is None else 0
        build = firmware.Build(
            psram="uses" if options.psram else "", flash=image.size, vfs_size=vfs, app_size=FACTORY_APP, ota=options.ota
        )
        image.program(silicon.bootloader, firmware.merged(esp.recipe, build))
        if options.romfs:
            add_partition(image, options.romfs)
    return image


def _flash_size(options: Options) -> int:
    """Return the size of a new flash: as asked for, or the next one in which so large a file system has room."""
    wanted = firmware.table_of(firmware.Build(flash=options.flash, ota=options.ota))[-1].offset + options.size
    return max(options.flash, 1 << (wanted - 1).bit_length())


def _own_app(image: FlashImage) -> App:
    """Return the app of a board that is none of Espressif's: the flash is its file system."""
    return App("", "", "", True, (0, image.size))
