"""The ROM partitions of a board: what there is, reading it, and an image into one by the stream that files come by."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from espsh.api import Board, EspshError, InterruptedByUserError, NotFoundError, RemoteError, TransferError
from espsh_plugins.onboard import ask
from espsh_plugins.romfs_file import PATH

_LOOK = """
def answer():
 try:from vfs import rom_ioctl as r
 except ImportError:return
 found=[]
 for p in range(r(1)):
  v=r(2,p)
  if isinstance(v,int):found.append((0,0))
  elif hasattr(v,'ioctl'):found.append((v.ioctl(4,0)*v.ioctl(5,0),v.ioctl(5,0)))
  else:found.append((len(v),max(0,r(6,p))))
 return found
"""
# What is mounted from a partition may not go on to use it. A call that erases all at once may take many seconds.
_PREPARE = """
import vfs
def answer(p,n):
 try:p or vfs.umount('/rom')
 except OSError:pass
 r=vfs.rom_ioctl
 if hasattr(r(2,p),'ioctl')or r(6,p)>0:return False
 e=r(3,p,n)
 if e<0:raise OSError(-e)
 return True
"""
_MOST = 1 << 28
_NONE = (
    "firmware that has it: ESP8266_GENERIC with FLASH_2M_ROMFS, Pyboard D, Alif's boards, Arduino's with STM32; for "
    "others build it with MICROPY_VFS_ROM and a ROM partition"
)


class Partition(NamedTuple):
    """A ROM partition by its number; sizes in bytes, ``block`` what is erased at once, 0 where that is all of it."""

    number: int
    size: int
    block: int

    @property
    def name(self) -> str:
        """What it is called, here and by mpremote."""
        return f"ROMFS{self.number}"


def partitions(board: Board) -> list[Partition]:
    """Return a board's ROM partitions. Raises RemoteError for one that has none."""
    found = ask(board, _LOOK, read=_sizes)
    if found is None:
        raise RemoteError("this firmware has no ROMFS", _NONE)
    if not found:
        raise RemoteError("this board has no ROM partition", "the partition table needs one called romfs: partitions")
    return [Partition(number, size, block) for number, (size, block) in enumerate(found)]


def partition(board: Board, number: int) -> Partition:
    """Return one of a board's ROM partitions. Raises NotFoundError."""
    there = partitions(board)
    if number >= len(there):
        raise NotFoundError(f"no partition {number}", f"there are: 0 to {len(there) - 1}" if there[1:] else "only 0 is")
    return there[number]


@contextlib.contextmanager
def opened(board: Board, part: Partition, size: int, *, erased: bool = False) -> Iterator[None]:
    """Have the first ``size`` bytes of a partition at hand on the board."""
    board.call("romfs", "rom_enter", part.number, size, erased)
    try:
        yield
    finally:
        if board.state == "ready":
            with contextlib.suppress(EspshError):  # what went wrong before is what is told
                board.call("romfs", "rom_leave")


def fetch(board: Board, start: int, stop: int) -> bytes:
    """Return bytes of the partition that is opened."""
    return b"".join(board.files.read_part(PATH, start, stop))


def holds(board: Board, part: Partition, image: bytes) -> bool:
    """Whether a partition begins with this image, by its SHA-256."""
    with opened(board, part, len(image)):
        return board.files.digests([PATH])[PATH] == hashlib.sha256(image).hexdigest()


def write(board: Board, part: Partition, image: bytes) -> None:
    """Put an image into a partition, verified as it is read back.

    Raises what goes wrong, with a hint that says what is left: from the first byte on until it is verified, the
    partition holds nothing that a board would mount.
    """
    with _telling(part):
        erased = ask(board, _PREPARE, part.number, len(image), read=bool)
        with opened(board, part, len(image), erased=erased), board.files.together([len(image)]):
            board.files.write(PATH, [image], len(image))
    if not holds(board, part, image):
        raise TransferError(f"{part.name} reads back as something else", "romfs deploy writes it again")


@contextlib.contextmanager
def _telling(part: Partition) -> Iterator[None]:
    """Let what goes wrong say what is left, and name the partition, not the file that stands for it."""
    left = f"{part.name} may hold no image now, and what is not whole is not mounted: romfs deploy writes it again"
    try:
        yield
    except KeyboardInterrupt:
        stopped = InterruptedByUserError()
        stopped.hint = left
        raise stopped from None
    except NotFoundError:  # the partition is no file there any more
        raise TransferError(f"{part.name}: the board restarted meanwhile", left) from None
    except EspshError as error:
        error.message = error.message.replace(PATH, part.name)
        error.hint = "; ".join(filter(None, (error.hint, left)))
        raise


def _sizes(found: list[tuple[int, int]] | None) -> list[tuple[int, int]] | None:
    if found is None:
        return None
    sizes = [(int(size), int(block)) for size, block in found]
    if not all(0 <= block <= size <= _MOST for size, block in sizes):
        raise ValueError(sizes)
    return sizes
