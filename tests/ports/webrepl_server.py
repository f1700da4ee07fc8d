"""A WebREPL, run by MicroPython: ``webrepl_server.py BOARD PASSWORD PORT``; the board's REPL is at TCP port BOARD.

Frames are taken apart by MicroPython's own ``websocket`` module, as on a board. The unix build has neither ``_webrepl``
nor ``os.dupterm``, so what those do is done here, after their description: the password, its prompts and its refusal,
one client at a time, the end of the connection at a soft reset.
"""

import binascii
import errno
import hashlib
import select
import socket
import sys

import websocket

GET_DATA_OPTS = 8
TEXT = 1


def shake_hands(client):
    """Answer the request for a WebSocket; False for another one, which gets a web page."""
    key = None
    client.readline()
    while True:
        line = client.readline()
        if line in (b"", b"\r\n"):
            break
        name, _, value = line.partition(b":")
        if name == b"Sec-WebSocket-Key":
            key = value.strip()
    if key is None:
        client.send(b"HTTP/1.0 200 OK\r\n\r\n<html>")
        return False
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    client.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
    client.send(b"Sec-WebSocket-Accept: " + binascii.b2a_base64(digest)[:-1] + b"\r\n\r\n")
    return True


class Client:
    """Who has the REPL, once the password was right."""

    def __init__(self, connection, board, password):
        self.connection = connection
        self.board = board
        self.password = password
        self.typed = b""
        self.frames = websocket.websocket(connection, True)
        self.frames.write(b"Password: ")
        connection.setblocking(False)
        self.is_in = False

    def hear(self):
        """Take what has come, a byte at a time, as os.dupterm does; False when the client is gone or denied."""
        keys = b""
        while True:
            byte = self.frames.read(1)
            if not byte:
                self.board.write(keys)
                return byte is None
            if self.is_in:
                assert self.frames.ioctl(GET_DATA_OPTS, 0) == TEXT
                keys += byte
            elif byte not in b"\r\n":
                self.typed += byte
            elif self.typed[:9] == self.password:
                self.is_in = True
                self.frames.write(b"\r\nWebREPL connected\r\n>>> ")
            else:
                self.frames.write(b"\r\nAccess denied\r\n")
                return False

    def say(self, data):
        """Send what the board prints; False when it restarts, which ends every connection."""
        if self.is_in:
            self.frames.write(data)
        return b"soft reboot" not in data


def serve(board, password):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(socket.getaddrinfo("127.0.0.1", int(sys.argv[3]))[0][-1])
    listener.listen(1)
    sys.stdout.write("ready\n")
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(board, select.POLLIN)
    client = None
    while True:
        for ready, _ in poll.poll():
            going = True
            if ready is listener:
                connection, _ = listener.accept()
                if shake_hands(connection) and client is None:
                    client = Client(connection, board, password)
                    poll.register(connection, select.POLLIN)
                else:
                    connection.close()
            elif ready is board:
                data = board.recv(4096)
                if not data:
                    return
                going = client is None or client.say(data)
            elif client is not None:
                try:
                    going = client.hear()
                except OSError as error:
                    if error.errno != errno.EAGAIN:
                        going = False
            if not going:
                poll.unregister(client.connection)
                client.connection.close()
                client = None


board = socket.socket()
board.connect(socket.getaddrinfo("127.0.0.1", int(sys.argv[1]))[0][-1])
serve(board, sys.argv[2].encode())
