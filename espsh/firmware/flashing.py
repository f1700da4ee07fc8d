"""A board's flash in our hands: looked at, judged, written and verified, erased, and the boot watched afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from espsh.base.events import Notice, Progress
from espsh.errors import EspshError, FirmwareError, InterruptedByUserError
from espsh.firmware.arrange import Given, arrange
from espsh.firmware.checks import Problem, problems
from espsh.firmware.files import FirmwareFile
from espsh.firmware.layout import read_layout
from espsh.firmware.partitions import PartitionTable
from espsh.firmware.payload import Layout, Part, Payload
from espsh.firmware.rates import FlashRates
from espsh.firmware.target import Target
from espsh.firmware.trouble import is_line_fault

if TYPE_CHECKING:
    from espsh.board.board import Board
    from espsh.firmware.esp import Esp

Result = TypeVar("Result")


class Chosen(NamedTuple):
    """What the user wants on the flash."""

    files: Sequence[Given]
    bootloader: FirmwareFile | None = None
    table: PartitionTable | None = None


class Plan(NamedTuple):
    """What is written to which chip, what the flash holds now, and what speaks against it."""

    payload: Payload
    target: Target
    layout: Layout
    problems: tuple[Problem, ...]


class Work:
    """One board's flash work: ``on`` what it is, and the progress of it as events of the board."""

    def __init__(self, board: Board, state: Path, baud: int | None = None) -> None:
        """Take a board, the folder where its best rate is remembered, and the rate that the user wants, if any."""
        self.board = board
        self.rates = FlashRates(state / "flash-rates", baud)
        self._what, self._size, self._place, self._of = "", 0, 1, 1
        self._log: list[str] = []

    def on(self, what: str, size: int, place: int = 1, of: int = 1) -> None:
        """Tell what is done next: ``size`` bytes of ``what``."""
        self._what, self._size, self._place, self._of = what, size, place, of

    @contextlib.contextmanager
    def chip(self) -> Iterator[Esp]:
        """Hold the board's chip in download mode; it is restarted afterwards."""
        from espsh.firmware.esp import download_mode
        from espsh.firmware.words import Ears

        ears = Ears(self._log.append, self._moved)
        try:
            with self.board.lend() as port, download_mode(port, ears, self.rates.of) as esp:
                yield esp
        except EspshError as error:
            error.detail = "\n".join([*self._log, error.detail or ""])
            raise

    def run(self, job: Callable[[Esp], Result]) -> Result:
        """Return what ``job`` makes of the chip; where the line fails it runs again at a lower rate."""
        while True:
            with self.chip() as esp:
                try:
                    return job(esp)
                except EspshError as error:
                    if not self._slower(esp, error):
                        raise

    def _slower(self, esp: Esp, error: EspshError) -> bool:
        if not is_line_fault(error) or not self.rates.lower(esp.target.mac, esp.rate):
            return False
        slower = self.rates.of(esp.target.mac)[0]
        self.board.tell(Notice(self.board.name, f"{error.message} at {esp.rate} baud; once more at {slower}"))
        return True

    def _moved(self, done: int, total: int) -> None:
        if self.board.link.cancelled.is_set():
            raise InterruptedByUserError
        if self._what and total:
            share = self._size * done // total
            self.board.tell(Progress(self.board.name, self._what, share, self._size, self._place, self._of, wire=done))


def look(esp: Esp) -> Layout:
    """Return what the flash holds now."""
    return read_layout(esp.read, esp.target.chip, esp.target.flash)


def judge(chosen: Chosen, esp: Esp) -> Plan:
    """Return what goes where on this chip, and what is wrong with that. Nothing is written."""
    layout = look(esp)
    payload = arrange(
        chosen.files, esp.target.chip, layout, flash=esp.target.flash, bootloader=chosen.bootloader,
        table=chosen.table, convert=lambda elf, _: esp.image_of(elf),
    )  # fmt: skip
    return Plan(payload, esp.target, layout, tuple(problems(payload, esp.target, layout)))


def refuse(plan: Plan) -> None:
    """Raise the gravest of what speaks against the plan."""
    fatal = next((problem for problem in plan.problems if problem.fatal), None)
    if fatal is not None:
        raise FirmwareError(fatal.message, fatal.hint)


def write(work: Work, esp: Esp, parts: Sequence[Part], *, force: bool = False) -> None:
    """Write parts, each compared by the chip's digest. Raises FirmwareError that says what a failure left behind."""
    with _half_written():
        for place, part in enumerate(parts, 1):
            work.on(part.name, len(part.data), place, len(parts))
            esp.write(part, force=force)


def differing(work: Work, esp: Esp, parts: Sequence[Part]) -> list[Part]:
    """Return the parts that the flash does not hold."""
    work.on("", 0)
    return [part for part in parts if esp.differs(part)]


def erase(work: Work, esp: Esp, offset: int, size: int) -> None:
    """Erase whole sectors."""
    work.on(f"erasing 0x{offset:x}-0x{offset + size:x}", size)
    with _half_written("partly erased"):
        esp.erase_region(offset, size)


def erase_all(work: Work, esp: Esp) -> None:
    """Erase the whole flash, which may take a minute and cannot be followed."""
    work.board.tell(Notice(work.board.name, "the whole flash is being erased"))
    with _half_written("partly erased"):
        esp.erase()


def read(work: Work, esp: Esp, offset: int, size: int) -> bytes:
    """Return bytes of the flash."""
    work.on(f"0x{offset:x}-0x{offset + size:x}", size)
    return esp.read(offset, size)


@contextlib.contextmanager
def _half_written(state: str = "half written") -> Iterator[None]:
    mend = f"the flash is {state}: the board does not boot until it is flashed again; it can be, with the same command"
    try:
        yield
    except (KeyboardInterrupt, InterruptedByUserError):
        stopped = InterruptedByUserError()
        stopped.hint = mend
        raise stopped from None
    except EspshError as error:
        error.hint = f"{error.hint}; {mend}" if error.hint else mend
        raise
