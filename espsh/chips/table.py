"""The chips that espsh knows by itself.

Sources: esptool's ``targets/*.py`` (image ids, offsets, header nibbles, UF2 families), ESP-IDF's ``esp_app_format.h``,
``uf2families.json`` of microsoft/uf2, and MicroPython's ``ports/*/boards`` (the generic builds).
"""

from __future__ import annotations

from types import MappingProxyType

from espsh.chips.chip import Chip, EspChip, Psram

_MB = 1024 * 1024
_SIZES_8266 = MappingProxyType(
    {0: _MB // 2, 1: _MB // 4, 2: _MB, 3: 2 * _MB, 4: 4 * _MB, 5: 2 * _MB, 6: 4 * _MB, 8: 8 * _MB, 9: 16 * _MB}
)
_60 = MappingProxyType({0xF: 60, 0: 30, 1: 20, 2: 15})
_48 = MappingProxyType({0xF: 48, 0: 24, 1: 16, 2: 12})
_NEWER_80 = MappingProxyType({0xF: 80, 0: 40, 2: 20})
_NEWER_48 = MappingProxyType({0xF: 48, 0: 24})
# The C6's ROM divides by a wrong value: an image for 80 MHz is marked as one for 40.
_C6 = MappingProxyType({0: 80, 2: 20})

CHIPS: tuple[Chip, ...] = (
    EspChip(
        "ESP8266", aliases=("ESP8285",), arch="xtensa", build="ESP8266_GENERIC", uf2_families=(0x7EAB61ED,),
        bootloader=0x0, sizes=_SIZES_8266, partitioned=False,
    ),
    EspChip(
        "ESP32", arch="xtensawin", build="ESP32_GENERIC", uf2_families=(0x1C5F21B0,), image_id=0, bootloader=0x1000,
        psram=Psram.OUTSIDE,
    ),
    # The S2-WROVER carries its PSRAM beside the chip.
    EspChip(
        "ESP32-S2", arch="xtensawin", build="ESP32_GENERIC_S2", uf2_families=(0xBFDD4EEE,), image_id=2,
        bootloader=0x1000, psram=Psram.OUTSIDE, native_usb=True, watchdog=True,
    ),
    # RISC-V has no ``arch`` here: the firmware that loads native code for it says so itself.
    EspChip(
        "ESP32-C3", build="ESP32_GENERIC_C3", uf2_families=(0xD42BA06C,), image_id=5,
        bootloader=0x0, native_usb=True, watchdog=True, old_revision=1,
    ),
    EspChip(
        "ESP32-S3", arch="xtensawin", build="ESP32_GENERIC_S3", uf2_families=(0xC47E5767,), image_id=9,
        bootloader=0x0, psram=Psram.PACKAGE, native_usb=True, watchdog=True,
    ),
    EspChip(
        "ESP32-C2", build="ESP32_GENERIC_C2", uf2_families=(0x2B88D29C,), image_id=12,
        bootloader=0x0, frequencies=_60, watchdog=True,
    ),
    EspChip(
        "ESP32-C6", build="ESP32_GENERIC_C6", uf2_families=(0x540DDF62,), image_id=13,
        bootloader=0x0, native_usb=True, frequencies=_C6,
    ),
    EspChip(
        "ESP32-H2", build="ESP32_GENERIC_H2", uf2_families=(0x332726F6,), image_id=16,
        bootloader=0x0, native_usb=True, frequencies=_48,
    ),
    EspChip(
        "ESP32-P4", build="ESP32_GENERIC_P4", uf2_families=(0x3D308E94,), image_id=18,
        bootloader=0x2000, psram=Psram.OUTSIDE, native_usb=True, watchdog=True,
    ),
    EspChip(
        "ESP32-C61", uf2_families=(0x77D850C4,), image_id=20,
        bootloader=0x0, psram=Psram.PACKAGE, native_usb=True, frequencies=_NEWER_80, watchdog=True,
    ),
    EspChip(
        "ESP32-C5", build="ESP32_GENERIC_C5", uf2_families=(0xF71C0343,), image_id=23,
        bootloader=0x2000, psram=Psram.PACKAGE, native_usb=True, frequencies=_NEWER_80, watchdog=True,
    ),
    EspChip(
        "ESP32-H21", uf2_families=(0xB6DD00AF,), image_id=25, bootloader=0x0, native_usb=True, frequencies=_NEWER_48
    ),
    EspChip(
        "ESP32-H4", uf2_families=(0x9E0BAA8A,), image_id=28,
        bootloader=0x2000, psram=Psram.PACKAGE, native_usb=True, frequencies=_NEWER_48,
    ),
    EspChip(
        "ESP32-S31", uf2_families=(0x3101F7C1,), image_id=32,
        bootloader=0x2000, psram=Psram.PACKAGE, native_usb=True, frequencies=_NEWER_80, watchdog=True,
    ),
    # esptool's is a copy of the ESP32 so far: nothing but the id can be relied on.
    Chip("ESP32-E22", image_id=31),
    # Its bootloader calls itself RPI-RP2.
    Chip("RP2040", aliases=("RPI-RP2",), arch="armv6m", build="RPI_PICO", uf2_families=(0xE48BFF56,)),
    # Secure Arm, RISC-V, non-secure Arm.
    Chip("RP2350", build="RPI_PICO2", uf2_families=(0xE48BFF59, 0xE48BFF5A, 0xE48BFF5B)),
    Chip("nRF52840", uf2_families=(0xADA52840,)),
    Chip("SAMD21", uf2_families=(0x68ED2B88,)),
    Chip("SAMD51", uf2_families=(0x55114460,)),
    Chip("STM32F4", uf2_families=(0x57755A57,)),
    Chip("i.MX RT10xx", uf2_families=(0x4FB2D5BD,)),
)  # fmt: skip
