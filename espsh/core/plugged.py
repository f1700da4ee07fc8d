"""The plugins of one run: which there are, which are on, what each brings, and what is wrong with it."""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from espsh.core.additions import Additions
from espsh.core.plugins import GIVEN, Found, Trouble
from espsh.core.registry import Registry
from espsh.errors import EspshError, NotFoundError, UsageError

if TYPE_CHECKING:
    from espsh.base.events import Event

SLOW = 1.0
"""Seconds from which on the user is told how long a plugin took: a prompt that comes so much later is felt."""

State = Literal["waiting", "on", "off", "broken", "gone"]
"""``waiting`` is one that is on, and not loaded yet."""


class Plugin:
    """A plugin as it stands. ``seconds`` is how long its import took, ``brings`` names what it has for the user."""

    def __init__(self, found: Found, state: State) -> None:
        self.found = found
        self.state = state
        self.trouble: Trouble | None = None
        self.seconds = 0.0
        self.brings: tuple[str, ...] = ()
        self.stamp: object = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.found.name

    @property
    def source(self) -> str:
        """What its commands say they come from."""
        return f"plugin {self.found.name}"


class OffList:
    """Names of plugins that are off, kept in a file, one a line. ``path`` is asked for when the file is."""

    def __init__(self, path: Callable[[], Path]) -> None:
        self._path = path

    def names(self) -> frozenset[str]:
        """Return them; none where the file cannot be read."""
        try:
            return frozenset(self._path().read_text(encoding="utf-8").split("\n")) - {""}
        except (OSError, UnicodeDecodeError):
            return frozenset()

    def keep(self, names: Iterable[str]) -> None:
        """Have these be off from now on."""
        path = self._path()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")
        except OSError as error:
            raise EspshError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error


class Plugins:
    """All plugins. ``registry`` takes what they bring, ``find`` looks for them, ``tell`` hears what is wrong."""

    def __init__(
        self, registry: Registry, find: Callable[[], Iterable[Found]] = tuple, off: OffList | None = None,
        tell: Callable[[str, Trouble], None] = lambda name, trouble: None,
    ) -> None:  # fmt: skip
        self.registry = registry
        registry.more = self.load
        self._find = find
        self._off = off or OffList(lambda: Path(os.devnull))
        self._tell = tell
        self._additions = Additions(self._hook_failed)
        self._known: dict[str, Plugin] = {}
        self._looked = False
        self._loading = threading.RLock()

    def load(self) -> None:
        """Load all that is on, once: what is wrong with one is told and costs that one only."""
        self._load(lambda plugin: True)

    def extend(self) -> None:
        """Load those that have more than commands, such as hooks."""
        self._load(lambda plugin: plugin.found.extends)

    def hear(self, event: Event) -> None:
        """Tell the plugins what happened."""
        self._additions.hear(event)

    def blamed(self, error: BaseException) -> str:
        """Say which plugin raised ``error``, with file and line; "" where none did."""
        from espsh.core.loading import in_words, raised_by

        for plugin in self._known.values():
            if plugin.state == "on" and raised_by(plugin.found, error):
                return f"{plugin.source}: {in_words(plugin.found, error).line}"
        return ""

    def close(self) -> None:
        """Take out of the process what plugins added to its tables."""
        self._additions.clear()

    @property
    def all(self) -> list[Plugin]:
        """Every plugin, by name."""
        self.load()
        return sorted(self._known.values(), key=lambda plugin: plugin.name)

    def find(self, name: str) -> Plugin:
        """Return the plugin called ``name``; raise NotFoundError."""
        found = next((plugin for plugin in self.all if plugin.name == name), None)
        if found is None:
            known = ", ".join(plugin.name for plugin in self.all) or "none"
            raise NotFoundError(f"no plugin '{name}'", f"there are: {known}")
        return found

    def enable(self, name: str) -> Plugin:
        """Have a plugin be on from now on, in this session and the next ones."""
        plugin = self.find(name)
        self._off.keep(self._off.names() - {name})
        if plugin.state == "off":
            self._take(plugin)
        return plugin

    def disable(self, name: str) -> Plugin:
        """Have a plugin be off from now on. Raises UsageError for one that the command line names."""
        plugin = self.find(name)
        if plugin.found.source == GIVEN:
            raise UsageError(f"{name} was named by {GIVEN}", "start espsh without that")
        self._off.keep(self._off.names() | {name})
        self._drop(plugin)
        plugin.state, plugin.brings, plugin.trouble = "off", (), None
        return plugin

    def reload(self, name: str | None = None) -> list[Plugin]:
        """Load one plugin anew, or else those whose files have changed and those that are new; return them.

        Those that are gone are among them. One that is broken now keeps what it brought before.
        """
        from espsh.core.loading import forget, stamp

        self.load()
        importlib.invalidate_caches()
        changed = [p for p in self.all if p.state != "off" and stamp(p.found) != p.stamp]
        chosen = [self.find(name)] if name else changed
        gone = self._look()
        fresh = [plugin for plugin in self._known.values() if plugin.state == "waiting"]
        again = [plugin for plugin in chosen if plugin not in gone]
        for plugin in again:
            forget(plugin.found.module)
        for plugin in (*again, *fresh):
            self._take(plugin)
        return [*gone, *again, *fresh]

    def _load(self, wanted: Callable[[Plugin], bool]) -> None:
        with self._loading:  # several boards at work may want them at once
            if not self._looked:
                self._look()
            for plugin in [plugin for plugin in self._known.values() if plugin.state == "waiting" and wanted(plugin)]:
                self._take(plugin)

    def _look(self) -> list[Plugin]:
        """Look who is there, and note who is new; return those that are gone."""
        self._looked = True
        off, there = self._off.names(), list(self._find())
        gone = [self._known.pop(name) for name in self._known.keys() - {found.name for found in there}]
        for plugin in gone:
            self._drop(plugin)
            plugin.state = "gone"
        for found in there:
            known = self._known.get(found.name)
            if known is None:
                is_off = found.name in off and found.source != GIVEN
                self._known[found.name] = Plugin(found, "off" if is_off else "waiting")
            elif (known.found.module, known.found.path) == (found.module, found.path):
                known.found = found
            elif known.found.source != GIVEN:
                self._tell_clash(known, found)
        return gone

    def _drop(self, plugin: Plugin) -> None:
        self.registry.remove(plugin.source)
        self._additions.remove(plugin.name)

    def _take(self, plugin: Plugin) -> None:
        from espsh.core.loading import in_words, load, stamp

        plugin.stamp = stamp(plugin.found)
        loaded = load(plugin.found)
        plugin.seconds, plugin.trouble, plugin.state = loaded.seconds, loaded.trouble, "on"
        if loaded.module is not None:
            try:
                additions = self._additions.check(loaded.module, plugin.name)
                commands = self.registry.add(loaded.module, plugin.source)
                plugin.brings = (*commands, *self._additions.put(plugin.name, additions))
            except Exception as error:  # noqa: BLE001 - whatever a plugin does wrong costs that plugin only
                plugin.trouble = in_words(plugin.found, error)
        if plugin.trouble is not None:
            plugin.state = "broken"
            off = f"plugins disable {plugin.name} turns it off" if plugin.found.source != GIVEN else ""
            plugin.trouble = plugin.trouble._replace(hint=plugin.trouble.hint or off)
            self._tell(plugin.name, plugin.trouble)
        elif plugin.seconds > SLOW:
            hint = f"what it needs later it can import later; plugins disable {plugin.name} turns it off"
            self._tell(plugin.name, Trouble(f"it took {plugin.seconds:.1f} s to load", hint))

    def _hook_failed(self, name: str, hook: str, error: BaseException) -> None:
        from espsh.core.loading import in_words

        trouble = in_words(self._known[name].found, error)
        place, _, what = trouble.line.partition(": ")
        self._tell(name, trouble._replace(line=f"{place}: {hook}: {what}"))

    def _tell_clash(self, first: Plugin, second: Found) -> None:
        where = second.path or second.module
        line = f"{where}: a plugin of that name comes from {first.found.path or first.found.module}"
        self._tell(second.name, Trouble(line, "call one of them otherwise"))
