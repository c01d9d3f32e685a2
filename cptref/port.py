"""`python -m cptref.port HOST PORT`: is this address free to serve on? Says so in one sentence when it is not."""

import socket
import sys


def problem(host: str, port: str) -> str:
    """What is wrong with serving on an address, in one sentence with the way out; empty when nothing is."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        return f"PORT={port} is not a port. Choose a number from 1 to 65535: make run PORT=8080"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except PermissionError:
            return f"Port {port} needs more rights than you have. Choose one above 1023: make run PORT=8080"
        except OSError as error:
            if error.errno in (98, 48, 10048):
                return f"Port {port} on {host} is taken by another program. Choose another: make run PORT={int(port) + 1}"
            return f"{host} cannot be served on: {error.strerror}."
    return ""


if __name__ == "__main__":
    sys.exit(problem(*sys.argv[1:3]) or 0)
