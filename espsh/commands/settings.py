"""Help, options, leaving."""

from __future__ import annotations

from typing import Annotated, Any

from espsh.api import (
    COMMAND,
    OPTION,
    OPTION_VALUE,
    Arg,
    Choice,
    Context,
    Number,
    Table,
    UsageError,
    check_option,
    command,
    command_help,
    overview,
)

_CODE = Number("CODE", least=0, most=255)
_SWITCH = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}


@command(boards="none", aliases=("?",), examples=("help", "help cp"))
def help(ctx: Context, name: Annotated[str | None, Arg(COMMAND, "a command")] = None) -> None:  # noqa: A001
    """List the commands, or explain one; of an alias, what it stands for."""
    registry = ctx.session.registry
    if name is None:
        ctx.out.prose(overview(registry.all()))
        return
    if name in registry.aliases:
        ctx.out.prose(f"{name} is an alias: {registry.aliases[name]}\n")
    ctx.out.prose(command_help(registry.find_typed(name)))


@command(boards="none", aliases=("quit",), examples=("exit", "exit 3"))
def exit(ctx: Context, code: Annotated[int | None, Arg(_CODE, "the exit code, whatever came before")] = None) -> None:  # noqa: A001
    """Leave espsh, or end the command file, with an exit code if one is given; the boards keep running."""
    ctx.session.leave(code)


@command(
    "set",
    boards="none",
    examples=("set", "set timing on", "set editor nano", "set jobs 4"),
)
def set_option(
    ctx: Context,
    name: Annotated[str | None, Arg(OPTION, "an option")] = None,
    value: Annotated[str | None, Arg(OPTION_VALUE, "its value: on, off, or text")] = None,
) -> None:
    """Show the session's options, or change one."""
    options = {name.replace("_", "-"): name for name in vars(ctx.options)}
    if name is None:
        ctx.out.table(Table(("option", "value"), [[n, _shown(getattr(ctx.options, f))] for n, f in options.items()]))
        return
    if name not in options:
        raise UsageError(f"no option '{name}'", f"options: {', '.join(options)}")
    old = getattr(ctx.options, options[name])
    if value is None:
        ctx.out.text(_shown(old))
    else:
        setattr(ctx.options, options[name], check_option(name, _read(name, value, old)))


@command(boards="none", examples=("timing on",))
def timing(ctx: Context, state: Annotated[str | None, Arg(Choice(("on", "off")), "whether it is told")] = None) -> None:
    """Say after each command how long it took."""
    ctx.options.timing = not ctx.options.timing if state is None else state == "on"
    ctx.out.note(f"timing is {_shown(ctx.options.timing)}")


def _shown(value: Any) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _read(name: str, value: str, old: Any) -> Any:
    if isinstance(old, int) and not isinstance(old, bool):
        if not value.isdecimal():
            raise UsageError(f"{name} is a whole number, not '{value}'")
        return int(value)
    if not isinstance(old, bool):
        return value
    if value.lower() not in _SWITCH:
        raise UsageError(f"{name} is on or off, not '{value}'")
    return _SWITCH[value.lower()]
