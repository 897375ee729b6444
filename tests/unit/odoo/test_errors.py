"""Every failure falls in the class that says what to do, in words that leak nothing."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace

import pytest
from urllib3 import exceptions as http

from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooMissingModelError,
    OdooNoAnswerError,
    OdooPoisonRowError,
    OdooSetupError,
    OdooTooBigError,
    OdooTransientError,
)
from odoo_sync_tui.core.text.redaction import register_secrets
from odoo_sync_tui.odoo.errors.context import CallContext, ServerFault, Stage, UnreadableXml
from odoo_sync_tui.odoo.errors.faults import extract_first_line
from odoo_sync_tui.odoo.errors.network import classify_network_error
from odoo_sync_tui.odoo.errors.translate import translate_errors
from odoo_sync_tui.runtime.http.answers import BadResponse, Redirect

ROWS = CallContext("https://odoo.example", "acme", "bot", model="crm.lead", method="search_read")
IDS = replace(ROWS, method="search")
CONNECT = replace(IDS, stage=Stage.CONNECT)


def error_of(place: CallContext, raised: Exception) -> OdooError:
    with pytest.raises(OdooError) as caught, translate_errors(place):
        raise raised
    assert type(caught.value) is caught.type
    return caught.value


@pytest.mark.parametrize(
    ("place", "name", "text", "status", "expected"),
    [
        (ROWS, "odoo.exceptions.AccessDenied", "Access Denied", 200, OdooSetupError),
        (ROWS, "werkzeug.exceptions.Unauthorized", "Invalid apikey", 401, OdooSetupError),
        (CONNECT, "psycopg2.OperationalError", "", 200, OdooSetupError),
        (ROWS, "psycopg2.OperationalError", "", 200, OdooTransientError),
        (ROWS, "odoo.exceptions.AccessError", "You are not allowed to access 'Lead' (crm.lead)", 403, OdooAccessError),
        (ROWS, "odoo.exceptions.UserError", "Object crm.lead doesn't exist", 200, OdooMissingModelError),
        (ROWS, "werkzeug.exceptions.NotFound", "the model 'crm.lead' does not exist", 404, OdooMissingModelError),
        (ROWS, "builtins.KeyError", "'crm.lead'", 200, OdooMissingModelError),
        (ROWS, "builtins.ValueError", "Invalid field 'x' on 'crm.lead'", 500, OdooContractError),
        (ROWS, "ValueError", "Invalid field crm.lead.x in leaf", 200, OdooContractError),
        (ROWS, "TypeError", "search_read() got an unexpected keyword argument 'load'", 500, OdooContractError),
        (ROWS, "werkzeug.exceptions.UnprocessableEntity", "missing a required argument: 'x'", 422, OdooContractError),
        (IDS, "builtins.ValueError", "anything", 500, OdooContractError),
        (ROWS, "builtins.ValueError", "Expected singleton: res.country(1, 2)", 500, OdooPoisonRowError),
        (ROWS, "odoo.exceptions.UserError", "Period is locked", 422, OdooPoisonRowError),
        (ROWS, "builtins.KeyError", "'amount'", 500, OdooPoisonRowError),
        (ROWS, "odoo.exceptions.MissingError", "Record does not exist", 404, OdooPoisonRowError),
        (ROWS, "builtins.MemoryError", "", 500, OdooTooBigError),
        (ROWS, "psycopg2.errors.SerializationFailure", "", 500, OdooTransientError),
        (ROWS, "odoo.exceptions.LockError", "", 409, OdooTransientError),
        (ROWS, "psycopg2.errors.DeadlockDetected", "", 200, OdooTransientError),
    ],
)
def test_odoo_errors_by_name_and_status(
    place: CallContext, name: str, text: str, status: int, expected: type[OdooError]
) -> None:
    assert type(error_of(place, ServerFault(name, text, status))) is expected


@pytest.mark.parametrize(
    ("place", "status", "expected"),
    [
        (ROWS, 429, OdooTransientError),
        (ROWS, 408, OdooTransientError),
        (CONNECT, 502, OdooTransientError),
        (ROWS, 503, OdooTransientError),
        (ROWS, 504, OdooTransientError),
        (ROWS, 413, OdooTooBigError),
        (ROWS, 401, OdooSetupError),
        (ROWS, 403, OdooSetupError),
        (ROWS, 415, OdooContractError),
        (ROWS, 400, OdooContractError),
        (CONNECT, 200, OdooSetupError),
        (ROWS, 200, OdooTransientError),
        (CONNECT, 404, OdooSetupError),
        (CONNECT, 500, OdooTransientError),
    ],
)
def test_answers_that_are_not_odoos(place: CallContext, status: int, expected: type[OdooError]) -> None:
    error = error_of(place, BadResponse(status, "a web page (HTML)"))
    assert type(error) is expected


def test_html_says_which_address_and_database_answered_it() -> None:
    told = str(error_of(CONNECT, BadResponse(200, "a web page (HTML)")))
    assert "https://odoo.example" in told
    assert "acme" in told
    assert "HTML" in told
    assert "odoo.url" in told


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://odoo.example", "https://odoo.example/odoo"),
        ("https://odoo.example", "https://odoo.example:8443"),
        ("http://odoo.example", "https://odoo.example"),
        ("http://Odoo.example:8069", "https://odoo.example"),
    ],
)
def test_a_redirect_to_the_same_page_of_the_host_names_the_address_to_set(url: str, target: str) -> None:
    redirect = Redirect("odoo.example", target, is_same_server=False)
    error = error_of(replace(CONNECT, url=url), BadResponse(301, "a web page", redirect))
    assert target in error.message
    assert error.hint == "Set odoo.url to that address."


@pytest.mark.parametrize("url", ["https://odoo.example", "http://odoo.example"])
@pytest.mark.parametrize("host", ["new.example", "odoo.example.evil.example", "www.odoo.example"])
def test_a_redirect_to_another_host_is_an_address_to_set_only_if_it_is_trusted(url: str, host: str) -> None:
    redirect = Redirect(host, f"https://{host}/odoo", is_same_server=False)
    error = error_of(replace(CONNECT, url=url), BadResponse(301, "a web page", redirect))
    assert f"https://{host}/odoo" in error.message
    assert f"another host, {host}" in error.hint
    assert "only if you trust it" in error.hint


@pytest.mark.parametrize("host", ["odoo.example", "new.example"])
def test_a_redirect_from_https_to_http_is_no_address_to_set(host: str) -> None:
    redirect = Redirect(host, f"http://{host}", is_same_server=False)
    error = error_of(CONNECT, BadResponse(301, "a web page", redirect))
    assert "unencrypted" in error.hint
    assert "set odoo.url" not in error.hint.lower()


@pytest.mark.parametrize(("place", "expected"), [(CONNECT, OdooSetupError), (ROWS, OdooTransientError)])
def test_a_redirect_to_another_page_is_a_login_page_and_no_address_to_set(
    place: CallContext, expected: type[OdooError]
) -> None:
    error = error_of(place, BadResponse(302, "a web page", Redirect("login.example", "", is_same_server=False)))
    assert type(error) is expected
    assert "login page" in error.message
    assert "login.example" in error.message
    assert "odoo.url" not in error.hint


def test_a_login_of_a_proxy_is_not_taken_for_a_refusal_of_odoo() -> None:
    error = error_of(CONNECT, BadResponse(401, "a web page (HTML)"))
    assert "before Odoo" in error.message
    assert "api_key" not in error.hint


NO_KEY = "User not authenticated, use an API Key with a Bearer Authorization header."
PASSWORD = replace(CONNECT, has_api_key=False)


@pytest.mark.parametrize(
    ("place", "name", "text", "message", "hint"),
    [
        (CONNECT, "werkzeug.exceptions.Unauthorized", "Invalid apikey", "refused the login", "odoo.api_key"),
        (CONNECT, "werkzeug.exceptions.Unauthorized", NO_KEY, "does not reach Odoo", "odoo.protocol to jsonrpc"),
        (PASSWORD, "werkzeug.exceptions.Unauthorized", "Invalid apikey", "no password over JSON-2", "make an API key"),
        (PASSWORD, "odoo.exceptions.AccessDenied", "Access Denied", "refused the password", "two-factor"),
    ],
)
def test_each_reason_for_a_refused_login_has_its_own_words(
    place: CallContext, name: str, text: str, message: str, hint: str
) -> None:
    error = error_of(place, ServerFault(name, text, 401))
    assert type(error) is OdooSetupError
    assert message in error.message
    assert hint in error.hint


def test_retry_after_is_passed_on() -> None:
    error = error_of(ROWS, BadResponse(429, "", retry_after=7.0))
    assert isinstance(error, OdooTransientError)
    assert error.retry_after == 7.0


@pytest.mark.parametrize(("place", "expected"), [(ROWS, OdooPoisonRowError), (IDS, OdooTransientError)])
def test_unreadable_xml_points_to_json(place: CallContext, expected: type[OdooError]) -> None:
    error = error_of(place, UnreadableXml())
    assert type(error) is expected
    assert "odoo.protocol" in str(error)


def network_errors() -> list[tuple[CallContext, http.HTTPError, type[OdooError], str]]:
    def caused(error: http.HTTPError, cause: Exception) -> http.HTTPError:
        error.__cause__ = cause
        return error

    connection = None  # urllib3 wants the connection only to print it
    refused = caused(http.NewConnectionError(connection, ""), ConnectionRefusedError())  # type: ignore[arg-type]
    unreachable = caused(http.NewConnectionError(connection, ""), OSError(113, "no route"))  # type: ignore[arg-type]
    unknown = socket.gaierror(socket.EAI_NONAME, "unknown")
    resolver = socket.gaierror(socket.EAI_AGAIN, "try again")
    no_name = caused(http.NameResolutionError("h", connection, unknown), unknown)  # type: ignore[arg-type]
    no_resolver = caused(http.NameResolutionError("h", connection, resolver), resolver)  # type: ignore[arg-type]
    return [
        (CONNECT, refused, OdooTransientError, "refuses the connection"),
        (CONNECT, unreachable, OdooTransientError, "cannot be reached"),
        (CONNECT, no_name, OdooSetupError, "host name"),
        (ROWS, no_name, OdooTransientError, "host name"),
        (CONNECT, no_resolver, OdooTransientError, "host name"),
        (ROWS, http.ConnectTimeoutError(), OdooTransientError, "in time"),
        (ROWS, http.ReadTimeoutError(None, "", ""), OdooNoAnswerError, "no answer in time"),  # type: ignore[arg-type]
        (ROWS, http.ProtocolError("Connection aborted."), OdooNoAnswerError, "closed the connection"),
        (ROWS, http.IncompleteRead(5, 5), OdooNoAnswerError, "closed the connection"),
        (CONNECT, http.ProtocolError("BadStatusLine('SSH-2.0')"), OdooSetupError, "does not speak HTTP"),
        (CONNECT, http.SSLError(ssl.SSLError(1, "WRONG_VERSION_NUMBER")), OdooSetupError, "does not speak TLS"),
        (CONNECT, http.LocationParseError("x"), OdooSetupError, "not a web address"),
        (ROWS, http.DecodeError("gzip"), OdooTransientError, "DecodeError"),
    ]


@pytest.mark.parametrize(("place", "raised", "expected", "words"), network_errors())
def test_network_failures(place: CallContext, raised: http.HTTPError, expected: type[OdooError], words: str) -> None:
    error = classify_network_error(place, raised)
    assert type(error) is expected
    assert words in error.message
    assert error.hint


def test_no_traceback_of_the_server_is_ever_told() -> None:
    text = 'Traceback (most recent call last):\n  File "/opt/odoo/secret.py", line 1\nValueError: boom'
    assert extract_first_line(text) == ""
    assert "/opt/odoo" not in str(error_of(ROWS, ServerFault("ValueError", text)))


def test_long_texts_are_shortened_to_their_first_line() -> None:
    assert extract_first_line("\n  You are not allowed  \nGroups: x") == "You are not allowed"
    assert len(extract_first_line("x" * 1000)) == 200


def test_a_secret_that_a_server_quotes_is_not_told_on_even_where_the_text_is_cut() -> None:
    register_secrets(["canary-in-a-fault"])
    said = extract_first_line(f"{'x' * 150} canary-in-a-fault {'x' * 15} canary-in-a-fault")
    assert "canary" not in said
    assert "***" in said


def test_a_lockout_is_told_as_one() -> None:
    error = error_of(
        ROWS, ServerFault("AccessDenied", "Too many login failures, please wait a bit before trying again.")
    )
    assert "locks this machine out" in error.message


@pytest.mark.parametrize("name", ["ValueError", "AccessError", "AssertionError"])
def test_the_words_of_odoo_about_a_model_with_masks_are_not_told(name: str):
    fault = ServerFault(f"odoo.exceptions.{name}", "Ada Lovelace (ada@acme.example) cannot be read")
    assert "Ada" in str(error_of(ROWS, fault))
    hidden = error_of(replace(ROWS, masked_models=frozenset({ROWS.model})), fault)
    assert type(hidden) is type(error_of(ROWS, fault))
    assert "ada" not in str(hidden).lower()
