from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from espsh_plugins import gpio
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from espsh.base.files import Entry
from espsh.core.plugged import Plugins
from espsh.core.plugins import in_folder
from espsh.core.session import Here, Session
from espsh.firmware import backends
from espsh.firmware.catalog import Catalog
from espsh.packages import Shelf
from espsh.shell.completer import LineCompleter
from tests.firmware.site import Site
from tests.packages.index import Index
from tests.shell.conftest import MemoryBoard

AddBoard = Callable[..., MemoryBoard]


@pytest.fixture
def complete(session: Session) -> Callable[[str], list[str]]:
    """Return what the line may become, whole lines."""

    def complete(text: str, after: str = "") -> list[str]:
        found = LineCompleter(session).get_completions(Document(text + after, len(text)), CompleteEvent())
        return [text[: len(text) + c.start_position] + c.text for c in found]

    return complete


Complete = Callable[..., list[str]]


def test_commands_by_their_beginning(complete: Complete) -> None:
    assert complete("mk") == ["mkdir "]
    assert {"rm", "run", "reset"} <= set(complete("r"))
    assert complete("ls; mk") == ["ls; mkdir "]


def test_options_with_their_meaning(session: Session) -> None:
    found = list(LineCompleter(session).get_completions(Document("ls --al"), CompleteEvent()))
    assert [c.text for c in found] == ["--all "]
    assert "-a" in found[0].display_text
    assert found[0].display_meta_text != ""
    assert any(c.text == "--help" for c in LineCompleter(session).get_completions(Document("ls -"), CompleteEvent()))


def test_the_ways_to_bring_firmware(complete: Complete, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complete("flash --by e") == ["flash --by esptool "]
    monkeypatch.setattr(backends, "ADDED", [SimpleNamespace(name="dfu")])
    assert complete("flash --by ") == ["flash --by esptool", "flash --by dfu"]


def test_host_files_are_quoted_as_needed(complete: Complete, session: Session, tmp_path: Path) -> None:
    for name in ("my file.txt", "it's.txt", "semi;colon", "[x].py", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "my dir").mkdir()
    (tmp_path / "my dir" / "in side").touch()
    assert complete("cat my") == ["cat my\\ dir/", "cat my\\ file.txt"]
    assert complete("cat 'my f") == ["cat 'my file.txt' "]
    assert complete("cat 'my d") == ["cat 'my dir/"]
    assert complete("cat 'my dir/") == ["cat 'my dir/in side' "]
    assert complete("cat my\\ dir/") == ["cat my\\ dir/in\\ side "]
    assert complete("cat it") == ["cat it\\'s.txt "]
    assert complete("cat sem") == ["cat 'semi;colon' "]
    assert complete("cat [") == ["cat '[x].py' "]
    assert complete("cat .h") == ["cat .hidden "]
    assert "cat .hidden" not in complete("cat ")


def test_a_blank_that_is_there_is_not_added(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "main.py").touch()
    assert complete("cp mai", " :") == ["cp main.py"]


def test_board_paths_come_from_the_cache_only(complete: Complete, add_board: AddBoard) -> None:
    add_board("attic", **{"": [Entry("lib", True), Entry("main.py", False, 5)], "lib": [Entry("x y.py", False, 1)]})
    assert complete("cat :") == ["cat :lib/", "cat :main.py"]
    assert complete("cat :m") == ["cat :main.py "]
    assert complete("cat attic:/lib/") == ["cat attic:/lib/x\\ y.py "]
    assert complete("cat :nothing/") == []
    assert complete("cat att") == ["cat attic:"]
    assert complete("ls > :m") == ["ls > :main.py "]


def test_on_a_boards_place_bare_paths_are_its(complete: Complete, add_board: AddBoard, session: Session) -> None:
    add_board("attic", lib=[Entry("x.py", False, 1)])
    session.here = Here("attic", "/lib")
    assert complete("cat x") == ["cat x.py "]


def test_where_only_directories_fit_no_file_is_offered(
    complete: Complete, add_board: AddBoard, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "main.py").touch()
    add_board("attic", **{"": [Entry("lib", True), Entry("boot.py", False, 5)]})
    assert complete("cd ") == ["cd attic:", "cd host:", "cd src/"]
    assert complete("cd :") == ["cd :lib/"]
    assert complete("cd m") == []
    assert complete("mount ") == ["mount src/"]
    assert complete("watch ") == ["watch src/"]
    assert complete("mount src ") == ["mount src attic:", "mount src host:", "mount src src/"]
    assert complete("mount attic:") == []
    session.here = Here("attic", "/")
    assert complete("mount ") == ["mount host:"]
    assert complete("mount host:s") == ["mount host:src/"]
    assert complete("mount l") == []


def test_a_file_of_the_host_is_on_no_board(complete: Complete, add_board: AddBoard, tmp_path: Path) -> None:
    (tmp_path / "main.py").touch()
    add_board("attic", **{"": [Entry("lib", True)]})
    assert complete("repl --capture ") == ["repl --capture main.py "]
    assert complete("repl --capture attic:") == []


def test_boards_and_sets_of_them(complete: Complete, add_board: AddBoard) -> None:
    add_board("attic")
    add_board("kitchen")
    assert complete("disconnect k") == ["disconnect kitchen "]
    assert complete("@k") == ["@kitchen "]
    assert complete("@attic,k") == ["@attic,kitchen "]
    assert complete("@al") == ["@all "]
    assert complete("@all!k") == ["@all!kitchen "]


def test_groups_and_chips(complete: Complete, add_board: AddBoard, session: Session) -> None:
    add_board("attic")
    session.groups.keep("lab", "attic,shed")
    assert complete("@l") == ["@lab "]
    assert complete("@all!@la") == ["@all!@lab "]
    assert complete("@attic&c") == ["@attic&chip:esp32 "]
    assert complete("@chip:e") == ["@chip:esp32 "]
    assert complete("@") == ["@all", "@attic", "@lab", "@chip:esp32"]
    assert complete("cat @l") == ["cat @lab:"]
    assert complete("cp a > @all!a") == ["cp a > @all!all:", "cp a > @all!attic:"]
    assert complete("group rest = all!l") == ["group rest = all!lab "]
    assert complete("group -d l") == ["group -d lab "]


def test_ports_choices_and_command_names(complete: Complete) -> None:
    assert complete("connect /dev") == ["connect /dev/ttyUSB0 "]
    assert complete("timing o") == ["timing on", "timing off"]
    assert complete("help mk") == ["help mkdir "]


def test_pins_and_levels_each_where_they_fit(complete: Complete, add_board: AddBoard, session: Session) -> None:
    session.registry.add(gpio, "gpio")
    assert complete("gpio set 4 o") == ["gpio set 4 off", "gpio set 4 on"]
    assert complete("gpio read ") == complete("gpio set ") == []
    add_board("attic")
    read, driven = complete("gpio read "), complete("gpio set ")
    assert {"gpio read 0", "gpio read 4", "gpio read 6", "gpio read 34"} <= set(read)
    assert "gpio set 4" in driven
    assert not {"gpio set 0", "gpio set 6", "gpio set 34", "gpio set on"} & set(driven)
    assert complete("gpio read 4 --pull up 1 3") == [f"gpio read 4 --pull up 1 {n}" for n in (3, *range(32, 40))]
    assert "gpio watch 4 4" not in complete("gpio watch 4 ")
    assert complete("gpio set 4 on ") == complete("gpio pinout ") == []


def test_pins_of_boards_that_differ_are_not_known(complete: Complete, add_board: AddBoard, session: Session) -> None:
    session.registry.add(gpio, "gpio")
    add_board("attic")
    add_board("kitchen").identity.chip = "ESP32-C3"
    assert complete("gpio read ") == []


def test_options_of_the_session_and_what_each_may_be(complete: Complete, session: Session) -> None:
    names = [name.replace("_", "-") for name in vars(session.options)]
    assert complete("set ") == [f"set {name}" for name in names]
    assert complete("set tim") == ["set timing "]
    assert complete("set keys ") == ["set keys emacs", "set keys vi"]
    assert complete("set keys v") == ["set keys vi "]
    for name in ("timing", "keep-going"):
        assert complete(f"set {name} ") == [f"set {name} on", f"set {name} off"]
    for name in ("jobs", "editor", "nonsense"):
        assert complete(f"set {name} ") == []


def test_plugins_and_the_types_that_they_bring(complete: Complete, session: Session, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
    (tmp_path / "colour.py").write_text(page[page.index("# colour.py") :].partition("```")[0])
    session.plugins = Plugins(session.registry, lambda: in_folder(tmp_path))
    assert complete("plugins disable c") == ["plugins disable colour "]
    assert complete("col") == ["colour "]
    assert complete("colour gr") == ["colour green "]


@pytest.mark.parametrize("text", ["exec import ", "!ls ", "# ls ", "nonsense ", "cat http://", "cat nobody:"])
def test_where_nothing_is_known_nothing_is_offered(complete: Complete, text: str) -> None:
    assert complete(text) == []


def test_firmware_from_what_is_kept_alone(complete: Complete, session: Session, site: Site) -> None:
    session.world.env["ESPSH_FIRMWARE_URL"] = site.url  # type: ignore[index]
    assert complete("firmware get ESP") == []
    assert site.asked == []
    site.publish()
    catalog = Catalog.of(session.world)
    catalog.boards()
    catalog.builds("ESP32_GENERIC")
    asked = list(site.asked)
    assert complete("firmware get ESP") == ["firmware get ESP32_GENERIC", "firmware get ESP32_GENERIC_C3"]
    assert complete("firmware get ESP32_GENERIC-S") == ["firmware get ESP32_GENERIC-SPIRAM "]
    assert complete("firmware c") == ["firmware cached "]
    session.world.env["ESPSH_FIRMWARE_URL"] = "nowhere"  # type: ignore[index]
    assert complete("firmware get ESP") == []
    assert site.asked == asked


def test_packages_from_the_kept_list(complete: Complete, session: Session, site: Site) -> None:
    index = Index(site)
    session.world.env["ESPSH_PACKAGES_URL"] = index.url  # type: ignore[index]
    assert complete("mip install gr") == []
    assert site.asked == []
    index.usual()
    Shelf.of(session.world).published()
    asked = list(site.asked)
    assert complete("mip install gr") == ["mip install greet "]
    assert complete("mip se") == ["mip search "]
    session.world.env["ESPSH_PACKAGES_URL"] = "nowhere"  # type: ignore[index]
    assert complete("mip install gr") == []
    assert site.asked == asked
