"""Where a server of digest's listens."""

from __future__ import annotations

import socket

from digest.errors import DigestError


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` and `port`; port 0 is any that is free. Raises DigestError."""
    listening = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address[0], port, *address[2:]))  # getaddrinfo would take 65536 for 0
        listening.listen(128)
    except (OSError, OverflowError) as error:
        if listening is not None:
            listening.close()
        raise DigestError(f"{host} port {port} cannot be used: {error}; name another with --port") from error
    return listening
