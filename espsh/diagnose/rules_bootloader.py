"""What ESP-IDF's second bootloader and start-up code say when a firmware does not fit the chip, most telling first."""

from __future__ import annotations

from espsh.diagnose.rules import row

RULES = (
    row(
        "chip-too-old", "fatal",
        r"chip revision check failed\. Required >= (?P<least>v[\d.]*\d), found (?P<found>v[\d.]*\d)",
        r"Image requires chip rev >= (?P<least>v[\d.]+), but chip is (?P<found>v[\d.]+)",
        r"This chip is revision (?P<found>\d+) but the application is configured for minimum revision (?P<least>\d+)",
        title="the firmware needs a newer chip: revision {least}, this one is {found}",
        cause="it was built for a minimum revision that this chip does not have",
        fix="flash an older build, or one for this revision: flash IMAGE",
    ),
    row(
        "chip-too-new", "fatal", r"Image requires chip rev <= (?P<most>v[\d.]+), but chip is (?P<found>v[\d.]+)",
        title="the firmware does not know this chip's revision {found}: it goes up to {most}",
        cause="it was built before this revision came",
        fix="flash a newer build: flash IMAGE",
    ),
    row(
        "efuse-revision", "fatal",
        r"Image requires efuse blk rev (?P<how>[<>]=) (?P<wanted>v[\d.]+), but chip is (?P<found>v[\d.]+)",
        title="the firmware asks for efuses of version {how} {wanted}, this chip has {found}",
        cause="bootloader and firmware are of different ESP-IDF versions, or the firmware's header is damaged",
        fix="flash a full image, with its own bootloader: flash IMAGE",
    ),
    row(
        "damaged-app", "fatal", r"Image hash failed - image is corrupt", r"esp_image: Checksum failed",
        title="the firmware in flash is damaged: its digest is not that of its bytes",
        cause="a damaged download, a write that was cut short, or a tool that changed its header",
        fix="get the image again, then: flash IMAGE",
    ),
    row(
        "app-too-long", "fatal", r"Image length (?P<length>\d+) doesn't fit in partition length (?P<room>\d+)",
        title="the firmware ({length} bytes) is longer than its partition ({room} bytes)",
        cause="the partition table in flash is another build's",
        fix="flash the full image, which brings its own partition table: flash IMAGE",
    ),
    row(
        "partition-beyond-flash", "fatal",
        r"partition (?P<number>\d+) invalid - offset (?P<offset>0x[0-9a-f]+) size 0x[0-9a-f]+ exceeds flash",
        title="the partition table is for a larger flash: partition {number} at {offset} ends behind it",
        cause="the image is a build for boards with more flash",
        fix="flash the variant for this board's flash size: flash IMAGE",
    ),
    row(
        "no-partition-table", "fatal", r"partition \d+ invalid magic number", r"[Ff]ailed to verify partition table",
        title="there is no partition table in flash",
        cause="only a part of the firmware was written, or over the table",
        fix="flash the full (merged) image: flash IMAGE",
    ),
    row(
        "no-app", "fatal", r"image at 0x[0-9a-fA-F]+ has invalid magic byte", r"esp_image: invalid segment length",
        r"(?:Factory app|OTA app|Test app) partition (?:slot \d+ )?is not bootable", r"No bootable app partitions",
        title="the bootloader is there, the firmware is not, or only a part of it",
        cause="nothing was flashed to the app partition, or the write was cut short",
        fix="flash the full image, at a lower baud rate if it fails again: flash IMAGE",
    ),
    row(
        "flash-silent", "fatal", r"Detected size\((?:0|128)k\) smaller",
        title="the flash chip does not answer",
        cause="GPIO12 is high at reset (boot:0x3…), which sets the flash to 1.8 V; or the flash chip's wiring",
        fix="unplug what is wired to GPIO12 and GPIO6-11, then press EN (reset)",
    ),
    row(
        "flash-too-small", "fatal",
        r"Detected size\((?P<found_kb>\d+)k\) smaller than the size in the binary image header\((?P<wanted_kb>\d+)k\)",
        title="the firmware is for {wanted_kb} of flash, this board has {found_kb}",
        cause="a build for boards with more flash",
        fix="flash the variant for {found_kb}: flash IMAGE",
    ),
    row(
        "no-psram", "fatal", r"Failed to init external RAM!", r"spiram: SPI RAM not initialized",
        title="the firmware wants PSRAM (an SPIRAM build), and this board has none, or another kind",
        cause="no PSRAM answers; an S3 with 8 MB of it (N8R8, N16R8) has octal PSRAM, others quad",
        fix="flash the variant without SPIRAM, or with SPIRAM_OCT for octal PSRAM: flash IMAGE",
    ),
    row(
        "psram-unused", "note", r"Failed to init external RAM; continuing without it",
        title="the PSRAM does not answer; the firmware goes on without it, with little memory",
        cause="the board has none, or octal PSRAM with a firmware for quad (or the other way round)",
        fix="flash the variant for this board's PSRAM, or without: flash IMAGE",
    ),
    row(
        "psram-error", "crash", r"PSRAM ID read error", r"psram: PSRAM chip is not connected",
        r"(?:SPI RAM|PSRAM) enabled but initialization failed", r"spiram: SPI SRAM error",
        title="no PSRAM answers, or it is of another kind than the firmware wants",
        cause="the board has none, or octal PSRAM with a firmware for quad (or the other way round)",
        fix="flash the variant without SPIRAM, or with SPIRAM_OCT for octal PSRAM: flash IMAGE",
    ),
    row(
        "revision-unknown", "note", r"Chip revision is higher than the one configured",
        title="the chip is newer than the firmware expected",
        cause="a remark of ESP-IDF, without consequences",
        fix="nothing to do",
    ),
)  # fmt: skip
"""The rows of the bootloader and of the start of a firmware."""
