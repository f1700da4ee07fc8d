"""What firmware files hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from espsh.api import PATH, Arg, Context, FirmwareError, Location, Opt, Styled, Table, command, human_size

if TYPE_CHECKING:
    from espsh.api import FirmwareFile, Layout, PartitionTable

_PSRAM = {
    (False, False): "not needed",
    (True, False): "built for it",
    (True, True): "needed: without, it stops booting",
}
_UNITS = ((1 << 20, "M"), (1 << 10, "K"), (1, ""))


@command(
    boards="none",
    aliases=("image-info", "chip"),
    examples=("image_info ESP32_GENERIC-20260801-v1.29.0.bin", "image_info --json firmware.bin"),
)
def image_info(
    ctx: Context,
    file: Annotated[Location, Arg(PATH, "a firmware file")],
    *,
    json: Annotated[bool, Opt("--json", help="for a program to read")] = False,
) -> None:
    """Show what a firmware file holds: chip, MicroPython, board, partitions, and where it goes.

    Its checksums are checked; what a damaged one tells is shown too, and the command fails.
    """
    from espsh.api import file_facts, read_firmware

    found = read_firmware(_shown(file), ctx.firmware(file))
    if json or ctx.options.json:
        ctx.out.json(file_facts(found))
    else:
        ctx.out.table(Table(("", ""), [[Styled(label, "dim"), text] for label, text in _lines(found)]))
        if found.table is not None:
            ctx.out.text("")
            _write_table(ctx, found.table)
    if found.damage:
        raise FirmwareError(f"{found.name}: {found.damage[0]}", "download or build it again")


@command(
    boards="each",
    needs="port",
    shows=True,
    examples=("partitions                # the current board's", "partitions firmware.bin", "partitions table.csv"),
)
def partitions(
    ctx: Context,
    file: Annotated[Location | None, Arg(PATH, "a table (binary or CSV), a firmware, or a board's backup")] = None,
    *,
    json: Annotated[bool, Opt("--json", help="for a program to read")] = False,
) -> None:
    """Show a partition table: sizes, what is free, which OTA slot boots, and what is wrong with it.

    Without a file it is read from the board, which is restarted for that and need not run MicroPython.
    """
    from espsh.api import Work, flashing, layout_of_file

    as_json = json or ctx.options.json
    if file is None:
        work = Work(ctx.board, ctx.session.world.folder("state"))
        show_layout(ctx, *work.run(lambda esp: (flashing.look(esp), esp.target.flash)), as_json=as_json)
        return
    layout = layout_of_file(_shown(file), ctx.firmware(file))
    flash = layout.bootloader.flash if layout.bootloader else None
    show_layout(ctx, layout, flash, as_json=as_json)


def show_layout(ctx: Context, layout: Layout, flash: int | None, *, as_json: bool) -> None:
    """Write the partition table of a flash of ``flash`` bytes, None where that is not known."""
    from espsh.api import table_facts

    table = layout.table
    if table is None:
        raise FirmwareError("no partition table is there", "flash a firmware that brings one")
    faults = table.faults(flash)
    if as_json:
        ctx.out.json(
            {
                "partitions": table_facts(table, layout.ota),
                "files": {"offset": layout.files.offset, "size": layout.files.size} if layout.files else None,
                "free": [gap._asdict() for gap in table.gaps(flash or table.end)],
                "faults": faults,
            }
        )
        return
    _write_table(ctx, table, layout, flash or table.end)
    for fault in faults:
        ctx.out.note(fault)


def _shown(file: Location) -> str:
    return file.typed or str(file)


def _write_table(ctx: Context, table: PartitionTable, layout: Layout | None = None, flash: int = 0) -> None:
    """Write partitions, and what is free between them in ``flash`` bytes, in the order of flash."""
    from espsh.api import table_facts

    rows = []
    for facts in table_facts(table, layout.ota if layout else None):
        words = ["boots" if facts["active"] else "", facts["state"] or ""]
        words += [word for word in ("encrypted", "readonly") if facts[word]]
        state = Styled(", ".join(filter(None, words)), "good" if facts["active"] else "")
        rows.append((facts["offset"], facts["size"], Styled(facts["name"]), facts["type"], facts["subtype"], state))
    behind = layout.files if layout and layout.files not in table.partitions else None
    if behind is not None:
        rows.append((behind.offset, behind.size, Styled(behind.name), "", "", Styled("files, not in the table")))
    free = [gap for gap in table.gaps(flash) if behind is None or gap.offset != behind.offset]
    rows += [(gap.offset, gap.size, Styled("free", "dim"), "", "", Styled("")) for gap in free]
    rows.sort(key=lambda row: row[0])
    headings = ("name", "type", "subtype", ">offset", ">size", ">", "state")
    ctx.out.table(
        Table(
            headings,
            [
                [name, kind, subtype, f"0x{offset:x}", f"0x{size:x}", _short(size), state]
                for offset, size, name, kind, subtype, state in rows
            ],
        )
    )


def _lines(file: FirmwareFile) -> Iterator[tuple[str, str]]:
    """Yield what a file tells, for people: a label and a text."""
    app, first = file.app, file.bootloader or file.app
    yield "holds", f"{file.kind.value}, {human_size(len(file.data))}"
    if first is not None:
        yield "chip", f"{first.made_for}{_revisions(file)}"
    if file.micropython is not None:
        found = file.micropython
        yield "MicroPython", f"{found.version}, {found.board or 'an unnamed board'}"
        yield "PSRAM", _PSRAM[found.spiram, found.aborts]
    elif app is not None and app.app is not None:
        yield "application", f"{app.app.project} {app.app.version}".strip() or "unnamed"
    if app is not None and app.app is not None:
        yield "built", f"{app.app.built}, ESP-IDF {app.app.idf}"
    if first is not None:
        frequency = f"{first.frequency} MHz" if first.frequency else "another frequency"
        yield "flash", f"{_short(first.flash) + 'B' if first.flash else 'unknown size'}, {first.mode}, {frequency}"
    if file.origin is not None:
        yield "goes to", f"0x{file.origin:x}"
    elif app is not None:
        yield "goes to", "the board's partition for an application"
    if not file.damage and first is not None:
        yield "checked", "checksums are right"


def _revisions(file: FirmwareFile) -> str:
    ranges = [image.revision_range for image in (file.bootloader, file.app) if image is not None]
    return next((f", revision {text}" for text in reversed(ranges) if text), "")


def _short(size: int) -> str:
    """Return a size as partition tables have it: 4M, 1984K."""
    return next(f"{size // unit}{letter}" for unit, letter in _UNITS if size % unit == 0)
