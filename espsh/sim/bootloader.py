"""What ROM and bootloader make of a flash: the texts they print, and the app that runs or the reset that follows. Pure.

The bootloader's and the IDF's texts are those of ESP-IDF 5 at the log level that MicroPython builds with (errors).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from espsh.sim import espimage, otadata, partitions, rom_texts
from espsh.sim.espimage import Image
from espsh.sim.firmware import ABORTS_WITHOUT_PSRAM, DESCRIPTION, DESCRIPTION_MAGIC, PANICS
from espsh.sim.partitions import Partition
from espsh.sim.rom_texts import RomTexts
from espsh.sim.silicon import Silicon

Fetch = Callable[[int, int], bytes]
ROM_WATCHDOG = 0.4
"""Seconds until the ROM's watchdog bites (estimated: the logs have no times)."""
REBOOT = 0.2
"""Seconds from an error of bootloader or app to its reset (estimated)."""
_MOST_APP = 16 << 20
_BANNER = re.compile(rb"MicroPython v(\d[!-~]*) on (\d{4}-\d\d-\d\d)")
_MADE_FOR, _LONGEST_NAME = b" with ESP", 100
_MACHINE = re.compile(rb"[ -~]{3,100} with ESP[ -~]{2,20}")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


class App(NamedTuple):
    """A MicroPython that comes up. ``vfs`` is the offset and size of its file system, (0, 0) without one.

    ``slot`` is the offset of the partition that it was started from.
    ``version`` has no v in front, ``date`` is ISO's; what the app does not say is "". ``psram``: it is made to use it.
    """

    version: str
    date: str
    machine: str
    psram: bool
    vfs: tuple[int, int]
    slot: int = 0


class Outcome(NamedTuple):
    """How a boot went: the ``text`` printed, then ``app`` runs, or a reset for ``reset`` follows in ``after`` seconds.

    Without either, some other firmware runs and says nothing. ``notes`` are written to the flash before: what for each
    sector's offset.
    """

    text: str
    app: App | None = None
    reset: str = ""
    after: float = 0.0
    notes: Mapping[int, bytes] = MappingProxyType({})


class BoardFacts(NamedTuple):
    """What the boot depends on besides the flash."""

    silicon: Silicon
    texts: RomTexts
    flash: int
    psram: bool


class _FailedError(Exception):
    """The boot ends here; the arguments are an Outcome's text, reset and after."""


class _UnfitError(Exception):
    """This image cannot be run; the argument is what the bootloader says."""


def boot(fetch: Fetch, board: BoardFacts) -> Outcome:
    """Return what happens after the ROM's greeting; ``fetch(offset, length)`` reads the flash."""
    said: list[str] = []
    notes: Mapping[int, bytes] = {}
    try:
        loader = _rom(fetch, board, said)
        if board.silicon.fixed_vfs is not None:
            offset, kept = board.silicon.fixed_vfs
            return _run(loader, (offset, board.flash - offset - kept), board, said)
        table, size = _table(fetch, loader, board)
        image, slot, notes = _app(fetch, table, board)
        if size > board.flash:
            raise _FailedError(_too_large(size, board.flash), rom_texts.PANIC, REBOOT)
        outcome = _run(image, _vfs(table), board, said)
        app = outcome.app._replace(slot=slot.offset) if outcome.app else None
        return outcome._replace(app=app, notes=notes)
    except _FailedError as failure:
        text, reset, after = failure.args
        return Outcome("".join(said) + text, None, reset, after, notes)


def _rom(fetch: Fetch, board: BoardFacts, said: list[str]) -> Image:
    """Let the ROM load what is at the bootloader's offset."""
    own, texts = board.silicon, board.texts
    try:
        image = espimage.read(_from(fetch, own.bootloader), extended=own.image_id is not None)
    except espimage.NoImageError as error:
        raise _FailedError(texts.invalid.format(word=error.header), rom_texts.WATCHDOG, ROM_WATCHDOG) from error
    if image.chip_id != own.image_id:
        wrong = texts.wrong_chip.format(own=own.image_id, found=image.chip_id)
        raise _FailedError(wrong, rom_texts.WATCHDOG, ROM_WATCHDOG)
    said.append(texts.loading)
    position = 24
    for segment in image.segments:
        length, checksum = len(segment.data), espimage.exclusive_or(segment.data)
        said.append(texts.load.format(address=segment.address, length=length, checksum=checksum))
        position += 8 + length
        said.append(texts.gap if position % 16 == 12 else "")
    calculated, stored = image.checksum
    if calculated != stored:
        text = texts.bad_checksum.format(calculated=calculated, stored=stored)
        raise _FailedError(text, rom_texts.WATCHDOG, ROM_WATCHDOG)
    if image.hash and image.hash[0] != image.hash[1]:
        said.append(texts.bad_hash.format(calculated=image.hash[0].hex(), stored=image.hash[1].hex()))
    said.append(texts.entry.format(entry=image.entry, checksum=stored))
    return image


def _table(fetch: Fetch, loader: Image, board: BoardFacts) -> tuple[tuple[Partition, ...], int]:
    """Return the partitions and the flash size that the bootloader's header says."""
    size = next((size for size, code in board.silicon.sizes.items() if code == loader.size_code), board.flash)
    try:
        return partitions.read_table(fetch(partitions.TABLE, partitions.TABLE_SIZE), size), size
    except partitions.NoTableError as error:
        text = (
            f"E (40) flash_parts: {error}\nE (46) boot: Failed to verify partition table\n"
            "E (51) boot: load partition table error!\n"
        )
        raise _FailedError(text, rom_texts.LOADER, REBOOT) from error


def _app(fetch: Fetch, table: tuple[Partition, ...], board: BoardFacts) -> tuple[Image, Partition, Mapping[int, bytes]]:
    """Return the first app that can be run, as the bootloader tries them, its partition, and what is noted of it."""
    ota = next((part for part in table if (part.type, part.subtype) == (partitions.DATA, partitions.OTA)), None)
    choice = otadata.choose(table, fetch(ota.offset, 2 * otadata.SECTOR) if ota else b"")
    errors = ""
    for slot in choice.order:
        try:
            image = _checked(_from(fetch, slot.offset), slot, board)
        except _UnfitError as error:
            name = "Factory app partition"
            if slot.subtype != partitions.FACTORY:
                name = f"OTA app partition slot {slot.subtype - partitions.OTA_0}"
            errors += f"{error}E (60) boot: {name} is not bootable\n"
            continue
        notes = choice.notes_for(slot) if ota else {}
        start = ota.offset if ota else 0
        return image, slot, {start + sector * otadata.SECTOR: entry.packed() for sector, entry in notes.items()}
    errors += "E (66) boot: No bootable app partitions in the partition table\n"
    raise _FailedError(errors, rom_texts.LOADER, REBOOT)


def _checked(fetch: Fetch, slot: Partition, board: BoardFacts) -> Image:
    own = board.silicon
    try:
        image = espimage.read(fetch, extended=True)
    except espimage.NoImageError as error:
        raise _UnfitError(f"E (53) esp_image: image at 0x{slot.offset:x} has {error}\n") from error
    if image.chip_id != own.image_id:
        raise _UnfitError(f"E (53) boot_comm: mismatch chip ID, expected {own.image_id}, found {image.chip_id}\n")
    if not image.min_revision <= own.full_revision <= image.max_revision:
        limit, rule = (
            (image.min_revision, ">=") if own.full_revision < image.min_revision else (image.max_revision, "<=")
        )
        raise _UnfitError(
            f"E (53) boot_comm: Image requires chip rev {rule} {_revision(limit)},"
            f" but chip is {_revision(own.full_revision)}\n"
        )
    calculated, stored = image.checksum
    if calculated != stored:
        raise _UnfitError(f"E (54) esp_image: Checksum failed. Calculated 0x{calculated:x} read 0x{stored:x}\n")
    if image.hash and image.hash[0] != image.hash[1]:
        raise _UnfitError("E (55) esp_image: Image hash failed - image is corrupt\n")
    if image.end > slot.size:
        raise _UnfitError(f"E (55) esp_image: Image length {image.end} doesn't fit in partition length {slot.size}\n")
    return image


def _run(image: Image, vfs: tuple[int, int], board: BoardFacts, said: list[str]) -> Outcome:
    """Start an app; it may still find that it cannot run here."""
    content = b"".join(segment.data for segment in image.segments)
    app = _described(content, vfs)
    if app is None:
        return Outcome("".join(said) + "I (283) main_task: Calling app_main()\n")
    if PANICS in content:
        raise _FailedError(_PANIC, rom_texts.PANIC, REBOOT)
    if app.psram and not board.psram:
        said.append(_NO_PSRAM)
        if ABORTS_WITHOUT_PSRAM in content:
            raise _FailedError(_NO_PSRAM_ABORT, rom_texts.PANIC, REBOOT)
    return Outcome("".join(said), app)


def _described(content: bytes, vfs: tuple[int, int]) -> App | None:
    """Return what an app says it is: in its description, or in the text of its banner; None when it is another's."""
    at = content.find(_MADE_FOR)
    machine = _MACHINE.search(content, max(0, at - _LONGEST_NAME)) if at > 0 else None
    name = machine[0].decode().rpartition("; ")[2] if machine else ""
    banner = _BANNER.search(content)
    version, date = (banner[1].decode(), banner[2].decode()) if banner else ("", "")
    magic, _, _, says, project, _, built, *_ = DESCRIPTION.unpack(content[: DESCRIPTION.size].ljust(DESCRIPTION.size))
    named = project.rstrip(b"\0") if magic == DESCRIPTION_MAGIC else b""  # builds of 2021 leave it empty
    if named == b"micropython":
        version = says.rstrip(b"\0").decode(errors="replace").removeprefix("v")
        date = date or _iso(built.rstrip(b"\0").decode(errors="replace"))
    elif named or not banner:
        return None
    return App(version, date, name, b"SPIRAM" in (machine[0] if machine else b""), vfs)


def _iso(text: str) -> str:
    """Return ``Jul  5 2026`` as 2026-07-05; nothing when it is no such date."""
    words = text.split()
    if len(words) != 3 or _MONTHS.find(words[0]) % 3 or not (words[1] + words[2]).isdigit():
        return ""
    return f"{words[2]}-{_MONTHS.find(words[0]) // 3 + 1:02d}-{int(words[1]):02d}"


def _vfs(table: tuple[Partition, ...]) -> tuple[int, int]:
    return next(((part.offset, part.size) for part in table if part.label == "vfs"), (0, 0))


def _from(fetch: Fetch, offset: int) -> Fetch:
    return lambda at, length: fetch(offset + at, length)


def _revision(number: int) -> str:
    return f"v{number // 100}.{number % 100}"


def _too_large(wanted: int, there: int) -> str:
    return (
        f"E (247) spi_flash: Detected size({there >> 10}k) smaller than the size in the binary image header"
        f"({wanted >> 10}k). Probe failed.\n\nassert failed: do_core_init startup.c:328 (flash_ret == ESP_OK)\n\n\n"
        "Backtrace: 0x40081b2a:0x3ffe3b70 0x4008a9b1:0x3ffe3b90\n\n\n"
        "ELF file SHA256: 9c4248e4297d02ec\n\nRebooting...\n"
    )


_NO_PSRAM = (
    "E (207) quad_psram: PSRAM ID read error: 0xffffffff, PSRAM chip not found or not supported,"
    " or wrong PSRAM line mode\n"
    "E (213) esp_psram: PSRAM enabled but initialization failed. Bailing out.\n"
)
_NO_PSRAM_ABORT = (
    "E (221) cpu_start: Failed to init external RAM!\n\nabort() was called at PC 0x40081ac8 on core 0\n\n\n"
    "Backtrace: 0x40092b01:0x3ffe3bd0 0x40092d7d:0x3ffe3bf0 0x40081ac8:0x3ffe3c10\n\n\n"
    "ELF file SHA256: 9c4248e4297d02ec\n\nRebooting...\n"
)
_PANIC = (
    "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.\n\n"
    "Core  0 register dump:\n"
    "PC      : 0x400d7a3e  PS      : 0x00060830  A0      : 0x800d7a60  A1      : 0x3ffb4f50  \n"
    "EXCVADDR: 0x00000000  LBEG    : 0x400014fd  LEND    : 0x4000150d  LCOUNT  : 0xffffffff  \n\n\n"
    "Backtrace: 0x400d7a3b:0x3ffb4f50 0x400d7a5d:0x3ffb4f70 0x400e1b2a:0x3ffb4f90\n\n\n"
    "ELF file SHA256: 9c4248e4297d02ec\n\nRebooting...\n"
)
