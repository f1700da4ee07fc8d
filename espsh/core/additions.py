"""What plugins have besides commands: hooks, and rows for tables of ours. Nothing is added that was not checked.

The rows belong to the process, as pyserial's list of protocols does: a run takes its own out when it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from espsh.core.command import DeclarationError
from espsh.core.plugins import text_of
from espsh.core.rows import TABLES, Addition, Undo, WrongError

if TYPE_CHECKING:
    import pluggy

    from espsh.base.events import Event

_HOOK = "espsh_impl"
"""What pluggy's marker leaves on a function."""


class Additions:
    """What plugins added, by plugin. ``failed`` hears of the plugin whose hook raised, which hook, and what."""

    def __init__(self, failed: Callable[[str, str, BaseException], None]) -> None:
        self._failed = failed
        self._added: dict[str, list[Undo]] = {}
        self._owners: dict[str, str] = {}
        self._manager: pluggy.PluginManager | None = None

    def check(self, module: ModuleType, plugin: str) -> list[Addition]:
        """Return what ``module`` has for us; raise DeclarationError where that is wrong or another plugin's."""
        found = list(self._hooks(module, plugin))
        for attribute, of in TABLES.items():
            if hasattr(module, attribute):
                found += self._rows(module, attribute, of, plugin)
        return found

    def put(self, plugin: str, additions: list[Addition]) -> tuple[str, ...]:
        """Have these be what ``plugin`` added, in place of what it had; return what to show of it."""
        self.remove(plugin)
        self._owners.update({name: plugin for addition in additions for name in addition.names})
        self._added[plugin] = [addition.put() for addition in additions]
        return tuple(dict.fromkeys(addition.shown for addition in additions))

    def remove(self, plugin: str) -> None:
        """Take out what ``plugin`` added."""
        for undo in self._added.pop(plugin, ()):
            undo()
        self._owners = {name: owner for name, owner in self._owners.items() if owner != plugin}

    def clear(self) -> None:
        """Take out everything."""
        for plugin in list(self._added):
            self.remove(plugin)

    def hear(self, event: Event) -> None:
        """Call the hooks of an event, each for itself: one that raises is told, and costs nothing else."""
        if self._manager is None:
            return
        from espsh.core.hooks import NAMES

        hook = NAMES.get(type(event))
        for call in reversed(getattr(self._manager.hook, hook).get_hookimpls()) if hook else ():
            fields = event._asdict()
            try:
                call.function(*(fields[name] for name in call.argnames))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's own, and never the command's
                self._failed(call.plugin_name, hook or "", error)

    def _hooks(self, module: ModuleType, plugin: str) -> Iterator[Addition]:
        found = {name: item for name, item in vars(module).items() if hasattr(item, _HOOK)}
        if not found:
            return
        from espsh.core.hooks import NAMES, Hooks, manager

        for name, item in found.items():
            code: CodeType = item.__code__
            if name not in NAMES.values():
                problem = f"there is no hook {name}, but: {', '.join(NAMES.values())}"
                raise DeclarationError(problem, code.co_filename, code.co_firstlineno)
            known = getattr(Hooks, name).__code__.co_varnames[1 : getattr(Hooks, name).__code__.co_argcount]
            strange = [word for word in code.co_varnames[: code.co_argcount] if word not in known]
            if strange:
                problem = f"{name} is told {', '.join(known)}, not {', '.join(strange)}"
                raise DeclarationError(problem, code.co_filename, code.co_firstlineno)
        self._manager = hooks = self._manager or manager()

        def put() -> Undo:
            hooks.register(module, plugin)
            return lambda: hooks.unregister(name=plugin)

        yield Addition(f"hook {' '.join(found)}", put)

    def _rows(
        self, module: ModuleType, attribute: str, of: Callable[[Any], Iterator[Addition]], plugin: str
    ) -> list[Addition]:
        try:
            found = list(of(getattr(module, attribute)))
        except (WrongError, TypeError, AttributeError, ValueError) as error:
            raise DeclarationError(f"{attribute}: {error}", *_at(module, attribute)) from error
        for name in (name for addition in found for name in addition.names):
            if self._owners.get(name, plugin) != plugin:
                problem = f"{name} exists already, from plugin {self._owners[name]}"
                raise DeclarationError(problem, *_at(module, attribute))
        return found


def _at(module: ModuleType, attribute: str) -> tuple[str, int]:
    """Return a module's file, and the line in which an attribute of it is made."""
    file = module.__file__ or module.__name__
    lines = text_of(Path(file)).splitlines()
    return file, next((n for n, line in enumerate(lines, 1) if line.startswith(attribute)), 1)
