"""What a board says, live and from a file; for boards of a kind that no command of a prompt reaches."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espsh.board.link import Link
from espsh.board.meeting.connection import Connection
from espsh.sim.machine import machine_at
from tests.conftest import Result, Shell
from tests.diagnose.elf import RISCV, make_elf
from tests.terminal import Terminal

Port = Callable[..., str]
CtrlC = Callable[[Callable[[bytes], bool]], None]
Watched = Callable[..., Result]
LOGS = Path(__file__).parent.parent / "diagnose" / "bootlogs"
PANIC = (LOGS / "esp32-v1.23.0-panic-wlan.bin").read_bytes()
BLANK = b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x10 (RTCWDT_RTC_RESET),boot:0x1f (SPI_FAST_FLASH_BOOT)\r\n"
BLANK += b"invalid header: 0xffffffff\r\n" * 8
SPIRAM = b"rst:0xc (SW_CPU_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\nload:0x3fff0030,len:7664\r\nentry 0x4008067c\r\n"
SPIRAM += b"E (893) cpu_start: Failed to init external RAM!\r\nabort() was called at PC 0x40081e7a on core 0\r\n"


class Speakers:
    """Boards on TCP ports: each says its text to whoever comes, and keeps what it hears.

    It waits until the port is ``listened`` to, as pyserial drops what comes while it opens one.
    """

    def __init__(self) -> None:
        self.listened = threading.Event()
        self.heard: list[bytes] = []
        self._open: list[socket.socket] = []

    def __call__(self, text: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        self._open.append(server)
        threading.Thread(target=self._serve, args=(server, text), daemon=True).start()
        return f"socket://127.0.0.1:{server.getsockname()[1]}"

    def _serve(self, server: socket.socket, text: bytes) -> None:
        try:
            with server.accept()[0] as caller:
                self.listened.wait(60)
                caller.sendall(text)
                while data := caller.recv(4096):
                    self.heard.append(data)
        except OSError:
            return  # the test is over

    def close(self) -> None:
        for server in self._open:
            server.close()


@pytest.fixture
def speakers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Speakers]:
    speakers = Speakers()
    start = Link._start

    def start_and_tell(link: Link) -> None:
        start(link)
        speakers.listened.set()

    monkeypatch.setattr(Link, "_start", start_and_tell)
    yield speakers
    speakers.close()


@pytest.fixture
def ctrl_c_when(monkeypatch: pytest.MonkeyPatch) -> CtrlC:
    """Press Ctrl-C when what was heard is ``enough`` and a moment of silence was shown, too."""

    def arrange(enough: Callable[[bytes], bool]) -> None:
        listen = Connection.listen
        heard = [b"before"]

        def hear(connection: Connection, seconds: float, wait: float) -> bytes:
            if not heard[-1] and enough(b"".join(heard[1:])):
                raise KeyboardInterrupt
            heard.append(listen(connection, seconds, wait))
            return heard[-1]

        monkeypatch.setattr(Connection, "listen", hear)

    return arrange


@pytest.fixture
def watched(sh: Shell, speakers: Speakers, ctrl_c_when: CtrlC) -> Watched:
    """Watch a board that says ``text`` until it has said all of it."""

    def watch(text: bytes, options: str = "") -> Result:
        ctrl_c_when(lambda heard: len(heard) >= len(text))
        result = sh(f"monitor -p {speakers(text)} {options}")
        assert result.code == 0
        assert speakers.heard == []
        return result

    return watch


# diagnose


def test_a_saved_log(sh: Shell) -> None:
    sh.write("boot.log", BLANK * 3)
    result = sh("diagnose boot.log")
    assert result.code == 0
    assert result.lines[0].startswith("nothing at the bootloader's offset: the flash is blank")
    assert result.lines[1].startswith("fix: flash IMAGE")
    assert result.lines[0].endswith("(3 starts in a row)")


def test_a_saved_log_needs_no_board(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("espsh.ports.listing.list_ports", list)
    del sh.env["ESPSH_PORT"]
    sh.write("boot.log", BLANK)
    assert sh("diagnose boot.log").code == 0
    assert sh("diagnose").code == 3


def test_a_log_from_a_pipe(sh: Shell) -> None:
    assert sh("diagnose -", stdin=SPIRAM.decode()).lines[0].startswith("the firmware wants PSRAM")


def test_a_log_that_is_on_a_board(board: Shell) -> None:
    board.write("boot.log", SPIRAM)
    assert "wants PSRAM" in board("cp boot.log :; diagnose :boot.log").out


def test_no_such_log(sh: Shell) -> None:
    result = sh("diagnose nothing.log")
    assert result.code == 2
    assert "no such file" in result.err


def test_for_a_program(sh: Shell) -> None:
    sh.write("boot.log", PANIC)
    found = json.loads(sh("diagnose boot.log --json").out)
    assert (found["outcome"], found["rule"]) == ("booted", "panic")
    assert found["crash"]["registers"]["EXCVADDR"] == 0x60033C00
    assert found["boots"][-1]["reason"].startswith("a restart by software")


def test_a_crash_by_function_and_line(sh: Shell) -> None:
    elf = make_elf()
    sh.write("firmware.elf", elf)
    sh.write("boot.log", PANIC.replace(b"9c4248e4297d02ec", hashlib.sha256(elf).hexdigest()[:16].encode()))
    result = sh("diagnose boot.log --elf firmware.elf")
    assert "#0 0x401dbc17: esp_wifi_set_mode at wifi/mode.c:42" in result.lines
    assert "#1 0x4015e2d1: network_wlan_active" in result.lines
    assert result.err == ""


def test_the_elf_of_another_firmware(sh: Shell) -> None:
    sh.write("firmware.elf", make_elf())
    sh.write("boot.log", PANIC)
    assert "its SHA-256 is another" in sh("diagnose boot.log --elf firmware.elf").out
    sh.write("firmware.elf", "no elf")
    assert "no ELF file" in sh("diagnose boot.log --elf firmware.elf").err


def test_a_board_that_starts(board: Shell) -> None:
    result = board("diagnose")
    assert result.code == 0
    assert "MicroPython" in result.lines[0]
    assert "last start: by power-on, or the EN button" in result.lines


def test_a_board_in_a_boot_loop(sh: Shell, port: Port) -> None:
    sh.ports.append(port(app="bootloop"))
    for line in ("diagnose", f"diagnose -p '{sh.ports[0]}'"):
        result = sh(line)
        assert result.lines[0].endswith("(3 starts in a row)")
        assert "flash IMAGE" in result.lines[1]


def test_other_commands_name_the_diagnosis(sh: Shell, port: Port) -> None:
    sh.ports.append(port(app="bootloop"))
    result = sh("ls :")
    assert result.code == 3
    assert "the flash is blank, or the image is at another offset" in result.err
    assert "hint: flash IMAGE" in result.err


def test_a_board_that_cannot_be_reset_from_here(sh: Shell, speakers: Speakers) -> None:
    result = sh(f"diagnose -p {speakers(SPIRAM * 2)}")
    assert result.lines[0].startswith("the firmware wants PSRAM")
    assert "a socket has no lines; press EN (reset)" in result.err
    assert speakers.heard == []


def test_the_board_is_asked_when_a_later_command_needs_it(board: Shell) -> None:
    board.write("a.py", "print(6 * 7)\n")
    assert board("diagnose; run a.py").lines[-1] == "42"


# monitor


def test_a_loop_is_shown_and_explained_once(watched: Watched) -> None:
    result = watched(SPIRAM * 6)
    assert result.lines.count("E (893) cpu_start: Failed to init external RAM!") == 6
    ours = [line for line in result.lines if line.startswith("--")]
    assert ours[0].startswith("-- started by a restart by software")
    assert ours[1].startswith("-- the firmware wants PSRAM")
    assert ours[2].startswith("-- in a loop: the firmware wants PSRAM")
    assert len(ours) == 3


def test_nothing_reaches_the_board(board: Shell) -> None:
    assert board("ls :").code == 0
    before = machine_at(board.ports[0]).bytes_up
    assert board("monitor --for 0.2").code == 0
    assert machine_at(board.ports[0]).bytes_up == before


def test_what_a_board_sends_does_not_steer_the_terminal(watched: Watched) -> None:
    result = watched(b"\x1b]0;owned\x07\x1b[2Jcl\x08ear\r\n\x1b[31mred\x1b[0m\r\n>>> ")
    assert result.lines == ["cl\\x08ear", "red", ">>> "]


def test_a_line_that_is_written_over(watched: Watched) -> None:
    assert watched(b"10%\r20%\rdone\r\nnext").lines == ["10%", "20%", "done", "next"]


def test_a_crash_of_a_risc_v_is_decoded(sh: Shell, watched: Watched) -> None:
    dump = b"Guru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.\r\n"
    dump += b"MEPC    : 0x401dbc17  RA      : 0x4015e2d2  SP      : 0x3fca7f70\r\nELF file SHA256: 9c4248e4297d02ec\r\n"
    sh.write("firmware.elf", make_elf(RISCV))
    lines = watched(dump, "--elf firmware.elf").lines
    assert any("its SHA-256 is another" in line for line in lines)
    assert lines[-2:] == [
        "-- #0 0x401dbc17: esp_wifi_set_mode at wifi/mode.c:42",
        "-- #1 0x4015e2d1: network_wlan_active",
    ]


def test_the_log_holds_the_raw_bytes(sh: Shell, watched: Watched) -> None:
    text = b"\x1b[31mred\x1b[0m\r\n\xff\x00half"
    sh.write("raw.log", b"before\n")
    watched(text, "--log raw.log")
    assert sh.read("raw.log") == b"before\n" + text


def test_lines_with_their_time(watched: Watched) -> None:
    first, second = watched(b"one\r\ntwo\r\n", "--timestamps").lines
    assert first.endswith(" one")
    assert second.endswith(" two")
    assert first[2] == first[5] == ":"
    assert first[8] == "."


def test_a_crash_is_decoded_as_it_comes(sh: Shell, watched: Watched) -> None:
    sh.write("firmware.elf", make_elf())
    result = watched(PANIC * 2, "--elf firmware.elf")
    assert result.lines.count("-- #0 0x401dbc17: esp_wifi_set_mode at wifi/mode.c:42") == 1
    assert result.lines.count("-- #1 0x4015e2d1: network_wlan_active") == 1


def test_a_board_in_a_boot_loop_is_watched(sh: Shell, port: Port, ctrl_c_when: CtrlC) -> None:
    sh.ports.append(port(app="bootloop"))
    ctrl_c_when(lambda heard: heard.count(b"rst:0x7") >= 5)
    result = sh("monitor")
    assert "rst:0x7 (TG0WDT_SYS_RESET),boot:0x12 (SPI_FAST_FLASH_BOOT)" in result.lines
    assert sum(line.startswith("-- in a loop: the ROM finds nothing") for line in result.lines) == 1


def test_in_a_session_the_board_is_as_before(board: Shell) -> None:
    lines = board("exec x = 5\nmonitor --for 0.2\nexec print(x + 1)").lines
    assert lines == ["6"]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("monitor --log :raw.log", 2, "is on a board"),
        ("monitor --log nowhere/raw.log", 1, "no such file"),
        ("monitor --elf :x.elf", 2, "is on a board"),
        ("monitor --elf nothing.elf", 2, "no such file"),
        ("diagnose .", 2, "is a directory"),
    ],
)
def test_files_that_cannot_be(board: Shell, line: str, code: int, words: str) -> None:
    result = board(line)
    assert (result.code, words in result.err) == (code, True), result.err


def test_several_boards_are_shown_and_have_a_file_each(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port(app='chatter')}", f"kitchen={port(app='chatter')}"]
    sh.write("logs/attic.log", b"before\n")
    result = sh("@all monitor --for 0.4 --log logs")
    assert result.code == 0
    assert {line.partition(":")[0] for line in result.lines} == {"attic", "kitchen"}
    shown = [line.removeprefix("kitchen: ") for line in result.lines if line.startswith("kitchen: I (")]
    logged = sh.read("logs/kitchen.log").decode().splitlines()
    assert [line for line in logged if line.startswith("I (")] == shown
    assert len(shown) > 10
    assert sh.read("logs/attic.log").startswith(b"before\nets ")


@pytest.mark.parametrize("line", ["@all monitor --for 2", "@all monitor --for 2 &; wait"])
def test_one_of_several_is_unplugged_and_the_others_go_on(sh: Shell, port: Port, line: str) -> None:
    pulled = port(app="chatter", fault="unplug:down@1000:replug=0.5s")
    sh.ports += [
        f"attic={pulled}",
        f"kitchen={port(app='chatter', fault='unplug:down@1000')}",
        f"shed={port(app='chatter')}",
    ]
    result = sh(line)
    assert result.code == 0
    times = {name: [line for line in result.lines if line.startswith(f"{name}: I (")] for name in ("kitchen", "shed")}
    assert len(times["shed"]) > 2 * len(times["kitchen"]) > 0
    for name, told in (("attic", 1), ("kitchen", 1), ("shed", 0)):
        assert result.err.count(f"{name}: the board is gone: ") == told, result.err
    assert result.err.count("it is back") == 1
    assert "attic: it is back" in result.err


def test_what_several_boards_cannot_do(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    sh.write("one.log", "")
    assert "several boards have a file each: name a folder" in sh("@all monitor --log one.log").err
    assert "-p names one port" in sh(f"@all monitor -p {port()}").err


def test_a_folder_takes_the_file_of_one_board(sh: Shell, port: Port) -> None:
    sh.ports.append(f"attic={port()}")
    sh.write("logs/there", "")
    assert sh("monitor --for 0.2 --log logs").code == 0
    assert sorted(path.name for path in (sh.folder / "logs").iterdir()) == ["attic.log", "there"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
def test_ctrl_c_ends_it_well(sh: Shell, port: Port) -> None:
    command = [sys.executable, "-m", "espsh", "-p", port(app="chatter"), "monitor"]
    process = subprocess.Popen(command, env={**os.environ, **sh.env}, cwd=sh.folder, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process:
        assert any(line.startswith(b"I (") for line in process.stdout)
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(20) == 0


def test_at_a_prompt_and_back(terminal: Terminal, port: Port) -> None:
    with terminal.running(sys.executable, "-m", "espsh", "-p", port()) as process:
        terminal.expect(b"Ctrl-D to leave", b" >")
        terminal.type(b"reset --hard; monitor\r")
        terminal.expect(b"listening; Ctrl-C ends", b"rst:0x", b"-- started by a restart by software")
        terminal.expect(b"\x1b[32mMicroPython")
        terminal.type(b"\x03")
        terminal.expect(b" >")
        terminal.type(b"eval 6*7\r")
        terminal.expect(b"42", b" >")
        terminal.type(b"exit\r")
        assert process.wait(30) == 0
