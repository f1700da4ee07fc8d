"""Where a run looks for plugins. What is installed is remembered: to look for it costs 80 ms, and this 0.3."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from espsh.base.world import World
from espsh.core.plugins import FOLDER, Found, extends, files_of, given, in_folder, installed

_Stamp = tuple[tuple[str, int], ...]


def everywhere(world: World, named: Sequence[str]) -> Callable[[], Iterator[Found]]:
    """Return what looks for plugins: those ``named`` first, then what is installed, then the user's folder.

    Raises NotFoundError where one is named that is none.
    """
    given_ones = [found for path in named for found in given(Path(os.path.normpath(world.cwd / path)))]
    kept = InstalledPlugins(lambda: world.folder("cache") / "plugins")

    def find() -> Iterator[Found]:
        yield from given_ones
        yield from kept.all()
        yield from in_folder(world.folder("config") / FOLDER)

    return find


class InstalledPlugins:
    """What :func:`installed` found, in a file, as long as no folder of packages and no plugin's file has changed.

    ``path`` is asked for when the file is. Where it cannot be read or written all is looked for.
    """

    def __init__(self, path: Callable[[], Path]) -> None:
        self._path = path

    def all(self) -> list[Found]:
        """Return the installed plugins, by name."""
        folders = _stamps(_folders())
        kept = self._kept(folders)
        if kept is not None:
            return kept
        found, files = _look(folders)
        self._keep(folders, found, files)
        return list(found)

    def _kept(self, folders: _Stamp) -> list[Found] | None:
        try:
            lines = [line.split("\t") for line in self._path().read_text(encoding="utf-8").splitlines()]
            if tuple((path, int(time)) for kind, path, time, *_ in lines if kind == "folder") != folders:
                return None
            files = tuple((path, int(time)) for kind, path, time, *_ in lines if kind == "file")
            if _stamps([path for path, _ in files]) != files:
                return None
            return [_plugin(*line[1:]) for line in lines if line[0] == "plugin"]
        except (OSError, ValueError, IndexError, TypeError):
            return None

    def _keep(self, folders: _Stamp, found: tuple[Found, ...], files: _Stamp) -> None:
        lines = [("folder", path, str(time)) for path, time in folders] + [("file", p, str(t)) for p, t in files]
        text = "".join("\t".join(line) + "\n" for line in lines)
        for plugin in found:
            last = plugin.version, str(int(plugin.extends))
            text += "\t".join(("plugin", plugin.name, plugin.source, plugin.module, *last)) + "\n"
        path = self._path()
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(path)


def _plugin(name: str, source: str, module: str, version: str, more: str) -> Found:
    return Found(name, source, module, None, version, more == "1")


def _folders() -> list[str]:
    """Return where packages are. Python started with -m has the working directory there, which is not looked at."""
    here = os.getcwd()  # noqa: PTH109 - this and what follows: a Path for each folder would take longer than the rest
    return [path for path in sys.path if os.path.abspath(path) != here and os.path.isdir(path)]  # noqa: PTH100, PTH112


def _stamps(paths: Iterable[str]) -> _Stamp:
    return tuple((path, os.stat(path).st_mtime_ns) for path in paths)  # noqa: PTH116 - no Path for each


@functools.lru_cache(maxsize=1)
def _look(folders: _Stamp) -> tuple[tuple[Found, ...], _Stamp]:
    """Return what is installed in ``folders``, and the files whose change would change that."""
    found = [plugin._replace(extends=extends(plugin)) for plugin in installed([path for path, _ in folders])]
    files = [str(file) for plugin in found for file in files_of(plugin)]
    return tuple(found), _stamps(files)
