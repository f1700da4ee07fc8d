"""A board's flash in our hands: looked at, judged, written and verified, erased, and the boot watched afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from espsh.base.events import Notice
from espsh.base.units import human_size
from espsh.errors import FirmwareError
from espsh.firmware.arrange import Given, arrange
from espsh.firmware.checks import Problem, locks, problems
from espsh.firmware.files import FirmwareFile
from espsh.firmware.layout import read_layout, with_whole_bootloader
from espsh.firmware.partitions import PartitionTable
from espsh.firmware.payload import Layout, Part, Payload, Role
from espsh.firmware.target import Target
from espsh.firmware.work import Work

if TYPE_CHECKING:
    from espsh.firmware.esp import Esp


_AGAIN = "the board does not boot until it is flashed again"
_HALF_WRITTEN = f"half written: {_AGAIN}: flash FILE"
_TO_BE_WRITTEN = f"erased: {_AGAIN}: flash FILE"
_PARTLY_ERASED = f"partly erased: {_AGAIN}: flash FILE"
_REGION_PARTLY_ERASED = "partly erased: the same command erases the rest"


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


def judge(chosen: Chosen, esp: Esp, *, keeping: bool = False) -> Plan:
    """Return what goes where on this chip, and what is wrong with that. Nothing is written.

    ``keeping`` says that the board's files and settings will be brought back.
    """
    layout = look(esp)
    payload = arrange(
        chosen.files, esp.target.chip, layout, flash=esp.target.flash, bootloader=chosen.bootloader,
        table=chosen.table, convert=lambda elf, _: esp.image_of(elf),
    )  # fmt: skip
    roles = {placed.role for placed in payload.images}
    if Role.APP in roles and Role.BOOTLOADER not in roles:
        layout = with_whole_bootloader(esp.read, esp.target.chip, layout)
    found = problems(payload, esp.target, layout)
    return Plan(payload, esp.target, layout, tuple(one for one in found if not (keeping and one.keeping)))


def refuse(plan: Plan) -> None:
    """Raise the gravest of what speaks against the plan."""
    fatal = next((problem for problem in plan.problems if problem.fatal), None)
    if fatal is not None:
        raise FirmwareError(fatal.message, fatal.hint)


def told(plan: Plan, name: str, url: str) -> Iterator[str]:
    """Yield the plan for people: the chip, what goes where, what was chosen for them, and what speaks against it."""
    yield f"{name}: {plan.target.chip.name} {plan.target.mac} on {url.partition('?')[0]}"
    for part in plan.payload.parts:
        yield f"  {part}, {human_size(len(part.data))}"
    for remark in plan.payload.remarks:
        yield f"  {remark}"
    for problem in plan.problems:
        yield f"note: {problem.message}"
        yield f"      {problem.hint}"


def write(work: Work, esp: Esp, parts: Sequence[Part], *, erased: bool = False, force: bool = False) -> None:
    """Write parts, each compared by the chip's digest; where ``erased``, the whole flash is erased before."""
    if erased:
        _erase_all(work, esp)
        work.state = _TO_BE_WRITTEN
    for place, part in enumerate(parts, 1):
        work.on(part.name, len(part.data), place, len(parts))
        work.state = _HALF_WRITTEN
        esp.write(part, force=force)
    work.state = ""


def differing(work: Work, esp: Esp, parts: Sequence[Part]) -> list[Part]:
    """Return the parts that the flash does not hold."""
    work.on("", 0)
    return [part for part in parts if esp.differs(part)]


def erase(work: Work, esp: Esp, offset: int, size: int) -> None:
    """Erase whole sectors."""
    work.on(f"erasing 0x{offset:x}-0x{offset + size:x}", size)
    work.state = _REGION_PARTLY_ERASED
    esp.erase_region(offset, size)
    work.state = ""


def erase_all(work: Work, esp: Esp) -> None:
    """Erase the whole flash, which may take a minute and cannot be followed."""
    _erase_all(work, esp)
    work.state = ""


def read(work: Work, esp: Esp, offset: int, size: int) -> bytes:
    """Return bytes of the flash."""
    work.on(f"0x{offset:x}-0x{offset + size:x}", size)
    return esp.read(offset, size)


def refuse_locked(esp: Esp) -> None:
    """Raise FirmwareError for a chip whose flash is not to be changed from here."""
    for problem in locks(esp.target):
        raise FirmwareError(problem.message, problem.hint)


def _erase_all(work: Work, esp: Esp) -> None:
    work.board.tell(Notice(work.board.name, "the whole flash is being erased"))
    work.state = _PARTLY_ERASED
    esp.erase()
