"""What a chip's ROM says when it finds nothing that it can start, most telling first."""

from __future__ import annotations

from espsh.diagnose.rules import row

_OFFSETS = "0x1000 on ESP32 and S2, 0x2000 on C5 and P4, else 0x0"

RULES = (
    row(
        "spi-download", "final", r"wait(?:ing)? spi download",
        title="the chip waits in SPI download mode: two strap pins are low at once",
        cause="on a C3 these are GPIO8 and GPIO9 (BOOT); together low they mean nothing useful",
        fix="pull GPIO8 up, let go of BOOT, and press EN (reset)",
    ),
    row(
        "download-mode", "final", r"waiting for download", r"boot:0x[0-9a-f]+ \(DOWNLOAD", r"boot mode:\(1,\d+\)",
        title="the chip is in download mode",
        cause="BOOT was held, or its pin is low; after flashing over the chip's own USB it also stays there",
        fix="let go of BOOT and press EN (reset), or replug the board",
    ),
    row(
        "wrong-chip", "fatal", r"Invalid chip id\. Expected (?P<this_chip>\d+) read (?P<image_chip>\d+)",
        title="the bootloader in flash is for {image_chip}, this chip is {this_chip}",
        cause="an image for another chip was flashed",
        fix="flash the image for {this_chip}: flash IMAGE",
    ),
    row(
        "wrong-chip", "fatal", r"wrong chip id 0x(?P<image_hexchip>[0-9a-fA-F]{4})",
        title="the bootloader in flash is for {image_hexchip}, this chip is an ESP32",
        cause="an image for another chip was flashed, or a file that is no image",
        fix="flash the image for the ESP32: flash IMAGE",
    ),
    row(
        "wrong-chip", "fatal", r"mismatch chip ID, expected (?P<this_chip>\d+), found (?P<image_chip>\d+)",
        title="the firmware in flash is for {image_chip}, this chip is {this_chip}",
        cause="an image for another chip was flashed",
        fix="flash the image for {this_chip}: flash IMAGE",
    ),
    row(
        "blank-flash", "fatal", r"invalid header: 0x[fF]{8}",
        title="nothing at the bootloader's offset: the flash is blank, or the image is at another offset",
        cause=f"where the ROM looks for a bootloader ({_OFFSETS}) the flash is erased",
        fix="flash IMAGE; if that does not help, look at the flash chip's pins and the supply",
    ),
    row(
        "zero-flash", "fatal", r"invalid header: 0x0{8}",
        title="the flash reads as zeros at the bootloader's offset: it was overwritten, or does not answer",
        cause="zeros were written there, or something pulls the flash chip's pins low",
        fix="unplug what is wired to the board, then: flash IMAGE",
    ),
    row(
        "no-bootloader", "fatal", r"invalid header: 0x(?P<header>[0-9a-fA-F]{8})",
        title="what is at the bootloader's offset is no bootloader (it starts with 0x{header})",
        cause=f"a wrong file, another chip's image, or a wrong offset (right: {_OFFSETS})",
        fix="flash the image for this chip: flash IMAGE; encrypted flash shows the same",
    ),
    row(
        "no-bootloader", "fatal", r"flash read err, \d+",
        title="no bootloader at 0x1000: the flash is blank, or the image is at another offset",
        cause="the image was written to 0x0 or not at all; or something is wired to GPIO6-11; or the supply is weak",
        fix="flash IMAGE (an ESP32's belongs at 0x1000), with nothing wired to the board",
    ),
    row(
        "app-as-bootloader", "fatal", r"load:0x3f4[0-9a-f]{5},len",
        title="a firmware without its bootloader is where the bootloader belongs",
        cause="an application image was written to 0x1000; its place is the app partition, mostly at 0x10000",
        fix="flash the full (merged) image: flash IMAGE",
    ),
    row(
        "damaged-bootloader", "fatal", r"load:0x[0-9a-f]{8},len:-\d+",
        title="the bootloader in flash is damaged, or this flash chip cannot be read in the mode it asks for",
        cause="the ROM reads impossible lengths: a wrong flash mode (QIO), another chip's image, or a broken one",
        fix="flash IMAGE; if that does not help, with the flash mode DIO",
    ),
    row(
        "flash-misread", "fatal", r"csum err:0x", r"chksum 0x(?P<sum>[0-9a-f]{2})\s*\ncsum 0x(?!(?P=sum))[0-9a-f]{2}",
        title="the bootloader does not have its checksum: it is damaged, or the flash is read wrongly",
        cause="a write that was cut short, a weak supply, or a flash mode or frequency that this chip does not take",
        fix="flash IMAGE; if that does not help, with the flash mode DIO or DOUT and a better supply",
    ),
)  # fmt: skip
"""The rows of the ROM."""
