"""Firmware for boards that show a drive for it: RP2040 and RP2350, and others with a UF2 bootloader."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from math import inf
from pathlib import Path
from typing import Annotated

from espsh.api import (
    HOST_FILE,
    PATH,
    Arg,
    Chip,
    ConnectError,
    Context,
    EspChip,
    FirmwareBackend,
    FirmwareError,
    FlashPlan,
    FlashWish,
    InterruptedByUserError,
    Location,
    Opt,
    UsageError,
    chip_named,
    command,
    human_size,
)
from espsh_plugins.uf2_drives import VARIABLE, Drive, drive_at, drives, write
from espsh_plugins.uf2_file import Part, read_uf2

ESPSH_API = 1

_APPEARS = 20.0
"""Seconds until the system shows the drive of a board that enters its bootloader; somebody may have to mount it."""
_TAKES = 15.0
"""Seconds until a board that has it all is gone from the drives."""
_RETURNS = 15.0
"""Seconds until its port is back: the first boot makes the filesystem."""
_LOOK = 0.1
"""Seconds between two looks at the drives: nobody tells when one comes."""
_drives_are_ours = threading.Lock()
_ENTER = b"\r\x03\x03\x01import machine; machine.bootloader()\x04"
_MOUNT = f"where the system does not mount it, mount it, and name its folder: {VARIABLE}=FOLDER"
_PLUG = "hold BOOTSEL while it is plugged in"
_HINT = f"{_PLUG}, or press reset twice, then: uf2 FILE"


class _ByDrive:
    """Copies a UF2 file to the drive that the board's bootloader shows."""

    name = "uf2"

    def reason(self, wish: FlashWish) -> str | None:
        """Return why it cannot; see espsh.api.FirmwareBackend."""
        if len(wish.files) != 1 or wish.files[0].offset is not None:
            return "it takes one file, without an offset"
        try:
            parts = read_uf2(wish.files[0].name, wish.files[0].data)
        except FirmwareError as error:
            return error.message
        if wish.options.said:
            return f"it knows no {', '.join(wish.options.said)}"
        chip = chip_named(wish.board.identity.chip)
        return _unfit(parts, chip) or _no_drive(chip)

    def flash(self, wish: FlashWish, agree: Callable[[FlashPlan], bool]) -> str:
        """Write it; see espsh.api.FirmwareBackend."""
        file, board = wish.files[0], wish.board
        board.meet()
        chip = chip_named(board.identity.chip)
        parts = read_uf2(file.name, file.data)
        if why := _unfit(parts, chip):
            raise FirmwareError(why, "take the firmware for this chip; firmware list has them")
        if why := _no_drive(chip):
            raise FirmwareError(why, "flash the .bin of the same release")
        lines = (
            f"{board.name}: {board.identity.chip} {board.identity.unique_id} on {board.url.partition('?')[0]}",
            *(f"  {file.name}: {part}" for part in parts),
            "  what is written cannot be read back from such a board: that it boots is what is seen",
        )
        if not agree(FlashPlan(lines)):
            return ""
        with _alone(wish):
            with _telling("nothing was written; press reset to start the board"):
                drive = _entered(wish)
            if why := _unfit(parts, drive.chip):
                raise FirmwareError(f"{drive}: {why}", "nothing was written; press reset to start the board")
            with _telling(f"half of it is written; {_HINT}"):
                write(drive, file.data, lambda done: wish.progress(file.name, done, len(file.data)))
            taken = wish.wait_for(lambda: None if drive.here else True, _TAKES)
        return _started(wish, drive, taken=taken is not None)


FIRMWARE_BACKENDS: tuple[FirmwareBackend, ...] = (_ByDrive(),)


@command(boards="none", examples=("uf2 RPI_PICO-20260801-v1.29.0.uf2", "uf2 fw.uf2 /media/me/RPI-RP2"))
def uf2(
    ctx: Context,
    file: Annotated[Location, Arg(PATH, "a UF2 file")],
    drive: Annotated[str | None, Arg(HOST_FILE, "the board's drive, where there are several")] = None,
    *,
    yes: Annotated[bool, Opt("-y", "--yes", help="do not ask")] = False,
) -> None:
    """Write firmware to a board that shows its UF2 drive, and so has no port.

    That is a new RP2040, or one that was plugged in with BOOTSEL held; one that is not there yet is waited for, 20
    seconds. One that runs MicroPython is written by flash.
    """
    data = b"".join(ctx.files(file).read(file.path))
    parts = read_uf2(file.name, data)
    to = _named(Path(drive)) if drive else _only(_awaited(ctx))
    if why := _unfit(parts, to.chip):
        raise FirmwareError(f"{to}: {why}", "take the firmware for this chip; firmware list has them")
    ctx.out.note(f"{to}: {file.name}, {'; '.join(map(str, parts))}")
    if not yes:
        ctx.agree(f"write it to {to.path}? what is there is overwritten")
    write(to, data, lambda done: ctx.progress(file.name, done, len(data)))
    ctx.out.text(f"FLASHED {human_size(len(data))} to {to}; the board restarts")


def _unfit(parts: Sequence[Part], chip: Chip | None) -> str | None:
    """Return why a chip takes none of the parts; one that is not known takes what it takes."""
    if chip is None or any(part.family is None or part.family in chip.uf2_families for part in parts):
        return None
    return f"it is for {', '.join(part.made_for for part in parts)}, this chip is {chip.name}"


def _no_drive(chip: Chip | None) -> str | None:
    """Return why a chip that runs MicroPython is not brought to show a drive."""
    if isinstance(chip, EspChip):
        return f"machine.bootloader() of an {chip.name} enters its ROM's loader, which has no drive"
    return None


def _named(path: Path) -> Drive:
    found = drive_at(path)
    if found is None:
        raise UsageError(f"{path} is no drive of a UF2 bootloader: it has no INFO_UF2.TXT", _HINT)
    return found


def _awaited(ctx: Context) -> list[Drive]:
    """Return the drives that are there, or the first that appear; none after a while."""
    there, end = drives(ctx.session.world.env), time.monotonic() + _APPEARS
    if not there:
        ctx.out.note(f"no board shows a UF2 drive: waiting for one, {_APPEARS:g} s; {_PLUG}")
    while not there and time.monotonic() < end:
        ctx.ending.wait(_LOOK)
        ctx.heed()
        there = drives(ctx.session.world.env)
    return there


def _only(there: Sequence[Drive]) -> Drive:
    if not there:
        raise ConnectError(f"no board shows a UF2 drive within {_APPEARS:g} s", f"{_PLUG}; {_MOUNT}")
    if len(there) > 1:
        raise UsageError(f"several boards show a drive: {', '.join(map(str, there))}", "name one: uf2 FILE DRIVE")
    return there[0]


def _entered(wish: FlashWish) -> Drive:
    """Bring the board into its bootloader; return its drive, which is one that was not there before."""
    others = {drive.path for drive in drives(wish.world.env)}
    with contextlib.suppress(OSError), wish.board.lend() as port:
        port.write(_ENTER)
    wish.tell("waiting for the drive of its bootloader")

    def look() -> Drive | None:
        return next((drive for drive in drives(wish.world.env) if drive.path not in others), None)

    found = wish.wait_for(look, _APPEARS)
    if found is None:
        raise FirmwareError(f"no drive appears within {_APPEARS:g} s; nothing was written", f"{_MOUNT}; or {_HINT}")
    return found


@contextlib.contextmanager
def _alone(wish: FlashWish) -> Iterator[None]:
    """Have no other board of this run show its drive meanwhile: nothing but the time says whose a new drive is."""
    wish.wait_for(lambda: _drives_are_ours.acquire(blocking=False) or None, inf)
    try:
        yield
    finally:
        _drives_are_ours.release()


@contextlib.contextmanager
def _telling(rest: str) -> Iterator[None]:
    """Tell a user who stops it how it stands."""
    try:
        yield
    except (KeyboardInterrupt, InterruptedByUserError):
        stopped = InterruptedByUserError()
        stopped.hint = rest
        raise stopped from None


def _started(wish: FlashWish, drive: Drive, *, taken: bool) -> str:
    """Wait for a board that has got it all to restart; return who it is now. ``taken`` says that its drive is gone."""
    try:
        identity = wish.meet_again(_RETURNS)
    except ConnectError as error:
        why = error.message if taken else f"{drive} is still there, so the board did not take it"
        hint = "is it MicroPython for this board? plug it in again"
        raise FirmwareError(f"FLASHED · NOT BOOTED: {why}", hint) from None
    if not taken:
        message = f"the board answers ({identity.firmware}), and {drive} is still there: it may not have taken the file"
        raise FirmwareError(message, "unmount the drive, and see whether that is the new version")
    return f"FLASHED · BOOTED (MicroPython {identity.firmware} on {identity.chip})"
