"""Open a port by its URL, with the lines where they must be before the board sees it, and errors in words."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import serial

from espsh.base.deadline import Deadline
from espsh.errors import ConnectError, EspshError, PortBusyError, PortDeniedError
from espsh.ports import network

WRITE_TIMEOUT = 5.0
"""Seconds after which a port that takes no data is given up: a locked-up USB device blocks for ever."""

READ_TIMEOUT = 2.0
"""Seconds a read waits before the reader looks round. Bytes that come are returned at once, and so it is when the read
is cancelled: a shorter time would only keep the processor awake, for 32 boards ten times a second each."""
UNCANCELLED = 0.1
"""The same for ports whose reads cannot be cancelled, whose end has to wait for it."""

_SYSTEM = os.name
_PACKAGE = "espsh.ports"
if _PACKAGE not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.insert(0, _PACKAGE)  # our rfc2217 goes before pyserial's


SCHEMES: dict[str, Callable[..., Any]] = {}
"""Ports of plugins: what makes pyserial's object, by the scheme of the URL."""


class PortSettings(NamedTuple):
    """How to open a port.

    ``baud`` in bits per second; ``dtr`` and ``rts`` are the lines' states, None for what suits the device;
    ``buffer_size`` the most bytes a board takes at once, None for what it says itself; ``wait`` seconds for
    the port to appear, ``patience`` for one that is lost in the middle of a copy; ``fast`` says whether copies may be
    made at a faster rate; ``trace`` a file's path, a binary stream or a function that gets the bytes both ways;
    ``password`` is what a WebREPL asks for.
    """

    baud: int = 115200
    dtr: bool | None = None
    rts: bool | None = None
    buffer_size: int | None = None
    wait: float = 0.0
    patience: float = 5.0
    fast: bool = True
    trace: str | BinaryIO | Callable[[bytes], object] | None = None
    password: str | None = None


# (operating system, kind of device) -> (DTR, RTS) before the port opens; first match counts, None is any.
# Where neither the user nor this table says anything the lines stay as the driver puts them (both on): on Linux
# and macOS the driver raises both when the port opens, and lowering them again one after the other resets an
# ESP32 (pyserial lowers DTR first, EN follows RTS). Windows sets both at once from what is asked for before.
_LINES: tuple[tuple[str | None, frozenset[int] | None, tuple[bool, bool]], ...] = (
    ("nt", frozenset({0x0403, 0x10C4, 0x1A86, 0x067B}), (False, False)),
    ("nt", frozenset({0x303A}), (True, False)),  # TinyUSB takes DTR for "somebody is there"; RTS is a reset on S3/C3
    (None, None, (True, True)),
)


def normalise(url: str) -> str:
    """Return ``url`` as pyserial knows it: ``sim:x`` is ``sim://x``."""
    scheme, colon, rest = url.partition(":")
    if scheme == "sim" and colon and not rest.startswith("//"):
        return f"sim://{rest}"
    return url


def open_port(url: str, settings: PortSettings) -> Any:
    """Open ``url`` and return pyserial's object.

    Raises ConnectError, PortBusyError or PortDeniedError with a sentence and a hint. An unknown name is never
    taken for a host on the network.
    """
    deadline = Deadline(settings.wait)
    while True:
        try:
            return _open(normalise(url), settings)
        except _LaterError as error:
            if deadline.expired:
                raise error.final from None
        # The one place that polls: no system tells portably when a device appears.
        time.sleep(min(0.1, deadline.remaining))


class _LaterError(Exception):
    """No such port, or one that is in use, for now; ``final`` is what is said when the time is over."""

    def __init__(self, final: ConnectError) -> None:
        self.final = final


def _open(url: str, settings: PortSettings) -> Any:
    _import_handler(url)
    if network.is_network(url):
        network.check(url)
    try:
        port = _made(url, settings.baud)
    except ValueError as error:
        raise ConnectError(f"{url}: {error}", "a port is a device, rfc2217://…, socket://…, ws://… or sim:…") from None
    port.timeout = READ_TIMEOUT if hasattr(port, "cancel_read") else UNCANCELLED
    local = "://" not in url
    if settings.password is not None and hasattr(port, "password"):
        port.password = settings.password
    try:
        if local:
            port.exclusive = True if os.name != "nt" else None
        port.write_timeout = WRITE_TIMEOUT
        port.dtr, port.rts = _lines(url, settings) if local else _asked(settings)
        port.open()
    except (OSError, ValueError) as error:
        port.close()
        raise _translate(url, error) from None
    if local:
        claim(port)
    return port


def is_known_scheme(scheme: str) -> bool:
    """Tell whether ours or pyserial's ports have this scheme."""
    from importlib.util import find_spec

    packages = (package for package in serial.protocol_handler_packages)
    return any(find_spec(f"{package}.protocol_{scheme}") is not None for package in packages)


def _made(url: str, baud: int) -> Any:
    make = SCHEMES.get(url.partition("://")[0])
    if make is None:
        return serial.serial_for_url(url, do_not_open=True, baudrate=baud)
    port = make(None, baudrate=baud)
    port.port = url
    return port


_EXTRAS = {"sim": "sim", "ws": "webrepl"}


def _import_handler(url: str) -> None:
    """Import our own URL handler first: pyserial takes an ImportError inside it for an unknown protocol."""
    scheme, mark, _ = url.partition("://")
    if not mark or not (Path(__file__).parent / f"protocol_{scheme}.py").is_file():
        return
    import importlib

    try:
        importlib.import_module(f"{_PACKAGE}.protocol_{scheme}")
    except ImportError as error:
        raise ConnectError(f"{url}: {error}", f"pip install 'espsh[{_EXTRAS.get(scheme, 'sim')}]'") from None


def _asked(settings: PortSettings) -> tuple[bool, bool]:
    return settings.dtr is not False, settings.rts is not False


def _lines(url: str, settings: PortSettings) -> tuple[bool, bool]:
    vendor = _vendor(url) if _SYSTEM == "nt" else None
    dtr, rts = next(
        lines
        for system, vendors, lines in _LINES
        if system in (None, _SYSTEM) and (vendors is None or vendor in vendors)
    )
    return dtr if settings.dtr is None else settings.dtr, rts if settings.rts is None else settings.rts


def _vendor(device: str) -> int | None:
    from espsh.ports.listing import list_ports

    return next((port.vid for port in list_ports() if port.device.lower() == device.lower()), None)


def claim(port: Any) -> None:
    """Keep other programs off, after each open: pyserial's lock is seen only by those that ask for it."""
    if sys.platform == "win32":
        return
    import fcntl
    import termios

    with contextlib.suppress(OSError):  # a pty may know no TIOCEXCL
        fcntl.ioctl(port.fileno(), termios.TIOCEXCL)


def _translate(url: str, error: Exception) -> EspshError | _LaterError:
    if network.is_network(url):
        trouble = network.explain(url, error)
        final = trouble.kind(f"{url} cannot be opened: {trouble.reason}", trouble.hint)
        return _LaterError(final) if trouble.may_come else final
    number = getattr(error, "errno", None)
    text = str(error)
    if number in (errno.EAGAIN, errno.EBUSY, errno.EWOULDBLOCK) or "exclusively lock" in text or "busy" in text.lower():
        return _busy(url, text)
    if number in (errno.EACCES, errno.EPERM) or "PermissionError" in text:
        return _busy(url, text) if os.name == "nt" else _denied(url)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO) or "FileNotFoundError" in text or "no such device" in text:
        return _LaterError(ConnectError(f"no port {url}", _what_is_there()))
    return ConnectError(f"{url} cannot be opened: {_reason(error)}")


def _reason(error: Exception) -> str:
    """Return the innermost reason: pyserial wraps texts in texts."""
    return str(error).rpartition("Could not open port ")[2].rpartition(": [Errno")[0] or str(error)


def _busy(url: str, text: str) -> PortBusyError:
    holders = _holders(url)
    who = f" by {', '.join(holders)}" if holders else ""
    hint = "close it there first" if holders else "another program holds it: a terminal, an IDE, another espsh"
    return PortBusyError(f"{url} is busy: in use{who}" if "://" not in url else f"{url} is busy: {text}", hint)


def _denied(url: str) -> PortDeniedError:
    group = "dialout"
    with contextlib.suppress(OSError, KeyError, ImportError):
        import grp

        group = grp.getgrgid(Path(url).stat().st_gid).gr_name
    if group == "root":
        return PortDeniedError(f"you may not open {url}", f"only root may: ls -l {url}")
    return PortDeniedError(
        f"you may not open {url}: it belongs to group {group}", f"sudo usermod -aG {group} $USER, then log in again"
    )


def _what_is_there() -> str:
    from espsh.ports.listing import list_ports

    there = [port.device for port in list_ports()]
    if not there:
        return "no serial port is there; is the cable one that carries data?"
    return f"there are: {', '.join(there[:8])}"


def _holders(device: str) -> list[str]:
    """Return the programs that hold ``device`` open, as ``name (pid)``, as far as this user may see them."""
    real = os.path.realpath(device)
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name == str(os.getpid()):
            continue
        with contextlib.suppress(OSError):
            if any(os.path.realpath(handle) == real for handle in (folder / "fd").iterdir()):
                found.append(f"{(folder / 'comm').read_text(encoding='utf-8').strip()} ({folder.name})")
    return sorted(found)
