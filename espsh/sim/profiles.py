"""The chips a virtual board can be, as data.

Boot texts of the ESP32 and the C3 are those of real ROMs (MicroPython 1.24.0 and 1.20.0); the S3's follows its
documentation. ``boot`` values: what the strapping pins read for a flash boot and for download mode.
"""

from __future__ import annotations

from dataclasses import dataclass, field

POWER_ON = "power-on"
HARD = "hard"
SOFTWARE = "software"
PANIC = "panic"
DEEP_SLEEP = "deep-sleep"
SOFT = "soft"


@dataclass(frozen=True)
class Profile:
    """One kind of board; ``heap`` is what a program finds free, in bytes."""

    name: str
    machine: str
    sysname: str
    heap: int
    freq: int
    oui: bytes
    header: str = ""
    flash_boot: str = ""
    download_boot: str = ""
    loading: str = ""
    resets: dict[str, str] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    uarts: int = 3

    def boot_log(self, reason: str, *, download: bool = False) -> bytes:
        """Return what the ROM and the bootloader print after a reset for ``reason``."""
        if not self.header:
            return b""
        boot = self.download_boot if download else self.flash_boot
        lines = f"{self.header}\nrst:{self.resets[reason]},boot:{boot}\n"
        lines += "waiting for download\n" if download else self.loading
        return lines.replace("\n", "\r\n").encode()


_XTENSA_RESETS = {
    POWER_ON: "0x1 (POWERON_RESET)",
    HARD: "0x1 (POWERON_RESET)",
    SOFTWARE: "0xc (SW_CPU_RESET)",
    PANIC: "0xc (SW_CPU_RESET)",
    DEEP_SLEEP: "0x5 (DEEPSLEEP_RESET)",
}
_NEWER_RESETS = {
    POWER_ON: "0x1 (POWERON)",
    HARD: "0x1 (POWERON)",
    SOFTWARE: "0x3 (RTC_SW_SYS_RST)",
    PANIC: "0x3 (RTC_SW_SYS_RST)",
    DEEP_SLEEP: "0x5 (DSLEEP)",
}

_ALL = (
    Profile(
        name="esp32",
        machine="Generic ESP32 module with ESP32",
        sysname="esp32",
        heap=165_000,
        freq=160_000_000,
        oui=bytes.fromhex("30aea4"),
        header="ets Jul 29 2019 12:21:46\n",
        flash_boot="0x12 (SPI_FAST_FLASH_BOOT)",
        download_boot="0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))",
        loading=(
            "configsip: 0, SPIWP:0xee\n"
            "clk_drv:0x00,q_drv:0x00,d_drv:0x00,cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00\n"
            "mode:DIO, clock div:2\n"
            "load:0x3fff0030,len:4892\n"
            "ho 0 tail 12 room 4\n"
            "load:0x40078000,len:14896\n"
            "load:0x40080400,len:4\n"
            "load:0x40080404,len:3372\n"
            "entry 0x400805b0\n"
        ),
        resets=_XTENSA_RESETS,
    ),
    Profile(
        name="esp32c3",
        machine="ESP32C3 module with ESP32C3",
        sysname="esp32",
        heap=165_000,
        freq=160_000_000,
        uarts=2,
        oui=bytes.fromhex("a0764e"),
        header="ESP-ROM:esp32c3-api1-20210207\nBuild:Feb  7 2021",
        flash_boot="0x8 (SPI_FAST_FLASH_BOOT)",
        download_boot="0x0 (USB_BOOT)",
        loading=(
            "SPIWP:0xee\n"
            "mode:DIO, clock div:1\n"
            "load:0x3fcd5810,len:0xe3c\n"
            "load:0x403cc710,len:0x6f4\n"
            "load:0x403ce710,len:0x28e4\n"
            "entry 0x403cc710\n"
        ),
        resets=_NEWER_RESETS,
    ),
    Profile(
        name="esp32s3",
        machine="Generic ESP32S3 module with ESP32S3",
        sysname="esp32",
        heap=200_000,
        freq=240_000_000,
        oui=bytes.fromhex("7cdfa1"),
        header="ESP-ROM:esp32s3-20210327\nBuild:Mar 27 2021",
        flash_boot="0x8 (SPI_FAST_FLASH_BOOT)",
        download_boot="0x0 (DOWNLOAD(USB/UART0))",
        loading=(
            "SPIWP:0xee\n"
            "mode:DIO, clock div:1\n"
            "load:0x3fce3810,len:0xe3c\n"
            "load:0x403c9700,len:0x6f4\n"
            "load:0x403cc700,len:0x28e4\n"
            "entry 0x403c9880\n"
        ),
        resets=_NEWER_RESETS,
    ),
    # A board with 16 kB of heap: 8.5 kB of it are free, which hold as much as this does where pointers have 64 bits.
    # What an nRF port of that size lacks is not there.
    Profile(
        name="small",
        machine="small virtual board with 16 kB",
        sysname="small",
        heap=15_000,
        freq=64_000_000,
        oui=bytes.fromhex("c0ffee"),
        without=frozenset(
            {"stdin.buffer", "UART", "deflate", "hashlib", "errno", "select", "json", "uctypes", "esp", "esp32"}
            | {"binascii.hexlify", "binascii.unhexlify", "binascii.crc32"}
        ),
    ),
)

PROFILES: dict[str, Profile] = {profile.name: profile for profile in _ALL}
