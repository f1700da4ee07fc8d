"""Asking a web site: bounded in time and size, http and https only, what goes wrong in one line. Loads urllib.request.

Proxies are those of the environment (``https_proxy``, ``no_proxy``) or the system, as urllib finds them.
"""

from __future__ import annotations

import contextlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from typing import IO, NamedTuple
from urllib.parse import urlsplit

from espsh import __version__
from espsh.base.deadline import Deadline
from espsh.errors import ConnectError, EspshError, NotFoundError, TransferError

_BLOCK = 64 * 1024
_LARGEST_PAGE = 4 * 1024 * 1024
"""Bytes of a page: the list of all boards has about 150 kB."""
_GONE = (404, 410)
NO_SUCH_RANGE = 416

_Response = http.client.HTTPResponse | urllib.error.HTTPError


class Patience(NamedTuple):
    """Seconds to wait: for the next bytes (``silence``), and for all of them (``whole``)."""

    silence: float = 20.0
    whole: float = 900.0


PATIENCE = Patience()
_PAGE_PATIENCE = Patience(whole=60.0)


class Reply(NamedTuple):
    """What a site answers. ``blocks`` yields the body as it comes and raises where it ends early."""

    status: int
    headers: Message
    blocks: Iterator[bytes]

    @property
    def length(self) -> int | None:
        """Bytes that are announced, or None."""
        said = self.headers.get("Content-Length", "")
        return int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else None


@contextlib.contextmanager
def asked(
    url: str,
    headers: Mapping[str, str],
    patience: Patience = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Reply]:
    """Ask for ``url`` and yield the reply.

    Raises NotFoundError where the site has no such thing, ConnectError where it does not answer or refuses,
    TransferError where the body breaks off, each in words.
    """
    deadline = Deadline(patience.whole, clock=clock)
    response = _open(url, headers, patience)
    with response:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise ConnectError(f"{host_of(url)} sends {url} compressed, which nobody asked for")
        yield Reply(response.status or 0, response.headers, _blocks(response, url, deadline, patience))


def get_page(url: str, patience: Patience = _PAGE_PATIENCE, clock: Callable[[], float] = time.monotonic) -> str:
    """Return the whole page at ``url``, of at most 4 MB; raise as :func:`get_bytes` does."""
    return get_bytes(url, _LARGEST_PAGE, patience, clock).decode("utf-8", "replace")


def get_bytes(
    url: str, largest: int, patience: Patience = _PAGE_PATIENCE, clock: Callable[[], float] = time.monotonic
) -> bytes:
    """Return all that is at ``url``; raise as :func:`asked` does, and ConnectError for more than ``largest`` bytes."""
    data = bytearray()
    with asked(url, {}, patience, clock) as reply:
        for block in reply.blocks:
            data += block
            if len(data) > largest:
                raise ConnectError(f"{url} has more than {largest // 1024**2} MB, which is more than espsh takes")
        if reply.length not in (None, len(data)):
            raise TransferError(f"{host_of(url)} broke off after {len(data)} of {reply.length} bytes of {url}")
    return bytes(data)


def host_of(url: str) -> str:
    """Return the site's name."""
    with contextlib.suppress(ValueError):
        return urlsplit(url).netloc.rpartition("@")[2] or url
    return repr(url)


class WebRedirects(urllib.request.HTTPRedirectHandler):
    """Follows to http and https only, and never from https back to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the next request; raise ConnectError where it must not be made."""
        scheme = urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme != "https"):
            raise ConnectError(f"{host_of(req.full_url)} sends us on to {newurl[:100]!a}, which espsh does not follow")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(url: str, headers: Mapping[str, str], patience: Patience) -> _Response:
    """Send the request and return the reply; "no such range" (416) is one."""
    fixed = {"User-Agent": f"espsh/{__version__}", "Accept-Encoding": "identity"}
    with _in_words(url, patience):
        request = urllib.request.Request(url, headers={**fixed, **headers})
        try:
            response: _Response = _opener().open(request, timeout=patience.silence)
        except urllib.error.HTTPError as error:
            if error.code != NO_SUCH_RANGE:
                raise
            return error
        return response
    raise AssertionError


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener that knows http and https, and nothing of files or FTP, as urllib's usual one does."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        WebRedirects(),
    ):
        opener.add_handler(handler)
    return opener


def _blocks(response: _Response, url: str, deadline: Deadline, patience: Patience) -> Iterator[bytes]:
    """Yield the body. ``read1`` returns what has come: ``read`` would wait for a whole block, drop by drop."""
    try:
        while block := response.read1(_BLOCK):
            if deadline.expired:
                raise TransferError(f"{host_of(url)} took more than {patience.whole:g} s for {url}")
            yield block
    except TimeoutError as error:
        raise TransferError(f"{host_of(url)} went silent in the middle of {url}") from error
    except (http.client.HTTPException, OSError) as error:
        raise TransferError(f"the connection to {host_of(url)} broke off: {_reason(error)}") from error


@contextlib.contextmanager
def _in_words(url: str, patience: Patience) -> Iterator[None]:
    """Turn urllib's errors into ours."""
    host = host_of(url)
    try:
        yield
    except urllib.error.HTTPError as error:
        with error:
            if error.code in _GONE:
                raise NotFoundError(f"{host} has no {url}") from error
            raise ConnectError(f"{host} answers {error.code} {_reason(error.reason)} for {url}") from error
    except EspshError:
        raise
    except (OSError, http.client.HTTPException, ValueError, OverflowError) as error:  # the last two: no such address
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, TimeoutError):
            raise ConnectError(f"{host} did not answer within {patience.silence:g} s") from error
        raise ConnectError(f"{host} cannot be reached: {_reason(cause)}") from error


def _reason(cause: object) -> str:
    """Return an error in a few words on one line."""
    text = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause) or type(cause).__name__
    return " ".join("".join(c for c in text if c.isprintable()).split())[:120]
