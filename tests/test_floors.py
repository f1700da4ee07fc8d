"""The import floors: a module imports only lower floors and its own package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = (
    {"errors"},
    {"base", "chips"},
    {"serve", "sim", "diagnose", "web"},
    {"ports"},
    {"onboard"},
    {"board"},
    {"firmware", "mpycross", "packages"},
    {"core"},
    {"api"},
    {"commands"},
    {"shell", "script"},
    {"cli"},
    {"testing"},
    {"pytest_plugin"},
    {"__main__"},
)
# The rooms of `board`, each with what it may import of the others.
ROOMS = {
    "prompt": set(),
    "copying": {"prompt"},
    "trees": {"copying"},
    "files": {"copying"},
    "meeting": {"prompt", "copying"},
    "mount": {"prompt", "meeting"},
}
# Standing outside the order, each for its reason.
COMPOSITION_ROOTS = {"espsh/sim/__main__.py"}
BOARD_CODE = ("espsh/onboard/", "espsh/sim/vmboot/")


def modules() -> list[Path]:
    found = [*sorted((ROOT / "espsh").rglob("*.py")), *sorted((ROOT / "plugins").rglob("*.py"))]
    return [path for path in found if not path.relative_to(ROOT).as_posix().startswith(BOARD_CODE)]


def imports(path: Path) -> set[str]:
    """Return the espsh modules that ``path`` imports when it runs; those under TYPE_CHECKING do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
        for node in ast.walk(block)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the floor"
            assert node.module is not None
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("espsh", "espsh_plugins")}


def floor(package: str) -> int:
    return next(number for number, packages in enumerate(FLOORS) if package in packages)


def package_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "espsh").with_suffix("").parts
    return parts[0]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_arrows_point_downwards(path: Path) -> None:
    relative = path.relative_to(ROOT).as_posix()
    names = imports(path)
    if relative.startswith("plugins/") or (relative.startswith("espsh/commands/") and path.name != "__init__.py"):
        strangers = {n for n in names if not n.startswith(("espsh.api", "espsh_plugins"))}
        assert strangers == set(), "commands and plugins import only espsh.api"
        return
    if relative in COMPOSITION_ROOTS or relative == "espsh/__init__.py":
        return
    own = package_of(path)
    for name in names - {"espsh.__version__"}:
        other = name.split(".")[1]
        assert other == own or floor(other) < floor(own), f"{relative} imports {name}"


def test_the_virtual_board_shares_no_code_with_the_board_floor() -> None:
    for path in (ROOT / "espsh" / "sim").rglob("*.py"):
        if "vmboot" not in path.parts:
            assert not {n for n in imports(path) if n.startswith(("espsh.board", "espsh.onboard"))}, path


@pytest.mark.parametrize("room", ROOMS)
def test_the_rooms_of_the_board_have_an_order(room: str) -> None:
    """The modules beside them, the link and what the board says it is, are for all; `board.py` ties them together."""
    others = set(ROOMS) - {room} - ROOMS[room] | {"board"}
    for path in (ROOT / "espsh" / "board" / room).glob("*.py"):
        named = {name.split(".")[2] for name in imports(path) if name.startswith("espsh.board.")}
        assert not named & others, path
