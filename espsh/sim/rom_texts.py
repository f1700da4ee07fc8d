"""What the ROMs print, as data.

ESP32 and C3: from real ROMs (MicroPython 1.24.0, 1.20.0, an erased flash, an image of another chip). The others follow
logs in the issues of espressif/esp-idf and espressif/arduino-esp32, and the S3's documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

POWER_ON = "power-on"
HARD = "hard"
SOFTWARE = "software"
PANIC = "panic"
DEEP_SLEEP = "deep-sleep"
SOFT = "soft"
WATCHDOG = "watchdog"
LOADER = "loader"
BOOTLOADER = "bootloader"


@dataclass(frozen=True)
class RomTexts:
    """The texts of one ROM, with fields in braces to be filled in; ``baud`` is its rate where it has one of its own.

    ``flash_boot`` and ``download_boot`` are what the strapping pins read; ``resets`` names the reasons. ``after``
    follows unless the power came on, ``loading`` comes before the segments, ``gap`` between two where a 16-byte read
    splits a segment's head.
    """

    hello: str
    flash_boot: str
    download_boot: str
    resets: dict[str, str]
    loading: str
    load: str
    entry: str
    invalid: str
    wrong_chip: str
    bad_checksum: str
    after: str = ""
    gap: str = ""
    bad_hash: str = ""
    waiting: str = "waiting for download\n"
    baud: int = 0

    def greeting(self, reason: str, *, download: bool = False) -> str:
        """Return what it prints first after a reset for ``reason``."""
        boot = self.download_boot if download else self.flash_boot
        text = self.hello.format(reset=self.resets[reason], boot=boot)
        text += self.after if reason not in (POWER_ON, HARD) else ""
        return text + (self.waiting if download else "")


def wired(text: str) -> bytes:
    """Return a text as it goes out on the line."""
    return text.replace("\n", "\r\n").encode()


_NEWER_RESETS = {
    POWER_ON: "0x1 (POWERON)",
    HARD: "0x1 (POWERON)",
    SOFTWARE: "0x3 (RTC_SW_SYS_RST)",
    BOOTLOADER: "0x3 (RTC_SW_SYS_RST)",
    LOADER: "0x3 (RTC_SW_SYS_RST)",
    PANIC: "0x3 (RTC_SW_SYS_RST)",
    DEEP_SLEEP: "0x5 (DSLEEP)",
    WATCHDOG: "0x7 (TG0WDT_SYS_RST)",
}
# How many of these lines come before the watchdog bites: eight on an ESP32, a few more on a C3.
_INVALID = "invalid header: 0x{word:08x}\n"
_WRONG_CHIP = "Invalid chip id. Expected {own} read {found}. Bootloader for wrong chip?\nets_main.c 329 \n"

ESP32 = RomTexts(
    hello="ets Jul 29 2019 12:21:46\n\nrst:{reset},boot:{boot}\n",
    flash_boot="0x12 (SPI_FAST_FLASH_BOOT)",
    download_boot="0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))",
    resets={
        POWER_ON: "0x1 (POWERON_RESET)",
        HARD: "0x1 (POWERON_RESET)",
        SOFTWARE: "0xc (SW_CPU_RESET)",
        BOOTLOADER: "0xc (SW_CPU_RESET)",
        LOADER: "0x3 (SW_RESET)",
        PANIC: "0xc (SW_CPU_RESET)",
        DEEP_SLEEP: "0x5 (DEEPSLEEP_RESET)",
        WATCHDOG: "0x10 (RTCWDT_RTC_RESET)",
    },
    loading=(
        "configsip: 0, SPIWP:0xee\n"
        "clk_drv:0x00,q_drv:0x00,d_drv:0x00,cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00\n"
        "mode:DIO, clock div:2\n"
    ),
    load="load:0x{address:08x},len:{length}\n",
    gap="ho 0 tail 12 room 4\n",
    entry="entry 0x{entry:08x}\n",
    invalid=_INVALID * 8,
    wrong_chip="wrong chip id 0x{found:04x}\n",
    bad_checksum="csum err:0x{stored:x}!=0x{calculated:x}\nets_main.c 384 \n",
)


def _newer(hello: str, flash_boot: str, download_boot: str, saved_pc: str) -> RomTexts:
    return RomTexts(
        hello=hello,
        flash_boot=flash_boot,
        download_boot=download_boot,
        resets=_NEWER_RESETS,
        after=f"Saved PC:{saved_pc}\n",
        loading="SPIWP:0xee\nmode:DIO, clock div:1\n",
        load="load:0x{address:08x},len:0x{length:x}\n",
        entry="entry 0x{entry:08x}\n",
        invalid=_INVALID * 12,
        wrong_chip=_WRONG_CHIP,
        bad_checksum="csum err:0x{stored:x}!=0x{calculated:x}\nets_main.c 384 \n",
        bad_hash=(
            "SHA-256 comparison failed:\nCalculated: {calculated}\nExpected: {stored}\nAttempting to boot anyway...\n"
        ),
    )


ESP32C3 = _newer(
    "ESP-ROM:esp32c3-api1-20210207\nBuild:Feb  7 2021\nrst:{reset},boot:{boot}\n",
    "0x8 (SPI_FAST_FLASH_BOOT)",
    "0x0 (USB_BOOT)",
    "0x4004c0dc",
)
ESP32S3 = _newer(
    "ESP-ROM:esp32s3-20210327\nBuild:Mar 27 2021\nrst:{reset},boot:{boot}\n",
    "0x8 (SPI_FAST_FLASH_BOOT)",
    "0x0 (DOWNLOAD(USB/UART0))",
    "0x403cd0e9",
)
ESP32C6 = _newer(
    "ESP-ROM:esp32c6-20220919\nBuild:Sep 19 2022\nrst:{reset},boot:{boot}\n",
    "0xc (SPI_FAST_FLASH_BOOT)",
    "0x4 (DOWNLOAD(USB/UART0/SDIO_REI_FEO))",
    "0x4001975a",
)
ESP8266 = RomTexts(
    hello="\n ets Jan  8 2013,rst cause:{reset}, boot mode:({boot})\n\n",
    flash_boot="3,6",
    download_boot="1,6",
    resets={
        POWER_ON: "1",
        HARD: "2",
        SOFTWARE: "2",
        BOOTLOADER: "2",
        LOADER: "2",
        PANIC: "2",
        DEEP_SLEEP: "5",
        WATCHDOG: "4",
    },
    loading="",
    load="load 0x{address:08x}, len {length}, room 16 \ntail 0\nchksum 0x{checksum:02x}\n",
    entry="csum 0x{checksum:02x}\n",
    invalid="ets_main.c \n",
    wrong_chip="",
    bad_checksum="csum err\nets_main.c \n",
    waiting="",
    baud=74880,
)
