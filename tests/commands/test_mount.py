"""A directory of the host on a board, through the front door."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Shell

Port = Callable[..., str]
NOISE = random.Random(3).randbytes(6000)
READER = """
import hashlib, binascii
h = hashlib.sha256()
n = 0
with open('noise.bin', 'rb') as f:
    while True:
        b = f.read(700)
        if not b:
            break
        h.update(b)
        n += len(b)
        print('at', n)
print(binascii.hexlify(h.digest()[:8]).decode())
"""
FILES = """
import os, json
with open('t.txt') as f:
    print(repr(f.read(4)), f.tell(), repr(f.readline()), f.readlines(), repr(f.read()))
with open('/remote/t.txt', 'rb') as f:
    b = bytearray(5)
    print(f.readinto(b), bytes(b), f.seek(-3, 2), f.read(), f.seek(2), f.read(1), f.seek(1, 1), f.read(2))
    print([len(line) for line in f])
a, c = open('t.txt', 'rb'), open('all.bin', 'rb')
print(a.read(3), c.read(3), a.read(3), c.seek(1500), c.read() == (bytes(range(256)) * 8)[1500:])
a.close()
for what in (lambda: a.read(1), lambda: open('nosuch'), lambda: open('sub'), lambda: os.listdir('t.txt'),
             lambda: a.seek(-1), lambda: open('/remote/../x'), lambda: open('t.txt', 'rb').write(b'x')):
    try:
        what()
    except OSError as e:
        print(e.args[0], end=' ')
print(os.stat('t.txt')[6:9], os.stat('sub')[0], os.statvfs('/remote')[0])
os.chdir('sub')
print(os.getcwd(), os.listdir(), json.load(open('x.json')))
os.chdir('..')
print(os.getcwd())
"""
WRITER = """
import os, json
os.mkdir('new')
with open('new/log.txt', 'w') as f:
    for i in range(400):
        f.write('line %d\\n' % i)
with open('new/log.txt', 'a') as f:
    print('more', 'ü', file=f)
with open('new/log.txt', 'r+b') as f:
    print(f.seek(-8, 2), f.read(), f.seek(0), f.write(b'LINE'), f.tell(), f.readline())
os.rename('new/log.txt', '/remote/new/größe.txt')
print(os.listdir('new'), os.stat('new/größe.txt')[6])
open('all', 'wb').write(bytes(range(256)) * 9)
with open('j.json', 'w') as f:
    json.dump({'a': [1, 2]}, f)
print(json.load(open('j.json')))
try:
    os.rmdir('new')
except OSError as e:
    print(e.args[0])
os.mkdir('gone')
os.rmdir('gone')
open('gone', 'x').close()
os.remove('gone')
"""


@pytest.fixture
def src(sh: Shell) -> Path:
    sh.write("src/mod.py", "print('mod is read')\nX = 1\n")
    sh.write("src/pkg/__init__.py", "from pkg.part import Y\n")
    sh.write("src/pkg/part.py", "Y = 'part'\n")
    return sh.write("src/noise.bin", NOISE).parent


def digest(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()[:16]


def test_imports_come_from_the_host(board: Shell, src: Path) -> None:
    result = board("mount src; mount\nexec import mod, pkg, os; print(mod.X, pkg.Y, os.getcwd())\numount; ls :; mount")
    assert result.code == 0, result.err
    assert result.lines[0] == f"{src} is at esp32:/remote"
    assert result.lines[2].split() == [":/remote", str(src), "read"]
    assert result.lines[3:] == ["mod is read", "1 part /remote"]


def test_files_are_files(board: Shell, src: Path) -> None:
    text = "aä€😀\nsecond\r\nend"
    board.write("src/t.txt", text)
    board.write("src/all.bin", bytes(range(256)) * 8)
    board.write("src/sub/x.json", '{"k": [1, "ü"]}')
    board.write("p.py", FILES)
    result = board("mount src; run p.py; ls -l :/remote; cat :/remote/t.txt; sha256sum :/remote/noise.bin")
    assert result.code == 0, result.err
    size, when = len(text.encode()), int((src / "t.txt").stat().st_mtime)
    assert result.lines[1:10] == [
        r"'a\xe4\u20ac\U0001f600' 10 '\n' ['second\r\n', 'end'] ''",
        rf"5 b'a\xc3\xa4\xe2\x82' {size - 3} b'end' 2 b'\xa4' 4 b'\x82\xac'",
        "[5, 8, 3]",
        r"b'a\xc3\xa4' b'\x00\x01\x02' b'\xe2\x82\xac' 1500 True",
        f"9 2 21 20 22 13 9 ({size}, {when}, {when}) 16384 4096",
        r"/remote/sub ['x.json'] {'k': [1, '\xfc']}",
        "/remote",
        "2048 all.bin",
        "  27 mod.py",
    ]
    assert text.encode() in result.data
    assert f"{digest(NOISE)}" in result.lines[-1]


def test_writing_needs_w(board: Shell, src: Path) -> None:
    board.write("p.py", WRITER)
    refused = board("mount src; run p.py")
    assert (refused.code, "(EROFS)" in refused.err) == (1, True)
    result = board("mount -w src; run p.py")
    assert result.code == 0, result.err
    lines = "".join(f"line {n}\n" for n in range(400))
    size = len(lines) + len("more ü\n".encode())
    assert result.lines[1:] == [
        rf"{size - 8} b'more \xc3\xbc\n' 0 4 4 b' 0\n'", rf"['gr\xf6\xdfe.txt'] {size}", "{'a': [1, 2]}", "39",
    ]  # fmt: skip
    assert board.read("src/new/größe.txt").decode() == f"LINE{lines[4:]}more ü\n"
    assert board.read("src/all") == bytes(range(256)) * 9, "written, though nobody closed it"
    assert not (src / "gone").exists()


def test_what_leads_out_is_refused_and_said_once(board: Shell, src: Path) -> None:
    board.write("secret.py", "X = 'secret'")
    (src / "link.py").symlink_to("../secret.py")
    board.write(
        "p.py",
        """
for path in ('../secret.py', '/remote/../secret.py', 'link.py', 'link.py'):
    try:
        print(open(path).read())
    except OSError as e:
        print(e.args[0])
""",
    )
    result = board("mount -w src; run p.py\nexec import link")
    assert result.lines[1:] == ["13"] * 4
    assert [line for line in result.err.splitlines() if "refused" in line] == [
        f"esp32: /../secret.py was refused: it leads out of {src}",
        f"esp32: /link.py was refused: it leads out of {src}",
    ]
    assert "ImportError" in result.err


def test_an_edit_is_seen_by_the_next_run(board: Shell) -> None:
    board.write("src/mod.py", "X = 1\n")
    board.write("src/user.py", "from mod import X\n")
    board.write("p.py", "import user\nprint(user.X)\n")
    result = board("mount src; run p.py; run p.py; !printf 'X = 22\\n' > src/mod.py\nrun p.py; run p.py")
    assert result.lines[1:] == ["1", "1", "22", "22"]
    assert result.err.count("mod.py changed on the host: imports from :/remote are made anew") == 1


@pytest.mark.parametrize("place", [":", ":/lib"])
def test_what_the_flash_gave_before_is_imported_from_the_mount(board: Shell, place: str) -> None:
    for directory in ("src", "old"):
        board.write(f"{directory}/mod.py", f"X = '{directory}'\n")
        board.write(f"{directory}/pkg/part.py", f"Y = '{directory}'\n")
    board.write("old/state.py", "print('state is read')\n")
    board.write("p.py", "import mod, pkg.part, state\nprint(mod.X, pkg.part.Y)\n")
    result = board(f"rsync -q old/ {place}; run p.py; mount src; run p.py; run p.py")
    assert result.code == 0, result.err
    assert result.lines[:2] == ["state is read", "old old"], "what the mount has not stays as it is"
    assert result.lines[3:] == ["src src", "src src"]
    assert result.err.splitlines() == ["esp32: imports of mod, pkg are made anew, from :/remote"]


@pytest.mark.parametrize("lines", ["mount src; run p.py", "run p.py; mount src"])
def test_a_module_that_only_then_comes_to_the_mount(board: Shell, lines: str) -> None:
    board.write("src/other.py", "")
    board.write("old.py", "X = 'old'\n")
    board.write("p.py", "import mod\nprint(mod.X)\n")
    result = board(
        f"mkdir :/lib; cp old.py :/lib/mod.py; {lines}; !printf 'X = 1\\n' > src/mod.py\n"
        "run p.py; run p.py; umount; run p.py"
    )
    assert [line for line in result.lines if "src" not in line] == ["old", "1", "1", "old"], result.err
    assert result.err.splitlines() == ["esp32: imports of mod are made anew, from :/remote"]


def test_a_restart_that_imports_from_the_flash(board: Shell) -> None:
    board.write("src/mod.py", "X = 'src'\n")
    board.write("old.py", "X = 'old'\n")
    board.write("main.py", "import mod\n")
    result = board("cp old.py :/mod.py; cp main.py :; mount src; reset\nexec import mod; print(mod.X)")
    assert result.lines[1:] == ["src"]


def test_it_comes_back_after_a_reset(board: Shell, src: Path) -> None:
    result = board("mount src; reset\nexec import mod\nreset --hard\nexec import mod", "-k")
    assert result.lines[1:].count("mod is read") == 2
    assert result.err.count(f"{src} is mounted at :/remote again") == 2


@pytest.mark.parametrize(
    "fault",
    [
        "lose:up:0.0005,lose:down:0.0005",
        "damage:down:0.0005,double:up:0.0005,double:down:0.0005",
        "noise:down:every=700",
    ],
)
def test_a_bad_line_makes_no_wrong_bytes(sh: Shell, port: Port, src: Path, fault: str) -> None:
    for seed in range(2):
        sh.ports[:] = [port(fault=fault, seed=str(seed))]
        sh.write("p.py", READER)
        result = sh("mount src; run p.py")
        assert result.code == 0, result.err
        assert digest(NOISE) in result.out


def test_writing_over_a_bad_line(sh: Shell, port: Port, src: Path) -> None:
    sh.ports[:] = [port(fault="lose:up:0.0005,lose:down:0.0005", seed="5")]
    sh.write("p.py", f"with open('copy', 'wb') as f:\n    f.write(open('noise.bin', 'rb').read())\n{READER}")
    assert sh("mount -w src; run p.py").code == 0
    assert sh.read("src/copy") == NOISE


def test_the_output_streams_meanwhile(board: Shell, src: Path) -> None:
    board.write("p.py", READER)
    lines = board("mount src; run p.py").lines
    assert lines[1:-1] == [f"at {min(n, 6000)}" for n in range(700, 6700, 700)]


def test_threads_take_turns(board: Shell, src: Path) -> None:
    board.write(
        "p.py",
        """
import _thread, hashlib, time
done = []
def read(name):
    for _ in range(4):
        done.append(hashlib.sha256(open(name, 'rb').read()).digest()[:4] == want[name])
want = {name: hashlib.sha256(open(name, 'rb').read()).digest()[:4] for name in ('noise.bin', 'mod.py')}
for name in want:
    _thread.start_new_thread(read, (name,))
read('mod.py')
start = time.ticks_ms()
while len(done) < 12 and time.ticks_diff(time.ticks_ms(), start) < 20000:
    time.sleep_ms(5)
print(done == [True] * 12)
""",
    )
    assert board("mount src; run p.py").lines[-1] == "True"


def test_two_boards_at_once(sh: Shell, port: Port, src: Path) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port('esp32c3')}"]
    sh.write("p.py", READER)
    sh.write("other/who.py", "print('other')\n")
    result = sh(
        "@all mount src; @all run p.py; mount other kitchen:/more\n@kitchen exec import who\nmount; @kitchen mount"
    )
    assert result.code == 0, result.err
    assert result.out.count(digest(NOISE)) == 2
    assert "kitchen: other" in result.lines
    assert [line.split()[:2] for line in result.lines if ":/more" in line][-1] == ["kitchen:", ":/more"]


def test_several_mounts_on_one_board(board: Shell, src: Path) -> None:
    board.write("other/x.txt", "other")
    board.write("p.py", "print(open('/data/x.txt').read(), open('/remote/mod.py').read(5))\n")
    result = board("mount src; mount other :/data; run p.py; umount :/data\neval open('/remote/mod.py').read(5)\nls :")
    assert result.lines[2:] == ["other print", "'print'", "remote/"]
    assert board("mount src; mount other\neval open('x.txt').read()").lines[-1] == "'other'"


def test_espshs_own_work_spares_the_host(board: Shell, src: Path) -> None:
    board.write("empty/keep", "x")
    result = board("mount -w src; tree :; rsync -m empty/ :/; rm -r :/remote; cp p :/remote/p; ls :/remote/pkg", "-k")
    assert sorted(path.name for path in src.rglob("*.py")) == ["__init__.py", "mod.py", "part.py"]
    assert result.err.count("(EROFS)") == 1
    assert "mod.py" not in result.out
    assert result.lines[-2:] == ["__init__.py", "part.py"]


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("mount nosuch", 2, "nosuch"),
        ("mount src/mod.py", 2, "mod.py is not a directory"),
        ("mount src other", 2, "other' is on the host"),
        ("touch :/x; mount src :/x", 2, ":/x is there already"),
        ("mount :/lib", 2, "is on a board"),
        ("umount :/nothing", 2, "nothing of the host is mounted at esp32:/nothing"),
        ("umount", 0, ""),
    ],
)
def test_what_cannot_be(board: Shell, src: Path, line: str, code: int, message: str) -> None:
    result = board(line)
    assert (result.code, message in result.err) == (code, True), result.err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"without": "stdin.buffer"}, "it has no sys.stdin.buffer"),
        ({"without": "os.mount"}, "has no os.mount"),
        ({"profile": "small"}, "nothing can be mounted on this board"),
    ],
)
def test_boards_that_cannot_say_why(sh: Shell, port: Port, src: Path, options: dict[str, str], reason: str) -> None:
    sh.ports.append(port(**options))
    result = sh("mount src")
    assert (result.code, reason in result.err) == (2, True), result.err
    assert "hint: copy the files: rsync" in result.err


@pytest.mark.parametrize("options", [{"profile": "esp8266"}, {"without": "deflate"}, {"without": "_thread"}])
def test_boards_that_have_less(sh: Shell, port: Port, src: Path, options: dict[str, str]) -> None:
    sh.ports.append(port(**options))
    sh.write("p.py", READER)
    result = sh("mount src; run p.py; heap\nexec import mod")
    assert result.code == 0, result.err
    assert digest(NOISE) in result.out
    assert "again" not in result.err


def test_a_cable_that_is_pulled(sh: Shell, port: Port, src: Path) -> None:
    sh.ports.append(port(fault="unplug@60000"))
    sh.write("p.py", "while True:\n    open('noise.bin', 'rb').read()\n")
    result = sh("mount src; run p.py")
    assert result.code == 4
    assert result.err.splitlines()[-1].startswith("run: the board is gone")


def test_a_mount_ends_with_its_session(board: Shell, src: Path) -> None:
    alone = board("mount src")
    assert "was mounted for this session only" in alone.err
    assert board("mount src\nexec import mod").err == ""
    assert board("ls :").lines == []
