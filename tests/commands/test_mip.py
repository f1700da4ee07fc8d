"""mip install, list and search, on boards, sets of boards and the host, against an index on this machine."""

from __future__ import annotations

import json
import random
import signal
import threading
from collections.abc import Callable

import pytest

from espsh.board.link import Link
from espsh.errors import ConnectError
from espsh.mpycross import Target
from espsh.packages import spec
from tests.conftest import Shell
from tests.firmware.site import Site
from tests.packages.index import GREET, WORDS, Index, compiled

GREETING = 'eval __import__("greet").greet()'
RECORD = ".espsh-packages.json"


@pytest.fixture
def index(sh: Shell, site: Site) -> Index:
    """An index with ``greet``, which needs ``words``; the shell's packages come from there."""
    index = Index(site)
    index.usual()
    sh.env["ESPSH_PACKAGES_URL"] = index.url
    return index


def test_a_package_with_a_dependency_into_a_board(board: Shell, index: Index) -> None:
    result = board("mip install greet")
    assert (result.code, result.err) == (0, "")
    assert result.lines[0].startswith("as .mpy version 6, which MicroPython 1.")
    assert [line.partition(",")[0] for line in result.lines[1:]] == [
        "greet 0.2: 1 file", "words 1.0: 1 file", "/lib: 2 written",
    ]  # fmt: skip
    assert board(GREETING).out == "'hello!'\n"
    again = board("mip install greet")
    assert again.lines[-1] == "/lib: 0 written, 2 the same"


def test_a_package_into_a_set(sh: Shell, index: Index, port: Callable[..., str]) -> None:
    sh.ports += [f"one={port()}", f"two={port('esp32c3')}"]
    assert sh("group lab = one,two").code == 0
    result = sh("@lab mip install greet")
    assert (result.code, result.err, result.lines[0], result.lines[-1]) == (
        0, "", "one,two:", "/lib: 2 written, 0 the same",
    )  # fmt: skip
    assert sh(f"@lab {GREETING}").out == "one,two: 'hello!'\n"
    listed = sh("@lab mip list").lines
    assert listed[0] == "one,two:" and [line.split()[:3] for line in listed[2:]] == [
        ["greet", "0.2", "whole"], ["words", "1.0", "whole"],
    ]  # fmt: skip


def test_a_bad_hash_is_refused_and_nothing_is_written(board: Shell, index: Index, site: Site) -> None:
    site.put(index.file_of(compiled(WORDS, "__init__.py")), b"M\x06\x00\x1fevil")
    result = board("mip install greet")
    assert (result.code, result.out) == (4, "")
    assert result.err.startswith("mip: words 1.0: words/__init__.mpy is not what the index says: its SHA-256 is ")
    assert "hint: nothing was written" in result.err
    assert board("ls :").out == ""


def test_source_and_compiled_change_places(board: Shell, index: Index) -> None:
    board("mip install greet")
    result = board("mip install -v greet --no-mpy")
    assert result.lines[0] == "as source: --no-mpy"
    assert sorted(line for line in result.lines if line[0] in "+*-") == [
        "+ greet.py", "+ words/__init__.py", "- greet.mpy", "- words/__init__.mpy",
    ]  # fmt: skip
    assert board(f"ls :/lib; {GREETING}").out == "greet.py\nwords/\n'hello!'\n"


def test_a_board_without_mpy_gets_source(board: Shell, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    of = Target.of
    monkeypatch.setattr(Target, "of", lambda identity, abilities: of(identity, abilities._replace(mpy=0)))
    result = board("mip install greet")
    assert (result.code, result.err) == (0, "")
    assert result.lines[0].startswith("as source: this board's MicroPython 1.")
    assert result.lines[0].endswith("was built without support for .mpy files")
    assert board("ls :/lib").out == "greet.py\nwords/\n"
    assert board("mip install --mpy greet").code == 1
    board.write("made/package.json", json.dumps({"urls": [["x.mpy", "x.mpy"]]}))
    board.write("made/x.mpy", compiled(WORDS, "x.py"))
    result = board("mip install ./made")
    assert (result.code, result.out) == (1, "") and "x.mpy: this board's MicroPython" in result.err


def test_an_index_without_that_form_gives_source(board: Shell, index: Index) -> None:
    index.publish("words", "1.1", {"words.py": WORDS}, forms=("py", "5"))
    del index.site.answers["/pi/v2/package/6/words/latest.json"]
    result = board("mip install words")
    assert (result.code, result.lines[0].partition(",")[0]) == (0, "words 1.1: 1 file")
    assert result.err == f"words: {index.url} has none for .mpy version 6: this is the source\n"


def test_a_plan_changes_nothing(board: Shell, index: Index) -> None:
    result = board("mip install -n greet")
    assert result.lines[-3:] == ["+ greet.mpy", "+ words/__init__.mpy", "/lib: 2 to write, 0 the same"]
    assert board("ls :").out == ""


def test_an_upgrade_removes_what_is_no_more(board: Shell, index: Index) -> None:
    index.publish("greet", "0.1", {"greet/__init__.py": GREET, "greet/old.py": b"x = 1\n", "greet/kept.py": b"y = 1\n"})
    board("mip install greet@0.1; exec open('/lib/greet/kept.mpy', 'w').write('mine')")
    index.publish("greet", "0.2", {"greet/__init__.py": GREET})
    result = board("mip install greet")
    assert result.lines[-1] == "/lib: 0 written, 1 the same, 1 removed"
    assert board("ls :/lib/greet").out == "__init__.mpy\nkept.mpy\n"


def test_what_is_installed_and_what_became_of_it(board: Shell, index: Index) -> None:
    assert "espsh has installed no package there" in board("mip list").err
    board("mip install greet; rm :/lib/greet.mpy; exec open('/lib/words/__init__.mpy', 'w').write('x')")
    assert [line.split(maxsplit=2)[2].rpartition("  ")[0].strip() for line in board("mip list").lines[1:]] == [
        "missing: greet.mpy", "changed: words/__init__.mpy",
    ]  # fmt: skip
    (greet, words) = json.loads(board("mip list --json").out)
    assert (greet["source"], greet["missing"], words["changed"]) == (index.url, ["greet.mpy"], ["words/__init__.mpy"])
    board("mip install greet")
    assert [line.split()[2] for line in board("mip list").lines[1:]] == ["whole", "whole"]


def test_a_damaged_record(board: Shell, index: Index) -> None:
    board(f"mip install greet; exec open('/lib/{RECORD}', 'w').write('[[')")
    result = board("mip list")
    assert result.code == 2 and "its record of packages is damaged\nhint: mip install writes it anew" in result.err
    assert "damaged, and is begun anew" in board("mip install greet").err
    assert len(board("mip list").lines) == 3


def test_a_users_own_file_stays_and_is_named(board: Shell, index: Index) -> None:
    board.write("greet.py", "def greet(): return 'mine'")
    board("mkdir :lib; cp greet.py :lib")
    result = board("mip install greet")
    assert result.err == "greet.py is there too, and import takes it before its .mpy\n"
    assert board(GREETING).out == "'mine'\n"


def test_a_file_where_a_directory_is_to_be(board: Shell, index: Index) -> None:
    board("mkdir :lib; touch :lib/words")
    result = board("mip install greet")
    assert result.code == 1 and "words (a directory at the source, a file at the target)" in result.err
    assert board("ls :/lib").out == "words\n"


def test_into_a_directory_of_the_host(sh: Shell, index: Index) -> None:
    result = sh("mip install greet --target here/lib")
    assert (result.code, result.lines[0]) == (0, "as source: the target is on the host")
    assert (sh.read("here/lib/greet.py"), sh.read("here/lib/words/__init__.py")) == (GREET, WORDS)
    assert "whole" in sh("mip list --target here/lib").out


def test_a_set_fills_a_directory_of_the_host_for_each(sh: Shell, index: Index, port: Callable[..., str]) -> None:
    sh.ports += [f"one={port()}", f"two={port()}"]
    assert sh("@all mip install --mpy words -t out").code == 0
    found = {sh.read(f"out/{board}/words/__init__.mpy") for board in ("one", "two")}
    assert found == {compiled(WORDS, "__init__.py")}


def test_a_directory_of_the_board(board: Shell, index: Index) -> None:
    assert board("mip install words --target :/app/x").lines[-1] == "/app/x: 1 written, 0 the same"
    assert board("ls :/app/x/words").out == "__init__.mpy\n"


def test_a_repository(board: Shell, index: Index, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(spec.RAW, "github", f"{site.url}/raw/{{owner}}/{{repo}}/{{ref}}/{{path}}")
    package = {"urls": [["thing.py", "src/thing.py"]], "deps": [["words", "1.0"]], "version": "3"}
    site.put("/raw/me/thing/v3/package.json", json.dumps(package).encode())
    site.put("/raw/me/thing/v3/src/thing.py", b"from words import WORD\n")
    result = board("mip install github:me/thing@v3")
    assert (result.code, result.err) == (0, "github:me/thing 3 has no digests; unchecked: thing.py\n")
    assert board("ls :/lib").out == "thing.py\nwords/\n"
    assert board("mip install --mpy github:me/thing@v3").code == 0
    assert board("ls :/lib; eval __import__('thing').WORD").out == "thing.mpy\nwords/\n'hello'\n"


def test_a_local_package(board: Shell, index: Index) -> None:
    board.write("mine/package.json", '{"urls": [["thing.py", "thing.py"]], "deps": [["words", "latest"]]}')
    board.write("mine/thing.py", "from words import WORD")
    result = board("mip install mine/")
    assert (result.code, result.err) == (0, "")
    assert "local:mine" in board("mip list").out
    assert board("eval __import__('thing').WORD").out == "'hello'\n"


def test_ctrl_c_while_a_set_waits_for_the_index(
    sh: Shell, index: Index, port: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sh.ports += [f"one={port()}", f"two={port()}"]
    cancelled, pressed, cancel = threading.Semaphore(0), threading.Event(), Link.cancel

    def cancel_and_tell(link: Link) -> None:
        cancel(link)
        cancelled.release()

    def wait_for_ctrl_c(_url: str, _largest: int) -> bytes:
        if not pressed.is_set():
            pressed.set()
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        assert cancelled.acquire(timeout=60)
        raise ConnectError("the site is mute")

    monkeypatch.setattr(Link, "cancel", cancel_and_tell)
    monkeypatch.setattr("espsh.packages.shelf._fetch", wait_for_ctrl_c)
    result = sh("@all mip install greet", "-j", "1")
    assert (result.code, result.out) == (130, "")
    assert "interrupted: one" in result.err and "mute" not in result.err


def test_local_packages_of_one_name_are_two(board: Shell) -> None:
    for above in ("a", "b"):
        board.write(f"{above}/src/package.json", json.dumps({"urls": [[f"{above}.py", "x.py"]]}))
        board.write(f"{above}/src/x.py", "")
        assert board(f"mip install {above}/src/").code == 0
    assert board("ls :/lib").out == "a.py\nb.py\n"
    assert [line[:10] for line in board("mip list").lines[1:]] == ["local:src-"] * 2
    assert board("mip install a/src/x.py; ls :/lib").lines[-1] == "x.py"


def test_two_packages_with_one_file(board: Shell, index: Index) -> None:
    index.publish("other", "1.0", {"greet.py": b"x = 1\n"}, [["greet", "latest"]])
    result = board("mip install other")
    assert (result.code, result.out) == (1, "")
    assert "greet.mpy comes from other 1.0 and from greet 0.2, and they differ" in result.err
    assert board("ls :").out == ""


def test_a_pulled_cable_is_made_good_by_the_next_try(sh: Shell, index: Index, port: Callable[..., str]) -> None:
    sh.write("big/package.json", json.dumps({"urls": [[f"big/{n}.py", f"{n}.py"] for n in range(9)]}))
    for n in range(9):
        sh.write(f"big/{n}.py", random.Random(n).randbytes(3000))
    url = port()
    sh.ports.append(f"{url}&fault=unplug@12000")
    result = sh("mip install ./big", "--wait", "0")
    assert result.code == 4 and "Traceback" not in result.err
    sh.ports[:] = [url]
    assert "espsh has installed no package there" in sh("mip list").err
    result = sh("mip install ./big")
    assert result.code == 0 and "0 the same" not in result.lines[-1]
    assert "whole" in sh("mip list").out


@pytest.mark.parametrize("path", ["/main.py", "../main.py", "a/../../main.py", "C:/x", RECORD])
def test_a_hostile_package(board: Shell, path: str) -> None:
    board.write("evil/package.json", json.dumps({"urls": [[path, "x.py"]]}))
    board.write("evil/x.py", "")
    result = board("mip install ./evil")
    assert (result.code, result.out) == (1, "") and "names the file" in result.err
    assert board("ls :").out == ""


def test_a_module_for_another_micropython(board: Shell) -> None:
    board.write("old/package.json", json.dumps({"urls": [["x.mpy", "x.mpy"]]}))
    board.write("old/x.mpy", b"M\x05\x00\x1f" + bytes(20))
    result = board("mip install ./old")
    assert (result.code, result.out) == (1, "") and "x.mpy: compiled as .mpy version 5" in result.err
    assert board("ls :").out == ""


def test_no_room(sh: Shell, index: Index, port: Callable[..., str]) -> None:
    sh.ports.append(port())
    sh.write("big/package.json", json.dumps({"urls": [["x.bin", "x.bin"]]}))
    sh.write("big/x.bin", bytes(6_000_000))
    result = sh("mip install ./big")
    assert result.code == 1 and "no room: 6" in result.err
    assert sh("ls :").out == ""


def test_search(sh: Shell, index: Index) -> None:
    assert [line.split()[0] for line in sh("mip search").lines] == ["package", "greet", "words"]
    (words,) = json.loads(sh("mip search about WORDS --json").out)
    assert (words["name"], words["version"], words["versions"]["6"]) == ("words", "1.0", ["1.0"])
    assert sh("mip search nothing-like-it").code == 2


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("mip", 2, "ACTION is missing: install, list, search\n"),
        ("mip remove x", 2, "none of: install, list, search"),
        ("mip install", 2, "install what?"),
        ("mip list greet", 2, "one word too many"),
        ("mip install gret -t x", 2, "hint: did you mean 'greet'?"),
        ("mip install greet@7 -t x", 2, "hint: there are: 0.2"),
        ("mip install words@1.0 words@2.0 -t x", 1, "in two versions: 1.0 (as you say) and 2.0 (as you say)"),
        ("mip install thing.py -t x", 2, "hint: copy it: cp thing.py :/lib"),
        ("mip install ./none -t x", 2, "no such file"),
        ("mip install github:u -t x", 2, "no place in a repository"),
        ("mip install --mpy --no-mpy greet -t x", 2, "not both"),
        ("mip install --index file:///x greet -t x", 2, "no address of an index"),
        ("mip install --index http://127.0.0.1:1 greet -t x", 3, "cannot be reached"),
        ("mip list -t work.txt", 2, "not a directory"),
        ("mip install greet -t work.txt", 2, "not a directory"),
    ],
)
def test_what_cannot_be_meant(sh: Shell, index: Index, line: str, code: int, said: str) -> None:
    sh.write("work.txt", "")
    result = sh(line)
    assert (result.code, result.out) == (code, ""), result.err
    assert said in result.err and "Traceback" not in result.err
    assert not (sh.folder / "x").exists()
