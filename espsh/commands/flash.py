"""flash: firmware onto a board, judged before, verified after, and watched until it has booted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated

from espsh.api import (
    PATH,
    Arg,
    Candidate,
    Context,
    Flashed,
    FlashOptions,
    FlashPlan,
    FlashWish,
    Location,
    Number,
    Opt,
    RawFile,
    Scope,
    Text,
    UsageError,
    backend_names,
    choose_backend,
    command,
)

_OFFSET = re.compile(r"0[xX][0-9a-fA-F]+|\d+")


class _BackendName(Text):
    """The name of a way to bring firmware to a board."""

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer those that are there."""
        return (Candidate(name) for name in backend_names() if name.startswith(prefix))


@command(
    boards="each",
    needs="port",
    destroys=lambda options: None if options["verify_only"] or options["dry_run"] else "write firmware over the flash",
    aliases=("write_flash", "write-flash"),
    examples=(
        "flash ESP32_GENERIC-20260801-v1.29.0.bin",
        "flash --keep-files ESP32_GENERIC-20260801-v1.29.0.bin",
        "flash --latest                     # the newest MicroPython for this chip",
        "flash app.elf --partition-table partitions.csv --bootloader bootloader.bin",
        "flash 0x1000 bootloader.bin 0x8000 partitions.bin 0x10000 app.bin",
        "flash -n ESP32_GENERIC-20260801-v1.29.0.bin   # what would be written, and where",
        "flash --verify-only firmware.bin   # is it what the board has?",
    ),
)
def flash(
    ctx: Context,
    words: Annotated[list[Location], Arg(PATH, "a firmware, or an offset before each file", many="*")],
    *,
    latest: Annotated[bool, Opt("--latest", help="the newest MicroPython for this chip, downloaded")] = False,
    erase: Annotated[bool, Opt("-e", "--erase", "--erase-all", help="erase the whole flash before")] = False,
    keep_files: Annotated[bool, Opt("--keep-files", help="copy files and settings to the host, and back")] = False,
    bootloader: Annotated[Location | None, Opt("--bootloader", help="for an ELF or an application", type=PATH)] = None,
    partition_table: Annotated[
        Location | None, Opt("--partition-table", help="a table, CSV or binary", type=PATH)
    ] = None,
    baud: Annotated[int | None, Opt("--baud", help="the rate to write at", type=Number("BAUD", 9600))] = None,
    verify_only: Annotated[bool, Opt("--verify-only", help="write nothing, compare")] = False,
    force: Annotated[bool, Opt("--force", help="write what cannot work, too")] = False,
    yes: Annotated[bool, Opt("-y", "--yes", help="do not ask")] = False,
    dry_run: Annotated[bool, Opt("-n", "--dry-run", help="show what would be written, and where")] = False,
    by: Annotated[
        str, Opt("--by", help="esptool, or what plugins bring: see plugins", type=_BackendName("BACKEND"))
    ] = "",
    compress: Annotated[bool, Opt("-z", "--compress", help="esptool's; it is always done where it helps")] = False,
) -> None:
    """Write firmware to a board, verify it, and watch the board boot.

    A MicroPython .bin, an .app-bin, an ELF, or an offset before each file. Where it goes follows from the file and the
    chip. What cannot run there is refused before anything is erased: another chip's image, one that is too large,
    damaged, or built for PSRAM where there is none. The board need not run MicroPython.

    What is no firmware of Espressif's goes by the back end of a plugin that takes it: a .uf2 by uf2.
    """
    if latest == bool(words):
        raise UsageError("name a firmware, or let --latest choose one", "flash FILE, or flash --latest")
    ctx.session.plugins.load()
    options = FlashOptions(
        latest, erase, keep_files, verify_only, force, baud, _beside(ctx, bootloader), _beside(ctx, partition_table)
    )
    wish = FlashWish(
        ctx.board, tuple(_files(ctx, words)), options, ctx.session.world, ctx.terminal.interactive, ctx.out.note
    )
    done = choose_backend(wish, by).flash(wish, _agreement(ctx, dry_run=dry_run, yes=yes))
    if not dry_run and not verify_only:
        ctx.session.events.emit(Flashed(ctx.board.name, done))
    if done:
        ctx.out.text(done)


def _agreement(ctx: Context, *, dry_run: bool, yes: bool) -> Callable[[FlashPlan], bool]:
    """Return what shows a plan, which is all of a dry run, and asks."""

    def agree(plan: FlashPlan) -> bool:
        for line in plan.lines:
            (ctx.out.text if dry_run else ctx.out.note)(line)
        if not (dry_run or yes):
            ctx.agree(f"write it to {ctx.board.name}? {plan.lost}")
        return not dry_run

    return agree


def _files(ctx: Context, words: Sequence[Location]) -> Iterator[RawFile]:
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not _OFFSET.fullmatch(word.typed):
            yield RawFile(word.name, ctx.firmware(word))
        elif not rest:
            raise UsageError(f"no file stands behind the offset {word.typed}", "flash OFFSET FILE")
        else:
            file = rest.pop(0)
            yield RawFile(file.name, ctx.firmware(file), int(word.typed, 0))


def _beside(ctx: Context, file: Location | None) -> RawFile | None:
    return RawFile(file.name, ctx.firmware(file)) if file else None
