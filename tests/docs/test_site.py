"""The site: it builds without a remark, and what is generated says all that the declarations and tables say."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from espsh.core.command import Opt
from espsh.core.match import match
from espsh.core.parser import parse
from espsh.core.plugins import BUILTIN
from espsh.core.registry import Registry
from espsh.shell.arguments import OPTIONS, read_arguments

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def generated() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generated_pages", DOCS / "generated.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_site_builds_and_every_link_and_anchor_leads_somewhere(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="mkdocs-material is not installed (--group docs)")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    assert {"index.html", "commands", "diagnoses", "security", "start"} <= {path.name for path in tmp_path.iterdir()}


def test_the_reference_has_every_command_with_every_option(generated: ModuleType) -> None:
    commands = generated.shipped_commands()
    page = generated.commands_page(commands)
    sections = dict(zip(*[iter(re.split(r"(?m)^## `(.+)`$", page)[1:])] * 2, strict=True))
    assert set(sections) == {command.name for command in commands} >= {"ls", "plugins", "i2c"}
    for command in commands:
        for option in command.options:
            assert isinstance(option.declaration, Opt)
            assert f"| `{', '.join(option.declaration.spellings)}" in sections[command.name]
        assert all(example in sections[command.name] for example in command.examples)
    assert all(", ".join(option.spellings) in page for option in OPTIONS)


def test_tables_have_as_many_cells_in_each_row(generated: ModuleType) -> None:
    """Between backticks a bar is shown with its backslash by one renderer, and ends the cell in another: have none."""
    pages = [generated.commands_page(generated.shipped_commands())]
    for page in (re.sub(r"`[^`\n]*`", "code", page) for page in pages):
        _check_tables(page)
    for path in (ROOT / "README.md", *DOCS.glob("*.md")):
        _check_tables(path.read_text())
        assert re.findall(r"(?m)^\|.*`[^`\n|]*\\\|[^`\n]*`.*", path.read_text()) == [], path.name


def _check_tables(page: str) -> None:
    for table in re.findall(r"(?m)(?:^\|.*\n)+", page):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table


def test_the_diagnoses_have_every_rule(generated: ModuleType) -> None:
    page = generated.diagnoses_page()
    tables = {path.stem for path in (ROOT / "espsh" / "diagnose").glob("rules_*.py")}
    assert len(generated.TABLES) == len(tables)
    assert page.count("\n- why: ") == sum(len(rules) for rules in generated.TABLES.values())


def test_the_readmes_links_lead_to_files() -> None:
    links = re.findall(r"\]\(((?!https?:)[^)#]+)", (ROOT / "README.md").read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_modules_that_the_protocol_names_are_there() -> None:
    named = re.findall(r"`([\w/]+\.py)`", (DOCS / "protocol.md").read_text())
    assert len(named) > 10
    assert [name for name in named if not (ROOT / "espsh" / name).exists()] == []


def test_what_one_types_now_are_lines_that_espsh_takes() -> None:
    """The last column of each table of "Coming from another tool" is understood by the parser and the declarations."""
    registry = Registry(BUILTIN)
    cells = _last_column((DOCS / "moving.md").read_text())
    assert len(cells) > 60
    for cell in cells:
        for line in _lines_of(cell):
            for invocation in parse(line, registry.rest_rule):
                match(registry.find(invocation.name), invocation)


def test_the_examples_of_help_are_lines_that_espsh_takes(generated: ModuleType) -> None:
    commands = {name: command for command in generated.shipped_commands() for name in (command.name, *command.aliases)}
    examples = [example for command in commands.values() for example in command.examples]
    assert len(examples) > 150
    for example in examples:
        for invocation in parse(example, lambda word: commands[word].rest if word in commands else None):
            match(commands[invocation.name], invocation)


def _lines_of(cell: str) -> list[str]:
    """Return the lines of commands in what is typed: at espsh's prompt, or in a Unix shell."""
    if not cell.startswith(("espsh", "-")):
        return [cell]
    arguments = read_arguments(shlex.split(cell.removeprefix("espsh")), {})
    words = [shlex.join(arguments.words)] if arguments.words else []
    return words + [job.text for job in arguments.jobs if job.kind == "line"]


def _last_column(page: str) -> list[str]:
    rows = [row for row in page.splitlines() if row.startswith("| `")]
    return [code for row in rows for code in re.findall(r"`([^`]+)`", row.rstrip("| ").rpartition(" | ")[2])]
