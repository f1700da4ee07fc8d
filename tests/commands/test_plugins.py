"""The command plugins, and the plugin that it begins: installed, used, tested and removed by its README."""

from __future__ import annotations

import json
import os
import re
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.conftest import Shell
from tests.test_plugins import FAILING, GREETER, own


def test_the_list_says_who_is_there_and_what_is_wrong(sh: Shell) -> None:
    path = own(sh, "greeter.py", GREETER)
    broken = own(sh, "fails.py", FAILING)
    lines = sh("plugins").lines
    assert re.split(r"  +", lines[0].strip()) == ["name", "version", "state", "brings", "from"]
    rows = {line.split()[0]: re.split(r"  +", line.strip())[1:] for line in lines[1:]}
    assert rows["fails"] == ["-", "broken", "fails.py:1: RuntimeError: no such luck", f"folder {broken}"]
    assert rows["greeter"] == ["-", "on", "greet", f"folder {path}"]
    assert rows["i2c"] == ["0.1.0", "on", "i2c", "entry point espsh_plugins.i2c"]


def test_the_list_as_json_has_the_time(sh: Shell) -> None:
    own(sh, "greeter.py", GREETER)
    (found,) = json.loads(sh("plugins list greeter", "--json").out)
    assert found["brings"] == ["greet"]
    assert 0 < found["seconds"] < 5
    assert ">" not in sh("plugins --timing").lines[0]
    assert "seconds" in sh("plugins --timing").lines[0]


def test_one_that_is_off_is_not_loaded(sh: Shell) -> None:
    own(sh, "fails.py", FAILING)
    assert "fails is off" in sh("plugins disable fails").err
    quiet = sh("help")
    assert (quiet.code, quiet.err) == (0, "")
    assert re.search(r"^fails +- +off +- ", sh("plugins list fails").lines[1])
    broken = sh("plugins enable fails")
    assert (broken.code, broken.err.count("no such luck")) == (1, 1)
    assert broken.err.endswith("plugins: fails is broken\n")
    assert "no such luck" in sh("help").err


def test_off_and_on_again_at_once(sh: Shell) -> None:
    own(sh, "greeter.py", GREETER)
    found = sh("greet; plugins disable greeter; greet; plugins enable greeter; greet", "-k")
    assert found.lines == ["hello you", "hello you"]
    assert "no command 'greet'" in found.err


def test_a_shipped_one_can_be_off(sh: Shell) -> None:
    sh("plugins disable i2c")
    assert "no command 'i2c'" in sh("i2c").err


def test_one_that_was_named_cannot_be_off(sh: Shell) -> None:
    path = sh.write("greeter.py", GREETER)
    assert sh("plugins disable greeter", "--plugin", str(path)).code == 2


@pytest.mark.parametrize("line", ["plugins enable", "plugins disable nobody", "plugins list nobody", "plugins burn"])
def test_what_cannot_be_meant(sh: Shell, line: str) -> None:
    assert sh(line).code == 2


def test_what_was_changed_is_loaded_anew(sh: Shell) -> None:
    path = own(sh, "greeter.py", GREETER)
    change = f"!{sys.executable} -c \"p='{path}'; t=open(p).read(); open(p,'w').write(t.replace('hello', 'olleh'))\""
    found = run(sh, "greet", change, "plugins reload", "greet", "plugins reload")
    assert found.lines == ["hello you", "olleh you"]
    assert found.err.splitlines() == ["greeter is on: greet", "nothing was changed"]


def test_a_change_that_breaks_keeps_what_there_was(sh: Shell) -> None:
    path = own(sh, "greeter.py", GREETER)
    found = run(sh, "greet", f"!echo 'if' >> {path}", "plugins reload", "greet")
    assert found.lines == ["hello you", "hello you"]
    assert "plugin greeter: greeter.py:9: invalid syntax" in found.err


def test_new_ones_are_found_and_gone_ones_leave(sh: Shell) -> None:
    path = own(sh, "greeter.py", GREETER)
    other = path.with_name("other.py")
    found = run(sh, "greet", f"!mv {path} {other}", "plugins reload", "greet", "plugins list other", f"!rm {other}",
                "plugins reload", "greet", "-k")  # fmt: skip
    assert "other  -        on" in found.out
    assert found.err.splitlines()[:3] == ["greeter is gone: greet", "other is on: greet", "other is gone: greet"]
    assert "no command 'greet'" in found.err


def run(sh: Shell, *lines: str) -> object:
    """Run lines as a command file has them; "-k" goes on after failures."""
    options = [line for line in lines if line == "-k"]
    return sh.run(*options, "-f", "-", stdin="\n".join(line for line in lines if line != "-k"))


def test_new_wants_an_empty_folder_and_a_free_name(sh: Shell) -> None:
    own(sh, "greeter.py", GREETER)
    for name in ("Hello", "he_llo", "1st", "-", "a--b", "../x", "ls", "class", "gpio", "greet"):
        assert sh(f"plugins new -- {name}").code == 2
    assert sh("plugins new").err == "plugins: name the new plugin\nhint: usage: plugins new NAME\n"
    sh.write("x", "")
    assert "not empty: x is there" in sh("plugins new hello").err
    assert [path.name for path in sh.folder.iterdir()] == ["x"]


@pytest.mark.parametrize("name", ["hello", "wifi-scan"])
@pytest.mark.skipif(sys.platform != "linux", reason="virtual boards run on Linux")
def test_a_new_plugin_lives_by_its_readme(sh: Shell, tmp_path: Path, name: str) -> None:
    """Installed, used, tested and removed in a venv of its own, with the README's steps and nothing else."""
    module = name.replace("-", "_")
    above = sh.folder.parent / "pyproject.toml"  # of another project, whose folder this one is in
    above.write_text('[tool.pytest.ini_options]\naddopts = "--no-such-option"\n')
    files = ["pyproject.toml", f"espsh_{module}.py", f"tests/test_{module}.py", "README.md"]
    assert sh(f"plugins new {name}").lines == files
    steps = [line.strip() for line in sh.read("README.md").decode().splitlines() if line.startswith("    ")]
    assert [step.split()[0] for step in steps] == ["pip", "espsh", "espsh", "pytest", "pip"]
    env = {**sh.env, **fresh_venv(tmp_path / "venv"), "ESPSH_STATE_DIR": str(tmp_path / "state")}
    said = [step_by_step(step, env, sh.folder) for step in steps]
    assert said[1] == "hello hello hello\n"
    assert f"usage: {name} [TIMES]" in said[2]
    assert "3 passed" in said[3]
    gone = subprocess.run(["espsh", name], env=env, cwd=sh.folder, capture_output=True, text=True, check=False)
    assert (gone.returncode, gone.stdout) == (2, "")


def step_by_step(step: str, env: dict[str, str], folder: Path) -> str:
    done = subprocess.run(["sh", "-c", step], env=env, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fresh_venv(folder: Path) -> dict[str, str]:
    """Make an environment that has what this one has, and takes what is installed into it alone: no network needed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    here = [path for path in (*site.getsitepackages(), sysconfig.get_path("purelib")) if Path(path).is_dir()]
    Path(packages, "here.pth").write_text("import site; " + "; ".join(f"site.addsitedir({path!r})" for path in here))
    for tool in ("pip", "espsh", "pytest"):
        program = folder / "bin" / tool
        program.write_text(f'#!/bin/sh\nexec "{folder}/bin/python" -m {tool} "$@"\n')
        program.chmod(0o755)
    return {
        "PATH": f"{folder}/bin{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
