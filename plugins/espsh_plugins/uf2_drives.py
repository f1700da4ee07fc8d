"""The drives that boards show while their UF2 bootloader runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from glob import iglob
from pathlib import Path
from typing import NamedTuple

from espsh.api import Chip, FirmwareError, chip_in

VARIABLE = "ESPSH_UF2_DRIVES"
"""Names where drives are, in place of where the system has them: paths with globs, as in PATH between them."""
_INFO = "INFO_UF2.TXT"
_USUAL = {
    "darwin": ("/Volumes/*",),
    "win32": tuple(f"{letter}:\\" for letter in "DEFGHIJKLMNOPQRSTUVWXYZ"),
}
_LINUX = ("/media/*", "/media/*/*", "/run/media/*/*", "/mnt", "/mnt/*")
_LONGEST = 4096
_AT_ONCE = 64 * 1024


class Drive(NamedTuple):
    """A board's drive: where it is, and what its ``INFO_UF2.TXT`` says, "" where it does not."""

    path: Path
    model: str = ""
    board_id: str = ""

    @property
    def chip(self) -> Chip | None:
        """The chip that it names, where that is known."""
        return chip_in(self.board_id) or chip_in(self.model)

    @property
    def here(self) -> bool:
        """Whether it is there still."""
        return drive_at(self.path) is not None

    def __str__(self) -> str:
        return f"{self.path} ({self.board_id or self.model or 'it does not say what it is'})"


def drives(env: Mapping[str, str], platform: str = sys.platform) -> list[Drive]:
    """Return the drives that are there."""
    named = [place for place in env.get(VARIABLE, "").split(os.pathsep) if place]
    places = named or _USUAL.get(platform, _LINUX)
    paths = dict.fromkeys(Path(path) for place in places for path in iglob(place))  # noqa: PTH207 - Path.glob takes no whole paths
    return [drive for path in paths if (drive := drive_at(path)) is not None]


def drive_at(path: Path) -> Drive | None:
    """Return the drive that ``path`` is, None where it is none."""
    try:
        with (path / _INFO).open("rb") as file:
            text = file.read(_LONGEST).decode("ascii", "replace")
    except OSError:
        return None
    return Drive(path, *(_clean(line) for line in _after(text.splitlines(), ("Model:", "Board-ID:"))))


def write(drive: Drive, data: bytes, moved: Callable[[int], None]) -> None:
    """Write a UF2 file to a drive; ``moved`` hears how many bytes are there. Raises FirmwareError.

    A board that has got its last block restarts before the system has put away the file: that is no failure.
    """
    done = 0
    try:
        with (drive.path / "FIRMWARE.UF2").open("wb", buffering=0) as file:
            while done < len(data):
                done += file.write(data[done : done + _AT_ONCE])
                if done < len(data):
                    os.fsync(file.fileno())  # else the system has it all at once, and the board nothing yet
                moved(done)
            os.fsync(file.fileno())
    except OSError as error:
        if done < len(data):
            what = (error.strerror or str(error)).lower()
            raise FirmwareError(
                f"{drive}: {what}, after {done} of {len(data)} bytes", "the board waits for it: once more"
            ) from error


def _after(lines: Iterable[str], marks: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    for mark in marks:
        yield next((line.removeprefix(mark).strip() for line in lines if line.startswith(mark)), "")


def _clean(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:60]
