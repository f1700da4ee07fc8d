"""The pages that nobody writes: made when the site is built, from what espsh itself uses.

A hook of mkdocs: the commands come from the declarations that ``help`` prints, the diagnoses from the tables that
``diagnose`` searches. So neither can say anything else than the program does.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from espsh.core.command import Command, Parameter
from espsh.core.help import parameter_row
from espsh.core.plugins import BUILTIN, GROUP
from espsh.core.registry import Registry
from espsh.diagnose import rules_bootloader, rules_esp8266, rules_firmware, rules_rom
from espsh.diagnose.rules import Rule
from espsh.shell.arguments import OPTIONS

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parent.parent
TABLES = {
    "The chip's ROM": rules_rom.RULES,
    "The bootloader": rules_bootloader.RULES,
    "The firmware": rules_firmware.RULES,
    "ESP8266": rules_esp8266.RULES,
}
WEIGHTS = {
    "final": "waits for you",
    "fatal": "cannot start",
    "crash": "stopped there",
    "note": "goes on",
}
OWN = str.maketrans({character: f"\\{character}" for character in "*_|"})
"""What means something to Markdown: a bar ends a cell, but not between backticks."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to those that were written."""
    from mkdocs.structure.files import File

    pages = {
        "commands.md": commands_page(shipped_commands()),
        "diagnoses.md": diagnoses_page(),
        "security.md": (ROOT / "SECURITY.md").read_text(encoding="utf-8"),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
    }
    for path, content in pages.items():
        files.append(File.generated(config, path, content=content))
    return files


def shipped_commands() -> list[Command]:
    """Return our commands and those of the plugins that come with espsh; no one else's."""
    registry = Registry(BUILTIN)
    for point in metadata.distribution("espsh").entry_points.select(group=GROUP):
        registry.add(point.load(), f"plugin {point.name}")
    return registry.all()


def commands_page(commands: Sequence[Command]) -> str:
    """Return the reference: espsh's own options, then each command with all that ``help`` says of it."""
    options = [(", ".join(o.spellings) + (f" {o.metavar}" if o.metavar else ""), o.help) for o in OPTIONS]
    parts = [
        "# Commands",
        f"{len(commands)} commands, as `help` has them. `@SET` in front runs one on several boards: [many boards]"
        "(many-boards.md).",
        "## espsh itself",
        "```\nespsh [OPTION…] [COMMAND [WORD…]]\n```",
        _table("option", options),
    ]
    return "\n\n".join([*parts, *(part for command in commands for part in _command(command))]) + "\n"


def diagnoses_page() -> str:
    """Return all that ``diagnose`` and ``monitor`` know of boot logs, table by table."""
    parts = [
        "# What boot logs mean",
        "What `diagnose` and `monitor` say of a board's log, from the tables they search. A name in braces is filled "
        "in from the log. Most telling first.",
    ]
    for title, rules in TABLES.items():
        parts += [f"## {title}", *(_rule(rule) for rule in rules)]
    return "\n\n".join(parts) + "\n"


def _command(command: Command) -> list[str]:
    parts = [f"## `{command.name}`", f"```\n{command.usage}\n```", _prose(command.text)]
    if command.aliases:
        parts.append("Also called: " + ", ".join(f"`{alias}`" for alias in command.aliases) + ".")
    parts += [
        _table(title, [parameter_row(parameter) for parameter in parameters])
        for title, parameters in _parameters(command)
    ]
    if command.examples:
        parts.append("\n".join(["```", *command.examples, "```"]))
    return parts


def _parameters(command: Command) -> list[tuple[str, Sequence[Parameter]]]:
    tables = (("argument", command.arguments), ("option", command.options))
    return [(title, parameters) for title, parameters in tables if parameters]


def _prose(text: str) -> str:
    """Return a docstring with what Markdown would take for its own left as it stands."""
    return html.escape(text.replace("``", "`"), quote=False).translate(OWN)


def _table(title: str, rows: Sequence[tuple[str, str]]) -> str:
    body = [f"| `{left}` | {_prose(right)} |" for left, right in rows]
    return "\n".join([f"| {title} | |", "|---|---|", *body])


def _rule(rule: Rule) -> str:
    return "\n".join(
        [
            f"**{_prose(rule.title)}** ({WEIGHTS[rule.weight]})",
            "",
            f"- why: {_prose(rule.cause)}",
            f"- fix: {_prose(rule.fix)}",
        ]
    )
