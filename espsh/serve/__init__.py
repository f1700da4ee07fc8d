"""Serve an open serial port to another program: on a pseudo-terminal, or on a TCP port with RFC 2217.

Both functions run until something can be read from ``stop``, a file descriptor or socket, or the served port is gone.
"""

from espsh.serve.pty import serve_pty
from espsh.serve.rfc2217 import serve_rfc2217

__all__ = ["serve_pty", "serve_rfc2217"]
