"""erase, backup, restore: a board's flash as a whole, or a part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from espsh.api import (
    PATH,
    Arg,
    Context,
    FirmwareError,
    Location,
    Number,
    Opt,
    Part,
    Role,
    UsageError,
    Work,
    command,
    flashing,
    human_size,
    read_firmware,
)

if TYPE_CHECKING:
    from espsh.api import Esp

_SECTOR = 0x1000
_YES = Opt("-y", "--yes", help="do not ask")
_BAUD = Opt("--baud", help="the rate to work at", type=Number("BAUD", 9600))


def _erases(options: Mapping[str, Any]) -> str:
    return f"erase {'the file system' if options['fs'] else 'a region' if options['only'] else 'all'} of the flash"


@command(
    boards="each",
    needs="port",
    destroys=_erases,
    aliases=("erase_flash", "erase-flash"),
    examples=("erase", "erase --fs                    # the files; the firmware stays", "erase --region 0x9000 0x6000"),
)
def erase(
    ctx: Context,
    region: Annotated[list[int], Arg(Number("N", 0), "with --region: its offset and its size", many="*")],
    *,
    fs: Annotated[bool, Opt("--fs", help="only the file system")] = False,
    only: Annotated[bool, Opt("--region", help="only OFFSET SIZE")] = False,
    yes: Annotated[bool, _YES] = False,
) -> None:
    """Erase a board's flash: all of it, its file system, or a region. What was there is lost."""
    if only != bool(region) or (only and len(region) != 2):
        raise UsageError("a region is an offset and a size", "erase --region 0x9000 0x6000")
    if any(number % _SECTOR for number in region):
        raise UsageError(f"flash is erased by {_SECTOR} bytes", "give multiples of 0x1000")
    work = Work(ctx.board, ctx.session.world.folder("state"), changes=True, attended=ctx.terminal.interactive)

    def job(esp: Esp) -> str:
        offset, size = (region[0], region[1]) if only else _filesystem(esp) if fs else (0, 0)
        what = f"0x{offset:x}-0x{offset + size:x}" if size else "all of its flash, firmware and files"
        if esp.target.flash and offset + size > esp.target.flash:
            raise UsageError(f"{what} is outside of the flash, which has {human_size(esp.target.flash)}")
        flashing.refuse_locked(esp)
        if not yes:
            _ask(ctx, work, esp, f"erase {'the file system, ' if fs else ''}{what}")
        if size:
            flashing.erase(work, esp, offset, size)
        else:
            flashing.erase_all(work, esp)
        return what

    ctx.out.text(f"ERASED {work.run(job)}")


@command(
    boards="each",
    needs="port",
    aliases=("read_flash", "read-flash"),
    examples=("backup attic.bin", "read_flash 0x9000 0x6000 nvs.bin"),
)
def backup(
    ctx: Context,
    words: Annotated[list[Location], Arg(PATH, "the file to write; before it OFFSET SIZE for a part", many="+")],
    *,
    baud: Annotated[int | None, _BAUD] = None,
) -> None:
    """Copy a board's flash to a file, compared with the chip's own digest. The board is restarted for that."""
    *region, target = words
    offset, size = _region([word.typed for word in region])
    target = ctx.scattered(target)
    work = Work(ctx.board, ctx.session.world.folder("state"), baud, attended=ctx.terminal.interactive)

    def job(esp: Esp) -> bytes:
        return flashing.read(work, esp, offset, size or _flash_size(esp))

    data = work.run(job)
    ctx.files(target).write(target.path, [data], len(data))
    ctx.out.text(f"SAVED {human_size(len(data))} of flash in {target}, VERIFIED")


@command(
    boards="each",
    needs="port",
    destroys=lambda _: "write a backup over all of the flash",
    examples=("restore attic.bin",),
)
def restore(
    ctx: Context,
    file: Annotated[Location, Arg(PATH, "what backup wrote of the whole flash")],
    *,
    baud: Annotated[int | None, _BAUD] = None,
    yes: Annotated[bool, _YES] = False,
) -> None:
    """Write a backup of the whole flash back to a board. What was there is lost."""
    data = ctx.firmware(file)
    work = Work(ctx.board, ctx.session.world.folder("state"), baud, changes=True, attended=ctx.terminal.interactive)

    def job(esp: Esp) -> None:
        size = _flash_size(esp)
        if len(data) != size:
            message = f"{file} has {human_size(len(data))}, the flash has {human_size(size)}"
            raise FirmwareError(message, "a part of a flash goes back with its offset: flash OFFSET FILE")
        flashing.refuse_locked(esp)
        _refuse_another_chips(file, data, esp)
        if not yes:
            _ask(ctx, work, esp, f"write {file} over all of the flash")
        flashing.write(work, esp, [Part(0, data, Role.DATA, file.name)], force=True)

    work.run(job)
    ctx.out.text("RESTORED · VERIFIED")


def _refuse_another_chips(file: Location, data: bytes, esp: Esp) -> None:
    """Refuse a backup with firmware of another chip; one without any may be of an erased flash."""
    try:
        chip = read_firmware(file.name, data).chip
    except FirmwareError:
        return
    if chip not in (None, esp.target.chip):
        message = f"{file} is the flash of an {chip.name}, this chip is {esp.target.chip.name}"
        raise FirmwareError(message, "nothing was written")


def _region(words: list[str]) -> tuple[int, int]:
    """Return offset and size; a size of 0 is all of the flash."""
    try:
        offset, size = (int(word, 0) for word in words) if words else (0, 0)
    except ValueError:
        raise UsageError("a part of the flash is an offset and a size", "read_flash 0x9000 0x6000 nvs.bin") from None
    return offset, size


def _flash_size(esp: Esp) -> int:
    if not esp.target.flash:
        raise FirmwareError("the flash chip does not tell its size", "give a part: read_flash OFFSET SIZE FILE")
    return esp.target.flash


def _filesystem(esp: Esp) -> tuple[int, int]:
    files = flashing.look(esp).files
    if files is None:
        raise FirmwareError("where the board's files are is not known: it has no partition table", "erase all: erase")
    return files.offset, files.size


def _ask(ctx: Context, work: Work, esp: Esp, what: str) -> None:
    if work.agreed:  # the line failed meanwhile, and the work begins once more
        return
    board = ctx.board
    ctx.out.note(f"{board.name}: {esp.target.chip.name} {esp.target.mac} on {board.url.partition('?')[0]}")
    ctx.agree(f"{what} of {board.name}?")
    work.agreed = True
