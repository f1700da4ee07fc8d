"""Where each of the files goes that the user gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from espsh.chips.chip import EspChip
from espsh.errors import FirmwareError
from espsh.firmware.chips import TABLE_OFFSET
from espsh.firmware.defaults import remarks, table_for
from espsh.firmware.files import FirmwareFile, Kind, read_firmware
from espsh.firmware.ota import choose_slot
from espsh.firmware.partitions import Partition, PartitionTable
from espsh.firmware.payload import Layout, Part, Payload, Placed, Role
from espsh.firmware.table_files import build_table

_ROLES = {
    Kind.MERGED: Role.FIRMWARE,
    Kind.ESP8266: Role.FIRMWARE,
    Kind.APP: Role.APP,
    Kind.BOOTLOADER: Role.BOOTLOADER,
    Kind.TABLE: Role.TABLE,
    Kind.DATA: Role.DATA,
}


class Given(NamedTuple):
    """A file of the user's; ``offset`` is None where the file knows better."""

    file: FirmwareFile
    offset: int | None = None


class _Place(NamedTuple):
    """A file at its flash offset; ``slot`` is the partition that was chosen for an application."""

    file: FirmwareFile
    offset: int
    slot: Partition | None = None


def arrange(
    files: Sequence[Given],
    chip: EspChip,
    layout: Layout,
    *,
    flash: int | None = None,
    bootloader: FirmwareFile | None = None,
    table: PartitionTable | None = None,
    convert: Callable[[bytes, EspChip], bytes] | None = None,
) -> Payload:
    """Return what goes where on a board with this ``chip`` and ``layout``.

    ``bootloader`` and ``table`` go to their places beside the files; an ELF that comes without uses the board's, or a
    table that is made for ``flash`` bytes. ``convert`` makes an application image of an ELF for the chip. Raises
    FirmwareError where a place cannot be known.
    """
    converted = [Given(_converted(file, chip, convert), offset) for file, offset in files]
    elves = [made.file for made, given in zip(converted, files, strict=True) if given.file.kind is Kind.ELF]
    own = None if _holds_table(files, table) else table_for(elves, layout, flash)
    beside = [*_as_bootloader(bootloader), *_as_file(table or own)]
    given = [*map(Given, beside), *converted]
    new_table = next((file.table for file, _ in given if file.table), None)
    places = [_place(file, offset, chip, layout, new_table) for file, offset in given]
    parts = [*map(_part, places), *_choices(places, layout, new_table)]
    return Payload(
        tuple(sorted(parts, key=lambda part: part.offset)),
        tuple(placed for place in places for placed in _images(place)),
        new_table,
        next((file.micropython for file, _ in given if file.micropython), None),
        tuple(f"{file.name}: {damage}" for file, _ in given for damage in file.damage),
        tuple(
            remarks(
                elves, layout, first=any(file.bootloader for file, _ in given), table=new_table is not None,
                made=own is not None,
            )
        ),
    )  # fmt: skip


def _holds_table(files: Iterable[Given], table: PartitionTable | None) -> bool:
    return table is not None or any(given.file.table for given in files)


def _as_bootloader(file: FirmwareFile | None) -> Iterator[FirmwareFile]:
    if file is None:
        return
    if file.kind is not Kind.BOOTLOADER:
        hint = "give the bootloader.bin that was built with the application"
        raise FirmwareError(f"{file.name} is no bootloader, but: {file.kind.value}", hint)
    yield file


def _as_file(table: PartitionTable | None) -> Iterator[FirmwareFile]:
    if table is not None:
        yield FirmwareFile("partition table", build_table(table), Kind.TABLE, origin=TABLE_OFFSET, table=table)


def _converted(file: FirmwareFile, chip: EspChip, convert: Callable[[bytes, EspChip], bytes] | None) -> FirmwareFile:
    if file.kind is not Kind.ELF:
        return file
    if convert is None:
        raise FirmwareError(f"{file.name} is an ELF, and nothing here makes an image of it")
    return read_firmware(file.name, convert(file.data, chip))


def _place(
    file: FirmwareFile, offset: int | None, chip: EspChip, layout: Layout, new_table: PartitionTable | None
) -> _Place:
    if offset is not None:
        return _Place(file, offset)
    if file.origin is not None:
        return _Place(file, file.origin)
    if file.app is None:
        raise FirmwareError(f"{file.name} does not say where it goes", "say it: flash OFFSET FILE")
    unfit = file.app.unfit(chip)
    if unfit:
        raise FirmwareError(f"image {unfit}", f"take the firmware for {chip.name}")
    slot = _slot(file.name, layout, new_table)
    return _Place(file, slot.offset, slot)


def _slot(name: str, layout: Layout, new_table: PartitionTable | None) -> Partition:
    """Return the partition for an application: by a new table the first that boots, else the one that is not in use."""
    table = new_table or layout.table
    if table is None:
        hint = "flash a whole firmware, give a table with --partition-table FILE, or say where: flash OFFSET FILE"
        raise FirmwareError(f"{name} is an application alone, and the board has no table that says where it goes", hint)
    following = layout.ota.following if new_table is None and layout.ota and table.otadata else None
    slot = following or table.factory or next(iter(table.slots), None)
    if slot is None:
        raise FirmwareError(f"{name} is an application, and the table has no partition for one")
    return slot


def _part(place: _Place) -> Part:
    file = place.file
    return Part(place.offset, file.data, _ROLES[file.kind], file.name, file.origin)


def _choices(places: Iterable[_Place], layout: Layout, new_table: PartitionTable | None) -> Iterator[Part]:
    """Return what has to be noted so that the application boots that was put into a slot."""
    slot = next((place.slot for place in places if place.slot), None)
    if slot is None:
        return
    table = new_table or layout.table
    if table is None or table.otadata is None:
        return
    if new_table is not None:
        # What an older firmware noted there would choose a slot that is empty now.
        yield Part(table.otadata.offset, b"\xff" * table.otadata.size, Role.OTADATA, "OTA choice (cleared)")
    elif slot in table.slots:
        offset, entry = choose_slot(table, layout.otadata, slot)
        yield Part(offset, entry, Role.OTADATA, f"OTA choice ({slot.name})")


def _images(place: _Place) -> Iterator[Placed]:
    file = place.file
    if file.bootloader is not None:
        inside = file.chip.bootloader - file.origin if file.chip and file.origin is not None else 0
        yield Placed(place.offset + max(inside, 0), Role.BOOTLOADER, file.bootloader)
    if file.app is not None:
        role = Role.FIRMWARE if file.kind is Kind.ESP8266 else Role.APP
        yield Placed(place.offset + file.app_at, role, file.app)
