"""What the chip tells of itself in download mode, whatever its flash holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from espsh.api import Context, Opt, Styled, Table, Work, command

if TYPE_CHECKING:
    from espsh.api import Esp

_RATE = 115200
"""What is asked here is little: to agree on a faster rate would take longer than to ask it."""


@command(
    boards="each",
    needs="port",
    shows=True,
    aliases=("flash-id", "chip_id", "chip-id"),
    examples=("flash_id", "flash_id --json", "@all flash_id"),
)
def flash_id(ctx: Context, *, json: Annotated[bool, Opt("--json", help="for a program to read")] = False) -> None:
    """Show the chip, its revision, MAC, flash and PSRAM, as the chip itself tells.

    The board is restarted for that. It need not run MicroPython.
    """
    facts = Work(ctx.board, ctx.session.world.folder("state"), _RATE, attended=ctx.terminal.interactive).run(_facts)
    if json or ctx.options.json:
        ctx.out.json(facts)
    else:
        ctx.out.table(Table(("", ""), [[Styled(label, "dim"), text] for label, text in _lines(facts)]))


@command(boards="each", needs="port")
def bootloader(ctx: Context) -> None:
    """Bring the chip into download mode and leave it there, for a flasher of your own.

    "reset --hard", or EN, brings it back.
    """
    ctx.board.enter_download_mode()
    ctx.out.text("in download mode")


@command(boards="each", needs="port", shows=True, aliases=("read-mac",))
def read_mac(ctx: Context) -> None:
    """Show the chip's MAC address; the board is restarted for that."""
    ctx.out.text(
        Work(ctx.board, ctx.session.world.folder("state"), _RATE, attended=ctx.terminal.interactive).run(
            lambda esp: esp.target.mac
        )
    )


def _facts(esp: Esp) -> dict[str, Any]:
    target, hardware = esp.target, esp.hardware
    part = hardware.part
    return {
        "chip": target.chip.name,
        "description": hardware.description,
        "revision": f"v{target.revision // 100}.{target.revision % 100}" if target.revision is not None else None,
        "features": list(hardware.features),
        "mac": target.mac,
        "crystal_mhz": hardware.crystal,
        "flash_id": part.id if part else None,
        "flash_manufacturer": part.manufacturer or None if part else None,
        "flash_part": part.part or None if part else None,
        "flash_size": target.flash,
        "flash_voltage": hardware.voltage or None,
        "psram_size": target.psram,
        "psram_known_by": target.chip.psram.value,
        "secure_boot": target.secure_boot,
        "flash_encryption": target.flash_encryption,
    }


def _lines(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "chip", facts["description"]
    yield "features", ", ".join(facts["features"])
    yield "MAC", facts["mac"]
    yield "crystal", f"{facts['crystal_mhz']} MHz"
    if facts["flash_id"]:
        names = " ".join(filter(None, (facts["flash_manufacturer"], facts["flash_part"])))
        yield "flash", f"{names or 'of an unknown maker'} ({facts['flash_id']})"
        yield "flash size", _size(facts["flash_size"]) if facts["flash_size"] else "unknown"
    else:
        yield "flash", "does not answer"
    if facts["flash_voltage"]:
        yield "flash voltage", facts["flash_voltage"]
    size = facts["psram_size"]
    yield "PSRAM", _size(size) if size else "none" if size == 0 else f"unknown: {facts['psram_known_by']}"
    locks = [lock for lock in ("secure_boot", "flash_encryption") if facts[lock]]
    if locks:
        yield "locked by", ", ".join(lock.replace("_", " ") for lock in locks)


def _size(size: int) -> str:
    return f"{size >> 20} MB" if size >> 20 else f"{size >> 10} kB"
