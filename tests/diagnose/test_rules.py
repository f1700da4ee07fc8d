"""The table of signatures: each row, and each of its patterns, finds what it is for in a real or quoted log."""

from __future__ import annotations

import pytest

from espsh.diagnose.findings import RULES, rank
from espsh.diagnose.rules import Rule, match_rule
from espsh.diagnose.verdict import diagnose
from tests.diagnose.samples import SAMPLES, Sample


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.rule}-{sample.source}")
def test_a_log_is_explained(sample: Sample) -> None:
    first = diagnose(sample.log.replace("\n", "\r\n").encode())[0]
    assert (first.rule, sample.words in first.title) == (sample.rule, True), first
    assert first.fix
    assert first.cause
    assert "{" not in first.title + first.cause + first.fix


@pytest.mark.parametrize(("rule", "pattern"), [(rule, pattern.pattern) for rule in RULES for pattern in rule.patterns])
def test_each_pattern_has_a_log(rule: Rule, pattern: str) -> None:
    alone = rule._replace(patterns=tuple(p for p in rule.patterns if p.pattern == pattern))
    logs = [sample.log.replace("\n\n", "\n").split("\n") for sample in SAMPLES if sample.rule == rule.name]
    found = [match_rule(alone, *pair) for log in logs for pair in zip(["", *log], log, strict=False)]
    assert any(found), f"no sample of {rule.name} holds {pattern}"


def test_sentences_are_of_one_line() -> None:
    for rule in RULES:
        for text in (rule.title, rule.cause, rule.fix):
            assert text
            assert "\n" not in text
            assert len(text) < 120, text


def test_causes_come_before_what_they_cause() -> None:
    said = b"E (408) cpu_start: Failed to init external RAM!\r\nabort() was called at PC 0x40081e7a on core 0\r\n"
    assert [finding.rule for finding in diagnose(said)] == ["no-psram", "abort"]
    assert diagnose(said) == sorted(diagnose(said), key=rank)


@pytest.mark.parametrize(
    "innocent",
    [
        b"sensor: invalid header in packet 12\r\n",
        b"checksum ok\r\nchksum 0x8b\r\ncsum 0x8b\r\n",
        b"I (29) boot: chip revision: v3.0\r\n",
        b"rst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\nload:0x3fcd5810,len:0xe3c\r\n",
        b"rst:0x5 (DEEPSLEEP_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n",
        b"waiting for the download of config.json\r\n",
    ],
)
def test_what_is_no_failure(innocent: bytes) -> None:
    assert diagnose(innocent) == []
