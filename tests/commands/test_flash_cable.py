"""flash and erase with the cable pulled: in each phase, put back or not, and of one board among others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from espsh.errors import ConnectError
from espsh.firmware.hands import Hands
from espsh.firmware.work import Work
from espsh.sim.machine import machine_at
from tests.commands.test_flash_trouble import IMAGE, LOCAL, POINTS, opened
from tests.conftest import Shell

Port = Callable[..., str]


@pytest.fixture
def working(sh: Shell, port: Port) -> Shell:
    sh.ports.append(port())
    sh.write("new.bin", IMAGE)
    assert sh("ls :").code == 0
    return sh


@pytest.mark.parametrize("point", POINTS)
def test_a_cable_that_is_put_back_does_no_harm(point: str, working: Shell) -> None:
    where = POINTS[point]
    machine_at(working.ports[0]).faults.add(f"unplug@{where}:replug=0.2s")
    done = working("flash -y new.bin")
    assert (done.code, "BOOTED" in done.out) == (0, True), done.err
    assert "the port went away; waiting 5 s for it to come back" in done.err


@pytest.mark.parametrize("point", POINTS)
def test_a_cable_that_stays_out_is_told_with_the_state_and_the_same_command_mends_it(
    point: str, working: Shell
) -> None:
    machine_at(working.ports[0]).faults.add(f"unplug@{POINTS[point]}")
    lost = working("flash -y new.bin", "--wait", "0")
    assert (lost.code, lost.out) == ((4, "") if point in LOCAL else (5, ""))
    assert ("nothing was written" if point in LOCAL else "half written") in lost.err
    assert "Traceback" not in lost.err
    machine_at(working.ports[0]).replug()
    assert working("flash -y new.bin").code == 0


@pytest.mark.parametrize("point", [57_960, 58_200])
def test_a_cable_pulled_as_the_board_starts_is_waited_for(point: int, working: Shell) -> None:
    machine_at(working.ports[0]).faults.add(f"unplug@{point}:replug=0.2s")
    done = working("flash -y new.bin")
    assert (done.code, "BOOTED" in done.out) == (0, True), done.err
    machine_at(working.ports[0]).faults.add(f"unplug@{point}")
    lost = working("flash -y new.bin", "--wait", "0")
    assert (lost.code, lost.out) == (4, "")
    assert "FLASHED · VERIFIED · the port went away as the board started" in lost.err
    assert "hint: plug it in again; whether all of it works was not seen: monitor shows" in lost.err
    machine_at(working.ports[0]).replug()
    assert working("ls :").code == 0


def test_a_chip_whose_port_went_before_its_restart_is_restarted(port: Port, tmp_path: Path) -> None:
    url = port()
    board = opened(url)
    Work(board, tmp_path, changes=True).run(lambda esp: machine_at(url).unplug(0.2))
    machine_at(url).settle()
    assert machine_at(url).state == "running"
    assert board.evaluate("1 + 1") == "2"
    board.close()


ERASING = {
    "erase -y": (8880, "the flash is partly erased: the board does not boot until it is flashed again: flash FILE"),
    "erase -y --fs": (9050, "the flash is partly erased: the same command erases the rest"),
    "erase -y --region 0x200000 0x100000": (8880, "the flash is partly erased: the same command erases the rest"),
}


@pytest.mark.parametrize("line", ERASING)
def test_a_cable_pulled_in_an_erase(line: str, working: Shell) -> None:
    point, state = ERASING[line]
    machine_at(working.ports[0]).faults.add(f"unplug@{point}:replug=0.2s")
    assert working(line).code == 0
    assert working("flash -y new.bin").code == 0
    machine_at(working.ports[0]).faults.add(f"unplug@{point}")
    lost = working(line, "--wait", "0")
    assert (lost.code, lost.out) == (5, "")
    assert state in lost.err
    machine_at(working.ports[0]).replug()
    assert working(line).code == 0


@pytest.mark.parametrize("which", ["@all", "@lost,good", "@good,lost"])
def test_a_board_that_is_lost_among_others_is_named_and_the_others_finish(which: str, sh: Shell, port: Port) -> None:
    lost, good = port(), port()
    sh.ports += [f"lost={lost}", f"good={good}"]
    sh.write("new.bin", IMAGE)
    assert sh("@all ls :").code == 0
    machine_at(lost).faults.add(f"unplug@{POINTS['the middle']}")
    done = sh(f"{which} flash -y new.bin", "--wait", "0")
    assert done.code == 5
    assert done.out == "good: FLASHED · VERIFIED · BOOTED (MicroPython 1.29.0 on ESP32)\n"
    assert "lost: flash: the port went away\n" in done.err
    assert "the flash is half written: the board does not boot until it is flashed again" in done.err
    assert "lost" not in done.out
    machine_at(lost).replug()
    assert sh("@lost flash -y new.bin").code == 0


def test_a_port_that_does_not_come_back_after_the_write_is_told_with_what_was_done(
    working: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:

    def gone(*_: object, **__: object) -> None:
        raise ConnectError("no port /dev/ttyACM0")

    monkeypatch.setattr(Hands, "watch", gone)
    told = working("flash -y new.bin")
    assert told.code == 3
    assert "FLASHED · VERIFIED · no port /dev/ttyACM0" in told.err
