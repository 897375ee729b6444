"""Small clients for the contract tests: standard library only, one answer each, nothing of the program under test."""

from __future__ import annotations

import http.client
import json
import urllib.parse
import xmlrpc.client
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """An Odoo to test: the look-alike or a real one."""

    url: str
    database: str
    username: str
    key: str
    dialect: int
    real: bool
    uid: int = 2


@dataclass(frozen=True)
class Http:
    """A bare HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


class Refused(Exception):
    """Odoo answered an error. `name` is the exception without its module, as far as the protocol tells it."""

    def __init__(self, name: str, message: str, status: int, code: int | None = None) -> None:
        super().__init__(f"{name}: {message}")
        self.name, self.message, self.status, self.code = name, message, status, code


def send(url: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Http:
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Http(answer.status, found, answer.read())
    finally:
        connection.close()


class Json2:
    """JSON-2: named arguments, bearer key."""

    protocol = "json2"

    def __init__(self, target: Target) -> None:
        self.target = target

    def raw(self, model: str, method: str, body: bytes, **headers: str | None) -> Http:
        usual = {
            "Authorization": f"bearer {self.target.key}",
            "X-Odoo-Database": self.target.database,
            "Content-Type": "application/json",
        }
        merged = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in merged.items() if value is not None}
        return send(self.target.url, "POST", f"/json/2/{model}/{method}", body, sent)

    def call(self, model: str, method: str, **arguments: object) -> object:
        answer = self.raw(model, method, json.dumps(arguments).encode())
        result = json.loads(answer.body)
        if answer.status == 200:
            return result
        assert set(result) == {"name", "message", "arguments", "context", "debug"}
        raise Refused(result["name"].rpartition(".")[2], result["message"], answer.status)


class JsonRpc:
    """JSON-RPC: /jsonrpc."""

    protocol = "jsonrpc"

    def __init__(self, target: Target) -> None:
        self.target = target

    def raw(self, body: bytes, content_type: str = "application/json") -> Http:
        return send(self.target.url, "POST", "/jsonrpc", body, {"Content-Type": content_type})

    def service(self, service: str, method: str, *args: object) -> object:
        params = {"service": service, "method": method, "args": args}
        answer = self.raw(json.dumps({"jsonrpc": "2.0", "method": "call", "id": 7, "params": params}).encode())
        assert answer.status == 200
        message = json.loads(answer.body)
        assert (message["jsonrpc"], message["id"]) == ("2.0", 7)
        if "error" not in message:
            return message["result"]
        error = message["error"]
        assert error["message"] == "Odoo Server Error"
        assert set(error["data"]) == {"name", "message", "arguments", "context", "debug"}
        name = error["data"]["name"].rpartition(".")[2]
        raise Refused(name, error["data"]["message"], answer.status, error["code"])

    def call(self, model: str, method: str, **arguments: object) -> object:
        args, kwargs = positional(self.target.dialect, method, arguments)
        target = self.target
        return self.service(
            "object", "execute_kw", target.database, target.uid, target.key, model, method, args, kwargs
        )


class XmlRpc:
    """XML-RPC: /xmlrpc/2/*. Of a traceback (fault 1) only the last line tells something."""

    protocol = "xmlrpc"

    def __init__(self, target: Target) -> None:
        self.target = target

    def service(self, service: str, method: str, *args: object) -> object:
        body = xmlrpc.client.dumps(args, method).encode()
        path = f"/xmlrpc/2/{service}"
        answer = send(self.target.url, "POST", path, body, {"Content-Type": "text/xml"})
        assert (answer.status, answer.kind) == (200, "text/xml")
        try:
            return xmlrpc.client.loads(answer.body)[0][0]
        except xmlrpc.client.Fault as fault:
            text, code = fault.faultString, fault.faultCode
        if code == 1:
            assert text.startswith("Traceback")
            name, _, message = text.strip().splitlines()[-1].partition(": ")
            raise Refused(name.rpartition(".")[2], message, answer.status, code)
        raise Refused({2: "UserError", 3: "AccessDenied", 4: "AccessError"}[code], text, answer.status, code)

    def call(self, model: str, method: str, **arguments: object) -> object:
        args, kwargs = positional(self.target.dialect, method, arguments)
        if "load" in kwargs and kwargs["load"] is None:
            kwargs["load"] = False  # XML-RPC has no null
        target = self.target
        return self.service(
            "object", "execute_kw", target.database, target.uid, target.key, model, method, args, kwargs
        )


Client = Json2 | JsonRpc | XmlRpc
CLIENTS: dict[str, type[Client]] = {"json2": Json2, "jsonrpc": JsonRpc, "xmlrpc": XmlRpc}


def positional(dialect: int, method: str, arguments: dict[str, object]) -> tuple[list[object], dict[str, object]]:
    """The first argument by place: ids or the domain, whose name differs between versions (`args` in 14)."""
    del dialect, method
    rest = dict(arguments)
    for name in ("ids", "domain"):
        if name in rest:
            return [rest.pop(name)], rest
    return [], rest
