"""Imports one plugin, in bounded time, and says in one line what went wrong: plugin, file and line.

The import runs in a thread of its own, which can be left behind: nothing ends an import that waits in C from outside.
Ctrl-C ends the wait, too.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import FrameType, ModuleType
from typing import NamedTuple, NoReturn

from espsh.core.command import DeclarationError
from espsh.core.plugins import API_VERSION, Found, Trouble, file_of, files_of, home, text_of

LIMIT = 5.0
"""Seconds an import may take."""

_WANTED = re.compile(r"^ESPSH_API\s*(?::\s*\w+\s*)?=\s*(\d+)", re.MULTILINE)


class Loaded(NamedTuple):
    """What came of an import: the module, or the ``trouble``; and the ``seconds`` that it took."""

    module: ModuleType | None
    trouble: Trouble | None
    seconds: float


def load(found: Found, limit: float = LIMIT) -> Loaded:
    """Import a plugin anew, for at most ``limit`` seconds."""
    began = time.monotonic()
    wanted = _wanted_version(found)
    if wanted > API_VERSION:
        line = f"{_shown(found, file_of(found))}: it is made for version {wanted} of espsh.api, here is {API_VERSION}"
        return Loaded(None, Trouble(line, "a newer espsh has it: pip install -U espsh"), 0.0)
    came: list[ModuleType | BaseException] = []

    def work() -> None:
        try:
            came.append(_import(found))
        except BaseException as error:  # noqa: BLE001 - SystemExit too: whatever a plugin does wrong is told as its own
            came.append(error)

    thread = threading.Thread(target=work, name=f"plugin {found.name}", daemon=True)
    thread.start()
    thread.join(limit)
    seconds = time.monotonic() - began
    if not came:
        return Loaded(None, _stuck(found, thread, limit), seconds)
    if isinstance(came[0], ModuleType):
        return Loaded(came[0], None, seconds)
    return Loaded(None, in_words(found, came[0]), seconds)


def in_words(found: Found, error: BaseException) -> Trouble:
    """Return what ``error``, which a plugin raised, comes to: its file and line, and what is wrong there."""
    text = "".join(traceback.format_exception(error))
    if isinstance(error, DeclarationError):
        return Trouble(f"{_place(found, error.file, error.line)}: {error}", "", text)
    if isinstance(error, SyntaxError) and error.filename:
        return Trouble(f"{_place(found, error.filename, error.lineno)}: {error.msg}", "", text)
    frames = traceback.extract_tb(error.__traceback__)
    place = _innermost(found, ((frame.filename, frame.lineno) for frame in frames))
    what = (
        f"it ends the program: {error!r}"
        if isinstance(error, SystemExit)
        else traceback.format_exception_only(error)[-1].strip()
    )
    return Trouble(f"{place}: {' '.join(what.split())}", _hint(error), text)


def raised_by(found: Found, error: BaseException) -> bool:
    """Tell whether ``error`` came while a plugin's own code ran: who called what raised is likely who is wrong."""
    own = {str(file) for file in files_of(found)}
    return any(frame.filename in own for frame in traceback.extract_tb(error.__traceback__))


def forget(module: str) -> None:
    """Have a module and what is below it imported anew the next time."""
    for name in [name for name in sys.modules if name == module or name.startswith(f"{module}.")]:
        del sys.modules[name]
    importlib.invalidate_caches()


def stamp(found: Found) -> tuple[tuple[str, int, int], ...]:
    """Return what tells whether a plugin's files have changed: each with its time of change and its size."""
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files_of(found))


class _FreshLoader(SourceFileLoader):
    """Compiles a file each time: kept code counts as current within the second of a change."""

    def path_stats(self, path: str) -> NoReturn:
        """Tell the importer that no code is kept (it then keeps none, either)."""
        raise OSError(path)


def _import(found: Found) -> ModuleType:
    if found.path is None:
        return importlib.import_module(found.module)
    file = file_of(found)
    below = [str(found.path)] if found.path.is_dir() else None
    spec = importlib.util.spec_from_file_location(
        found.module, file, loader=_FreshLoader(found.module, str(file)), submodule_search_locations=below
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    forget(found.module)
    sys.modules[found.module] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        forget(found.module)
        raise
    return module


def _wanted_version(found: Found) -> int:
    """Return the version of espsh.api that a plugin says it wants, from its text: it may not even import."""
    file = file_of(found)
    match = _WANTED.search(text_of(file)) if file else None
    return int(match[1]) if match else 0


def _shown(found: Found, file: Path | None) -> str:
    """Return a file as it is called from outside of the plugin: ``hello.py``, ``hello/scan.py``."""
    base = home(found)
    if file is None or base is None:
        return found.module
    return file.relative_to(base.parent).as_posix() if file.is_relative_to(base.parent) else file.name


def _place(found: Found, file: str, line: int | None) -> str:
    return f"{_shown(found, Path(file))}:{line}"


def _innermost(found: Found, frames: Iterable[tuple[str, int | None]]) -> str:
    """Return the innermost of some lines that is the plugin's own; its module where none is."""
    base = home(found)
    own = [(file, line) for file, line in frames if base and Path(file).is_relative_to(base)]
    return _place(found, *own[-1]) if own else _shown(found, file_of(found))


def _hint(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"is it installed where espsh is? pip install {(error.name or '').partition('.')[0]}"
    return ""


def _end(thread: threading.Thread) -> None:
    """Have a thread end as soon as it runs Python code: an endless loop would take half of our time."""
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))


def _stuck(found: Found, thread: threading.Thread, limit: float) -> Trouble:
    frame = sys._current_frames().get(thread.ident or 0)
    lines: list[tuple[str, int | None]] = []
    at: FrameType | None = frame
    while at is not None:
        lines.insert(0, (at.f_code.co_filename, at.f_lineno))
        at = at.f_back
    text = "".join(traceback.format_stack(frame)) if frame else ""
    _end(thread)
    return Trouble(f"{_innermost(found, lines)}: it was still loading after {limit:g} s, and was left behind", "", text)
