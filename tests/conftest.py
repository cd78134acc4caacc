"""What holds for all tests: how long an example takes on a busy machine is no property of the program.

No test leaves the machine: whoever looks up a name or connects elsewhere fails.
Where CI is set the examples are the same for the same commit; everywhere else they are new in each run.
"""

import os
import re
import sys

from hypothesis import settings

settings.register_profile("pvsim", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("pvsim")


def stay_here(event: str, arguments: tuple) -> None:
    """Hears of every connection of the process, whichever library makes it."""
    if event == "socket.getaddrinfo":
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
        # numbers are asked of nobody
        if host and host.casefold() != "localhost" and not re.fullmatch(r"[0-9a-fx:.]*[0-9a-f]", host.casefold()):
            raise RuntimeError(f"a test looked up {host}")
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if not re.fullmatch(r"127(\.\d+){3}|::1|localhost", host):
            raise RuntimeError(f"a test connected to {host}")


sys.addaudithook(stay_here)

pytest_plugins = ["weather.service"]
