"""The user's settings in ``config.toml``: checked key by key, so that what is wrong costs that key only.

[options]           # what ``set`` knows
editor = "nano"
keys = "vi"

[aliases]           # at the prompt
ll = "ls -l"

[plugins.hello]     # what the plugin hello knows
times = 2
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from espsh.core.nearest import nearest
from espsh.core.session import CHOICES, Options
from espsh.errors import UsageError


class Config(NamedTuple):
    """Settings by name, and what could not be taken, in lines for the user."""

    options: Mapping[str, Any] = {}
    aliases: Mapping[str, str] = {}
    plugins: Mapping[str, Mapping[str, Any]] = {}
    problems: tuple[str, ...] = ()


def read_config(path: Path, check_alias: Callable[[str, str], None]) -> Config:
    """Return what the file says; nothing where there is none. ``check_alias`` raises UsageError for a bad one."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # with what editors on Windows put in front
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        return Config(problems=(f"{path}: it cannot be read: {getattr(error, 'strerror', None) or error}",))
    import tomllib

    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return Config(problems=(f"{path}: it is no TOML: {error}",))
    problems: list[str] = []
    readers: dict[str, Callable[[str, Any], Any]] = {
        "options": check_option,
        "aliases": partial(_alias, check=check_alias),
        "plugins": _table,
    }
    taken: dict[str, dict[str, Any]] = {section: {} for section in readers}
    for section, settings in found.items():
        if section not in readers:
            problems.append(f"{path}: no section '{section}'{_near(section, tuple(readers))}")
            continue
        if not isinstance(settings, dict):
            problems.append(f"{path}: '{section}' is a section: its settings stand below a line [{section}]")
            continue
        for name, value in settings.items():
            try:
                taken[section][name] = readers[section](name, value)
            except UsageError as error:
                hint = f" ({error.hint})" if error.hint else ""
                problems.append(f"{path}: {section}.{name}: {error.message}{hint}")
    options = {name.replace("-", "_"): value for name, value in taken["options"].items()}
    return Config(options, taken["aliases"], taken["plugins"], tuple(problems))


def check_option(name: str, value: Any) -> Any:
    """Return an option's value; raise UsageError for a name that is none, or a value of another kind."""
    defaults = {known.replace("_", "-"): default for known, default in vars(Options()).items()}
    spelled = name.replace("_", "-")
    if spelled not in defaults:
        raise UsageError(f"no option '{name}'", nearest(spelled, list(defaults)) or f"options: {', '.join(defaults)}")
    kind = type(defaults[spelled])
    if type(value) is not kind:
        raise UsageError(f"'{value}' is not {_KINDS[kind]}")
    if kind is int and value < 0:
        raise UsageError(f"{value} is out of range", "at least 0")
    if value not in CHOICES.get(spelled, (value,)):
        raise UsageError(f"'{value}' is none of: {', '.join(CHOICES[spelled])}")
    return value


_KINDS = {bool: "true or false", int: "a whole number", str: "text"}


def _alias(name: str, value: Any, check: Callable[[str, str], None]) -> str:
    if not isinstance(value, str):
        raise UsageError(f"'{value}' is not text")
    check(name, value)
    return value


def _table(_name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"'{value}' is no section of settings")
    return value


def _near(word: str, known: tuple[str, ...]) -> str:
    hint = nearest(word, known)
    return f"; {hint}" if hint else f"; sections: {', '.join(known)}"
