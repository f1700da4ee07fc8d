"""The whole table of signatures, asked line by line."""

from __future__ import annotations

from collections.abc import Sequence

from espsh.diagnose import rules_bootloader, rules_esp8266, rules_firmware, rules_rom
from espsh.diagnose.bootlog import Fact
from espsh.diagnose.boots import Boot
from espsh.diagnose.rules import Finding, Rule, match_rule, row

NOTHING_LOADED = row(
    "nothing-loaded", "fatal",
    title="the ROM finds nothing that it can start: the flash is blank, or the image is at another offset",
    cause="it restarts by its watchdog and never says that it loads something",
    fix="flash IMAGE; if that does not help, look at the flash chip's pins and the supply",
)  # fmt: skip
RESTARTS = row(
    "restarts", "crash",
    title="the chip starts again and again and never reaches MicroPython's prompt",
    cause="the program restarts the chip, or something resets it; it does not say why",
    fix="if it is not meant to: stop it with Ctrl-C as it starts, or flash IMAGE",
)  # fmt: skip
SAYS_NOTHING = row(
    "says-nothing", "crash",
    title="the firmware was started, but says nothing here",
    cause="its prompt is on the board's other USB connector, or it hangs as it starts",
    fix="try the other connector; press EN (reset); if it stays so: flash IMAGE, the variant for this connector",
)  # fmt: skip

RULES: tuple[Rule, ...] = (*rules_rom.RULES, *rules_bootloader.RULES, *rules_esp8266.RULES, *rules_firmware.RULES)
"""All rows that lines are compared with. The first are the most telling: they cause what the later ones show."""
ADDED: list[Rule] = []
"""Rows of plugins, which go before ours: theirs are about the program that a board runs."""
_IN_ORDER = (
    *rules_rom.RULES, NOTHING_LOADED, *rules_bootloader.RULES, *rules_esp8266.RULES, *rules_firmware.RULES,
    RESTARTS, SAYS_NOTHING, rules_esp8266.GARBLED,
)  # fmt: skip
_RANKS = {rule.name: place for place, rule in reversed(tuple(enumerate(_IN_ORDER)))}
_SILENT = frozenset({"prompt", "raw", "restart", "banner", "registers", "chip"})


def find(before: str, fact: Fact) -> list[Finding]:
    """Return what the rules say about a line that came after the line ``before``: mostly nothing."""
    if fact.kind in _SILENT:
        return []
    if fact.kind == "garbled":
        return [unspoken(rules_esp8266.GARBLED)]
    return [finding for rule in (*ADDED, *RULES) if (finding := match_rule(rule, before, fact.line))][:1]


def find_at_end(boot: Boot, found: Sequence[Finding], successor: Boot) -> list[Finding]:
    """Return what it means that ``boot``, of which ``found`` is known, ended as ``successor`` started."""
    told = {finding.rule for finding in found if finding.weight != "note"} - {"watchdog", "esp8266-watchdog"}
    is_mute = boot.number is not None and not (boot.loaded or boot.said or boot.started or told)
    return [unspoken(NOTHING_LOADED)] if is_mute and successor.reason.kind == "watchdog" else []


def unspoken(rule: Rule) -> Finding:
    """Return the finding of a rule that no single line told."""
    return Finding(rule.name, rule.weight, rule.title, rule.cause, rule.fix, "")


def rank(finding: Finding) -> tuple[bool, int]:
    """Return the place of a finding among others: notes last, else in the table's order."""
    return finding.weight == "note", _RANKS.get(finding.rule, -1)
