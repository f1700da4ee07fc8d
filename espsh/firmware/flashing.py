"""A board's flash in our hands: looked at, judged, written and verified, erased, and the boot watched afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from espsh.base.events import Notice
from espsh.errors import EspshError, FirmwareError, InterruptedByUserError
from espsh.firmware.arrange import Given, arrange
from espsh.firmware.checks import Problem, problems
from espsh.firmware.files import FirmwareFile
from espsh.firmware.layout import read_layout
from espsh.firmware.partitions import PartitionTable
from espsh.firmware.payload import Layout, Part, Payload
from espsh.firmware.target import Target
from espsh.firmware.work import Work

if TYPE_CHECKING:
    from espsh.firmware.esp import Esp


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
