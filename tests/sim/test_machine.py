from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serial

from espsh.errors import ConnectError, PortBusyError, UsageError
from espsh.ports.protocol_sim import Serial
from espsh.sim.machine import machine_at, power_off


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_files_and_names_survive_a_close(wire: Callable[..., Any], reopen: Callable[..., Any]) -> None:
    board = wire()
    board.put("/a.txt", "kept")
    board.enter("x = 5")
    machine = board.machine
    board.port.close()
    again = reopen(board.url)
    assert again.machine is machine
    assert again.enter("x, open('/a.txt').read()") == b"(5, 'kept')\r\n"


def test_files_survive_power_off_and_names_do_not(wire: Callable[..., Any], reopen: Callable[..., Any]) -> None:
    board = wire()
    board.put("/a.txt", "kept")
    board.enter("x = 5")
    board.port.close()
    power_off(board.url)
    again = reopen(board.url)
    again.until(b">>> ")
    assert again.enter("open('/a.txt').read()") == b"'kept'\r\n"
    assert b"NameError" in again.enter("x")


def test_files_survive_the_process(tmp_path: Path) -> None:
    code = (
        "import sys; from espsh.ports.protocol_sim import Serial\n"
        "port = Serial('sim://esp32/p?baud=0&latency=0&erase=0&write=0', timeout=20)\n"
        "port.read_until(b'>>> '); port.write(sys.argv[1].encode() + b'\\r')\n"
        "port.read_until(b'\\r\\n'); print(port.read_until(b'>>> '))\n"
    )
    env = {**os.environ, "ESPSH_STATE_DIR": str(tmp_path)}

    def run(line: str) -> bytes:
        command = [sys.executable, "-W", "error", "-c", code, line]
        done = subprocess.run(command, capture_output=True, env=env, timeout=60, check=True)
        assert done.stderr == b""
        return done.stdout

    run("f = open('/a.txt','w'); n = f.write('kept'); f.close()")
    assert b"'kept'" in run("open('/a.txt').read()")


@pytest.mark.parametrize("started_by", [(), ("nohup",)], ids=["plainly", "by nohup"])
def test_a_busy_board_leaves_nothing_behind_when_its_process_is_killed(
    started_by: tuple[str, ...], tmp_path: Path
) -> None:
    code = (
        "from espsh.ports.protocol_sim import Serial\n"
        "port = Serial('sim://esp32/p?baud=0', timeout=20)\n"
        "port.read_until(b'>>> '); port.write(b'while True: pass\\r\\r'); port.read_until(b'... \\r\\n')\n"
        "print(port.machine._chip.program.vm.pid, flush=True); input()\n"
    )
    env = {**os.environ, "ESPSH_STATE_DIR": str(tmp_path)}
    command = [*started_by, sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env
    ) as process:
        assert process.stdout is not None
        vm = os.pidfd_open(int(process.stdout.readline()))
        process.kill()
    try:
        import select

        assert select.select([vm], [], [], 20)[0]
    finally:
        os.close(vm)


def test_fresh_starts_empty(wire: Callable[..., Any], reopen: Callable[..., Any]) -> None:
    board = wire()
    board.put("/a.txt", "x")
    board.port.close()
    power_off(board.url)
    again = reopen(board.url + "&fresh=1")
    again.until(b">>> ")
    assert again.enter("import os; os.listdir('/')") == b"['boot.py']\r\n"


def test_dir_preloads_a_new_board_and_touches_no_old_one(
    wire: Callable[..., Any], reopen: Callable[..., Any], tmp_path: Path
) -> None:
    source = tmp_path / "source"
    (source / "lib" / "deep").mkdir(parents=True)
    (source / "main.py").write_text("print('from dir')")
    (source / "lib" / "deep" / "all.bin").write_bytes(bytes(range(256)) * 9)
    board = wire(dir=str(source), prompt=False)
    assert b"from dir\r\n" in board.until(b">>> ")
    assert board.enter("import os; sorted(os.listdir('/'))") == b"['lib', 'main.py']\r\n"
    assert board.enter("open('/lib/deep/all.bin','rb').read() == bytes(range(256)) * 9") == b"True\r\n"
    board.enter("import os; os.remove('main.py')")
    board.port.close()
    power_off(board.url)
    again = reopen(board.url)
    again.until(b">>> ")
    assert again.enter("import os; sorted(os.listdir('/'))") == b"['lib']\r\n"


def test_an_image_of_ones_own(wire: Callable[..., Any], tmp_path: Path) -> None:
    image = tmp_path / "my.img"
    board = wire(image=str(image), size="256k")
    assert board.enter("import os; os.statvfs('/')[:3]") == b"(4096, 4096, 64)\r\n"
    assert image.stat().st_size == (4 << 20) + 1024  # the flash, and a byte for each sector
    assert image.stat().st_blocks * 512 < 1 << 20


def test_a_second_open_here_is_busy(wire: Callable[..., Any]) -> None:
    board = wire()
    with pytest.raises(serial.SerialException, match="busy"):
        Serial(board.url)
    assert board.enter("1") == b"1\r\n"


def test_a_second_process_is_busy(wire: Callable[..., Any]) -> None:
    board = wire()
    code = (
        "from espsh.ports.protocol_sim import Serial\n"
        f"try: Serial({board.url!r})\nexcept Exception as e: print(repr(e))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "PortBusyError" in done.stdout
    assert "busy" in done.stdout


def test_an_image_two_boards_want_is_busy(
    wire: Callable[..., Any], sim_url: Callable[..., str], tmp_path: Path
) -> None:
    image = str(tmp_path / "my.img")
    wire(image=image)
    with pytest.raises(PortBusyError, match="busy"):
        Serial(sim_url(image=image))


def test_other_options_power_cycle_a_closed_board(wire: Callable[..., Any], reopen: Callable[..., Any]) -> None:
    board = wire()
    board.enter("x = 1")
    board.port.close()
    again = reopen(board.url + "&heap=64k")
    again.until(b">>> ")
    assert b"NameError" in again.enter("x")
    assert int(again.enter("import gc; gc.mem_free()")) < 70_000


def test_power_off_leaves_nothing(sim_url: Callable[..., str]) -> None:
    from espsh.sim.machine import _machines

    before, threads = descriptors(), threading.active_count()
    url = sim_url()
    port = Serial(url, timeout=20)
    port.read_until(b">>> ")
    vm = port.machine._chip.program.vm
    assert vm is not None
    assert threading.active_count() == threads + 1
    power_off(url)
    with pytest.raises(serial.SerialException):
        port.read(1)
    port.close()
    with pytest.raises(ProcessLookupError):
        os.kill(vm.pid, 0)
    assert (descriptors(), threading.active_count()) == (before, threads)
    assert not any(machine.options.name in url for machine in _machines.values())
    with pytest.raises(UsageError, match="no board runs"):
        machine_at(url)


def test_many_boards_one_after_the_other(sim_url: Callable[..., str]) -> None:
    before = descriptors()
    for _ in range(12):
        url = sim_url()
        with Serial(url, timeout=20) as port:
            assert port.read_until(b">>> ").endswith(b">>> ")
        power_off(url)
    assert descriptors() == before


def test_many_boards_at_once(wire: Callable[..., Any]) -> None:
    boards = [wire() for _ in range(6)]
    for number, board in enumerate(boards):
        board.enter(f"x = {number}")
    assert [int(board.enter("x")) for board in boards] == list(range(6))


def test_no_micropython_is_one_clear_line(sim_url: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    import espsh.sim.interpreter as interpreter

    monkeypatch.setattr(interpreter.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(interpreter.shutil, "which", lambda *args, **kwargs: None)
    with pytest.raises(ConnectError, match="not installed") as caught:
        Serial(sim_url())
    assert "espsh[sim]" in (caught.value.hint or "")


def test_another_platform_is_one_clear_line(sim_url: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("espsh.sim.interpreter.sys.platform", "win32")
    with pytest.raises(ConnectError, match="win32"):
        Serial(sim_url())


@pytest.mark.parametrize("program", ["/no/such/program", "/bin/true"])
def test_a_micropython_that_is_none(sim_url: Callable[..., str], monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    before = descriptors()
    monkeypatch.setenv("ESPSH_MICROPYTHON", program)
    with pytest.raises(ConnectError, match=r"sim: .*(no program|does not start)"):
        Serial(sim_url())
    assert descriptors() == before


def test_importing_the_handler_is_light() -> None:
    code = (
        "import sys, espsh.ports.protocol_sim\n"
        "print([m for m in ('platformdirs', 'asyncio', 'esptool', 'espsh.sim.vm') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("app", "said"), [("chatter", b"sensor: temperature"), ("bootloop", b"TG0WDT_SYS_RESET")])
def test_other_firmware_talks_and_does_not_listen(wire: Callable[..., Any], app: str, said: bytes) -> None:
    board = wire(app=app, prompt=False)
    for _ in range(2):
        board.until(said)
        board.port.write(b"\r\x03\x03\x01")
    assert b">>>" not in board.until(b"\n")


def test_silent_firmware(wire: Callable[..., Any]) -> None:
    board = wire(app="silent", prompt=False)
    board.until(b"entry 0x400805b0\r\n")
    board.port.write(b"\r\x03\x01")
    assert board.silent_for(0.1) == b""


def test_reads_can_be_cancelled_and_time_out(wire: Callable[..., Any]) -> None:
    board = wire()
    board.port.timeout = 0
    assert board.port.read(5) == b""
    board.port.timeout = None
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append(board.port.read(5)))
    reader.start()
    while not came:
        board.port.cancel_read()
        reader.join(0.01)
    assert came == [b""]


def test_the_pyserial_door(wire: Callable[..., Any], sim_url: Callable[..., str]) -> None:
    if "espsh.ports" not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.insert(0, "espsh.ports")  # as espsh does it: before pyserial's
    port = serial.serial_for_url(sim_url(), do_not_open=True, exclusive=True, timeout=20)
    port.dtr = port.rts = False
    assert not port.is_open
    port.open()
    assert port.read_until(b">>> ").endswith(b">>> ")
    assert port.in_waiting == 0
    port.close()
    with pytest.raises(serial.SerialException):
        port.read(1)
