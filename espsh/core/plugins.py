"""Where commands come from: our own modules, what is installed, the user's folder, and what is named. Nothing else.

Plugins are found here, and imported elsewhere (:mod:`espsh.core.loading`). The working directory is never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from espsh.errors import NotFoundError

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
    "espsh.commands.plugins": "plugins",
    "espsh.commands.rsync": "rsync",
    "espsh.commands.serve": "serve",
    "espsh.commands.settings": "? exit help quit set timing",
    "espsh.commands.snapshot": "snapshot",
    "espsh.commands.speedtest": "speedtest",
    "espsh.commands.view": "grep head hexdump less tail",
    "espsh.commands.watch": "watch",
}
"""Our modules, each with the names of its commands: one command needs one module, and 13 cost 25 ms at every start."""

API_VERSION = 1
"""What plugins can rely on. It grows when something is added, and what there is stays."""

GROUP = "espsh.plugins"
"""The entry points of installed plugins: each names a module."""
FOLDER = "plugins"
"""The folder of the user's own, in espsh's config folder."""
GIVEN = "--plugin"


class Found(NamedTuple):
    """A plugin that was found, and not imported yet.

    ``module`` is the name it is imported by, ``path`` its file or folder, None for one that is installed. ``source``
    says where it comes from: ``entry point``, ``folder`` or ``--plugin``.
    """

    name: str
    source: str
    module: str
    path: Path | None = None
    version: str = ""


class Trouble(NamedTuple):
    """Why a plugin cannot be used, or what is odd about it: one line, what to do, and the traceback."""

    line: str
    hint: str = ""
    traceback: str = ""


def installed() -> Iterator[Found]:
    """Yield the plugins that are installed, by name. Looking them up costs 80 ms at first."""
    from importlib import metadata

    for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name):
        yield Found(point.name, "entry point", point.module, None, point.dist.version if point.dist else "")


def in_folder(folder: Path, source: str = "folder") -> Iterator[Found]:
    """Yield the plugins in a folder, by name: each .py file, and each folder with an ``__init__.py``."""
    for path in sorted(folder.glob("*")):
        if path.name.startswith(("_", ".")):
            continue
        if path.suffix == ".py" or (path / "__init__.py").is_file():
            yield _of_path(path, source)


def given(path: Path) -> Iterator[Found]:
    """Yield the plugin that ``path`` is, or those in that folder; raise NotFoundError where there is none."""
    if (path / "__init__.py").is_file() or (path.is_file() and path.suffix == ".py"):
        found = [_of_path(path, GIVEN)]
    else:
        found = list(in_folder(path, GIVEN))
    if not found:
        there = "is no plugin" if path.exists() else "is not there"
        raise NotFoundError(f"{GIVEN} {path}: it {there}", "a plugin is a .py file, or a folder with an __init__.py")
    yield from found


def _of_path(path: Path, source: str) -> Found:
    name = path.name.removesuffix(".py")
    return Found(name, source, "espsh_plugin_" + re.sub(r"\W", "_", name), path)
