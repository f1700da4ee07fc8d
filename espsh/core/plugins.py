"""Where commands come from: our own modules, what is installed, the user's folder, and what is named. Nothing else.

Plugins are found here, and imported elsewhere (:mod:`espsh.core.loading`). The working directory is never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
    "espsh.commands.execute": ">>> eval exec py reset run",
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
    "espsh.commands.repl": "repl",
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
_EXTENDS = re.compile(r"\b(?:hookimpl|CHIPS|DIAGNOSES|PORT_SCHEMES|USB_KINDS)\b")


class Found(NamedTuple):
    """A plugin that was found, and not imported yet.

    ``module`` is the name it is imported by, ``path`` its file or folder, None for one that is installed. ``source``
    says where it comes from: ``entry point``, ``folder`` or ``--plugin``. One that ``extends`` has more than commands,
    which wait until they are asked for: it is loaded at the start.
    """

    name: str
    source: str
    module: str
    path: Path | None = None
    version: str = ""
    extends: bool = False


class Trouble(NamedTuple):
    """Why a plugin cannot be used, or what is odd about it: one line, what to do, and the traceback."""

    line: str
    hint: str = ""
    traceback: str = ""


def installed(folders: Sequence[str]) -> Iterator[Found]:
    """Yield the plugins that are installed in ``folders``, by name; the first of a name counts, as in ``sys.path``."""
    from importlib import metadata

    points: dict[str, Found] = {}
    for package in metadata.distributions(path=list(folders)):
        try:
            for point in package.entry_points.select(group=GROUP):
                points.setdefault(point.name, Found(point.name, "entry point", point.module, None, package.version))
        except Exception:  # noqa: BLE001 - what another package's installation left half done is not ours
            continue
    yield from sorted(points.values())


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


def home(found: Found) -> Path | None:
    """Return the file or the folder that a plugin's code is in; None where that is no file."""
    if found.path is not None:
        return found.path
    from importlib.util import find_spec

    try:
        spec = find_spec(found.module.partition(".")[0])
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or ())
    return Path(folders[0]) if folders else Path(spec.origin) if spec.origin else None


def file_of(found: Found) -> Path | None:
    """Return the file of the module that a plugin is."""
    base = home(found)
    if base is None or base.is_file():
        return base
    inside = base.joinpath(*found.module.split(".")[1:]) if found.path is None else base
    return inside / "__init__.py" if inside.is_dir() else inside.with_suffix(".py")


def files_of(found: Found) -> list[Path]:
    """Return the files of a plugin's own: its module, and what is below it."""
    file = file_of(found)
    files = [] if file is None else sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]
    return [path for path in files if path.is_file()]


def extends(found: Found) -> bool:
    """Tell from a plugin's text, which is not run for that, whether it may have more than commands."""
    return any(_EXTENDS.search(text_of(file)) for file in files_of(found))


def text_of(file: Path) -> str:
    """Return a file's text, as far as it is some; what cannot be read has none, and is told of when it is loaded."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _of_path(path: Path, source: str) -> Found:
    name = path.name.removesuffix(".py")
    found = Found(name, source, "espsh_plugin_" + re.sub(r"\W", "_", name), path)
    return found._replace(extends=source == GIVEN or extends(found))
