"""Ways to bring a file's bytes to a board and back, each checked; the first that can is used.

The old file stays until the new one has been written whole and read back, or is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from espsh.board.prompt.delivery import Facts, OneLine
from espsh.errors import EspshError, LinkLostError, NotFoundError, RemoteError, TransferError

if TYPE_CHECKING:
    from espsh.base.files import Entry
    from espsh.board.copying.telling import Moved
    from espsh.board.identity import Abilities

TEMPORARY = ".espsh~"
"""The name, in the target's directory, of a file that is not whole yet."""

_FLAT_BLOCK = 32
"""Bytes read at once where they come as the repr of bytes: four characters each, in three copies on the board."""

_SMALLEST, _LARGEST = 64, 2048


def block_size(heap: int, largest: int = _LARGEST) -> int:
    """Return the bytes to move at once on a board with this much free heap: about eight copies exist for a moment."""
    return max(256, min(largest, heap // 24 // 64 * 64))


class Calls(Protocol):
    """The functions on a board that work on its files. ``block`` is the bytes moved at once, ``largest`` at most."""

    block: int
    largest: int

    @property
    def abilities(self) -> Abilities:
        """What the board has."""

    @property
    def damages(self) -> int:
        """How often an exchange was damaged so far."""

    def ask(self, function: str, *arguments: object, subject: str = "") -> Any:
        """Run a function of ours on the board and return its value."""

    def gather(self, function: str, *arguments: object, subject: str = "") -> tuple[list[Any], bool]:
        """Run a function once and return the rows that came whole, and whether that is all."""


class Place(Calls, Protocol):
    """The same, where files are written."""

    def find(self, path: str) -> Entry | None:
        """Return what is at ``path``, or None."""

    def read(self, path: str) -> Iterator[bytes]:
        """Yield the file's bytes."""

    def digest_of(self, path: str) -> str:
        """Return the SHA-256 of what is at ``path``."""


class Method(Protocol):
    """One way to write a file."""

    name: str

    def supports(self, abilities: Abilities) -> str | None:
        """Return None if this way may be used, else the reason why not."""

    def write(self, files: Place, path: str, blocks: Iterable[bytes], mode: str, moved: Moved) -> None:
        """Put ``blocks`` at ``path``. Raises TransferError or what the board says; the old file is kept then."""


class BesideThenRename:
    """Written to a temporary name, its SHA-256 compared, then renamed."""

    name = "temporary file, rename"

    def supports(self, abilities: Abilities) -> str | None:
        """It needs os.rename."""
        return None if abilities.rename else "the board has no os.rename"

    def write(self, files: Place, path: str, blocks: Iterable[bytes], mode: str, moved: Moved) -> None:
        """See :meth:`Method.write`."""
        import hashlib

        temporary = path.rpartition("/")[0] + "/" + TEMPORARY
        whole = hashlib.sha256()
        try:
            files.ask("start", temporary, "wb", subject=path)
            pour(files, _hashing(blocks, whole.update), path, moved)
            files.ask("finish", subject=path)
            if files.digest_of(temporary) != whole.hexdigest():
                raise TransferError(f"{path}: what the board wrote is not what was sent", "its flash may be worn out")
            files.ask("settle", temporary, path, subject=path)
        except BaseException:
            _clean(files, temporary)
            raise


class InPlace:
    """Written over the old file, of which the host holds a copy until the new one has been read back."""

    name = "in place"

    def supports(self, abilities: Abilities) -> str | None:
        """Every board can write a file."""
        return None

    def write(self, files: Place, path: str, blocks: Iterable[bytes], mode: str, moved: Moved) -> None:
        """See :meth:`Method.write`."""
        import hashlib

        old = b"".join(files.read(path)) if files.find(path) else None
        whole = hashlib.sha256()
        try:
            self._put(files, path, _hashing(blocks, whole.update), moved)
            if files.digest_of(path) != whole.hexdigest():
                raise TransferError(f"{path}: what the board wrote is not what was sent", "its flash may be worn out")
        except BaseException as error:
            _clean(files, path)
            if old is not None:
                self._put_back(files, path, old, error)
            raise

    def _put(self, files: Place, path: str, blocks: Iterable[bytes], moved: Moved) -> None:
        files.ask("drop", path)  # littlefs keeps the old bytes until the new file is closed
        files.ask("start", path, "wb", subject=path)
        pour(files, blocks, path, moved)
        files.ask("finish", subject=path)

    def _put_back(self, files: Place, path: str, old: bytes, error: BaseException) -> None:
        if isinstance(error, LinkLostError):
            raise LinkLostError(
                f"{path}: the board went away while the file was written; the old one is lost there", error.message
            ) from None
        self._put(files, path, [old], lambda *_: None)


IN_PLACE = InPlace()
METHODS: tuple[Method, ...] = (BesideThenRename(), IN_PLACE)


def choose(abilities: Abilities) -> Method:
    """Return the first way that this board supports. Raises TransferError with every reason."""
    reasons = []
    for method in METHODS:
        reason = method.supports(abilities)
        if reason is None:
            return method
        reasons.append(f"{method.name}: {reason}")
    raise TransferError("no way to write a file on this board", "; ".join(reasons))


def pour(files: Calls, blocks: Iterable[bytes], path: str, moved: Moved) -> None:
    """Write ``blocks`` to the file that the board has open, in blocks of its own size."""
    done = 0
    for piece in _resized(blocks, lambda data: _fitting(files, data)):
        function, argument = _encoded(files.abilities, piece)
        before = files.damages
        try:
            files.ask(function, argument, subject=path)
        except RemoteError as error:
            if error.kind == "AttributeError":  # no file is open any more
                raise TransferError(f"{path}: the board restarted while the file was written", "try again") from None
            if error.kind == "MemoryError" and files.block > _SMALLEST:
                raise TransferError(f"{path}: the board has not enough memory for the copy", error.hint) from None
            raise
        files.block = _adapted(files.block, files.damages > before, files.largest)
        done += len(piece)
        moved(done)


def fetch(files: Calls, path: str, moved: Moved) -> Iterator[bytes]:
    """Yield a file's bytes in checked blocks; a damaged one is asked for again, in smaller ones."""
    offset, failures = 0, 0
    while True:
        size, base64 = files.block, files.abilities.base64
        count = max(1, min(16, 8192 // size)) if not failures else 1
        rows, over = files.gather("fetch", path, offset, size, count, base64, subject=path)
        for row in rows:
            data = _decoded(row)
            offset += len(data)
            moved(offset)
            yield data
        if over and len(rows) < count:
            return
        failures = failures + 1 if not rows else 0
        if failures > 12:
            raise TransferError(f"{path}: the line to the board damages too much", "check the cable; lower --baud")
        files.block = _adapted(size, not over, files.largest)


def take(files: Calls, path: str, moved: Moved) -> Iterator[bytes]:
    """Yield a file's bytes where the board cannot seek: one block, one call."""
    done = 0
    files.ask("start", path, "rb", subject=path)
    try:
        while data := files.ask("take", _FLAT_BLOCK, subject=path):
            done += len(data)
            moved(done)
            yield data
    finally:
        files.ask("finish", subject=path)


def _clean(files: Calls, path: str) -> None:
    """Remove what is not whole; a board that is gone keeps it, and says so by itself."""
    try:
        files.ask("drop", path)
    except (LinkLostError, NotFoundError):
        return
    except EspshError as error:
        error.add_note(f"{path} is left on the board")
        return


def _hashing(blocks: Iterable[bytes], update: Callable[[bytes], object]) -> Iterator[bytes]:
    for block in blocks:
        update(block)
        yield block


def _resized(blocks: Iterable[bytes], fitting: Callable[[bytes], int]) -> Iterator[bytes]:
    """Cut what comes into pieces as long as ``fitting`` says of what is there; holds little more than a block."""
    held = bytearray()
    for block in blocks:
        held += block
        while len(held) > _LARGEST:
            length = fitting(bytes(held[:_LARGEST]))
            yield bytes(held[:length])
            del held[:length]
    while held:
        length = fitting(bytes(held[:_LARGEST]))
        yield bytes(held[:length])
        del held[:length]


def _fitting(files: Calls, data: bytes) -> int:
    """Return how much of ``data`` goes in one call: a block, or what a command of one line holds as a literal."""
    if files.abilities.base64:
        return min(len(data), files.block)
    line, length = OneLine(Facts()), min(len(data), 160)
    while length > 1 and not line.fits("call", b"(9999999,put,%r)" % data[:length]):
        length -= 4 if length > 8 else 1
    return length


def _encoded(abilities: Abilities, data: bytes) -> tuple[str, object]:
    if not abilities.base64:
        return "put", data
    from binascii import b2a_base64

    return "put64", b2a_base64(data, newline=False).decode()


def _decoded(row: object) -> bytes:
    if isinstance(row, bytes):
        return row
    from binascii import a2b_base64

    return a2b_base64(str(row))


def _adapted(size: int, damaged: bool, largest: int) -> int:
    return max(_SMALLEST, size // 2) if damaged else min(largest, size * 5 // 4)
