"""Commands from outside: found by entry point, checked, and harmless where they are broken."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from espsh.core import loading, plugged
from tests.conftest import Shell

PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "espsh-{name}"
version = "1"
[project.entry-points."espsh.plugins"]
{name} = "{name}_plugin"
[tool.setuptools]
py-modules = ["{name}_plugin"]
"""
GREETER = '''
from typing import Annotated
from espsh.api import TEXT, Arg, Context, command

@command(boards="none")
def greet(ctx: Context, name: Annotated[str, Arg(TEXT, "whom")] = "you") -> None:
    """Greet somebody."""
    ctx.out.text("hello", name)
'''
CLASHING = GREETER.replace("def greet", "def ls")
FAILING = "raise RuntimeError('no such luck')"


def install(tmp_path: Path, name: str, source: str) -> Path:
    """Build a wheel of a plugin and install it into a folder of its own."""
    project, target = tmp_path / name, tmp_path / "site"
    project.mkdir()
    (project / "pyproject.toml").write_text(PYPROJECT.replace("{name}", name))
    (project / f"{name}_plugin.py").write_text(source)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "--target", str(target), str(project)], check=True, capture_output=True)
    return target


def espsh(sh: Shell, site: Path | str, line: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "espsh", "-c", line]
    env = {**sh.env, "PYTHONPATH": str(site)}
    return subprocess.run(command, env=env, cwd=sh.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def own(sh: Shell, name: str, source: str) -> Path:
    """Put a plugin into the user's folder."""
    path = Path(sh.env["ESPSH_CONFIG_DIR"], "plugins", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return path


def test_the_shipped_plugin_is_found_by_its_entry_point(board: Shell) -> None:
    assert "usage: i2c" in board("help i2c").out
    assert board("i2c --scl 22").code == 2


def test_a_third_partys_wheel(sh: Shell, tmp_path: Path) -> None:
    site = install(tmp_path, "greeter", GREETER)
    found = espsh(sh, site, "greet Ada; help greet")
    assert found.stdout.splitlines()[:2] == ["hello Ada", "usage: greet [NAME]"]
    assert (found.returncode, found.stderr) == (0, "")


def test_a_broken_wheel_costs_itself_only(sh: Shell, tmp_path: Path) -> None:
    site = install(tmp_path, "fails", "\n" + FAILING)
    found = espsh(sh, site, "help; echo still here")
    assert found.returncode == 0
    assert found.stderr.splitlines() == [
        "plugin fails: fails_plugin.py:2: RuntimeError: no such luck",
        "hint: plugins disable fails turns it off",
    ]
    assert found.stdout.endswith("still here\n")


def test_the_users_folder(sh: Shell) -> None:
    own(sh, "greeter.py", GREETER)
    assert sh("greet Ada").lines == ["hello Ada"]


def test_a_package_in_the_users_folder(sh: Shell) -> None:
    folder = Path(sh.env["ESPSH_CONFIG_DIR"], "plugins", "polite")
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("from .greeting import greet")
    (folder / "greeting.py").write_text(GREETER)
    assert sh("greet Ada").lines == ["hello Ada"]


def test_the_working_directory_is_never_looked_at(sh: Shell) -> None:
    for name in ("greeter.py", "plugins/greeter.py", "espsh_plugins/greeter.py", "espsh_greeter.py"):
        sh.write(name, GREETER)
    assert sh("greet").code == 2


@pytest.mark.parametrize("path", ["", ".", "elsewhere:"])
def test_nor_by_way_of_pythons_path(sh: Shell, path: str) -> None:
    sh.write("evil.egg-info/entry_points.txt", "[espsh.plugins]\nevil = evil_plugin\n")
    sh.write("evil.egg-info/PKG-INFO", "Metadata-Version: 2.1\nName: evil\nVersion: 1\n")
    sh.write("evil_plugin.py", GREETER)
    found = espsh(sh, path, "greet")
    assert found.returncode == 2
    assert "no command 'greet'" in found.stderr


def test_a_plugin_that_is_named(sh: Shell) -> None:
    sh.write("a/greeter.py", GREETER)
    sh.write("a/other.py", GREETER.replace("greet(", "welcome("))
    assert sh("greet Ada", "--plugin", "a/greeter.py").lines == ["hello Ada"]
    assert sh("greet; welcome", "--plugin", "a").lines == ["hello you", "hello you"]
    both = ("--plugin", "a/greeter.py", "--plugin", "a/other.py")
    assert sh("greet; welcome", *both).lines == ["hello you", "hello you"]


@pytest.mark.parametrize("name", ["nothing.py", "empty", "text.txt"])
def test_a_named_plugin_that_is_none(sh: Shell, name: str) -> None:
    sh.write("text.txt", "no plugin")
    (sh.folder / "empty").mkdir()
    found = sh("echo hi", "--plugin", name)
    assert (found.code, found.out) == (2, "")
    assert name in found.err


def test_a_named_plugin_goes_before_one_that_is_there(sh: Shell) -> None:
    own(sh, "greeter.py", GREETER)
    sh.write("greeter.py", GREETER.replace("hello", "servus"))
    found = sh("greet", "--plugin", "greeter.py")
    assert (found.lines, found.err) == (["servus you"], "")


BROKEN = {
    "raises": (f"\n\n{FAILING}", "raises.py:3: RuntimeError: no such luck"),
    "deep": ("def f():\n    import json\n    json.loads('?')\nf()", "deep.py:3: json.decoder.JSONDecodeError"),
    "syntax": ("import sys\nif", "syntax.py:2: invalid syntax"),
    "leaves": ("raise SystemExit(3)", "leaves.py:1: it ends the program: SystemExit(3)"),
    "ctrl_c": ("raise KeyboardInterrupt", "ctrl_c.py:1: KeyboardInterrupt"),
    "misses": ("\nimport no_such_thing", "misses.py:2: ModuleNotFoundError: No module named 'no_such_thing'"),
    "clashes": (CLASHING, "clashes.py:5: command 'ls' exists already, from espsh.commands.listing"),
    "newer": ("ESPSH_API = 2\nraise SystemExit", "newer.py: it is made for version 2 of espsh.api, here is 1"),
    "nul": ("\0", "nul.py"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_costs_itself_only(sh: Shell, name: str) -> None:
    source, line = BROKEN[name]
    own(sh, f"{name}.py", source)
    own(sh, "greeter.py", GREETER)
    found = sh("greet; pwd")
    assert found.code == 0
    assert found.lines == ["hello you", str(sh.folder)]
    first, hint = found.err.splitlines()
    assert first.startswith(f"plugin {name}: {line}")
    assert hint.startswith("hint: ")


def test_what_cannot_be_read_costs_itself_only(sh: Shell) -> None:
    own(sh, "greeter.py", GREETER)
    own(sh, "folder.py/readme.txt", "a folder by the name of a file")
    own(sh, "gone.py", "").unlink()
    Path(sh.env["ESPSH_CONFIG_DIR"], "plugins", "gone.py").symlink_to("nowhere")
    own(sh, "latin.py", "").write_bytes(b"hookimpl = '\xff'")
    assert (sh("pwd").code, sh("pwd").lines) == (0, [str(sh.folder)])
    found = sh("greet")
    assert found.lines == ["hello you"]
    lines = [line for line in found.err.splitlines() if line.startswith("plugin ")]
    assert [line.split(": ")[0] for line in lines] == ["plugin latin", "plugin folder", "plugin gone"]


def test_what_another_package_left_half_done_is_passed_over(
    sh: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("~spsh-1.dist-info", "[espsh.plugins]\nx = ::\n"), ("half-1.dist-info", "\0[")):
        (tmp_path / "site" / name).mkdir(parents=True)
        (tmp_path / "site" / name / "entry_points.txt").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    own(sh, "greeter.py", GREETER)
    assert sh("pwd").code == 0
    assert sh("greet").lines == ["hello you"]


def test_two_plugins_of_the_same_command(sh: Shell) -> None:
    own(sh, "first.py", GREETER)
    own(sh, "second.py", GREETER.replace("hello", "servus"))
    found = sh("greet")
    assert found.lines == ["hello you"]
    assert "plugin second: second.py:5: command 'greet' exists already, from plugin first" in found.err


def test_two_plugins_of_the_same_name(sh: Shell) -> None:
    own(sh, "i2c.py", GREETER)
    found = sh("i2c --scl 22; greet", "-k")
    assert "plugin i2c: " in found.err
    assert "a plugin of that name comes from espsh_plugins.i2c" in found.err
    assert "no command 'greet'" in found.err


def test_a_plugin_that_blocks_is_left_behind(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading.load, "__defaults__", (0.2,))
    own(sh, "greeter.py", GREETER)
    own(sh, "blocks.py", "import threading\n\ndef wait():\n    threading.Event().wait()\n\nwait()")
    found = sh("greet")
    assert found.lines == ["hello you"]
    assert found.err.splitlines() == [
        "plugin blocks: blocks.py:4: it was still loading after 0.2 s, and was left behind",
        "hint: plugins disable blocks turns it off",
    ]


def test_a_loop_that_is_left_behind_ends(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading.load, "__defaults__", (0.2,))
    own(sh, "spins.py", "while True: pass")
    assert "spins.py:1: it was still loading" in sh("help").err
    for thread in threading.enumerate():
        if thread.name == "plugin spins":
            thread.join(20)
            assert not thread.is_alive()


def test_a_plugin_that_takes_long_is_told(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugged, "SLOW", 0.0)
    own(sh, "greeter.py", GREETER)
    found = sh("greet")
    assert found.lines == ["hello you"]
    assert "plugin greeter: it took 0.0 s to load" in found.err


def test_a_command_of_ours_looks_for_no_plugin(sh: Shell) -> None:
    own(sh, "fails.py", FAILING)
    assert sh("echo hi").err == ""


def test_a_bug_is_its_plugins_own(sh: Shell) -> None:
    own(sh, "greeter.py", GREETER.replace('"hello", name', "1 / 0"))
    found = sh("greet; echo still here", "-k")
    assert (found.code, found.out) == (1, "still here\n")
    assert "greet: this is a bug in plugin greeter: greeter.py:8: ZeroDivisionError: division by zero" in found.err
    own(sh, "greeter.py", GREETER.replace('ctx.out.text("hello", name)', "ctx.out.table(5)"))
    assert "greet: this is a bug in plugin greeter: greeter.py:8: AttributeError: 'int'" in sh("greet").err


def test_debug_shows_the_traceback(sh: Shell) -> None:
    own(sh, "fails.py", FAILING)
    assert "Traceback" in sh("help", "--debug").err
    assert "Traceback" not in sh("help").err
