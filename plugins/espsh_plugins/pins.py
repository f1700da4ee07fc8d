"""What each pin of a chip is for, as data.

Held in November 2026 against Espressif's own texts (repositories esp-idf, esp-hardware-design-guidelines, esptool and
ESP8266_RTOS_SDK). Numbers, ADC, flash, USB, and which pins are strapping: `api-reference/peripherals/gpio/*.inc`.
Touch: `touch_sensor_channel.h`. UART0, JTAG, SDIO, VDD_SPI: `io_mux_reg.h`, `uart_pins.h`, `*-table-io-mux.inc`,
`pin_mux_register.h` for the ESP8266. Strapping levels: `boot-mode-selection.rst`, `*-chip-boot-mode-control.inc`,
"Configure Other JTAG Interfaces", and what `espefuse` says of the flash's voltage. In none of them: the timing of the
SDIO slave, which is the datasheets'.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from espsh.api import UsageError


class Pin(NamedTuple):
    """One pin. ``use`` is "" where it is free, else a key of :data:`USES`."""

    number: int
    use: str
    functions: str
    note: str


USES = {
    "flash": "the program runs from flash: it stops if this pin is driven",
    "psram": "memory is lost if the module has PSRAM on it; without PSRAM the pin is free",
    "strapping": "its level at a reset says how the chip starts; see gpio pinout",
    "console": "a board that talks by UART0 is cut off by it",
    "usb": "a board that talks by its own USB is cut off by it",
    "input": "the chip has no output there",
}
"""Why a pin is not driven just so."""
_ALWAYS = ("input",)
"""Uses that --force does not help against."""
FORCED = tuple(USES.keys() - _ALWAYS)
"""Uses that it helps against."""

# Pin or pins, use (- for none), functions (- for none), note.
_S2_AND_S3 = """
0      strapping -                low at a reset: download mode; the BOOT button
11-14  -         ADC2_CH{-11},TOUCH{0}
15-18  -         ADC2_CH{-11}
19     usb       ADC2_CH8,USB_D-
20     usb       ADC2_CH9,USB_D+
21     -         -
26-32  flash     SPI0/1           PSRAM too
39     -         MTCK
40     -         MTDO
41     -         MTDI
42     -         MTMS
43     console   U0TXD
44     console   U0RXD
45     strapping -                high at a reset: 1.8 V for the flash, unless a fuse says which
"""
_TABLES = {
    "ESP32": """
0      strapping ADC2_CH1,TOUCH1  low at a reset: download mode; the BOOT button
1      console   U0TXD
2      strapping ADC2_CH2,TOUCH2  high at a reset: no download mode; an LED on many boards
3      console   U0RXD
4      -         ADC2_CH0,TOUCH0
5      strapping VSPI_CS0         timing of the SDIO slave
6-11   flash     SPI0/1
12     strapping ADC2_CH5,TOUCH5,MTDI  high at a reset: 1.8 V for the flash, and a 3.3 V flash does not start
13     -         ADC2_CH4,TOUCH4,MTCK
14     -         ADC2_CH6,TOUCH6,MTMS
15     strapping ADC2_CH3,TOUCH3,MTDO  low at a reset: the ROM is silent
16-17  psram     SPI0/1           UART2 on modules without PSRAM
18     -         VSPI_CLK
19     -         VSPI_MISO
20     -         -                on ESP32-PICO-V3 only
21     -         I2C_SDA          by custom
22     -         I2C_SCL          by custom
23     -         VSPI_MOSI
25     -         ADC2_CH8,DAC1
26     -         ADC2_CH9,DAC2
27     -         ADC2_CH7,TOUCH7
32     -         ADC1_CH4,TOUCH9
33     -         ADC1_CH5,TOUCH8
34     input     ADC1_CH6         no pull-up, no pull-down
35     input     ADC1_CH7         no pull-up, no pull-down
36     input     ADC1_CH0         no pull-up, no pull-down
37     input     ADC1_CH1         no pull-up, no pull-down
38     input     ADC1_CH2         no pull-up, no pull-down
39     input     ADC1_CH3         no pull-up, no pull-down
""",
    "ESP32-S2": _S2_AND_S3
    + """
1-10   -         ADC1_CH{-1},TOUCH{0}
33-38  -         -
46     input     -                strapping, too: high at a reset: no download mode
""",
    "ESP32-S3": _S2_AND_S3
    + """
1-2    -         ADC1_CH{-1},TOUCH{0}
3      strapping ADC1_CH2,TOUCH3  which JTAG is used, if a fuse says so
4-10   -         ADC1_CH{-1},TOUCH{0}
33-37  psram     SPI0/1           octal flash and octal PSRAM only (N8R8, N16R8)
38     -         -
46     strapping -                high at a reset: no download mode
47-48  -         -
""",
    "ESP32-C3": """
0-1    -         ADC1_CH{0}
2      strapping ADC1_CH2         better high at a reset, against glitches
3      -         ADC1_CH3
4      -         ADC1_CH4,MTMS
5      -         ADC2_CH0,MTDI
6      -         MTCK
7      -         MTDO
8      strapping -                low at a reset: no download mode; an LED on many boards
9      strapping -                low at a reset: download mode; the BOOT button
10     -         -
11     flash     VDD_SPI          the flash's power
12-17  flash     SPI0/1
18     usb       USB_D-
19     usb       USB_D+
20     console   U0RXD
21     console   U0TXD
""",
    "ESP32-C6": """
0-3    -         ADC1_CH{0}
4      strapping ADC1_CH4,MTMS    timing of the SDIO slave
5      strapping ADC1_CH5,MTDI    timing of the SDIO slave
6      -         ADC1_CH6,MTCK
7      -         MTDO
8      strapping -                low at a reset: no download mode; an LED on many boards
9      strapping -                low at a reset: download mode; the BOOT button
10-11  -         -                not on chips with flash inside
12     usb       USB_D-
13     usb       USB_D+
14     -         -                only on chips with flash inside
15     strapping -                which JTAG is used, if a fuse says so
16     console   U0TXD
17     console   U0RXD
18-23  -         SDIO
24-26  flash     SPI0/1
27     flash     VDD_SPI          the flash's power
28-30  flash     SPI0/1
""",
    "ESP8266": """
0      strapping -                low at a reset: download mode; the FLASH button
1      console   U0TXD
2      strapping U1TXD            has to be high at a reset; an LED on many boards
3      console   U0RXD
4      -         I2C_SDA          by custom
5      -         I2C_SCL          by custom
6-11   flash     SPI
12     -         HSPI_MISO
13     -         HSPI_MOSI
14     -         HSPI_CLK
15     strapping HSPI_CS          has to be low at a reset
16     -         -                wired to RST it ends deep sleep; no interrupts
""",
}
WITH_PINS = tuple(_TABLES)


@cache
def pinout(chip: str) -> tuple[Pin, ...]:
    """Return the pins of a chip by number; none of a chip that is not known here."""
    lines = [line for line in _TABLES.get(chip, "").splitlines() if line]
    return tuple(sorted(pin for line in lines for pin in _read(line)))


def check_use(chip: str, number: int, allowed: Sequence[str]) -> None:
    """Refuse to drive a pin whose use is none of ``allowed``; of a chip that is not known here the firmware judges.

    Raises UsageError.
    """
    pins = {pin.number: pin for pin in pinout(chip)}
    pin = pins.get(number)
    if pins and pin is None:
        raise UsageError(f"GPIO{number}: {chip} has no such pin", "gpio pinout lists them")
    if pin is None or not pin.use or pin.use in allowed:
        return
    what = "can only be read" if pin.use in _ALWAYS else f"is a {pin.use} pin of {chip}"
    hint = USES[pin.use] if pin.use in _ALWAYS else f"{USES[pin.use]}; --force does it all the same"
    raise UsageError(f"GPIO{number} {what}", hint)


def _read(line: str) -> list[Pin]:
    span, use, functions, *note = line.split(maxsplit=3)
    first, _, last = span.partition("-")
    return [
        Pin(number, _word(use), _word(_counted(functions, number)).replace(",", " "), "".join(note))
        for number in range(int(first), int(last or first) + 1)
    ]


def _word(text: str) -> str:
    return "" if text == "-" else text


def _counted(text: str, number: int) -> str:
    """Fill in ``{-11}`` with the pin's number less 11."""
    before, brace, rest = text.partition("{")
    if not brace:
        return text
    shift, _, rest = rest.partition("}")
    return f"{before}{number + int(shift)}{_counted(rest, number)}"
