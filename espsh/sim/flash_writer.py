"""Writing to the flash for a host, and the time it takes. The generators yield seconds and do their work in between.

Erasing and programming happen sector by sector: who is cut off leaves a half-written image.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from espsh.sim.flash import SECTOR, FlashImage

BLOCK = 64 * 1024
PAGE = 256
# Typical times of a W25Q32 (datasheet): a sector 45 ms, a block of 64 kB 150 ms, a page 0.4 ms, all of it 10 s. The
# options give those of a sector and a page.
BLOCK_SECTORS = 150 / 45
CHIP_BLOCKS = 10.0 / (64 * 0.150)
READ_RATE = 10_000_000
"""Bytes a second that a loader reads from the flash and hashes (estimated)."""


@dataclass(frozen=True)
class FlashTimes:
    """Seconds: ``sector`` to erase one of 4 kB, ``page`` to program one of 256 bytes."""

    sector: float
    page: float

    def erase(self, offset: int, end: int) -> Iterator[tuple[int, int, float]]:
        """Return what clears up to ``end``: offset, length, seconds; blocks where they fit, as the stub does."""
        while offset < end:
            whole = offset % BLOCK == 0 and end - offset >= BLOCK
            length = BLOCK if whole else SECTOR
            yield offset, length, self.sector * (BLOCK_SECTORS if whole else 1)
            offset += length


class FlashWriter:
    """One write to the flash, from its begin to its end; ``deflated`` data is inflated.

    ``at`` is where the next byte goes. With ``erased`` the range is erased already, else what is reached is erased
    first.
    """

    def __init__(
        self, image: FlashImage, times: FlashTimes, offset: int, size: int, *, deflated: bool, erased: bool
    ) -> None:
        self.at = offset
        self._end = offset + size
        self._image = image
        self._times = times
        self._inflater = zlib.decompressobj() if deflated else None
        self._erased_to = -(-self._end // SECTOR) * SECTOR if erased else offset // SECTOR * SECTOR

    def write(self, data: bytes) -> Iterator[float]:
        """Write the next data; ValueError when there is more than was announced, zlib.error when it is damaged.

        The last block of plain data is padded by the host.
        """
        plain = self._plain(data)
        if self.at + len(plain) > self._end:
            raise ValueError("more data than announced")
        while plain:
            if self.at >= self._erased_to:
                yield from self._erase_next()
            count = SECTOR - self.at % SECTOR
            piece, plain = plain[:count], plain[count:]
            self._image.program(self.at, piece)
            self.at += len(piece)
            yield self._times.page * -(-len(piece) // PAGE)

    def _plain(self, data: bytes) -> bytes:
        if self._inflater is not None:
            return self._inflater.decompress(data)
        return data[: self._end - self.at] if self.at < self._end else data

    def _erase_next(self) -> Iterator[float]:
        last = -(-self._end // SECTOR) * SECTOR
        for offset, length, seconds in self._times.erase(self._erased_to, last):
            yield seconds
            self._image.erase(offset, length)
            self._erased_to = offset + length
            return


def erase(image: FlashImage, times: FlashTimes, offset: int, size: int) -> Iterator[float]:
    """Erase the sectors that ``size`` bytes from ``offset`` on touch."""
    for start, length, seconds in times.erase(offset // SECTOR * SECTOR, -(-(offset + size) // SECTOR) * SECTOR):
        yield seconds
        image.erase(start, length)


def erase_all(image: FlashImage, times: FlashTimes) -> Iterator[float]:
    """Erase the whole flash by one command of the flash chip: it is done at the end."""
    yield times.sector * BLOCK_SECTORS * CHIP_BLOCKS * image.size / BLOCK
    image.erase_all()


def md5(image: FlashImage, offset: int, size: int) -> Generator[float, None, bytes]:
    """Hash a part of the flash; the generator's value is the digest."""
    digest = hashlib.md5()
    for at in range(offset, offset + size, BLOCK):
        length = min(BLOCK, offset + size - at)
        digest.update(image.read(at, length))
        yield length / READ_RATE
    return digest.digest()
