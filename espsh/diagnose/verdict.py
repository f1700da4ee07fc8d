"""A log to one sentence: whether the board came up, why not, and what to do."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import Literal, NamedTuple

from espsh.diagnose.bootlog import BootLog, Fact
from espsh.diagnose.boots import Boot
from espsh.diagnose.findings import NOTHING_LOADED, RESTARTS, SAYS_NOTHING, find, find_at_end, rank, unspoken
from espsh.diagnose.rules import Finding, Rule

LOOP = 3
"""Starts in a row without a prompt between that make a loop."""
_SURE = 2
"""Starts in a row that show the same fatal finding, after which another one will not help."""
_KEPT = 16
"""Boots that are kept; older ones only count."""

Outcome = Literal["booted", "failed", "running", "silent"]
"""``booted``: MicroPython's banner or prompt was seen in the last start; ``failed``: it cannot start, or crashed;
``running``: something runs and shows no prompt (yet); ``silent``: nothing was said."""


class Verdict(NamedTuple):
    """What a log comes to: ``text`` in one line, ``fix`` what to do ("" for nothing), ``starts`` in a row that failed.

    ``finding`` is the rule behind it, also for a board that is up by now and had failed before.
    """

    outcome: Outcome
    text: str
    fix: str = ""
    finding: Finding | None = None
    starts: int = 0


class News(NamedTuple):
    """A fact with what is new by it: findings that were not known, the boot it began, a loop that it proved."""

    fact: Fact
    findings: tuple[Finding, ...] = ()
    boot: Boot | None = None
    loop: bool = False


class Diagnosis:
    """Follows a log as it comes. ``boots`` are the last ones, ``failures`` how many in a row came to nothing."""

    def __init__(self) -> None:
        self.boots: deque[Boot] = deque([Boot()], maxlen=_KEPT)
        self.failures = 0
        self._log = BootLog()
        self._before = ""
        self._chip = ""
        self._found: dict[str, Finding] = {}
        self._here: dict[str, Finding] = {}
        self._pending: Counter[str] = Counter()

    def feed(self, data: bytes) -> list[News]:
        """Take bytes as they come, and return what they say; the same however they are cut."""
        return [self._take(fact) for fact in self._log.feed(data)]

    def end(self) -> list[News]:
        """Take the last line, which did not end."""
        return [self._take(fact) for fact in self._log.end()]

    @property
    def boot(self) -> Boot:
        """The last start; what was said before the first reset that was seen belongs to one, too."""
        return self.boots[-1]

    @property
    def findings(self) -> list[Finding]:
        """All that was found, each once, most telling first."""
        return sorted(self._found.values(), key=rank)

    @property
    def troubles(self) -> list[Finding]:
        """What was found since MicroPython's prompt was last seen, without remarks, most telling first."""
        return [finding for finding in self.findings if finding.rule in self._pending and finding.weight != "note"]

    @property
    def ails(self) -> bool:
        """Whether the last start itself shows what is wrong."""
        return any(finding.weight != "note" for finding in self._here.values())

    @property
    def loop(self) -> bool:
        """Whether the last starts came to nothing, one after the other."""
        return self.failures + 1 >= LOOP and not self.boot.started

    @property
    def settled(self) -> bool:
        """Whether waiting longer is of no use: it is up, it waits, or it fails in the same way again and again."""
        waits = any(finding.weight == "final" for finding in self._here.values())
        fails = any(self._found[rule].weight == "fatal" and n >= _SURE for rule, n in self._pending.items())
        return self.boot.started or waits or fails or self.loop

    @property
    def verdict(self) -> Verdict:
        """What all this comes to, now."""
        return _judge(self)

    def _take(self, fact: Fact) -> News:
        was_loop = self.loop
        found = find(self._before, fact)
        new: tuple[Finding, ...] = ()
        if fact.kind == "reset":
            # A crash that the reset's reason tells of was that of the boot before.
            new = self._restart(fact, [finding for finding in found if finding.weight == "crash"])
            found = [finding for finding in found if finding.weight != "crash"]
        elif fact.kind == "chip":
            self._chip = fact.fields["chip"]
        self._before = fact.line
        self.boot.take(fact)
        new += self._note(found)
        if fact.kind in ("prompt", "raw", "banner"):
            self.failures = 0
            self._pending.clear()
        return News(fact, new, self.boot if fact.kind == "reset" else None, self.loop and not was_loop)

    def _restart(self, fact: Fact, found: list[Finding]) -> tuple[Finding, ...]:
        """End a boot, of which ``found`` is known now, and begin the next; return what of that is new."""
        ended, begun = self.boot, Boot(self._chip, fact)
        new = self._note([*found, *find_at_end(ended, list(self._here.values()), begun)])
        if begun.reason.kind == "sleep" or (ended.started and not ended.crash):
            self.failures = 0
        elif ended.number is not None or ended.crash:
            self.failures += 1
        self._here.clear()
        self.boots.append(begun)
        return new

    def _note(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Remember findings of this boot; return those that no boot had before."""
        new = []
        for finding in findings:
            if finding.rule not in self._found:
                new.append(finding)
                self._found[finding.rule] = finding
            if finding.rule not in self._here:
                self._here[finding.rule] = finding
                self._pending[finding.rule] += 1
        return tuple(new)


def _judge(diagnosis: Diagnosis) -> Verdict:
    boot, starts = diagnosis.boot, diagnosis.failures + 1
    troubles = diagnosis.troubles
    before = next((finding for finding in diagnosis.findings if finding.weight != "note"), None)
    remark = f"; before that: {before.title}" if before else ""
    if boot.started and not troubles:
        text = f"MicroPython {boot.version} started".replace("  ", " ")
        text += f" ({boot.machine})" if boot.machine else ""
        return Verdict("booted", text + remark, finding=before)
    if troubles and (diagnosis.ails or diagnosis.loop or not boot.said):
        often = f" ({starts} starts in a row)" if diagnosis.loop else ""
        return Verdict("failed", troubles[0].title + often, troubles[0].fix, troubles[0], starts)
    if diagnosis.loop:
        return _fails(RESTARTS, starts, f" ({starts} in a row)")
    if boot.said:
        text = "something runs and shows no prompt: a program, or another firmware than MicroPython"
        return Verdict("running", text + remark, finding=before)
    if boot.number is not None:
        return _fails(SAYS_NOTHING if boot.loaded else NOTHING_LOADED, starts)
    for note in diagnosis.findings:
        return Verdict("running", note.title, note.fix, note)
    return Verdict("silent", "nothing was said", "is it powered, and the baud rate right? press EN (reset)")


def _fails(rule: Rule, starts: int, often: str = "") -> Verdict:
    finding = unspoken(rule)
    return Verdict("failed", finding.title + often, finding.fix, finding, starts)


def diagnose(log: bytes) -> list[Finding]:
    """Return what a whole log shows, most telling first."""
    return _read(log).findings


def explain(log: bytes) -> Verdict:
    """Return what a whole log comes to, in one sentence with what to do."""
    return _read(log).verdict


def _read(log: bytes) -> Diagnosis:
    diagnosis = Diagnosis()
    diagnosis.feed(log)
    diagnosis.end()
    return diagnosis
