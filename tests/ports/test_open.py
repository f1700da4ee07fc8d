"""Opening ports: spellings, lines, and what is said when it does not work."""

from __future__ import annotations

import errno
import os
import pty
import socket
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from espsh.errors import ConnectError, LinkLostError, PortBusyError, PortDeniedError, UsageError
from espsh.ports import open as opening
from espsh.ports.open import PortSettings, normalise, open_port
from tests.conftest import Shell


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    """A pty: our end, and the path of the other."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    path = os.ttyname(theirs)
    os.close(theirs)
    yield ours, path
    os.close(ours)


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("sim:esp32", "sim://esp32"),
        ("sim:esp32/kitchen?baud=0", "sim://esp32/kitchen?baud=0"),
        ("sim://esp32", "sim://esp32"),
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("COM3", "COM3"),
        ("rfc2217://host:4000", "rfc2217://host:4000"),
    ],
)
def test_spellings(given: str, known: str) -> None:
    assert normalise(given) == known


def test_a_pty_works_though_it_has_no_lines(line: tuple[int, str]) -> None:
    ours, path = line
    port = open_port(path, PortSettings())
    try:
        port.write(b"hello")
        assert os.read(ours, 100) == b"hello"
        assert port.write_timeout
    finally:
        port.close()


def test_a_port_that_another_one_holds(line: tuple[int, str]) -> None:
    port = open_port(line[1], PortSettings())
    try:
        with pytest.raises(PortBusyError, match="busy") as error:
            open_port(line[1], PortSettings())
        assert error.value.hint
    finally:
        port.close()


def test_a_missing_port_lists_what_is_there() -> None:
    with pytest.raises(ConnectError, match="no port /dev/ttyNOPE9") as error:
        open_port("/dev/ttyNOPE9", PortSettings())
    assert error.value.hint


def test_a_port_may_be_waited_for(line: tuple[int, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late = tmp_path / "ttyUSB0"
    monkeypatch.setattr(opening.time, "sleep", lambda _: late.exists() or late.symlink_to(line[1]))
    open_port(str(late), PortSettings(wait=30)).close()


@pytest.mark.parametrize("name", ["example.com", "ttyU0", "nosuchscheme://x"])
def test_an_unknown_name_is_never_a_host(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: pytest.fail("looked a name up"))
    with pytest.raises(ConnectError):
        open_port(name, PortSettings())


@pytest.fixture
def closed() -> Iterator[socket.socket]:
    """A port of this host where nobody listens, and nobody else can meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held


@pytest.mark.parametrize("scheme", ["socket", "rfc2217", "ws"])
def test_a_closed_port_of_a_host_is_told(sh: Shell, closed: socket.socket, scheme: str) -> None:
    number = closed.getsockname()[1]
    url = f"{scheme}://127.0.0.1:{number}"
    result = sh.run("-p", url, "ls", ":")
    assert (result.code, result.err.splitlines()) == (
        3,
        [
            f"{url} cannot be opened: 127.0.0.1 refuses port {number}",
            "hint: is the server started there, and on that port?",
        ],
    )


@pytest.mark.parametrize("scheme", ["socket", "rfc2217", "ws"])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "no host 'there' is known"),
        (TimeoutError("timed out"), "there does not answer"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), r"no way to there \(No route to host\)"),
        (OSError(errno.EINVAL, "odd"), "odd"),
    ],
)
def test_why_a_host_is_not_reached(scheme: str, error: OSError, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise error

    monkeypatch.setattr("socket.create_connection", fail)
    with pytest.raises(ConnectError, match=f"{scheme}://there:4000 cannot be opened: {reason}") as told:
        open_port(f"{scheme}://there:4000", PortSettings())
    assert told.value.hint


def test_what_is_handled_meanwhile_is_no_cause(closed: socket.socket) -> None:
    """A port is opened again where its loss is dealt with."""
    with pytest.raises(ConnectError, match="refuses port"):
        try:
            raise LinkLostError("the board is gone")
        except LinkLostError:
            open_port(f"socket://127.0.0.1:{closed.getsockname()[1]}", PortSettings())


@pytest.mark.parametrize("rest", ["", "host", "host:", "host:0", "host:99999", ":4000"])
def test_a_network_port_needs_host_and_number(rest: str) -> None:
    with pytest.raises(UsageError, match="names no host with a port") as error:
        open_port(f"socket://{rest}", PortSettings())
    assert error.value.hint == "socket://HOST:PORT"


def test_a_host_may_be_waited_for(closed: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening.time, "sleep", lambda _: closed.listen())
    open_port(f"socket://127.0.0.1:{closed.getsockname()[1]}", PortSettings(wait=30)).close()


def refusing(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(self: serial.Serial) -> None:
        raise serial.SerialException(number, f"could not open port {self.port}: {os.strerror(number)}")

    monkeypatch.setattr(serial.Serial, "open", refuse)


def test_a_denied_port_names_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import grp

    node = tmp_path / "ttyUSB0"
    node.touch()
    group = next(entry for entry in grp.getgrall() if entry.gr_name != "root")
    real = Path.stat
    monkeypatch.setattr(
        Path, "stat",
        lambda self, **more: os.stat_result((*real(self, **more)[:5], group.gr_gid, *real(self, **more)[6:])),
    )  # fmt: skip
    refusing(monkeypatch, errno.EACCES)
    with pytest.raises(PortDeniedError, match=f"group {group.gr_name}") as error:
        open_port(str(node), PortSettings())
    assert error.value.hint == f"sudo usermod -aG {group.gr_name} $USER, then log in again"


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EAGAIN])
def test_busy_by_number(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, number)
    with pytest.raises(PortBusyError):
        open_port("/dev/ttyUSB0", PortSettings())


def test_the_holder_of_a_port_is_named(line: tuple[int, str]) -> None:
    import subprocess

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no /proc here")
    with Path(line[1]).open("rb") as theirs, subprocess.Popen(["sleep", "60"], stdin=theirs) as other:
        try:
            assert f"sleep ({other.pid})" in opening._holders(line[1])
        finally:
            other.kill()


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (PortSettings(), (True, True)),
        (PortSettings(dtr=False), (False, True)),
        (PortSettings(dtr=False, rts=False), (False, False)),
    ],
)
def test_lines_stand_before_the_port_opens(
    settings: PortSettings, lines: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, bool]] = []

    def note(self: serial.Serial) -> None:
        seen.append((self.dtr, self.rts))
        raise serial.SerialException("far enough")

    monkeypatch.setattr(serial.Serial, "open", note)
    with pytest.raises(ConnectError):
        open_port("/dev/ttyUSB0", settings)
    assert seen == [lines]


@pytest.mark.parametrize(
    ("vendor", "lines"),
    [(0x10C4, (False, False)), (0x303A, (True, False)), (0x2E8A, (True, True)), (None, (True, True))],
)
def test_lines_on_windows_by_device(
    vendor: int | None, lines: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_SYSTEM", "nt")
    monkeypatch.setattr(opening, "_vendor", lambda _: vendor)
    assert opening._lines("COM3", PortSettings()) == lines


def test_an_import_error_in_a_handler_is_no_unknown_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> object:
        raise ImportError("no module named 'micropython'")

    monkeypatch.setattr("importlib.import_module", fail)
    with pytest.raises(ConnectError, match="no module named") as error:
        open_port("sim:esp32", PortSettings())
    assert "pip install" in str(error.value.hint)
