"""What of a firmware file goes into a slot, and why it may not."""

from __future__ import annotations

from typing import NamedTuple

from espsh.api import FirmwareError, FirmwareFile
from espsh_plugins.ota_slots import Slot

_KINDS = ("APP", "MERGED")


class Load(NamedTuple):
    """The bytes for a slot, and what they are in words. ``remarks`` are what a user should know of them."""

    data: bytes
    what: str
    remarks: tuple[str, ...]


def load_for(file: FirmwareFile, running: Slot, slot: Slot) -> Load:
    """Return what of ``file`` goes into ``slot``; raise FirmwareError for what cannot run there.

    It is judged by the app that runs: the chip is of that one's kind.
    """
    if file.kind.name not in _KINDS or file.app is None:
        hint = "take an .app-bin, or a whole firmware, of which the app is taken"
        raise FirmwareError(f"{file.name} holds no app, but: {file.kind.value}", hint)
    if file.damage:
        raise FirmwareError(f"{file.name}: {file.damage[0]}", "download or build it again")
    if slot.encrypted:  # what it takes are whole units of 16 bytes
        raise FirmwareError(
            f"{slot.name} is encrypted, and is not written from here", "let the board's own program do it"
        )
    chip = running.app.chip if running.app else None
    if chip is not None and (unfit := file.app.unfit(chip)):
        raise FirmwareError(f"image {unfit}", f"take the firmware for {chip.name}")
    # What stands behind an app alone may be its signature; behind that of a whole firmware stands something else.
    data = file.data if file.kind.name == "APP" else file.data[file.app_at :][: file.app.size]
    if len(data) > slot.size:
        message = f"the app has {len(data)} bytes, {slot.name} holds {slot.size}"
        raise FirmwareError(message, "build it smaller, or flash a table with larger slots")
    told = file.app.app
    what = f"{told.project} {told.version}".strip() if told else file.name
    return Load(data, what, tuple(_remarks(file)))


def _remarks(file: FirmwareFile) -> list[str]:
    found = []
    if file.kind.name == "MERGED":
        found.append(f"{file.name} is a whole firmware: its app is taken, bootloader and table stay as they are")
    if file.micropython is None:
        found.append("it is no MicroPython: espsh will not reach the board while it runs")
    elif file.micropython.aborts:
        found.append("it is built for PSRAM, and does not start where there is none")
    return found
