"""What a board's firmware tells of the board: a table of questions, each answered or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

_CAUSES = ("PWRON_RESET", "HARD_RESET", "WDT_RESET", "DEEPSLEEP_RESET", "SOFT_RESET", "BROWN_OUT_RESET")
_PARTITION = "__import__('esp32').Partition"

QUESTIONS: Mapping[str, str] = {
    "version": "__import__('sys').version",
    "platform": "__import__('sys').platform",
    "frequency": "__import__('machine').freq()",
    "cause": "__import__('machine').reset_cause()",
    "causes": f"{{n:getattr(__import__('machine'),n,None)for n in{_CAUSES}}}",
    "ticks": "__import__('time').ticks_ms()",
    "heap": "(__import__('gc').collect(),__import__('gc').mem_free(),__import__('gc').mem_alloc())[1:]",
    "flash": "__import__('esp').flash_size()",
    "space": "__import__('os').statvfs('/')",
    "idf_heap": "__import__('esp32').idf_heap_info(__import__('esp32').HEAP_DATA)",
    "partitions": f"[p.info()for t in(0,1)for p in {_PARTITION}.find(t)]",
    "running": f"{_PARTITION}({_PARTITION}.RUNNING).info()[4]",
    "celsius": "__import__('esp32').mcu_temperature()",
    "fahrenheit": "__import__('esp32').raw_temperature()",
    "loaded": "sorted(__import__('sys').modules)",
}
"""Python of the board's for each fact; its value must be one that ``repr`` can spell."""

MOUNTS = {
    "mounts": "[(p,)+__import__('os').statvfs(p)[:4]for p in['/']+['/'+e[0]for e in __import__('os').ilistdir('/')"
    "if e[1]==16384]]"
}
"""The root and the directories in it, (path, block, fragment, blocks, free blocks) each: one that differs from the root
in these is a filesystem of its own. Firmware before 1.25 does not tell what is mounted."""


class Asked(Protocol):
    """A board that answers calls; one that is ``lean`` has no memory for long ones."""

    @property
    def lean(self) -> bool:
        """Whether it has little memory."""

    def rows(
        self, function: str, *arguments: object, snippets: Sequence[str], repeatable: bool
    ) -> tuple[list[Any], Any]:
        """Run a function of a snippet on the board."""


def ask(board: Asked, questions: Mapping[str, str] = QUESTIONS) -> dict[str, Any]:
    """Return the answers by the questions' names, without those that the board has no answer to."""
    names = list(questions)
    at_once = 1 if board.lean else len(names)
    found: dict[str, Any] = {}
    for start in range(0, len(names), at_once):
        some = names[start : start + at_once]
        rows, _ = board.rows("answer", *(questions[name] for name in some), snippets=("answering",), repeatable=True)
        found |= {some[number]: value for number, value in rows}
    return found


def mounts(board: Asked) -> list[str]:
    """Return the paths of a board's filesystems, the root first; the root alone where it does not tell."""
    (_, *root), *others = ask(board, MOUNTS).get("mounts") or [("/",)]
    return ["/", *(path for path, *room in others if room != root)]


def reset_cause(answers: Mapping[str, Any]) -> str | None:
    """Return why the board started last, in the firmware's own word: ``PWRON_RESET``."""
    names = {number: name for name, number in answers.get("causes", {}).items() if number is not None}
    return names.get(answers.get("cause"))
