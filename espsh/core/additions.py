"""What plugins have besides commands: hooks, and rows for tables of ours. Nothing is added that was not checked.

The tables belong to the process, as pyserial's list of protocols does: a run takes its own rows out when it ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from espsh.core.command import DeclarationError
from espsh.core.plugins import text_of

if TYPE_CHECKING:
    import pluggy

    from espsh.base.events import Event

_HOOK = "espsh_impl"
"""What pluggy's marker leaves on a function."""
_LONGEST = 4096
"""Bytes of a snippet: on a board it is there twice for a moment, as text and compiled."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.]+")

Undo = Callable[[], object]


class Addition(NamedTuple):
    """Something that was checked: what is ``shown`` of it, and the ``names`` that no other plugin may take."""

    shown: str
    put: Callable[[], Undo]
    names: tuple[str, ...] = ()


class _WrongError(Exception):
    """A row of a table is wrong."""


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
        for attribute, of in _TABLES.items():
            if hasattr(module, attribute):
                found += _checked(module, attribute, of)
        for name in (name for addition in found for name in addition.names):
            if self._owners.get(name, plugin) != plugin:
                raise DeclarationError(f"{name} exists already, from plugin {self._owners[name]}", *_at(module))
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


def _checked(module: ModuleType, attribute: str, of: Callable[[Any], Iterator[Addition]]) -> list[Addition]:
    try:
        return list(of(getattr(module, attribute)))
    except (_WrongError, TypeError, AttributeError, ValueError) as error:
        raise DeclarationError(f"{attribute}: {error}", *_at(module, attribute)) from error


def _at(module: ModuleType, attribute: str = "") -> tuple[str, int]:
    """Return a module's file, and the line in which an attribute of it is made."""
    file = module.__file__ or module.__name__
    lines = text_of(Path(file)).splitlines()
    return file, next((n for n, line in enumerate(lines, 1) if attribute and line.startswith(attribute)), 1)


def _row(table: list[Any], row: object) -> Callable[[], Undo]:
    def put() -> Undo:
        table.append(row)
        return lambda: table.remove(row)

    return put


def _diagnoses(rows: Any) -> Iterator[Addition]:
    from espsh.diagnose.findings import ADDED, RULES
    from espsh.diagnose.rules import WEIGHTS, Rule

    ours = {rule.name for rule in RULES}
    for rule in rows:
        if not isinstance(rule, Rule):
            raise _WrongError(f"{rule!r} is no row that diagnosis(…) made")
        if rule.name in ours:
            raise _WrongError(f"'{rule.name}' is a signature of espsh")
        if rule.weight not in WEIGHTS:
            raise _WrongError(f"{rule.name}: {rule.weight!r} is none of: {', '.join(WEIGHTS)}")
        groups = {group for pattern in rule.patterns for group in pattern.groupindex}
        missing = set(re.findall(r"{(\w*)", f"{rule.title}{rule.cause}{rule.fix}")) - groups
        if missing or not rule.patterns:
            raise _WrongError(f"{rule.name}: no pattern has a group {', '.join(sorted(missing)) or 'at all'}")
        yield Addition(f"diagnosis {rule.name}", _row(ADDED, rule), (f"diagnosis {rule.name}",))


def _usb_kinds(rows: Any) -> Iterator[Addition]:
    from espsh.ports.usb_ids import ADDED, UsbKind

    for kind in rows:
        if not isinstance(kind, UsbKind):
            raise _WrongError(f"{kind!r} is no UsbKind")
        if not (isinstance(kind.vid, int) and isinstance(kind.pids, frozenset | None)):
            raise _WrongError(f"{kind.name}: vid is a number, pids a frozenset of numbers, or None for all")
        yield Addition(f"usb {kind.name}", _row(ADDED, kind))


def _port_schemes(rows: Any) -> Iterator[Addition]:
    from espsh.ports.open import SCHEMES, is_known_scheme

    for scheme, make in rows.items():
        if not _SCHEME.fullmatch(scheme):
            raise _WrongError(f"'{scheme}' is no scheme: small letters, two at least")
        if scheme not in SCHEMES and is_known_scheme(scheme):
            raise _WrongError(f"{scheme}:// is a port of espsh or pyserial")
        if not callable(make):
            raise _WrongError(f"{scheme}: {make!r} is no class of ports, as serial.SerialBase is")

        def put(scheme: str = scheme, make: Callable[..., Any] = make) -> Undo:
            SCHEMES[scheme] = make
            return lambda: SCHEMES.pop(scheme, None)

        yield Addition(f"port {scheme}://", put, (f"port {scheme}://",))


def _snippets(rows: Any) -> Iterator[Addition]:
    from espsh.board.prompt import snippets

    ours = snippets.own_names()
    for name, text in rows.items():
        if not text.isascii() or "\x03" in text or len(text) > _LONGEST:
            raise _WrongError(
                f"{name}: a snippet is ASCII without Ctrl-C, {_LONGEST} bytes at most; it has {len(text)}"
            )
        try:
            defined = snippets.names_of(text)
        except SyntaxError as error:
            raise _WrongError(f"{name}: line {error.lineno} of it: {error.msg}") from None
        taken = sorted(ours & set(defined))
        if taken:
            raise _WrongError(f"{name}: {', '.join(taken)} is espsh's own on the board; call it otherwise")

        def put(name: str = name, text: str = text) -> Undo:
            snippets.add(name, text)
            return lambda: snippets.CALLED.pop(name, None)

        yield Addition(f"snippet {name}", put, (f"snippet {name}", *(f"the name {word} on boards" for word in defined)))


_TABLES: dict[str, Callable[[Any], Iterator[Addition]]] = {
    "DIAGNOSES": _diagnoses,
    "PORT_SCHEMES": _port_schemes,
    "SNIPPETS": _snippets,
    "USB_KINDS": _usb_kinds,
}
"""What a plugin's module may have besides functions, and what checks it."""
