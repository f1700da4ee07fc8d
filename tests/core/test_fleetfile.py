"""Fleet files: what is wrong is named with its line, and each board's goal follows from the parts that name it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.core.fleetfile import Files, Goal, Part, goals, is_release, is_version, read_fleet
from espsh.core.fleetplan import BoardPlan
from espsh.errors import UsageError

WHOLE = """
[lab]                      # a part
boards = "attic,kitchen"
firmware = "1.27.0"
after = ["reset", "eval 1"]

[[lab.files]]
from = "src"
to = "/"
exclude = ["*.md"]

[[lab.files]]
from = "certs"
to = "/certs"
mpy = true
delete = true

["the rest"]
boards = "all!@lab"
"""


def test_a_whole_file() -> None:
    files = (Files("src", "/", ("*.md",), line=7), Files("certs", "/certs", (), True, True, 12))
    assert read_fleet(WHOLE, "F.toml") == (
        Part("lab", "attic,kitchen", "1.27.0", files, ("reset", "eval 1"), 2),
        Part("the rest", "all!@lab", line=18),
    )


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("", "F.toml: it has no part", "begin one"),
        ("[lab\n", "F.toml:1: this is no TOML: Expected ']' at the end of a table declaration", None),
        ("boards = 'all'", "F.toml:1: 'boards' stands outside of a part", "[lab]"),
        ("[lab]\nfirmware = '1.27'", "F.toml:1: 'boards' is missing", None),
        ("[lab]\nbords = 'all'\nafer = []\nboards = 'all'", "F.toml:2: no key 'bords'; 3: no key 'afer'", "'boards'?"),
        ("[lab]\nboards = 'all'\n[[lab.files]]\nfrm = 'x'", "F.toml:4: no key 'frm'; 3: 'from' is missing", "'from'?"),
        ("[lab]\nboards = 'all'\nwhat = 1", "F.toml:3: no key 'what'", "a part can have: boards, firmware"),
        ("[lab]\nboards = 'a1,,b1'", "F.toml:2: a board is missing after 'a1,'", "for example"),
        ("[lab]\nboards = 3", "F.toml:2: boards has to be a text in quotes", None),
        ("[lab]\nboards = 'all'\nafter = 'reset'", 'F.toml:3: after has to be a list of texts, such as ["one"', None),
        ("[lab]\nboards = 'all'\nfiles = {from = 'x'}", "F.toml:3: files has to be tables: [[NAME.files]]", None),
        ("[a]\nboards = 'all'\n[[a.files]]\nfrom = 'x'\nto = 'lib'", "F.toml:5: to has to be a directory of the", None),
        ("[a]\nboards = 'all'\n[[a.files]]\nfrom = 'x'\nmpy = 1", "F.toml:5: mpy has to be true or false", None),
        ("[a]\nboards = 'all'\nfiles = [{from = 'x', two = 2}]", "F.toml:3: no key 'two'", "did you mean 'to'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(text: str, said: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        read_fleet(text, "F.toml")
    assert caught.value.message.startswith(said)
    assert (hint or "") in (caught.value.hint or "")


def test_a_text_of_several_lines_hides_what_looks_like_a_key() -> None:
    text = "[lab]\nboards = 'all'\nafter = ['''\nbogus = 1\n''']\nbogus = 2\n"
    with pytest.raises(UsageError, match=r"F.toml:6: no key 'bogus'"):
        read_fleet(text, "F.toml")


@given(
    st.dictionaries(
        st.text("abcdefgh -", min_size=1, max_size=8),
        st.lists(st.tuples(st.text(min_size=1), st.text("abc/é", max_size=8)), max_size=3),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_written_is_read(wanted: dict[str, list[tuple[str, str]]]) -> None:
    text = ""
    for name, files in wanted.items():
        text += f"[{_quoted(name)}]\nboards = 'all'\n"
        text += "".join(
            f"[[{_quoted(name)}.files]]\nfrom = {_quoted(a + '.')}\nto = {_quoted('/' + b)}\n" for a, b in files
        )
    parts = read_fleet(text, "F.toml")
    assert {part.name: [(files.source, files.to) for files in part.files] for part in parts} == {
        name: [(f"{a}.", f"/{b}") for a, b in files] for name, files in wanted.items()
    }


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def test_a_board_in_two_parts_gets_both() -> None:
    parts = (
        Part("base", "all", "1.27", (Files("a", "/"),), ("reset",)),
        Part("more", "attic", "", (Files("b", "/b"),), ("eval 1", "reset")),
    )
    assert goals(parts, {"base": ["attic", "shed"], "more": ["attic"]}, "F") == [
        Goal("attic", "1.27", (Files("a", "/"), Files("b", "/b")), ("reset", "eval 1")),
        Goal("shed", "1.27", (Files("a", "/"),), ("reset",)),
    ]


def test_what_two_parts_cannot_both_have() -> None:
    boards = {"one": ["attic"], "two": ["attic"]}
    with pytest.raises(UsageError, match=r"F:7: attic gets two firmwares: 1.27 and 1.28"):
        goals((Part("one", "all", "1.27"), Part("two", "all", "1.28", line=7)), boards, "F")
    mirror, inside = Files("a", "/lib", delete=True, line=3), Files("b", "/lib/b", line=9)
    with pytest.raises(UsageError, match=r"F:3: on attic it removes what line 9 brings"):
        goals((Part("one", "all", files=(inside, mirror)),), boards, "F")
    beside = Files("b", "/library", line=9)
    assert goals((Part("one", "all", files=(beside, mirror)),), boards, "F")[0].files == (beside, mirror)


@pytest.mark.parametrize(
    ("wanted", "has", "same"),
    [
        ("1.27.0", "1.27.0", True),
        ("v1.27.0", "1.27.0", True),
        ("1.27", "1.27.3", True),
        ("1.27", "1.27.0-preview", False),
        ("1.2", "1.27.0", False),
        ("1.27.0", "1.27.1", False),
        ("1.29.0-preview.678.g5f2181f938", "1.29.0-preview", True),
        ("1.29.0", "1.29.0-preview", False),
    ],
)
def test_versions(wanted: str, has: str, same: bool) -> None:
    assert is_version(wanted, has) is same


def test_a_version_is_told_from_a_file() -> None:
    assert all(map(is_release, ("1.27", "v1.27.0", "ESP32_GENERIC-SPIRAM 1.27.0", "1.29.0-preview.1.gab")))
    assert not any(map(is_release, ("fw.bin", "./1.27", "build/1.27.0.bin", "latest")))


def record(*steps: tuple[str, str]) -> dict[str, object]:
    copied = sum(action in ("new", "changed") for action, _ in steps)
    removed = sum(action == "remove" for action, _ in steps)
    told = [{"action": action, "path": path, "size": 3} for action, path in steps]
    return {"done": False, "copied": copied, "removed": removed, "bytes": 3 * copied, "steps": told}


def test_a_plan_is_shown() -> None:
    goal = Goal("attic", "1.27", (Files("a", "/"), Files("b", "/b")), ("reset",))
    steps = record(("make", ""), *(("new", f"f{number}") for number in range(13)), ("remove", "x"))
    plan = BoardPlan(goal, "1.26.0", "1.27", [record(), steps])
    shown = ["".join(map(str, cells)) for cells in plan.lines(every=False)]
    assert shown[:3] == ["firmware 1.26.0 -> 1.27", "+/b/", "+/b/f0"]
    assert shown[-2:] == [
        "… and 3 more in /b (-v shows them)",
        "to do: firmware 1.27, 13 files to copy, 39 B, 1 to remove; then reset",
    ]
    assert plan.differing == list(goal.files)
    idle = plan._replace(has="1.27.2", records=[record(), record()])
    assert (idle.to_do, idle.differing) == (False, [])
    assert [str(cell) for cells in idle.lines(every=True) for cell in cells] == ["nothing to do"]


def test_one_file_from_two_directories_is_refused() -> None:
    goal = Goal("attic", "", (Files("a", "/"), Files("b", "/lib")))
    plan = BoardPlan(goal, "1.26.0", "", [record(("new", "lib/x.py")), record(("make", ""), ("new", "x.py"))])
    with pytest.raises(UsageError, match=r"/lib/x.py comes from a and from b"):
        plan.check()
    plan._replace(records=[record(("make", "lib")), record(("make", ""), ("new", "x.py"))]).check()
