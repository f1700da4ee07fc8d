"""Command files: lines of commands from a file or from stdin, stopped at the first failure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, TextIO

from espsh.core.dispatch import Dispatcher
from espsh.core.parser import Invocation, parse
from espsh.errors import EspshError, NotFoundError, UsageError, gravest

_BOM = "\ufeff"


def run_script(dispatcher: Dispatcher, path: str, callers: tuple[Path, ...] = ()) -> int:
    """Run the command file at the host's ``path`` and return its exit code; ``callers`` are the files that led here.

    Raise NotFoundError where there is no such file, UsageError where it would run itself.
    """
    file = Path(dispatcher.session.host_directory, path).resolve()
    path = _shown(path, dispatcher.session.host_directory)
    if file in callers:
        raise UsageError(f"{path} is running already: a command file cannot run itself")
    data = _read(file, path)
    nested = dispatcher._replace(run_script=partial(run_script, callers=(*callers, file)))
    return run_lines(nested, path, _decoded(data.split(b"\n"), path))


def foresee(dispatcher: Dispatcher, path: str) -> Iterator[Invocation]:
    """Yield the commands of a file, as far as they can be read before it runs."""
    with contextlib.suppress(EspshError):
        data = _read(Path(dispatcher.session.host_directory, path), path)
        for _, line in _numbered(_decoded(data.split(b"\n"), path)):
            yield from parse(line, dispatcher.session.registry.rest_rule)


def _read(file: Path, shown: str) -> bytes:
    if file.is_dir():
        raise UsageError(f"{shown} is a directory", "name a file of commands")
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"{shown}: no such file or directory") from None
    except OSError as error:
        raise EspshError(f"{shown}: {(error.strerror or str(error)).lower()}") from error


def run_stdin(dispatcher: Dispatcher, stdin: TextIO) -> int:
    """Run the lines of ``stdin``, each as it comes, as a script called ``stdin``."""
    stream: BinaryIO | None = getattr(stdin, "buffer", None)
    return run_lines(dispatcher, "stdin", _decoded(stream, "stdin") if stream is not None else stdin)


def run_lines(dispatcher: Dispatcher, name: str, lines: Iterable[str]) -> int:
    """Run the lines of the script ``name`` up to the first failure; with ``keep_going`` all of them.

    Return the exit code of the line that failed, or the gravest of all.
    """
    session = dispatcher.session
    codes: list[int] = []
    for number, line in _numbered(lines):
        at_line = dispatcher._replace(where=f"{name}:{number}")
        codes.append(at_line.run_line(line))
        if session.leaving or codes[-1] == 130 or (codes[-1] and not session.options.keep_going):
            break
    return gravest(codes)


def _shown(path: str, directory: str) -> str:
    """Return a path as short as it can be written from where the shell is."""
    return str(Path(path).relative_to(directory)) if Path(path).is_relative_to(directory) else path


def _numbered(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        text = (line.removeprefix(_BOM) if number == 1 else line).rstrip("\r\n")
        if text.strip():
            yield number, text


def _decoded(lines: Iterable[bytes], name: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            raise UsageError(f"{name}:{number}: this is not UTF-8", "save the file as UTF-8") from None
