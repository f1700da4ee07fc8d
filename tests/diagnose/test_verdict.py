"""A log to one sentence, and when that is settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from espsh.diagnose.verdict import Diagnosis, explain

LOGS = Path(__file__).parent / "bootlogs"
SPIRAM = (
    b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0xc (SW_CPU_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
    b"load:0x3fff0030,len:7664\r\nentry 0x4008067c\r\nE (893) psram: PSRAM ID read error: 0xffffffff\r\n"
    b"E (893) cpu_start: Failed to init external RAM!\r\nabort() was called at PC 0x40081e7a on core 0\r\n"
    b"\r\nBacktrace: 0x40083b7d:0x3ffe3ab0 0x4008df95:0x3ffe3ad0\r\n\r\nRebooting...\r\n"
)
"""As in jomjol/AI-on-the-edge-device#1539."""
PROMPT = b'MicroPython v1.24.0 on 2024-10-25; Generic ESP32 module with ESP32\r\nType "help()" for more.\r\n>>> '
BOOT = (
    b"ets Jul 29 2019 12:21:46\r\n\r\nrst:%s,boot:0x13 (SPI_FAST_FLASH_BOOT)\r\nload:0x1,len:4\r\nentry 0x400805b0\r\n"
)


def said(data: bytes) -> Diagnosis:
    diagnosis = Diagnosis()
    diagnosis.feed(data)
    return diagnosis


@pytest.mark.parametrize(
    ("name", "outcome", "words"),
    [
        ("esp32-blank-flash", "failed", "finds nothing that it can start"),
        ("esp32-blank-flash-wdt", "failed", "flash is blank, or the image is at another offset (3 starts"),
        ("esp32-c3-image-at-0x1000-wdt", "failed", "is for ESP32-C3, this chip is an ESP32"),
        (
            "esp32-v1.23.0-panic-wlan",
            "booted",
            "v1.23.0 started (Generic ESP32 module with ESP32); before that: the firmware",
        ),
        ("esp32-v1.24.0-normal", "booted", "MicroPython v1.24.0 started"),
        ("esp32-v1.24.0-stalled", "failed", "says nothing here"),
        ("esp32c3-v1.20.0-normal", "booted", "ESP32C3 module"),
    ],
)
def test_real_logs(name: str, outcome: str, words: str) -> None:
    verdict = explain((LOGS / f"{name}.bin").read_bytes())
    assert verdict.outcome == outcome
    assert words in verdict.text
    assert bool(verdict.fix) == (outcome == "failed")


def test_a_spiram_build_without_psram() -> None:
    verdict = explain(SPIRAM * 3)
    assert verdict.outcome == "failed"
    assert verdict.text.startswith("the firmware wants PSRAM (an SPIRAM build), and this board has none")
    assert verdict.text.endswith("(3 starts in a row)")
    assert "without SPIRAM" in verdict.fix


def test_it_is_settled_when_the_same_fatal_thing_comes_twice() -> None:
    assert not said(SPIRAM).settled
    assert said(SPIRAM * 2).settled
    assert not said(SPIRAM * 2).loop


def test_it_is_settled_at_the_prompt() -> None:
    start = BOOT % b"0x1 (POWERON_RESET)"
    assert not said(start).settled
    assert said(start + PROMPT).settled
    assert said(b"The filesystem appears to be corrupted. If you had\r\n").settled


def test_a_loop_is_told_once() -> None:
    diagnosis = Diagnosis()
    assert [news.loop for news in diagnosis.feed(SPIRAM * 9)].count(True) == 1
    assert len([news for news in Diagnosis().feed(SPIRAM * 9) if news.findings]) == 3


def test_a_loop_that_ends() -> None:
    diagnosis = said(SPIRAM * 4 + BOOT % b"0xc (SW_CPU_RESET)" + PROMPT)
    assert not diagnosis.loop
    assert diagnosis.verdict.outcome == "booted"
    assert "before that: the firmware wants PSRAM" in diagnosis.verdict.text


def test_waking_from_deep_sleep_is_no_loop() -> None:
    assert not said(BOOT % b"0x5 (DEEPSLEEP_RESET)" * 9).loop


def test_restarts_by_a_person_at_the_prompt_are_no_loop() -> None:
    assert not said((BOOT % b"0x1 (POWERON_RESET)" + PROMPT) * 9).loop


def test_a_program_that_restarts_the_chip() -> None:
    verdict = explain((BOOT % b"0xc (SW_CPU_RESET)" + b"hello\r\n") * 5)
    assert verdict.text == "the chip starts again and again and never reaches MicroPython's prompt (5 in a row)"


def test_a_program_that_runs() -> None:
    assert explain(BOOT % b"0x1 (POWERON_RESET)" + b"temperature 21.5\r\n").outcome == "running"
    assert explain(b"").outcome == "silent"
    after = explain(b"Brownout detector was triggered\r\n" + BOOT % b"0xc (SW_CPU_RESET)" + b"temperature 21.5\r\n")
    assert after.outcome == "running"
    assert "before that: the supply drops too low" in after.text


def test_another_baud_rate() -> None:
    assert "baud rate" in explain(bytes(range(0x80, 0xF0))).text


def test_registers_of_a_crash() -> None:
    crash = said((LOGS / "esp32-v1.23.0-panic-wlan.bin").read_bytes()).boots[0].crash
    assert crash is not None
    assert (crash.cause, crash.core, crash.elf) == ("LoadStorePIFAddrError", "0", "9c4248e4297d02ec")
    assert crash.registers["EXCVADDR"] == 0x60033C00
    assert crash.addresses[:2] == [0x401DBC17, 0x4015E2D1]


def test_addresses_without_a_backtrace() -> None:
    dump = b"Guru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.\r\n"
    risc_v = said(dump + b"MEPC    : 0x40382970  RA      : 0x40382936  SP      : 0x3fca7f70\r\n").boot.crash
    xtensa = said(dump + b"PC      : 0x401dbc1a  PS      : 0x00060d30  A0      : 0x8015e2d4\r\n").boot.crash
    assert risc_v
    assert risc_v.addresses == [0x40382970, 0x40382935]
    assert xtensa
    assert xtensa.addresses == [0x401DBC1A, 0x4015E2D1]
