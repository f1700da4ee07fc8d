"""Facts to boots: what one start of the chip came to."""

from __future__ import annotations

from espsh.diagnose.bootlog import Fact, addresses_of, registers_of
from espsh.diagnose.resets import UNKNOWN, Reason, reason, straps

_REGISTERS = 64
_FRAMES = 100
"""As many frames as IDF prints."""


def _as_it_is(address: int) -> int:
    return address


def _before_return(address: int) -> int:
    return address - 1


def _before_windowed_return(address: int) -> int:
    return (address & 0x3FFFFFFF | 0x40000000) - 3


_POINTERS = (
    ("MEPC", _as_it_is), ("RA", _before_return),
    ("PC", _as_it_is), ("A0", _before_windowed_return),
    ("epc1", _as_it_is),
)  # fmt: skip
"""Registers that hold code addresses. A return address is behind its call; an Xtensa's A0 holds the window in its upper
two bits, and its call takes three bytes (IDF, ``esp_cpu_process_stack_pc``; a backtrace is printed corrected so)."""


class Crash:
    """A crash dump: its core, its cause as the chip calls it, its registers, the addresses it came by.

    ``elf`` is the beginning of the SHA-256 of the ELF file that the firmware was made of.
    """

    def __init__(self, cause: str, core: str) -> None:
        self.cause = cause
        self.core = core
        self.registers: dict[str, int] = {}
        self.backtrace: list[int] = []
        self.corrupted = False
        self.elf = ""

    @property
    def addresses(self) -> list[int]:
        """Where it crashed, then who called: where no backtrace was printed (RISC-V), from the registers."""
        return self.backtrace or [
            into_call(self.registers[name]) for name, into_call in _POINTERS if self.registers.get(name)
        ]


class Boot:
    """One start: why (``reason``), from where (``mode``), what was ``loaded``, how it ended. Its size is bounded."""

    def __init__(self, chip: str = "", fact: Fact | None = None) -> None:
        self.chip = chip
        self.number: int | None = None
        self.reason: Reason = UNKNOWN
        self.name = ""
        self.mode = ""
        self.straps: dict[str, bool] = {}
        self.loaded = False
        self.version = ""
        self.machine = ""
        self.started = False
        self.said = 0
        self.crash: Crash | None = None
        if fact is not None:
            self._read(fact)

    def _read(self, fact: Fact) -> None:
        of_esp8266 = "straps" not in fact.fields
        self.chip = "esp8266" if of_esp8266 else self.chip
        self.number = int(fact.fields["number"], 10 if of_esp8266 else 16)
        self.reason = reason(self.chip, self.number)
        self.name = fact.fields.get("name", "")
        self.mode = fact.fields["mode"]
        self.straps = straps(self.chip, int(fact.fields.get("straps") or "0", 16))

    def take(self, fact: Fact) -> None:
        """Note what a line of this boot says."""
        if taker := _TAKERS.get(fact.kind):
            taker(self, fact)


def _take_rom(boot: Boot, fact: Fact) -> None:
    boot.loaded = boot.loaded or fact.line.startswith(("load", "entry"))


def _take_banner(boot: Boot, fact: Fact) -> None:
    boot.version, boot.machine = fact.fields["version"], fact.fields["machine"]
    boot.started = True


def _take_prompt(boot: Boot, _fact: Fact) -> None:
    boot.started = True


def _take_text(boot: Boot, fact: Fact) -> None:
    boot.said += len(fact.line)


def _take_panic(boot: Boot, fact: Fact) -> None:
    cause = fact.fields["cause"] or f"exception {fact.fields.get('number', '')}"
    boot.crash = Crash(cause, fact.fields.get("core", ""))


def _take_abort(boot: Boot, fact: Fact) -> None:
    boot.crash = boot.crash or Crash(fact.fields.get("where") or "abort()", fact.fields.get("core", ""))


def _take_registers(boot: Boot, fact: Fact) -> None:
    if boot.crash and len(boot.crash.registers) < _REGISTERS:
        boot.crash.registers |= registers_of(fact.line)


def _take_backtrace(boot: Boot, fact: Fact) -> None:
    boot.crash = boot.crash or Crash("a crash", "")
    boot.crash.backtrace = addresses_of(fact.fields["addresses"])[:_FRAMES]
    boot.crash.corrupted = bool(fact.fields["corrupted"])


def _take_elf(boot: Boot, fact: Fact) -> None:
    if boot.crash:
        boot.crash.elf = fact.fields["digest"]


_TAKERS = {
    "elf": _take_elf,
    "rom": _take_rom,
    "banner": _take_banner,
    "prompt": _take_prompt,
    "raw": _take_prompt,
    "text": _take_text,
    "log": _take_text,
    "panic": _take_panic,
    "abort": _take_abort,
    "assert": _take_abort,
    "registers": _take_registers,
    "backtrace": _take_backtrace,
}
