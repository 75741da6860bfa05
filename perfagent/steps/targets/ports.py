"""Ports: a free one, or who sits on the one that is wanted."""

from __future__ import annotations

import socket

import psutil

from perfagent.errors import TargetError

_LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, *, side: str) -> None:
    """Raises TargetError naming the port and, where the system tells, the process that holds it."""
    for address in (_LOOPBACK, "0.0.0.0"):  # noqa: S104 - bound for a moment to see whether somebody else has it
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of an earlier round in TIME_WAIT are no obstacle
            try:
                probe.bind((address, port))
            except OSError as error:
                raise TargetError(
                    f"port {port} of the {side} target cannot be used: {error.strerror}{_holder(port)}",
                    hint="stop that process, or leave the port out and use $PORT in the command: perfagent then picks a free one",
                ) from error


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port and connection.pid:
                return f"; process {connection.pid} ({psutil.Process(connection.pid).name()}) listens there"
    except (psutil.Error, OSError):
        pass
    return ""
