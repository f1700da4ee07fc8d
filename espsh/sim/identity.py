"""Who a virtual board is: what its VM is told about the chip it plays."""

from __future__ import annotations

import hashlib
from typing import Any

from espsh.sim import rom_texts, romfs
from espsh.sim.board_uart import QUIRKS
from espsh.sim.bootloader import App
from espsh.sim.flash import SECTOR, FlashImage
from espsh.sim.options import Options
from espsh.sim.profiles import PROFILES

# The boot code needs most of this while it works; what it does not keep is taken out of the heap afterwards.
_BOOT_ROOM = 100_000
_PSRAM = 4 * 1024 * 1024
_CAUSES = {
    rom_texts.POWER_ON: 1,
    rom_texts.HARD: 1,
    rom_texts.SOFTWARE: 2,
    rom_texts.PANIC: 3,
    rom_texts.DEEP_SLEEP: 4,
    rom_texts.SOFT: 5,
    rom_texts.WATCHDOG: 3,
    rom_texts.LOADER: 3,
    rom_texts.BOOTLOADER: 2,  # of a board that has no loader to wait in: it starts anew
}


def unique_id(options: Options) -> bytes:
    """Return the board's MAC: the maker's three bytes, then three made from profile and name."""
    digest = hashlib.sha256(options.board.encode()).digest()
    return PROFILES[options.profile].oui + digest[:3]


def free_heap(options: Options, app: App) -> int:
    """Return how many bytes a program finds free."""
    wanted = options.heap or PROFILES[options.profile].heap
    return wanted + (_PSRAM if options.psram and app.psram else 0)


def vm_heap(options: Options, app: App) -> int:
    """Return the size of the VM's heap in bytes."""
    return free_heap(options, app) + _BOOT_ROOM


def vm_config(options: Options, image: FlashImage, app: App, reason: str, *, raw: bool) -> dict[str, Any]:
    """Return what the boot code is told."""
    profile, quirk = PROFILES[options.profile], QUIRKS[options.uart]
    offset, size = app.vfs
    return {
        "image": str(image.path),
        "vfs": offset,
        "blocks": size // SECTOR,
        "slot": app.slot,
        "written": image.map_offset + offset // SECTOR,
        "erase_us": round(options.erase * 1e6),
        "write_us": round(options.write * 1e6),
        "disk": options.disk,
        "dir": str(options.dir) if options.dir and image.new else "",
        "without": sorted(options.without | profile.without),
        "version": app.version,
        "date": app.date,
        "machine": app.machine or profile.machine,
        "sysname": profile.sysname,
        "freq": profile.freq,
        "uarts": profile.uarts,
        "uart_changes": quirk.sends or quirk.hears,
        "uart_raises": quirk.raises,
        "flash": image.size,
        "psram": options.psram,
        "uid": unique_id(options).hex(),
        "cause": _CAUSES[reason],
        "raw": raw,
        "heap": free_heap(options, app),
        "rom": romfs.place(image) if profile.sysname == "esp32" else (0, 0),
    }
