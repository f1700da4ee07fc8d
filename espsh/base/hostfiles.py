"""The host's disk as a :class:`~espsh.base.files.Files`.

hashlib, shutil and tempfile cost 15 ms between them and are loaded when first needed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from espsh.base.files import Entry, Incoming, Space
from espsh.base.searching import Found, Wanted, search
from espsh.errors import EspshError, NotFoundError, TransferError, UsageError

_BLOCK = 64 * 1024
_OPEN_FILES = ("/dev/fd/", "/dev/std", "/proc/")
_TEMPORARY = re.compile(r"\.espsh-(\d+)-\w+")


class HostFiles:
    """Files on the user's machine. An OSError becomes one line that names the path."""

    on_host = True

    def __init__(self) -> None:
        self._swept: set[Path] = set()

    def stat(self, path: str) -> Entry:
        """Return what is at ``path``."""
        with _in_words(path):
            return _entry(Path(path).stat(), path)
        raise AssertionError

    def find(self, path: str) -> Entry | None:
        """Return what is at ``path``, or None where nothing is."""
        try:
            return self.stat(path)
        except NotFoundError:
            return None

    def listdir(self, path: str, *, recursive: bool = False) -> list[Entry]:
        """Return what the directory ``path`` holds; a link to a directory is listed, not entered."""
        found: list[Entry] = []
        with _in_words(path):
            _collect(path, "", found, recursive)
        return sorted(found, key=lambda entry: entry.path.split("/"))

    def survey(self, path: str) -> list[Entry] | None:
        """Return what is below the directory ``path``, without digests: they cost reading it all."""
        return None if self.find(path) is None else self.listdir(path, recursive=True)

    def read(self, path: str) -> Iterator[bytes]:
        """Yield the file in blocks of 64 KiB. Raises TransferError where somebody wrote to it meanwhile."""
        with _in_words(path), Path(path).open("rb") as file:
            before = os.fstat(file.fileno())
            while block := file.read(_BLOCK):
                yield block
            after = os.fstat(file.fileno())
            changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
            if changed and stat.S_ISREG(after.st_mode):
                raise TransferError(f"{path}: it changed while it was read", "try again")

    def read_part(self, path: str, start: int, stop: int) -> Iterator[bytes]:
        """Yield the file's bytes from ``start`` up to ``stop``."""
        with _in_words(path), Path(path).open("rb") as file:
            file.seek(start)
            while start < stop and (block := file.read(min(_BLOCK, stop - start))):
                start += len(block)
                yield block

    def search(self, paths: Sequence[str], wanted: Wanted) -> Iterator[Found]:
        """Yield the lines of files that match."""
        return search(self.read, paths, wanted)

    def write(self, path: str, blocks: Iterable[bytes], size: int | None = None) -> None:
        """Write beside ``path`` under a temporary name, then rename: a failure leaves the old file as it was.

        What is no file (a device, a pipe) is written to as it is.
        """
        target = Path(path)
        if _is_stream(target):
            self._write_through(path, blocks)
            return
        with _in_words(path):
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            if not target.parent.is_dir():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            if target.exists() and not os.access(target, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
            if target.is_symlink():
                target = target.resolve()
            self._sweep(target.parent)
            handle, temporary = _temporary(target.parent, path)
            try:
                with os.fdopen(handle, "wb") as file:
                    for block in blocks:
                        file.write(block)
                with _named(path):
                    _take_mode(Path(temporary), target)
                    Path(temporary).replace(target)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise

    def _write_through(self, path: str, blocks: Iterable[bytes]) -> None:
        with _in_words(path), os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "wb") as file:
            for block in blocks:
                file.write(block)

    def _sweep(self, directory: Path) -> None:
        """Remove what an espsh that was killed left in a directory, looked at once."""
        if directory in self._swept:
            return
        self._swept.add(directory)
        with contextlib.suppress(OSError):
            for item in os.scandir(directory):
                left = _TEMPORARY.fullmatch(item.name)
                if left and not _is_alive(int(left[1])):
                    Path(item.path).unlink(missing_ok=True)

    def together(self, sizes: Sequence[int]) -> contextlib.AbstractContextManager[None]:
        """Nothing is to be done for that."""
        return contextlib.nullcontext()

    def write_many(self, files: Sequence[Incoming], verified: Callable[[Incoming], None]) -> None:
        """Write files, one after the other."""
        for file in files:
            self.write(file.path, file.blocks(), file.size)
            verified(file)

    def overwrite(self, file: Incoming) -> None:
        """Write a file; the host has room for both."""
        self.write(file.path, file.blocks(), file.size)

    def append(self, path: str, blocks: Iterable[bytes]) -> None:
        """Add ``blocks`` to the end of ``path``, made where it is not there."""
        with _in_words(path), Path(path).open("ab") as file:
            for block in blocks:
                file.write(block)

    def make_directory(self, path: str, *, parents: bool = False) -> None:
        """Make a directory; with ``parents`` also those above it."""
        with _in_words(path):
            Path(path).mkdir(parents=parents, exist_ok=parents)

    def make_directories(self, paths: Sequence[str]) -> None:
        """Make directories, and those above them."""
        for path in paths:
            self.make_directory(path, parents=True)

    def remove_many(self, paths: Sequence[str], done: Callable[[str], None]) -> None:
        """Remove files and empty directories, in order."""
        for path in paths:
            self.remove(path)
            done(path)

    def remove(self, path: str) -> None:
        """Remove one file or one empty directory."""
        with _in_words(path):
            target = Path(path)
            if target.is_dir() and not target.is_symlink():
                target.rmdir()
            else:
                target.unlink()

    def remove_tree(self, path: str) -> None:
        """Remove a directory and all it holds."""
        import shutil

        with _in_words(path):
            shutil.rmtree(path)

    def rename(self, source: str, target: str) -> None:
        """Move within the host's disks."""
        import shutil

        with _in_words(source):
            shutil.move(source, target)

    def copy(self, source: str, target: str) -> None:
        """Copy one file, its mode too."""
        self.write(target, self.read(source))
        with _in_words(target):
            _copy_mode(Path(source), Path(target))

    def digests(self, paths: Sequence[str]) -> dict[str, str]:
        """Return the SHA-256 of each file."""
        return {path: self._digest(path) for path in paths}

    def space(self, path: str) -> Space:
        """Return the room on the disk that holds ``path``."""
        import shutil

        with _in_words(path):
            usage = shutil.disk_usage(path)
        return Space(usage.total, usage.free)

    def _digest(self, path: str) -> str:
        import hashlib

        digest = hashlib.sha256()
        for block in self.read(path):
            digest.update(block)
        return digest.hexdigest()


def _temporary(directory: Path, path: str) -> tuple[int, str]:
    """Return a new file's descriptor and name, beside what will be ``path``."""
    import tempfile

    with _named(path):
        return tempfile.mkstemp(prefix=f".espsh-{os.getpid()}-", dir=directory)
    raise AssertionError


@contextlib.contextmanager
def _named(path: str) -> Iterator[None]:
    """Let an error name ``path``, which is what the user knows, and not the temporary file."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def _is_stream(target: Path) -> bool:
    """Tell whether ``target`` is a device, a pipe or an open file's name, which must not be replaced."""
    if os.path.abspath(target).startswith(_OPEN_FILES):  # noqa: PTH100 - resolve() would follow the link
        return target.exists()
    try:
        mode = target.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # os.kill(pid, 0) would end it there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def _in_words(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFoundError(f"{error.filename or path}: no such file or directory") from error
    except (IsADirectoryError, NotADirectoryError) as error:
        raise UsageError(f"{error.filename or path}: {str(error.strerror).lower()}") from error
    except OSError as error:
        raise EspshError(f"{error.filename or path}: {(error.strerror or str(error)).lower()}") from error


def _entry(status: os.stat_result, shown: str) -> Entry:
    is_dir = stat.S_ISDIR(status.st_mode)
    return Entry(shown, is_dir, 0 if is_dir else status.st_size, status.st_mtime)


def _collect(directory: str, prefix: str, found: list[Entry], recursive: bool) -> None:
    for item in os.scandir(directory):
        shown = prefix + item.name
        try:
            found.append(_entry(item.stat(), shown))
        except FileNotFoundError:  # a dangling link
            found.append(Entry(shown, is_dir=False))
            continue
        if recursive and item.is_dir(follow_symlinks=False):
            _collect(item.path, shown + "/", found, recursive)


def _copy_mode(source: Path, target: Path) -> None:
    target.chmod(stat.S_IMODE(source.stat().st_mode))


def _take_mode(temporary: Path, target: Path) -> None:
    """Give the new file the old one's mode, or what the umask says."""
    if target.exists():
        _copy_mode(target, temporary)
        return
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(0o666 & ~mask)
