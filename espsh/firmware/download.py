"""Bringing a published file into the cache: resumed, checked, and there only when it is whole."""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from espsh.base.events import Progress
from espsh.base.hostfiles import HostFiles
from espsh.errors import ConnectError, EspshError, FirmwareError, TransferError
from espsh.firmware.builds import Build
from espsh.firmware.parts import Head, Part, claimed
from espsh.firmware.plausible import Check, check_plausible
from espsh.web.asking import NO_SUCH_RANGE, PATIENCE, Patience, Reply, asked, host_of

Listen = Callable[[Progress], object]

_LARGEST = 64 * 1024 * 1024
"""Bytes of the largest file that is taken: the largest flash of an ESP32-P4 board has 32 MB."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15})", re.ASCII)
_PARTIAL = 206
_LONGEST_VALIDATOR = 200


def download_build(
    build: Build,
    folder: Path,
    *,
    check: Check = check_plausible,
    listen: Listen = lambda _: None,
    board: str = "",
    patience: Patience = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> Path:
    """Return the path of ``build`` under ``folder``, downloaded if it is not there already.

    What a download that ended early has left is taken up where the site says that the file is still the same. Length
    (where it is announced), SHA-256 (where one is published) and ``check`` are held before the file gets its name.
    ``listen`` hears of progress for ``board``.

    Raises NotFoundError, ConnectError and TransferError as :func:`espsh.web.asking.asked` does, TransferError where
    the digest differs, and what ``check`` raises.
    """
    place = _place(build, folder)
    if _holds(place, build):
        return place
    with _in_words(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        with claimed(place.parent, place.name) as part:
            for block in _missing(part, build.url, patience, clock):
                part.add(block)
                if part.done > _LARGEST:
                    part.remove()
                    raise _too_large(build.url)
                listen(Progress(board, build.name, part.done, part.head.total if part.head else None))
            data = _checked(part, build, check)
            listen(Progress(board, build.name, len(data), len(data)))
        # The digest last: a file without one is not taken for whole.
        _write(place, data)
        _write(_digest_of(place), hashlib.sha256(data).hexdigest().encode())
    return place


def downloaded(folder: Path) -> list[Path]:
    """Return the whole files under ``folder``, sorted by name."""
    found = (path.with_suffix("") for path in folder.glob("*/*.sha256"))
    return sorted((path for path in found if path.is_file()), key=lambda path: path.name)


def _place(build: Build, folder: Path) -> Path:
    """Return where the file belongs: the same name from two sites is two files. A name never leads out of there."""
    if not _NAME.fullmatch(build.name):
        raise FirmwareError(f"{build.name[:100]!a} is no name for a firmware file")
    return folder / hashlib.sha256(build.url.encode()).hexdigest()[:16] / build.name


def _digest_of(place: Path) -> Path:
    return place.with_name(f"{place.name}.sha256")


def _holds(place: Path, build: Build) -> bool:
    """Tell whether the file is there and is still what was checked."""
    try:
        noted = _digest_of(place).read_text(encoding="ascii")
        digest = hashlib.sha256(place.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return False
    return digest == noted and build.sha256 in ("", digest)


def _missing(part: Part, url: str, patience: Patience, clock: Callable[[], float]) -> Iterator[bytes]:
    """Yield the bytes that ``part`` lacks, all of them where it is not of the file that is there now."""
    if part.head is not None and part.head.url == url and part.done == part.head.total:
        return
    for headers in (_condition(part, url), {}):
        with asked(url, headers, patience, clock) as reply:
            whole = reply.status not in (_PARTIAL, NO_SUCH_RANGE)
            if whole:
                part.begin(_head(reply, url))
            if whole or _goes_on(reply, part):
                yield from reply.blocks
                return
    raise ConnectError(f"{host_of(url)} sends parts of {url} that nobody asked for")


def _condition(part: Part, url: str) -> dict[str, str]:
    """Return the headers that ask for the rest of a file if it is still the same."""
    if part.head is None or part.head.url != url or not part.head.validator or not part.done:
        return {}
    return {"Range": f"bytes={part.done}-", "If-Range": part.head.validator}


def _goes_on(reply: Reply, part: Part) -> bool:
    """Tell whether a reply holds what comes behind the part."""
    found = _RANGE.fullmatch(reply.headers.get("Content-Range", ""))
    if found is None or part.head is None or reply.status != _PARTIAL:
        return False
    same = _validator(reply) in ("", part.head.validator)  # there are servers that do not look at If-Range
    return same and int(found[1]) == part.done and part.head.total in (None, int(found[2]))


def _head(reply: Reply, url: str) -> Head:
    """Return what a reply says of a whole file; raise FirmwareError for a page in its place and for a giant."""
    if reply.headers.get_content_type() == "text/html":
        raise FirmwareError(f"{url} is a web page", "is there a hotspot or a proxy that wants a login?")
    if (reply.length or 0) > _LARGEST:
        raise _too_large(url)
    return Head(url, _validator(reply), reply.length)


def _validator(reply: Reply) -> str:
    """Return what tells this file from another one at the same address, or ""."""
    etag = reply.headers.get("ETag", "")
    # A weak ETag promises a file that is much the same, not the same bytes.
    validator = reply.headers.get("Last-Modified", "") if etag[:2] in ("", "W/") else etag
    return validator if validator.isprintable() and len(validator) <= _LONGEST_VALIDATOR else ""


def _checked(part: Part, build: Build, check: Check) -> bytes:
    """Return the whole file; a damaged one is thrown away, one that is short is left for the next try."""
    if part.head is not None and part.head.total not in (None, part.done):
        raise TransferError(
            f"{host_of(build.url)} broke off after {part.done} of {part.head.total} bytes",
            "try again: it goes on from there" if part.head.validator else "try again",
        )
    data = part.data()
    try:
        if build.sha256 and hashlib.sha256(data).hexdigest() != build.sha256:
            raise TransferError(f"{build.name} came damaged: its SHA-256 is not the published one", "try again")
        check(build.name, data)
    except EspshError:
        part.remove()
        raise
    return data


def _too_large(url: str) -> FirmwareError:
    return FirmwareError(f"{url} has more than {_LARGEST // 1024**2} MB, which is no firmware")


def _write(path: Path, data: bytes) -> None:
    HostFiles().write(str(path), [data], len(data))


@contextlib.contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EspshError(f"{folder}: {(error.strerror or str(error)).lower()}") from error
