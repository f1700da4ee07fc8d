"""flash and its kin where no line resets the chip: the buttons, MicroPython's help, and esp32-mock-bootloader."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espsh.base.events import Event
from espsh.diagnose.verdict import Verdict
from espsh.errors import ConnectError
from espsh.firmware.esp import Esp
from espsh.firmware.hands import Hands
from espsh.firmware.work import Work
from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build
from espsh.sim.machine import machine_at
from tests.commands.test_flash_trouble import IMAGE, on_notice, opened
from tests.conftest import Shell

Port = Callable[..., str]
_TIOCGEXCL = 0x80045440
STAYS = "the chip stays in download mode: press EN (reset) to start it (a socket has no lines)"


@pytest.fixture
def mock(sh: Shell) -> Iterator[Shell]:
    """A shell with an ESP32 that somebody else emulates."""
    api = pytest.importorskip("esp32_mock_bootloader.api", reason="a loader of another hand")
    with api.mock_bootloader("esp32") as running:
        sh.ports.append(running.url())
        yield sh


# The mock leaves a pipe of its own open.
unraisable = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@unraisable
def test_an_independent_loader_is_asked(mock: Shell) -> None:
    asked = mock("flash_id")
    assert (asked.code, "ESP32-D0WD" in asked.out) == (0, True)
    assert asked.err.count(STAYS) == 1


@unraisable
def test_an_independent_loader_is_flashed_after_all_checks(mock: Shell) -> None:
    mock.write("new.bin", IMAGE)
    done = mock("flash -y new.bin")
    assert (done.code, done.out) == (0, f"FLASHED · VERIFIED · {STAYS}\n"), done.err
    assert "press EN" not in done.err


@unraisable
def test_an_independent_loader_is_refused_a_wrong_image(mock: Shell) -> None:
    mock.write("wrong.bin", firmware.merged(RECIPES["esp32c3"], Build(version="1.29.0", app_size=60_000)))
    refused = mock("flash -y wrong.bin")
    assert (refused.code, refused.out) == (5, "")
    assert "image is for ESP32-C3 (chip id 5), this chip is ESP32" in refused.err
    assert STAYS in refused.err


@unraisable
def test_an_independent_loader_is_written_whole(mock: Shell) -> None:
    mock.write("all.bin", IMAGE + b"\xff" * ((4 << 20) - len(IMAGE)))
    done = mock("restore -y all.bin")
    assert done.out == "RESTORED · VERIFIED\n", done.err


def test_a_board_with_its_own_usb_that_says_nothing_may_be_in_download_mode(
    sh: Shell, port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    sh.ports.append(port("esp32c6"))
    sh.write("new.bin", firmware.merged(RECIPES["esp32c6"], Build(version="1.30.0", app_size=60_000)))
    monkeypatch.setattr(Hands, "watch", lambda *_, **__: Verdict("silent", "nothing was said"))
    told = sh("flash -y new.bin")
    assert (told.code, told.out) == (5, "")
    assert "FLASHED · VERIFIED · NOT BOOTED: nothing was said\nhint: by its own USB it may have stayed" in told.err
    assert "press EN (reset), or plug it in again" in told.err


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[str]:
    """A device file with an ESP32-C3 behind it."""
    (tmp_path / "nothing").mkdir(exist_ok=True)
    board = f"esp32c3/p{os.getpid()}?baud=0&dir={tmp_path / 'nothing'}&image={tmp_path / 'flash.img'}"
    words = [sys.executable, "-m", "espsh.sim", board, "--pty"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        yield served.stdout.readline().strip()
        served.terminate()


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells of TIOCEXCL")
def test_a_device_that_was_opened_again_is_ours_alone(pty: str, tmp_path: Path) -> None:
    import fcntl
    import termios

    def is_ours() -> bool:
        return bool(int.from_bytes(fcntl.ioctl(board.link.port.fileno(), _TIOCGEXCL, bytes(4)), sys.byteorder))

    def opens_again(esp: Esp) -> None:  # as esptool does when a reset by the lines fails
        esp._loader._port.close()
        esp._loader._port.open()
        fcntl.ioctl(esp._loader._port.fileno(), termios.TIOCNXCL)  # which the last close of a real device does
        assert not is_ours()

    board = opened(pty)
    assert is_ours()
    Work(board, tmp_path).run(opens_again)
    assert is_ours()
    board.close()


def test_a_port_without_lines_is_flashed_by_way_of_micropython(sh: Shell, pty: str) -> None:
    sh.ports.append(pty)
    sh.write("new.bin", firmware.merged(RECIPES["esp32c3"], Build(version="1.30.0", app_size=60_000)))
    done = sh("flash -y new.bin")
    assert done.out == "FLASHED · VERIFIED · BOOTED (MicroPython 1.30.0 on ESP32-C3)\n", done.err


def test_the_buttons_are_waited_for_where_somebody_is_there(port: Port, tmp_path: Path) -> None:
    url = port(wiring="reset")
    heard: list[Event] = []
    board = opened(url, heard)
    board.meet()
    work = Work(board, tmp_path, attended=True)
    on_notice(board, "hold BOOT", lambda: machine_at(url).press_buttons())
    assert work.run(lambda esp: esp.target.chip.name) == "ESP32"
    assert any("hold BOOT (GPIO0" in str(event) for event in heard)
    board.close()


def test_nobody_is_waited_for_in_a_script(port: Port, tmp_path: Path) -> None:
    board = opened(port(wiring="none"))
    with pytest.raises(ConnectError, match="not in download mode"):
        Work(board, tmp_path).run(lambda esp: esp.target.mac)
    board.close()


def test_a_board_that_only_its_buttons_start_is_watched_when_they_are_pressed(port: Port, tmp_path: Path) -> None:
    url = port(wiring="none")
    board = opened(url)
    work = Work(board, tmp_path, attended=True)
    on_notice(board, "hold BOOT", lambda: machine_at(url).press_buttons())
    work.hold(lambda esp: None)
    assert "press EN (reset)" in work.hands.left
    on_notice(board, "stays in download mode", lambda: machine_at(url).power_cut())
    verdict = work.hands.watch()
    assert verdict.outcome == "booted", verdict
    board.close()
