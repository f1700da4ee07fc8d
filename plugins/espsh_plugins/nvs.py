"""What an ESP32 keeps in its NVS: listing, reading, setting and erasing."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from espsh.api import (
    TEXT,
    Arg,
    Cell,
    Choice,
    Context,
    EspshError,
    NotFoundError,
    Opt,
    RemoteError,
    Table,
    UsageError,
    command,
)
from espsh_plugins.nvs_pages import Contents, Item, Value, read
from espsh_plugins.onboard import ask

ESPSH_API = 1

_ACTIONS = ("list", "get", "set", "erase")
_FORMS = ("int", "text", "hex")
_TYPES = {"int": "i32", "text": "blob", "hex": "blob"}
_LONGEST = 15
_MOST = 4000
"""Bytes of a value from a command line: ESP-IDF takes no longer text, and a board has to hold it a few times over."""
_LARGEST = 1 << 20
"""Bytes of a partition beyond which something is wrong: MicroPython's has 24 kB."""

_FIND = """
from esp32 import Partition
def answer():return[p.info()for p in Partition.find(1,2)]
"""
_PAGE = """
from esp32 import Partition
import binascii
def answer(label,n):
 b=bytearray(4096)
 Partition.find(1,2,label)[0].readblocks(n,b)
 return binascii.b2a_base64(bytes(b).rstrip(b'\\xff'))
"""
_SET = """
from esp32 import NVS
def answer(space,key,value):
 n=NVS(space)
 if isinstance(value,int):
  n.set_i32(key,value)
  n.commit()
  return n.get_i32(key)
 n.set_blob(key,value)
 n.commit()
 b=bytearray(len(value))
 return bytes(b[:n.get_blob(key,b)])
"""
_ERASE = """
from esp32 import NVS
def answer(space,keys):
 n=NVS(space)
 for k in keys:n.erase_key(k)
 n.commit()
 return len(keys)
"""


@command(
    boards="each",
    examples=(
        "nvs list                      # all that is there, except what blobs hold",
        "nvs list app",
        "nvs get app count",
        "nvs set app count 5           # a 32-bit integer, as esp32.NVS.get_i32 reads it",
        "nvs set app name attic --as text",
        "nvs get app name --as text",
        "nvs erase app count",
    ),
)
def nvs(
    ctx: Context,
    action: Annotated[str, Arg(Choice(_ACTIONS), "what to do")],
    words: Annotated[list[str], Arg(TEXT, "a namespace, a key and a value, as far as needed", many="*")],
    *,
    form: Annotated[
        str, Opt("--as", help="set: int is an i32 (default), text and hex are blobs; get text", type=Choice(_FORMS))
    ] = "",
    yes: Annotated[bool, Opt("-y", "--yes", help="erase: do not ask")] = False,
    json: Annotated[bool, Opt("--json", help="list, get: for a program to read")] = False,
) -> None:
    """List what an ESP32 keeps in its NVS, and read, set or erase a value.

    Listing and reading take the partition's own pages, so that values of every
    type are seen, Wi-Fi's too, and nothing is written. What a blob holds is
    shown by get alone: it may be a password. Set and erase are esp32.NVS's,
    which knows 32-bit integers and blobs.
    """
    as_json = json or ctx.options.json
    if action == "list":
        _check_words(words, 0, 1, "nvs list [NAMESPACE]")
        _list(ctx, words, as_json=as_json)
    elif action == "get":
        _check_words(words, 2, 2, "nvs get NAMESPACE KEY")
        for item in _found(ctx, *words):
            ctx.out.json(_facts(item, secret=False)) if as_json else ctx.out.text(_spelled(item.value, form))
    elif action == "set":
        _check_words(words, 3, 3, "nvs set NAMESPACE KEY VALUE")
        _set(ctx, words[0], words[1], _value(words[2], form or "int"), _TYPES[form or "int"])
    else:
        _check_words(words, 1, 2, "nvs erase NAMESPACE [KEY]")
        _erase(ctx, words, yes=yes)


def _list(ctx: Context, words: Sequence[str], *, as_json: bool) -> None:
    contents = _contents(ctx)
    items = [item for item in contents.items if not words or item.namespace == words[0]]
    if words and not items:
        raise NotFoundError(f"no namespace '{words[0]}'", _known(item.namespace for item in contents.items))
    items.sort(key=lambda item: (item.namespace, item.key))
    if as_json:
        ctx.out.json([_facts(item, secret=True) for item in items])
    elif items:
        ctx.out.table(Table(("namespace", "key", "type", "value"), [_row(item) for item in items]))


def _found(ctx: Context, namespace: str, key: str) -> list[Item]:
    """Return the items of that name; of one name there may be several, of different types."""
    items = [item for item in _contents(ctx).items if item.namespace == namespace]
    if not items:
        raise NotFoundError(f"no namespace '{namespace}'", "nvs list shows what there is")
    found = [item for item in items if item.key == key]
    if not found:
        raise NotFoundError(f"no key '{key}' in {namespace}", _known(item.key for item in items))
    return found


def _set(ctx: Context, namespace: str, key: str, value: int | bytes, kind: str) -> None:
    for name in (namespace, key):
        if not 1 <= len(name) <= _LONGEST or not (name.isascii() and name.isprintable()):
            raise UsageError(f"'{name}' cannot be a name in NVS", f"1 to {_LONGEST} ASCII characters")
    there = [item for item in _contents(ctx).items if item[:2] == (namespace, key) and item.type != kind]
    if there:
        raise EspshError(
            f"{key} in {namespace} has the type {there[0].type}, not {kind}", f"nvs erase {namespace} {key}"
        )
    kept = ask(ctx.board, _SET, namespace, key, value, read=lambda found: found)
    if kept != value or type(kept) is not type(value):
        raise EspshError(f"{key} in {namespace} reads back as something else", "nvs get shows what")


def _erase(ctx: Context, words: Sequence[str], *, yes: bool) -> None:
    namespace = words[0]
    if len(words) > 1:
        keys = [item.key for item in _found(ctx, namespace, words[1])][:1]
    else:
        keys = sorted({item.key for item in _contents(ctx).items if item.namespace == namespace})
    if not keys:
        raise NotFoundError(f"no namespace '{namespace}'", "nvs list shows what there is")
    if not yes:
        ctx.agree(f"erase {', '.join(keys)} in {namespace} of {ctx.board.name}?")
    ask(ctx.board, _ERASE, namespace, keys, read=int)


def _contents(ctx: Context) -> Contents:
    """Read the partition, page by page: a page takes up to 10 kB of the board's memory."""
    partitions = ask(ctx.board, _FIND, read=lambda found: [(str(one[4]), int(one[3]), bool(one[5])) for one in found])
    if not partitions:
        raise RemoteError("this board has no NVS partition", "partitions shows what its flash has")
    # esp32.NVS is in the one called nvs, wherever there are others.
    label, size, encrypted = next((one for one in partitions if one[0] == "nvs"), partitions[0])
    if encrypted or not 0 <= size <= _LARGEST:
        raise RemoteError("the NVS partition is encrypted" if encrypted else f"an NVS of {size} bytes cannot be")
    contents = read(ask(ctx.board, _PAGE, label, n, read=base64.b64decode) for n in range(size // 4096))
    if contents.damaged:
        ctx.out.note(f"{ctx.board.name}: nvs: {contents.damaged} damaged entries or pages left out")
    return contents


def _value(text: str, form: str) -> int | bytes:
    if len(text) > _MOST * 2 or (form == "text" and len(text.encode()) > _MOST):
        raise UsageError(f"a value of {len(text)} characters is too long", f"at most {_MOST} bytes")
    if form == "text":
        return text.encode()
    try:
        value = int(text, 0) if form == "int" else bytes.fromhex(text)
    except ValueError:
        raise UsageError(f"'{text}' is no {form}", "--as text, --as hex") from None
    if isinstance(value, int) and not -(1 << 31) <= value < 1 << 31:
        raise UsageError(f"{text} does not fit into 32 bits", "--as text keeps it as a blob")
    return value


def _row(item: Item) -> tuple[Cell, ...]:
    shown = f"({len(item.value)} bytes)" if isinstance(item.value, bytes) else _spelled(item.value)
    return item.namespace, item.key, item.type, shown


def _facts(item: Item, *, secret: bool) -> dict[str, Any]:
    if not isinstance(item.value, bytes):
        return item._asdict()
    shown = {"size": len(item.value)} if secret else {"hex": item.value.hex()}
    return {"namespace": item.namespace, "key": item.key, "type": item.type, **shown}


def _spelled(value: Value, form: str = "") -> str:
    if not isinstance(value, bytes):
        return str(value)
    return value.decode("utf-8", "backslashreplace") if form == "text" else value.hex()


def _known(names: Iterable[str]) -> str:
    return f"there are: {', '.join(sorted(set(names))) or 'none'}"


def _check_words(words: Sequence[str], least: int, most: int, usage: str) -> None:
    if not least <= len(words) <= most:
        raise UsageError(f"that is too {'little' if len(words) < least else 'much'}", f"usage: {usage}")
