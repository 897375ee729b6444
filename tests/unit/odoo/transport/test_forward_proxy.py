"""The way to Odoo through a company's forward proxy, and whom an error on that way blames."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from odoo_sync_tui.core.errors import OdooError, OdooSetupError, OdooTransientError
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.errors.translate import translate_errors
from odoo_sync_tui.odoo.transport.http import make_call_context, open_odoo_session
from odoo_sync_tui.runtime.http.answers import Response
from tests.support.forward_proxy import AUTHORITY, CompanyProxy, company_proxy, serving, speak_tls
from tests.unit.odoo.transport.conftest import KEY, Canned

PAGE = "/web/version"
PLAIN, SECURE = "http://odoo.example", "https://other.example"
"""Names that no name service knows, and for the second one of which there is a certificate."""


@pytest.fixture
def secure_server() -> Iterator[Canned]:
    server = Canned()
    speak_tls(server, "other_name")
    with serving(server):
        yield server


@pytest.fixture
def proxy(server: Canned) -> Iterator[CompanyProxy]:
    server.say(PAGE, {"version": "19.0"})
    with company_proxy(server.server_address[1]) as proxy:
        yield proxy


@pytest.fixture
def tunnel(secure_server: Canned) -> Iterator[CompanyProxy]:
    secure_server.say(PAGE, {"version": "19.0"})
    with company_proxy(secure_server.server_address[1]) as proxy:
        yield proxy


def ask(url: str, proxy: str | None = None) -> Response:
    setting = SecretStr(proxy) if proxy else None
    config = OdooConfig(url, "acme", "bot", SecretStr(KEY), ca_file=AUTHORITY, proxy=setting, timeout_seconds=10)
    with translate_errors(make_call_context(config)):
        session = open_odoo_session(config)
        try:
            response = session.post(PAGE, b"{}", "application/json", {"Authorization": f"bearer {KEY}"})
            if response.status != 200:
                raise response.to_error("an error")
            return response
        finally:
            session.close()


def error_of(url: str, proxy: str) -> OdooError:
    with pytest.raises(OdooError) as caught:
        ask(url, proxy)
    return caught.value


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_carries_http_calls_to_a_name_that_only_it_knows(
    server: Canned, proxy: CompanyProxy, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, proxy.url)
    assert ask(PLAIN).status == 200
    assert proxy.asked == [f"POST {PLAIN}{PAGE}"]
    _, headers, body = server.requests[0]
    assert (headers["Host"], headers["Authorization"], body) == ("odoo.example", f"bearer {KEY}", b"{}")


def test_a_proxy_of_the_environment_carries_https_calls_without_seeing_them(
    tunnel: CompanyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", tunnel.url)
    assert ask(SECURE).status == 200
    assert tunnel.asked == ["CONNECT other.example:443"]


def test_an_international_name_reaches_the_proxy_in_its_ascii_form(server: Canned, proxy: CompanyProxy) -> None:
    assert ask("http://müller.example", proxy.url).status == 200
    assert proxy.asked == [f"POST http://xn--mller-kva.example{PAGE}"]
    assert server.requests[0][1]["Host"] == "xn--mller-kva.example"


@pytest.mark.parametrize("url", [PLAIN, SECURE])
def test_a_proxy_with_tls_of_its_own_carries_calls(server: Canned, secure_server: Canned, url: str) -> None:
    target = secure_server if url == SECURE else server
    target.say(PAGE, {"version": "19.0"})
    with company_proxy(target.server_address[1], certificate="trusted") as proxy:
        assert ask(url, proxy.url).status == 200
        assert len(proxy.asked) == 1


@pytest.mark.parametrize("url", [PLAIN, SECURE])
def test_a_proxy_lets_in_who_gives_user_and_password(proxy: CompanyProxy, tunnel: CompanyProxy, url: str) -> None:
    used = tunnel if url == SECURE else proxy
    used.login = "anna:s3cr@t"
    assert ask(url, used.url.replace("//", "//anna:s3cr%40t@")).status == 200
    for login in ("", "anna:wr0ng@"):
        error = error_of(url, used.url.replace("//", f"//{login}"))
        assert type(error) is OdooSetupError
        assert f"The proxy {used.url} (odoo.proxy) does not let this machine in" in error.message
        assert "wr0ng" not in str(error)


@pytest.mark.parametrize(("status", "expected"), [(403, OdooSetupError), (503, OdooTransientError)])
def test_a_proxy_that_does_not_connect_is_to_blame(
    tunnel: CompanyProxy, status: int, expected: type[OdooError]
) -> None:
    tunnel.refusal = status
    error = error_of(SECURE, tunnel.url)
    assert type(error) is expected
    assert error.message.startswith("The proxy ")
    assert str(status) in error.message


@pytest.mark.parametrize("url", [PLAIN, SECURE])
def test_a_proxy_that_is_away_is_to_blame(url: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = error_of(url, f"http://127.0.0.1:{port}")
    assert type(error) is OdooTransientError
    assert error.message == f"The proxy http://127.0.0.1:{port} (odoo.proxy) refuses the connection."


@pytest.mark.parametrize("url", [PLAIN, SECURE])
def test_a_proxy_whose_name_is_unknown_is_to_blame(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    def resolve(host: str, *_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is unknown")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    error = error_of(url, "http://proxy.example:3128")
    assert type(error) is OdooSetupError
    assert "name of the proxy http://proxy.example:3128" in error.message
    assert "DNS" not in str(error)


@pytest.mark.parametrize("url", [PLAIN, SECURE])
def test_a_proxy_whose_certificate_is_refused_is_to_blame(server: Canned, url: str) -> None:
    with company_proxy(server.server_address[1], certificate="expired") as proxy:
        error = error_of(url, proxy.url)
    assert type(error) is OdooSetupError
    assert f"The proxy {proxy.url} (odoo.proxy) cannot be used: its TLS certificate has expired." in error.message


def test_an_error_of_a_call_through_a_proxy_names_it(proxy: CompanyProxy) -> None:
    proxy.refusal = 502
    error = error_of(PLAIN, proxy.url)
    assert type(error) is OdooTransientError
    assert error.message == f"{PLAIN}, through the proxy {proxy.url} (odoo.proxy), answers 502 (bad gateway)."
