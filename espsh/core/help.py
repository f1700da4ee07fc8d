"""Help text from the declarations, the only place where a command is described."""

from __future__ import annotations

from collections.abc import Sequence

from espsh.core.command import Arg, Command, Opt, Parameter
from espsh.core.params import FLAG, Choice


def command_help(command: Command) -> str:
    """Return a command's help: usage, text, arguments, options, examples."""
    parts = [f"usage: {command.usage}", command.text]
    if command.aliases:
        parts.append(f"also called: {', '.join(command.aliases)}")
    parts += _section("arguments", [parameter_row(parameter) for parameter in command.arguments])
    parts += _section("options", [parameter_row(parameter) for parameter in command.options])
    if command.examples:
        parts.append("\n".join(["examples:", *(f"  {example}" for example in command.examples)]))
    return "\n\n".join(parts)


def overview(commands: Sequence[Command]) -> str:
    """Return every command with its summary, one a line."""
    width = max(len(command.name) for command in commands)
    lines = [f"  {command.name:<{width}}  {command.summary}" for command in commands]
    return "\n".join([*lines, "", "help COMMAND tells more; @all COMMAND runs on all boards; !CMD runs on the host"])


def _section(title: str, rows: Sequence[tuple[str, str]]) -> list[str]:
    if not rows:
        return []
    width = max(len(left) for left, _ in rows)
    return ["\n".join([f"{title}:", *(f"  {left:<{width}}  {right}" for left, right in rows)])]


def parameter_row(parameter: Parameter) -> tuple[str, str]:
    """Return how a parameter is written, and what it means; of an argument that is one of a few words, the words."""
    declaration = parameter.declaration
    if isinstance(declaration, Arg):
        words = f": {', '.join(declaration.type.choices)}" if isinstance(declaration.type, Choice) else ""
        return parameter.name.upper(), declaration.help + words
    assert isinstance(declaration, Opt)
    value = "" if declaration.type is FLAG else f" {declaration.type.metavar}"
    return ", ".join(declaration.spellings) + value, declaration.help
