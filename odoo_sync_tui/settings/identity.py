"""Identity of the operator: name, host and SSH client, as recorded in the audit log."""

from __future__ import annotations

import os
import pwd
import socket

from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.core.text.sanitize import sanitize

MAX_NAME_LENGTH = 100


def get_login_name() -> str:
    """Return the login name of this process's user; without one (a container's bare uid), ``uid 1000``.

    The name comes from the user database, not from ``LOGNAME`` or ``USER``, which anybody can set.
    """
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def current_operator(name: str) -> Operator:
    """Build the operator named ``name``, in this process on this host."""
    return Operator(
        name=sanitize(name, MAX_NAME_LENGTH),
        host=sanitize(socket.gethostname(), 255),
        pid=os.getpid(),
        client=_get_ssh_client(),
    )


def _get_ssh_client() -> str | None:
    """Return the client address of the SSH session.

    sshd(8), ENVIRONMENT: both variables hold numbers separated by spaces, the client's address first.
    """
    connection = os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_CLIENT") or ""
    words = connection.split()
    return sanitize(words[0], 64) if words else None
