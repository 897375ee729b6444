"""Errors of the way to MongoDB, each with its cause: the driver has one class for nearly all of them."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import unquote

from pymongo.errors import ConfigurationError as DriverConfigurationError
from pymongo.errors import PyMongoError

from odoo_sync_tui.core.errors import ConfigurationError, StoreUnavailable, SyncError
from odoo_sync_tui.core.text.hosts import is_open_mongo_address
from odoo_sync_tui.core.text.sanitize import sanitize

ADDRESS_HINT = "Set mongo.uri in the settings file, or ODOO_SYNC_MONGO__URI."
DEFAULT_PORT = 27017
MAX_PROBE_SECONDS = 3.0

_FILE_OPTION = re.compile(r"[?&](tls\w*File)=([^&]*)", re.IGNORECASE)
_QUOTED = re.compile(r"""(['"])[^'"]{2,}\1""")
_TLS_OPTION = re.compile(r"[?&](?:tls|ssl)=true", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of a failed connection.

    Attributes:
        pattern: the driver's words for it, which are all that it gives.
        message: what is wrong; it follows the server's address.
        hint: what to do.
        is_lasting: whether somebody has to change something before a connection can succeed.
    """

    pattern: re.Pattern[str]
    message: str
    hint: str
    is_lasting: bool = True


CAUSES = (
    Cause(
        re.compile(r"certificate verify failed: (?:Hostname|IP address) mismatch", re.IGNORECASE),
        "has a certificate for another name than mongo.uri has",
        "Write a name that the certificate holds in mongo.uri, or give the server a certificate for this one.",
    ),
    Cause(
        re.compile(r"certificate verify failed: certificate (?:has expired|is not yet valid)", re.IGNORECASE),
        "has a certificate that is not valid today",
        "Renew the certificate on the server; where it is valid, set the clock of this machine right.",
    ),
    Cause(
        re.compile("certificate verify failed", re.IGNORECASE),
        "has a certificate of an authority that this machine does not know",
        "Name the file with the certificate of the authority in mongo.uri: tlsCAFile=/path/to/ca.pem.",
    ),
    Cause(
        re.compile("certificate.required|handshake failure", re.IGNORECASE),
        "does not accept this client, which has no certificate of its own or the wrong one",
        "Name the file with certificate and key in mongo.uri: tlsCertificateKeyFile=/path/to/client.pem.",
    ),
    Cause(
        re.compile(r"SSL handshake failed|\[SSL: (?:WRONG_VERSION_NUMBER|UNEXPECTED_EOF)"),
        "does not speak TLS, or breaks it off",
        "If this MongoDB has no TLS, leave tls=true out of mongo.uri; else look at the log of the server.",
    ),
    Cause(
        re.compile("No replica set members"),
        "is no member of the replica set that mongo.uri names",
        "Correct replicaSet=… in mongo.uri; the shell command rs.status() shows the name.",
    ),
    Cause(
        re.compile("'idna' codec|UnicodeError"),
        "cannot be looked up: the name is none",
        f"Correct the name of the host. {ADDRESS_HINT}",
    ),
    Cause(
        re.compile(r"Name or service not known|nodename nor servname|No address associated|\[Errno -[25]\]"),
        "is not known by this name",
        "Correct the name of the host in mongo.uri (ODOO_SYNC_MONGO__URI), or wait until the machine is there.",
        is_lasting=False,
    ),
    Cause(
        re.compile(r"Temporary failure in name resolution|\[Errno -3\]"),
        "cannot be looked up, because the name service does not answer",
        "Check the network of this machine, then try again.",
        is_lasting=False,
    ),
)

WANTS_TLS = Cause(
    re.compile("connection closed"),
    "accepts connections with TLS only, and mongo.uri does not ask for it",
    "Add tls=true to the options of mongo.uri, and tlsCAFile=/path/to/ca.pem where the authority is your own.",
)
CLOSES_TLS = Cause(
    re.compile("connection closed"),
    "closes the connection as soon as TLS is agreed on",
    "If it wants a certificate of the client: tlsCertificateKeyFile=/path/to/client.pem in mongo.uri. Else try again.",
    is_lasting=False,
)


def find_cause(reason: str) -> Cause | None:
    """Find the cause in the driver's words; ``None`` for an unknown one."""
    return next((cause for cause in CAUSES if cause.pattern.search(reason)), None)


def find_closing_cause(reason: str, uri: str) -> Cause | None:
    """Find out why the server closes a new connection, by asking it for TLS; ``None`` if that tells nothing."""
    if not WANTS_TLS.pattern.search(reason):
        return None
    if uri.startswith("mongodb+srv:") or _TLS_OPTION.search(uri):  # with +srv, TLS is the default
        return CLOSES_TLS
    match = re.search(r"(?<![^\s,])([^\s,]+):(\d+): connection closed", reason)
    return WANTS_TLS if match and _speaks_tls(match[1], int(match[2])) else None


def address_error(error: PyMongoError | ValueError | OSError, uri: str) -> SyncError:
    """Build the error for a connection string that the driver refuses before it connects.

    The driver's reason may quote a piece of the string, so the message has it only when the string
    holds no login, and without what it quotes of an odd one.
    """
    if isinstance(error, OSError):  # ssl.SSLError is one
        return _file_error(error, uri)
    if isinstance(error, DriverConfigurationError) and _is_dns_error(error.__cause__):
        return _dns_error(error, error.__cause__)
    text = str(error) if is_open_mongo_address(uri) else _QUOTED.sub("***", str(error))
    reason = "" if "@" in uri else f": {sanitize(text, 240).rstrip('.')}"
    return ConfigurationError(
        f"The MongoDB address in mongo.uri cannot be used{reason}.",
        'It must look like mongodb://user:password@host:27017/ or be "embedded"; write : / ? # [ ] @ and % in user '
        f"name and password as percent codes. {ADDRESS_HINT}",
    )


def _file_error(error: OSError, uri: str) -> ConfigurationError:
    named = ", ".join(f"{option}={unquote(path)}" for option, path in _FILE_OPTION.findall(uri))
    reason = re.sub(r"^\[Errno \d+\] | ?\(_ssl\.c:\d+\)", "", str(error))
    return ConfigurationError(
        f"A file for TLS that mongo.uri names cannot be used ({sanitize(named, 240)}): {sanitize(reason, 240)}.",
        "Give the path of a file in PEM form that this user can read.",
    )


def _is_dns_error(cause: BaseException | None) -> bool:
    return cause is not None and type(cause).__module__.startswith("dns.")


def _dns_error(error: Exception, cause: BaseException | None) -> SyncError:
    from dns.resolver import NXDOMAIN, NoAnswer  # the driver loads it for such an address alone

    message = f"The hosts of the mongodb+srv:// address cannot be looked up: {sanitize(error, 240).rstrip('.')}."
    if isinstance(cause, NXDOMAIN | NoAnswer):
        return ConfigurationError(
            message, f"Correct the name; or list the hosts themselves, as in mongodb://one,two/. {ADDRESS_HINT}"
        )
    return StoreUnavailable(message, "Check the network and the name service of this machine, then try again.")


def _speaks_tls(host: str, port: int) -> bool:
    """Ask a server for TLS, and nothing else: no certificate is checked, and nothing is sent."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host.strip("[]"), port or DEFAULT_PORT), MAX_PROBE_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=host),
        ):
            return True
    except (OSError, ValueError):
        return False
