# machine.UART. Number 0 is the console where the console is on a UART: a new rate reaches the machine around this VM
# (espsh/sim/board_uart.py). The others are FAKE: no wires, nothing arrives.
import time

import vm_link

_KEYWORDS = "tx rx rts cts txbuf rxbuf timeout timeout_char invert flow".split()


def make(config):
    console = bool(config["baud"])
    rates = {0: config["baud"]} if console else {}

    class UART:
        INV_TX, INV_RX, INV_RTS, INV_CTS = 32, 4, 64, 8
        RTS, CTS = 1, 2

        def __init__(self, number, *args, **named):
            if not 0 <= number < config["uarts"]:
                raise ValueError("UART(%d) does not exist" % number)
            self._number = number
            self._console = console and number == 0
            self.fake = not self._console
            self.init(*args, **named)

        def init(self, baudrate=0, bits=8, parity=None, stop=1, **named):
            for word in named:
                if word not in _KEYWORDS:
                    raise TypeError("extra keyword arguments given")
            if self._console and ("txbuf" in named or "rxbuf" in named):
                raise ValueError("UART buffer size is fixed")
            if baudrate > 0:
                if self._console and config["uart_changes"]:
                    vm_link.ask("U", b"%d %d" % (baudrate, time.ticks_us()))
                rates[self._number] = baudrate
            if self._console and config["uart_raises"]:
                raise OSError(-259, "ESP_ERR_INVALID_STATE")

        def deinit(self):
            pass  # the console has no driver that could be taken away

        def any(self):
            return 0  # what comes to the console is the REPL's

        def read(self, size=-1):
            return None

        readline = read

        def readinto(self, buffer, size=-1):
            return None

        def write(self, data):
            if self._console:
                vm_link.send("B", data)
            return len(data)

        def __repr__(self):
            rate = rates.get(self._number, 115200)
            return "UART(%d, baudrate=%d, bits=8, parity=None, stop=1)" % (self._number, rate)

    return UART
