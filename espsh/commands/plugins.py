"""The plugins: which there are, what they bring, what is wrong with them, and a new one to begin with."""

from __future__ import annotations

from typing import Annotated

from espsh.api import (
    PLUGIN,
    Arg,
    Cell,
    Choice,
    Context,
    EspshError,
    Opt,
    Plugin,
    Styled,
    Table,
    UsageError,
    command,
    skeleton,
)

_ACTIONS = ("list", "enable", "disable", "reload", "new")
_COLOURS = {"on": "good", "off": "dim", "broken": "bad", "gone": "dim", "waiting": "dim"}


@command(
    boards="none",
    examples=(
        "plugins",
        "plugins --timing",
        "plugins disable i2c",
        "plugins reload         # what was changed",
        "plugins new hello      # a plugin to begin with, in an empty folder",
    ),
)
def plugins(
    ctx: Context,
    action: Annotated[str, Arg(Choice(_ACTIONS), "what to do (default list)")] = "list",
    name: Annotated[str | None, Arg(PLUGIN, "a plugin")] = None,
    *,
    timing: Annotated[bool, Opt("--timing", help="list them with the seconds that loading each took")] = False,
) -> None:
    """List the plugins with what they bring, turn one on or off, load it anew, or begin a new one.

    Plugins are what is installed with the entry point espsh.plugins, what is in the folder plugins of espsh's config
    folder, and what --plugin names. One that is off is not loaded, in later sessions too. What is loaded anew is what
    was changed, unless a plugin is named. docs/plugins.md tells how to write one.
    """
    if action in ("enable", "disable", "new") and name is None:
        problem = "name the new plugin" if action == "new" else f"which plugin to {action}?"
        raise UsageError(problem, f"usage: plugins {action} NAME")
    if action == "list":
        _list(ctx, [_find(ctx, name)] if name else ctx.session.plugins.all, timing=timing)
    elif action == "reload":
        _reload(ctx, name)
    elif action == "new":
        _begin(ctx, name or "")
    else:
        act = ctx.session.plugins.enable if action == "enable" else ctx.session.plugins.disable
        plugin = act(name or "")
        if plugin.state == "broken":  # why has been said by who loaded it
            raise EspshError(f"{plugin.name} is broken")
        ctx.out.note(f"{plugin.name} is {plugin.state}")


def _find(ctx: Context, name: str) -> Plugin:
    return ctx.session.plugins.find(name)


def _list(ctx: Context, shown: list[Plugin], *, timing: bool) -> None:
    if ctx.options.json:
        ctx.out.json([_record(plugin) for plugin in shown])
        return
    headings = ("name", "version", "state", "brings", *((">seconds",) if timing else ()), "from")
    rows: list[list[Cell]] = []
    for plugin in shown:
        what = plugin.trouble.line if plugin.trouble else " ".join(plugin.brings)
        took = [f"{plugin.seconds:.3f}"] if timing else []
        state = Styled(plugin.state, _COLOURS[plugin.state])
        rows.append([plugin.name, plugin.found.version or "-", state, what or "-", *took, _whence(plugin)])
    if rows:
        ctx.out.table(Table(headings, rows, spare=("version", "from")))
    else:
        ctx.out.note("there are no plugins; plugins new NAME begins one")


def _whence(plugin: Plugin) -> str:
    return f"{plugin.found.source} {plugin.found.path or plugin.found.module}"


def _record(plugin: Plugin) -> dict[str, object]:
    return {
        "name": plugin.name,
        "version": plugin.found.version or None,
        "state": plugin.state,
        "why": plugin.trouble.line if plugin.trouble else None,
        "brings": list(plugin.brings),
        "seconds": round(plugin.seconds, 3),
        "source": plugin.found.source,
        "module": plugin.found.module,
        "file": str(plugin.found.path) if plugin.found.path else None,
    }


def _reload(ctx: Context, name: str | None) -> None:
    loaded = ctx.session.plugins.reload(name)
    for plugin in loaded:
        if plugin.state != "broken":
            ctx.out.note(f"{plugin.name} is {plugin.state}{': ' if plugin.brings else ''}{' '.join(plugin.brings)}")
    if not loaded:
        ctx.out.note("nothing was changed")


def _begin(ctx: Context, name: str) -> None:
    files = skeleton.files_of(name)
    owner = next((plugin for plugin in ctx.session.plugins.all if name in (plugin.name, *plugin.brings)), None)
    if owner is not None:
        raise UsageError(f"'{name}' is taken by the plugin {owner.name}", "call it otherwise")
    folder = ctx.session.host_directory
    skeleton.write(folder, files)
    for path in files:
        ctx.out.text(path)
    ctx.out.note("README.md has the steps: install it, use it, test it, remove it")
