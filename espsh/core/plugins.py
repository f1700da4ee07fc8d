"""Where commands come from: our own modules, and whoever declares the entry point ``espsh.plugins``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

BUILTIN = {
    "espsh.commands.boards": "boards",
    "espsh.commands.catalog": "firmware",
    "espsh.commands.chip": "bootloader chip-id chip_id flash-id flash_id read-mac read_mac",
    "espsh.commands.clock": "date rtc",
    "espsh.commands.compile": "mpy-cross mpycross",
    "espsh.commands.connect": "connect disconnect name",
    "espsh.commands.copy": "copy cp mv",
    "espsh.commands.deploy": "deploy",
    "espsh.commands.diagnose": "diagnose",
    "espsh.commands.diff": "diff",
    "espsh.commands.edit": "edit",
    "espsh.commands.erase": "backup erase erase-flash erase_flash read-flash read_flash restore",
    "espsh.commands.execute": ">>> eval exec py repl reset run",
    "espsh.commands.files": "cat mkdir rm touch",
    "espsh.commands.firmware": "chip image-info image_info partitions",
    "espsh.commands.flash": "flash write-flash write_flash",
    "espsh.commands.groups": "group",
    "espsh.commands.host": "! args echo shell sleep source",
    "espsh.commands.info": "info",
    "espsh.commands.jobs": "fg jobs kill wait",
    "espsh.commands.listing": "df filesize filetype ls sha256sum tree",
    "espsh.commands.memory": "heap",
    "espsh.commands.mip": "mip",
    "espsh.commands.monitor": "monitor",
    "espsh.commands.mount": "mount umount",
    "espsh.commands.navigate": "cd pwd",
    "espsh.commands.rsync": "rsync",
    "espsh.commands.serve": "serve",
    "espsh.commands.settings": "? exit help quit set timing",
    "espsh.commands.snapshot": "snapshot",
    "espsh.commands.speedtest": "speedtest",
    "espsh.commands.view": "grep head hexdump less tail",
    "espsh.commands.watch": "watch",
}
"""Our modules, each with the names of its commands: one command needs one module, and 13 cost 25 ms at every start."""

GROUP = "espsh.plugins"


def entry_points() -> Iterator[tuple[str, Callable[[], ModuleType]]]:
    """Yield the installed plugins: name and how to import each."""
    from importlib import metadata

    for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name):
        yield point.name, point.load
