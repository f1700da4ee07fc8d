from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from espsh.ports.listing import KnownPorts, PortInfo, as_records, list_ports, plausible
from espsh.ports.usb_ids import USB_KINDS, usb_kind


def raw(device: str, vid: int | None = None, pid: int | None = None, **more: Any) -> Any:
    facts = {"description": "n/a", "serial_number": None, "location": None, **more}
    return SimpleNamespace(device=device, vid=vid, pid=pid, **facts)


@pytest.mark.parametrize(
    ("vid", "pid", "name"),
    [
        (0x10C4, 0xEA60, "CP210x"),
        (0x1A86, 0x7523, "CH340"),
        (0x1A86, 0x55D4, "CH34x/CH91xx"),
        (0x0403, 0x6001, "FTDI"),
        (0x303A, 0x1001, "Espressif USB-Serial/JTAG"),
        (0x303A, 0x4001, "MicroPython on ESP32 USB"),
        (0x303A, 0x8123, "Espressif USB"),
        (0x2E8A, 0x0005, "MicroPython on RP2"),
        (0x239A, 0x80F4, "Adafruit"),
        (0x067B, 0x2303, "PL2303"),
        (0x0D28, 0x0204, "micro:bit / DAPLink"),
    ],
)
def test_known_devices(vid: int, pid: int, name: str) -> None:
    (port,) = list_ports(lambda: [raw("/dev/ttyACM0", vid, pid)])
    assert (port.kind, port.plausible) == (name, True)


def test_a_board_is_expected_only_behind_known_usb_devices() -> None:
    found = list_ports(
        lambda: [
            raw("/dev/ttyS0"),
            raw("/dev/ttyACM3", 0x1234, 0x5678, description="Some modem"),
            raw("/dev/cu.Bluetooth-Incoming-Port"),
            raw("COM5", description="Standard Serial over Bluetooth link (COM5)"),
            raw("/dev/ttyUSB0", 0x10C4, 0xEA60),
        ],
        "linux",
    )
    assert [port.device for port in plausible(found)] == ["/dev/ttyUSB0"]
    assert found[0].device == "/dev/ttyUSB0"
    assert {port.kind for port in found if "luetooth" in port.device + port.description} == {"Bluetooth"}


@pytest.mark.parametrize(("location", "is_board"), [("1-1.2:1.0", False), ("1-1.2:1.1", True), ("1-1:x.0", False)])
def test_the_jtag_half_of_an_esp_prog_is_no_board(location: str, is_board: bool) -> None:
    (port,) = list_ports(lambda: [raw("/dev/ttyUSB0", 0x0403, 0x6010, location=location)])
    assert port.plausible is is_board
    assert ("JTAG" in port.kind) is not is_board


def test_macos_lists_each_device_once() -> None:
    scan = [raw("/dev/tty.usbmodem1", 0x303A, 0x1001), raw("/dev/cu.usbmodem1", 0x303A, 0x1001)]
    assert [port.device for port in list_ports(lambda: scan, "darwin")] == ["/dev/cu.usbmodem1"]
    assert len(list_ports(lambda: scan, "linux")) == 2


def test_numbers_sort_as_numbers() -> None:
    scan = [raw(f"COM{number}", 0x10C4, 0xEA60) for number in (10, 9, 1)]
    assert [port.device for port in list_ports(lambda: scan, "win32")] == ["COM1", "COM9", "COM10"]


def test_records_for_programs() -> None:
    (record,) = as_records([PortInfo("COM3", vid=0x10C4, pid=0xEA60, serial="1", kind="CP210x", plausible=True)])
    assert (record["port"], record["usb_id"], record["plausible"]) == ("COM3", "10c4:ea60", True)


def test_known_ports_answer_at_once_and_look_behind() -> None:
    looked: list[int] = []

    def find() -> list[PortInfo]:
        looked.append(1)
        return [PortInfo("COM3", kind="CP210x")]

    known = KnownPorts(find, fresh=1e9)
    assert known() == []
    known.wait()
    assert known() == [("COM3", "CP210x")]
    known.wait()
    assert looked == [1]


def test_every_kind_in_the_table_can_be_reached() -> None:
    for kind in USB_KINDS:
        pid = max(kind.pids) if kind.pids else 0xFFFE
        assert usb_kind(kind.vid, pid, kind.interface) == kind
