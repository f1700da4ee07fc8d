"""A board's Wi-Fi: what is in reach, joining it, how it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple

from espsh.api import (
    DURATION,
    HOST_FILE,
    TEXT,
    Arg,
    Choice,
    Context,
    EspshError,
    Opt,
    Styled,
    Table,
    UsageError,
    command,
)
from espsh_plugins.onboard import ask
from espsh_plugins.passwords import Secret, password, untraced

ESPSH_API = 1

_ACTIONS = ("scan", "join", "leave", "status")

_SCAN = """
import network
def answer():
 w=network.WLAN(network.STA_IF)
 was=w.active()
 w.active(True)
 try:return w.scan()
 finally:
  if not was:w.active(False)
"""
# An ESP32 tries for good unless told otherwise, and never says what is wrong. Left alone it would go on trying.
_JOIN = """
import network,time
def tries(w,n):
 try:
  old=w.config('reconnects')
  w.config(reconnects=n)
  return old
 except (ValueError,TypeError,OSError):return None
def answer(ssid,key,ms):
 w=network.WLAN(network.STA_IF)
 w.active(True)
 if w.isconnected():w.disconnect()
 old=tries(w,2)
 names={getattr(network,n):n for n in dir(network) if n[:5]=='STAT_'}
 begun=time.ticks_ms()
 if key:w.connect(ssid,key)
 else:w.connect(ssid)
 while 1:
  s=w.status()
  s=names.get(s,str(s))
  if w.isconnected() or s not in('STAT_IDLE','STAT_CONNECTING') or time.ticks_diff(time.ticks_ms(),begun)>ms:break
  time.sleep_ms(50)
 ok=w.isconnected()
 if not ok:w.disconnect()
 if old is not None:tries(w,old)
 return ok,s,w.ifconfig()[0]
"""
_LEAVE = """
import network
def answer():
 w=network.WLAN(network.STA_IF)
 w.disconnect()
 w.active(False)
"""
_STATUS = """
import network
def answer():
 w=network.WLAN(network.STA_IF)
 d={'active':w.active(),'connected':w.isconnected()}
 def put(k,f):
  try:d[k]=f()
  except Exception:pass
 put('mac',lambda:w.config('mac'))
 if d['connected']:
  put('ssid',lambda:w.config('essid'))
  put('ssid',lambda:w.config('ssid'))
  put('channel',lambda:w.config('channel'))
  put('rssi',lambda:w.status('rssi'))
  put('addresses',w.ifconfig)
 return d
"""

_SECURITY = (
    "open", "WEP", "WPA", "WPA2", "WPA/WPA2", "WPA2-Enterprise", "WPA3", "WPA2/WPA3", "WAPI", "OWE",
)  # fmt: skip
"""By the number that an ESP32 or ESP8266 gives it: ESP-IDF's wifi_auth_mode_t."""
_WRONG = {
    "STAT_NO_AP_FOUND": "no such network is in reach",
    "STAT_WRONG_PASSWORD": "the password is wrong",
    "STAT_ASSOC_FAIL": "the access point refuses",
    "STAT_CONNECT_FAIL": "it cannot be joined",
    "STAT_HANDSHAKE_TIMEOUT": "no answer to the handshake, often for a wrong password",
    "STAT_BEACON_TIMEOUT": "the access point is not heard any more",
    "15": "no answer to the handshake, often for a wrong password",
}
"""What a failed join's status means; a number is ESP-IDF's wifi_err_reason_t."""
_SHORTEST_KEY, _LONGEST_KEY, _LONGEST_NAME = 8, 64, 32


class _Network(NamedTuple):
    """An access point as a scan sees it. ``strength`` in dBm."""

    name: str
    address: str
    channel: int
    strength: int
    security: str


@command(
    boards="each",
    examples=(
        "wifi scan",
        "wifi join lab                                # asks for the password",
        "@all wifi join lab --password-file lab.key   # or in the variable ESPSH_WIFI_PASSWORD",
        "wifi status",
    ),
)
def wifi(
    ctx: Context,
    action: Annotated[str, Arg(Choice(_ACTIONS), "what to do")],
    name: Annotated[str, Arg(TEXT, "join: the network")] = "",
    *,
    password_file: Annotated[
        str | None, Opt("--password-file", help="join: its first line is the password", type=HOST_FILE)
    ] = None,
    open_: Annotated[bool, Opt("--open", help="join: the network has no password")] = False,
    timeout: Annotated[float, Opt("--timeout", help="join: wait so long (default 15s)", type=DURATION)] = 15,
    json: Annotated[bool, Opt("--json", help="scan, status: for a program to read")] = False,
) -> None:
    """Scan for networks, join one, leave it, or say how it stands.

    The password is asked for, or read from a file or from the variable
    ESPSH_WIFI_PASSWORD. It is no word of a line, and neither shown nor kept nor
    traced. A board stays joined until it restarts (an ESP8266 joins again by
    itself); joining at each start is up to its boot.py.
    """
    if name and action != "join":
        raise UsageError(f"'{name}' is one word too many", f"wifi {action}")
    as_json = json or ctx.options.json
    if action == "scan":
        _scan(ctx, as_json=as_json)
    elif action == "join":
        _check_name(name)
        _join(ctx, name, "" if open_ else _key(ctx, name, password_file), timeout)
    elif action == "leave":
        ask(ctx.board, _LEAVE, read=lambda _: None)
    else:
        _status(ctx, as_json=as_json)


def _scan(ctx: Context, *, as_json: bool) -> None:
    is_esp = ctx.board.identity.chip.startswith("ESP")
    networks = ask(ctx.board, _SCAN, read=lambda found: [_network(one, is_esp=is_esp) for one in found])
    networks.sort(key=lambda network: -network.strength)
    if as_json:
        ctx.out.json([network._asdict() for network in networks])
    elif networks:
        rows = [(one.name or Styled("(hidden)", "dim"), *one[1:]) for one in networks]
        ctx.out.table(Table(("network", "address", ">channel", ">dBm", "security"), rows))


def _check_name(name: str) -> None:
    if not 1 <= len(name.encode()) <= _LONGEST_NAME:
        raise UsageError("join which network?", "wifi join NAME; wifi scan shows what is in reach")


def _key(ctx: Context, name: str, file: str | None) -> str:
    key = password(ctx, Secret("ESPSH_WIFI_PASSWORD", file, f"password of {name}"))
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise UsageError(f"a password has {_SHORTEST_KEY} to {_LONGEST_KEY} characters", "--open if there is none")
    return key


def _join(ctx: Context, name: str, key: str, timeout: float) -> None:
    """Join a network; no key is the key of an open one."""
    with untraced(ctx):
        joined, status, address = ask(ctx.board, _JOIN, name, key, round(timeout * 1000), read=_outcome)
    if not joined:
        if not key and _is_locked(ctx, name):
            raise EspshError(f"{name} was not joined: this network has a password", "leave out --open")
        why = _WRONG.get(status, f"no answer in {timeout:g} s (status {status.removeprefix('STAT_').lower()})")
        raise EspshError(f"{name} was not joined: {why}", "wifi scan shows what is in reach")
    ctx.out.text(f"joined {name}, address {address}")


def _is_locked(ctx: Context, name: str) -> bool:
    """Tell whether the network is in reach and not open: what a failed join says of it differs by firmware."""
    found = ask(ctx.board, _SCAN, read=lambda found: [(bytes(one[0]), int(one[4])) for one in found])
    return any(called == name.encode() and security for called, security in found)


def _status(ctx: Context, *, as_json: bool) -> None:
    facts = ask(ctx.board, _STATUS, read=_facts)
    if as_json:
        ctx.out.json(facts)
    else:
        ctx.out.table(Table(("", ""), [(Styled(label, "dim"), str(value)) for label, value in facts.items()]))


def _network(found: Sequence[Any], *, is_esp: bool) -> _Network:
    name, address, channel, strength, security = found[:5]
    known = is_esp and 0 <= int(security) < len(_SECURITY)
    return _Network(
        bytes(name).decode("utf-8", "backslashreplace"), bytes(address).hex(":"), int(channel), int(strength),
        _SECURITY[security] if known else f"({int(security)})",
    )  # fmt: skip


def _outcome(found: Sequence[Any]) -> tuple[bool, str, str]:
    joined, status, address = found
    return bool(joined), str(status), str(address)


_SHOWN: dict[str, Callable[[Any], Any]] = {
    "active": bool, "connected": bool, "ssid": str, "channel": int, "rssi": int, "mac": lambda mac: bytes(mac).hex(":"),
}  # fmt: skip


def _facts(found: dict[str, Any]) -> dict[str, Any]:
    facts = {name: read(found[name]) for name, read in _SHOWN.items() if name in found}
    names = ("address", "netmask", "gateway", "dns")
    return facts | dict(zip(names, map(str, found.get("addresses", ())), strict=False))
