"""Firmware is written to the chip that was agreed on, wherever its port comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espsh.sim.machine import machine_at
from tests.commands.test_flash_trouble import IMAGE
from tests.conftest import Shell
from tests.following import FIRST, LOST, Run, cut, replugging
from tests.usb import Usb, usb_in

Port = Callable[..., str]


@pytest.fixture
def usb(tmp_path: Path, sh: Shell) -> Iterator[Usb]:
    with usb_in(tmp_path / "dev") as usb:
        sh.env["ESPSH_PORTS"] = str(usb.file)
        sh.write("new.bin", IMAGE)
        yield usb


@pytest.fixture
def run(sh: Shell) -> Run:
    return Run(sh)


def test_a_port_that_gets_another_name_while_flash_writes(sh: Shell, usb: Usb, port: Port, tmp_path: Path) -> None:
    url = port(image=str(tmp_path / "flash.img"))
    place = usb.plug(url, "ttyACM0", **FIRST)
    back = threading.Event()
    cut(url, replugging(usb, url, "ttyACM0", "ttyACM1", back, **FIRST), at=30_000)
    done = sh.run("-p", f"attic={place}", "--wait", "20", "flash", "-y", "new.bin")
    assert done.code == 0, done.err
    why = "the chip stays in download mode: press EN (reset) to start it (the port has no RTS line)"
    assert done.out == f"FLASHED · VERIFIED · {why}\n"
    assert back.is_set()
    machine_at(url).power_cut()
    assert sh.run("-p", usb.path("ttyACM1"), "name").out == "attic\n"


def test_another_board_at_the_port_of_a_lost_one_is_not_flashed(
    sh: Shell, run: Run, usb: Usb, port: Port, tmp_path: Path
) -> None:
    attic, cellar = port(), port(image=str(tmp_path / "cellar.img"))
    place = usb.plug(attic, "ttyACM0", **FIRST)

    def change() -> None:
        usb.unplug("ttyACM0")
        usb.plug(cellar, "ttyACM0", **FIRST)

    result = run([f"attic={place}"], "eval 1", change, run.sees(LOST), "flash -y new.bin")
    assert result.code == 3
    assert f"flash: another board is on {place} now" in result.err
    assert "nothing was written" in result.err
