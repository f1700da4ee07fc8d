"""Why a payload cannot run on the chip in hand, found before anything is erased.

Each check is a function of its own; :data:`_CHECKS` is their order. A fatal problem is one that leaves a board which
does not boot, or that writes where nobody would look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from espsh.firmware.chips import revision_text
from espsh.firmware.partitions import APP, DATA, SECTOR, Partition
from espsh.firmware.payload import Layout, Payload, Role
from espsh.firmware.target import Target

_MB = 1024 * 1024
_NVS = 0x02
_KEPT = (_NVS, 0x81, 0x82, 0x83)  # and the filesystems: FAT (MicroPython's littlefs too), SPIFFS, littlefs


class Problem(NamedTuple):
    """Something wrong, in one line, and what to do. A ``fatal`` one is refused unless the user insists.

    ``keeping`` says that it is none where the files and settings are kept.
    """

    message: str
    hint: str
    fatal: bool = True
    keeping: bool = False


class _Case(NamedTuple):
    payload: Payload
    target: Target
    layout: Layout


def problems(payload: Payload, target: Target, layout: Layout) -> list[Problem]:
    """Return all that is wrong, the fatal first, each group in the order of the checks."""
    case = _Case(payload, target, layout)
    found = dict.fromkeys(problem for check in _CHECKS for problem in check(case))
    return sorted(found, key=lambda problem: not problem.fatal)


def overwritten(payload: Payload, layout: Layout) -> list[Partition]:
    """Return the partitions of files and settings, as the board has them now, that are written over."""
    kept = [p for p in (layout.table.partitions if layout.table else ()) if p.type == DATA and p.subtype in _KEPT]
    if layout.files is not None and layout.files not in kept:
        kept.append(layout.files)
    return [p for p in kept if any(part.offset < p.end and p.offset < part.end for part in payload.parts)]


def locks(target: Target) -> Iterator[Problem]:
    """Yield what is burnt into the chip against changes of its flash."""
    found = {
        "secure boot is on: it starts signed images only": target.secure_boot,
        "flash encryption is on: it cannot run what is written as it is": target.flash_encryption,
        "it is in secure download mode, which hides what a flasher has to know": target.secure_download,
    }
    hint = "that is burnt into the chip; use the tools and the keys of who locked it"
    yield from (Problem(f"this chip is locked: {lock}", hint) for lock, on in found.items() if on)


def _locked(case: _Case) -> Iterator[Problem]:
    return locks(case.target)


def _damaged(case: _Case) -> Iterator[Problem]:
    hint = "download or build it again"
    yield from (Problem(damage, hint) for damage in case.payload.damage)


def _wrong_chip(case: _Case) -> Iterator[Problem]:
    chip, images = case.target.chip, case.payload.images
    all_wrong = all(placed.image.unfit(chip) for placed in images)
    for placed in images:
        reason = placed.image.unfit(chip)
        if reason:
            what = "image" if all_wrong else placed.role.value
            yield Problem(f"{what} {reason}", f"take the firmware for {chip.name}")


def _revision(case: _Case) -> Iterator[Problem]:
    revision = case.target.revision
    if revision is None:
        return
    for placed in case.payload.images:
        lowest, highest = placed.image.revisions
        if placed.image.chip == case.target.chip and not lowest <= revision <= highest:
            wanted, present = placed.image.revision_range, revision_text(revision)
            message = f"{placed.role.value} needs chip revision {wanted}, this chip is {present}"
            yield Problem(message, "take a firmware that was built for this revision too")


def _too_large(case: _Case) -> Iterator[Problem]:
    flash = case.target.flash
    if flash is None:
        return
    for part in case.payload.parts:
        if part.end > flash:
            message = f"{part} does not fit: the flash has {_size(flash)} and ends at 0x{flash:x}"
            yield Problem(message, f"take a firmware for {_size(flash)} of flash")
    for placed in case.payload.images:
        wants = placed.image.flash
        # An ESP8266's header gets the size that is found when it is written.
        if placed.role is Role.BOOTLOADER and placed.image.chip == case.target.chip and wants and wants > flash:
            message = f"{placed.role.value} is for {_size(wants)} of flash, this chip has {_size(flash)}"
            yield Problem(message, f"take a firmware for {_size(flash)} of flash")


def _bad_table(case: _Case) -> Iterator[Problem]:
    faults = case.payload.table.faults(case.target.flash) if case.payload.table else ()
    yield from (Problem(f"partition table: {fault}", "correct the table, or take another") for fault in faults)


def _places(case: _Case) -> Iterator[Problem]:
    for part in case.payload.parts:
        if part.home is not None and part.offset != part.home:
            yield Problem(
                f"{part.name} ({part.role.value}) belongs to 0x{part.home:x}, not to 0x{part.offset:x}",
                "leave the offset out: flash FILE",
            )
        if part.offset % SECTOR:
            message = (
                f"offset 0x{part.offset:x} of {part.name} is no multiple of 0x{SECTOR:x}, the least that is erased"
            )
            yield Problem(message, "put it at the start of a sector")
    for one, other in pairwise(case.payload.parts):
        if other.offset < one.end:
            yield Problem(f"{one} and {other} overlap", "one of the offsets is wrong, or one of the files too large")


def _app_places(case: _Case) -> Iterator[Problem]:
    table = case.payload.table or case.layout.table
    apps = {p.offset: p for p in (table.partitions if table else ()) if p.type == APP}
    for placed in case.payload.images:
        if placed.role is not Role.APP or not case.target.chip.partitioned:
            continue
        partition = apps.get(placed.offset)
        if table is None:
            message = "an application alone does not boot: the board has no partition table"
            yield Problem(message, "flash a whole firmware, or give a table: --partition-table FILE")
        elif partition is None:
            where = ", ".join(f"{p.name} at 0x{p.offset:x}" for p in apps.values()) or "none"
            message = f"no partition for an application starts at 0x{placed.offset:x}"
            yield Problem(message, f"the table has: {where}; leave the offset out: flash FILE")
        elif placed.image.size > partition.size:
            message = f"the application has {placed.image.size} bytes, its partition {partition} holds {partition.size}"
            yield Problem(message, "take a table with a larger partition, or a smaller application")


def _no_bootloader(case: _Case) -> Iterator[Problem]:
    roles = {placed.role for placed in case.payload.images}
    if Role.APP not in roles or Role.BOOTLOADER in roles or not case.target.chip.partitioned:
        return
    present = case.layout.bootloader
    if present is None or present.damage or present.chip != case.target.chip:
        message = f"nothing would start it: the board has no whole bootloader for {case.target.chip.name}"
        yield Problem(message, "flash a whole firmware, or give a bootloader too: --bootloader FILE")


def _spiram(case: _Case) -> Iterator[Problem]:
    micropython, psram = case.payload.micropython, case.target.psram
    if micropython is None or not micropython.spiram or psram:
        return
    name = micropython.board or f"MicroPython {micropython.version}"
    end = ", and stops booting without" if micropython.aborts else ""
    if psram == 0:
        message = f"'{name}' is built for PSRAM (SPIRAM){end}; this {case.target.chip.name} has none"
        yield Problem(message, "take the variant without SPIRAM in its name")
    else:
        message = f"'{name}' is built for PSRAM (SPIRAM){end}; whether this {case.target.chip.name} has any is unknown"
        yield Problem(message, "if the board does not boot, take the variant without SPIRAM in its name", fatal=False)


def _moved_files(case: _Case) -> Iterator[Problem]:
    old, table = case.layout.files, case.payload.table
    if old is None or table is None:
        return
    new = table.files(case.target.flash if case.payload.micropython else None)
    hint = "keep the files: flash --keep-files; else they are lost"
    if new is None:
        yield Problem(f"the new table has no place for the board's files, which are in {old}", hint, fatal=False)
    elif (new.offset, new.size) != (old.offset, old.size):
        yield Problem(f"the new table moves the board's files from {old} to {new}", hint, fatal=False, keeping=True)


def _overwrites(case: _Case) -> Iterator[Problem]:
    for partition in overwritten(case.payload, case.layout):
        what = "settings" if partition.subtype == _NVS else "files"
        message = f"the board's {what} are written over: {partition}"
        yield Problem(message, "keep them: flash --keep-files", fatal=False, keeping=True)


def _size(size: int) -> str:
    return f"{size // _MB} MB" if size >= _MB else f"{size // 1024} kB"


_CHECKS: tuple[Callable[[_Case], Iterator[Problem]], ...] = (
    _locked,
    _damaged,
    _wrong_chip,
    _revision,
    _too_large,
    _bad_table,
    _places,
    _app_places,
    _no_bootloader,
    _spiram,
    _moved_files,
    _overwrites,
)
