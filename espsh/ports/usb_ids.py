"""Which USB devices carry a board's serial port: data, with the first match in the table counting.

Sources: the vendors' USB id registrations (usb.ids), esptool's and mpremote's tables, Espressif's list of PIDs
(github.com/espressif/usb-pids).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UsbKind:
    """Devices of one kind. ``pids`` is None for all of the vendor's; ``interface`` limits it to one interface.

    ``uart`` says that a UART is behind it, with a rate; ``plausible`` says whether a board may be expected there:
    espsh opens no other port by itself.
    """

    vid: int
    pids: frozenset[int] | None
    name: str
    plausible: bool = True
    interface: int | None = None
    uart: bool = False


def _kind(vid: int, pids: tuple[int, ...] | None, name: str, **more: bool | int | None) -> UsbKind:
    return UsbKind(vid, None if pids is None else frozenset(pids), name, **more)  # type: ignore[arg-type]  # both are checked by the dataclass's users


USB_KINDS = (
    # The JTAG half of a dual FTDI (ESP-Prog, WROVER-KIT): opening it as a serial port disturbs a debugger.
    _kind(0x0403, (0x6010,), "FTDI FT2232 JTAG", plausible=False, interface=0),
    _kind(0x0403, (0x6001, 0x6010, 0x6011, 0x6014, 0x6015), "FTDI", uart=True),
    _kind(0x10C4, (0xEA60, 0xEA70, 0xEA71), "CP210x", uart=True),
    _kind(0x1A86, (0x7522, 0x7523, 0x5523), "CH340", uart=True),
    _kind(0x1A86, (0x55D2, 0x55D3, 0x55D4, 0x55D8), "CH34x/CH91xx", uart=True),
    _kind(0x067B, (0x2303, 0x23A3, 0x23B3, 0x23C3, 0x23D3), "PL2303", uart=True),
    _kind(0x303A, (0x1001,), "Espressif USB-Serial/JTAG"),
    _kind(0x303A, (0x1002,), "Espressif USB bridge", uart=True),
    _kind(0x303A, (0x0002, 0x0009), "Espressif ROM download mode"),
    _kind(0x303A, (0x4001,), "MicroPython on ESP32 USB"),
    _kind(0x303A, None, "Espressif USB"),
    _kind(0x2E8A, (0x0005,), "MicroPython on RP2"),
    _kind(0x2E8A, (0x0003, 0x000F), "Raspberry Pi boot ROM", plausible=False),
    _kind(0x2E8A, (0x0004, 0x000C), "Raspberry Pi debug probe", plausible=False),
    _kind(0x2E8A, None, "Raspberry Pi RP2"),
    _kind(0xF055, (0x9800, 0x9801, 0x9802, 0x9803, 0x9804, 0x9805), "MicroPython USB"),
    _kind(0x0D28, (0x0204,), "micro:bit / DAPLink"),
    _kind(0x239A, None, "Adafruit"),
    _kind(0x2341, None, "Arduino"),
    _kind(0x2886, None, "Seeed"),
    _kind(0x1B4F, None, "SparkFun"),
    _kind(0x1FC9, (0x0094,), "NXP CDC"),
)


ADDED: list[UsbKind] = []
"""Rows of plugins, which go before ours: some of ours are all devices of a vendor."""


def usb_kind(vid: int | None, pid: int | None, interface: int | None = None) -> UsbKind | None:
    """Return what kind of device this is, or None for one that is not known to carry boards."""
    for kind in (*ADDED, *USB_KINDS):
        if (
            kind.vid == vid
            and (kind.pids is None or pid in kind.pids)
            and (kind.interface is None or kind.interface == interface)
        ):
            return kind
    return None
