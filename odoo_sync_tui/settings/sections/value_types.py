"""Types of setting values: what is accepted, and the words for what is not."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, cast

from pydantic import AfterValidator, BeforeValidator, SecretStr

from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.text.sanitize import clean
from odoo_sync_tui.core.text.times import parse_age
from odoo_sync_tui.odoo.domains import parse_domain_argument
from odoo_sync_tui.runtime.http.proxy import PROXY_OFF, parse_proxy
from odoo_sync_tui.settings.identity import MAX_NAME_LENGTH
from odoo_sync_tui.settings.urls import find_database, validate_url

DATABASE_NAME_MESSAGE = "a name of 1 to 63 letters, digits, hyphens and underscores is accepted"
KEYMAP_MESSAGE = 'a table of command ids and keys is accepted ("run.cancel" = "x"), in a variable run.cancel=x'


MIN_MASK_KEY_LENGTH = 32

MAX_AGE = timedelta(days=24_000)
"""MongoDB counts the seconds after which it drops a document in 31 bits."""

KEY_LENGTH = 40
"""Hexadecimal digits of an API key of Odoo."""


def _validate_api_key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    flaw = _find_invisible(text)
    if text[:1] + text[-1:] in {'""', "''", "\u201c\u201d", "\u2018\u2019"}:
        flaw = "quotes around it"
    elif not flaw and re.sub("[^0-9a-f]", "", text) != text and len(re.sub("[^0-9a-f]", "", text)) == KEY_LENGTH:
        flaw = f"something among its {KEY_LENGTH} digits that is none"
    if flaw:
        raise ValueError(f"it cannot be a key or a password, because it has {flaw}; the bare key is accepted")
    return key


def _find_invisible(text: str) -> str | None:
    """Find a character that nobody sees and nobody meant, as editors and web pages leave them behind."""
    for place, character in enumerate(text, 1):
        if character != " " and unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Zs"}:
            return f"an invisible character (U+{ord(character):04X}) at place {place}"
    return None


def _validate_mask_key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    flaw = _find_invisible(text)
    if flaw:
        raise ValueError(f"it has {flaw}; the bare key is accepted")
    if len(text) < MIN_MASK_KEY_LENGTH:
        raise ValueError(
            f"a text of {MIN_MASK_KEY_LENGTH} characters or more is accepted, that nobody can guess; to make one:"
            " openssl rand -hex 32"
        )
    return key


def _validate_proxy(proxy: SecretStr) -> SecretStr:
    text = proxy.get_secret_value().strip()
    if text != PROXY_OFF:
        parse_proxy(text, "odoo.proxy")
    return SecretStr(text)


def _validate_mongo_uri(uri: SecretStr) -> SecretStr:
    text = uri.get_secret_value().strip()
    flaw = _find_invisible(text)
    if flaw:
        raise ValueError(f"it has {flaw}; the bare connection string is accepted")
    if text != "embedded" and not text.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError('"embedded", or a text that begins with mongodb:// or mongodb+srv://, is accepted')
    named = find_database(text)
    if named is not None and not is_database_name(named):
        raise ValueError(f"as the database in it, {DATABASE_NAME_MESSAGE}")
    return SecretStr(text)


def _validate_database_name(name: str) -> str:
    if not is_database_name(name):
        raise ValueError(DATABASE_NAME_MESSAGE)
    return name


def is_database_name(name: str) -> bool:
    """Whether MongoDB accepts the name for a database."""
    # MongoDB's manual, "Naming Restrictions": at most 63 bytes, none of these characters.
    return 0 < len(name.encode(errors="replace")) <= 63 and not any(c in '/\\. "$*<>:|?\0' for c in name)


def _validate_operator_name(name: str) -> str:
    if not name.strip() or len(name) > MAX_NAME_LENGTH or clean(name) != name:
        raise ValueError(f"a name of 1 to {MAX_NAME_LENGTH} printable characters is accepted")
    return name.strip()


def _flatten_keymap(value: object) -> object:
    """Flatten a keymap: TOML reads the dots of command ids as nested tables; a variable separates entries by blanks."""
    if isinstance(value, str):
        return dict(_parse_key_pair(word) for word in value.split())
    if not isinstance(value, Mapping):
        return value
    flat: dict[str, object] = {}
    for name, keys in cast("Mapping[str, object]", value).items():
        inner = cast("Mapping[str, object]", keys) if isinstance(keys, Mapping) else None
        flat |= {f"{name}.{last}": key for last, key in inner.items()} if inner is not None else {name: keys}
    return flat


def _parse_key_pair(word: str) -> tuple[str, str]:
    name, sign, keys = word.partition("=")
    if not sign:
        raise ValueError(KEYMAP_MESSAGE)
    return name, keys


def _validate_keymap(keymap: dict[str, str]) -> dict[str, str]:
    if not all(name and keys for name, keys in keymap.items()):
        raise ValueError(KEYMAP_MESSAGE)
    return keymap


def expand_path(path: Path) -> Path:
    """Expand the home directory at the front of a path.

    Raises:
        ValueError: it cannot be known; the message is worded for the operator.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(f'a path without "~" is accepted, because {path.parts[0]} leads nowhere here') from error


def _validate_readable_file(path: Path) -> Path:
    path = expand_path(path)
    if not path.is_file():
        raise ValueError("the path of a file that exists is accepted")
    return path


def _validate_metrics_path(path: Path) -> Path:
    path = expand_path(path)
    if path.suffix != ".prom" or not path.is_absolute():
        raise ValueError('the full path of a file "*.prom" is accepted: others are not read by node_exporter')
    return path


def parse_json(value: object) -> object:
    """Parse a list that a variable or the command line gives as JSON; in a file it is one already.

    Raises:
        ValueError: the text is no JSON; the message is worded for the operator.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ValueError('a list is accepted, in a variable and with --set as JSON: ["name", "email"]') from error


def _validate_age(text: str) -> str:
    if not timedelta(hours=1) <= parse_age(text) <= MAX_AGE:
        raise ValueError('an age from "1h" to "24000d" is accepted')
    return text


def _validate_retention(text: str) -> str:
    """Check how long something is kept. Nothing is kept for minutes: "13m" is meant, and taken, as "13mo"."""
    text = f"{text}o" if text.endswith("m") else text
    if text and not timedelta(days=1) <= parse_age(text) <= MAX_AGE:
        raise ValueError('an age from "1d" to "24000d" is accepted, in d, w, mo (months) or y: "13mo", "3y"')
    return text


def validate_texts(form: str, example: str) -> Callable[[object], tuple[str, ...]]:
    """Make a check of a list of texts, each of a form (a regular expression); ``example`` is shown for a wrong one."""

    def validate(value: object) -> tuple[str, ...]:
        texts = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (None,)
        if not all(isinstance(each, str) and re.fullmatch(form, each) for each in texts):
            raise ValueError(f"a list of names is accepted: {example}")
        return cast("tuple[str, ...]", tuple(texts))

    return validate


WebUrl = Annotated[str, AfterValidator(validate_url)]
ProxyAddress = Annotated[SecretStr, AfterValidator(_validate_proxy)]
MaskKey = Annotated[SecretStr, AfterValidator(_validate_mask_key)]
ApiKey = Annotated[SecretStr, AfterValidator(_validate_api_key)]
MongoUri = Annotated[SecretStr, AfterValidator(_validate_mongo_uri)]
DatabaseName = Annotated[str, AfterValidator(_validate_database_name)]
OperatorName = Annotated[str, AfterValidator(_validate_operator_name)]
Keymap = Annotated[dict[str, str], BeforeValidator(_flatten_keymap), AfterValidator(_validate_keymap)]
DirectoryPath = Annotated[Path, AfterValidator(expand_path)]
MetricsPath = Annotated[Path, AfterValidator(_validate_metrics_path)]
ReadableFile = Annotated[Path, AfterValidator(_validate_readable_file)]
Age = Annotated[str, AfterValidator(_validate_age)]
RetentionAge = Annotated[str, AfterValidator(_validate_retention)]
EntityNames = Annotated[
    tuple[str, ...],
    BeforeValidator(validate_texts(r"[a-z][a-z0-9_:]*", '["opportunities", "invoices"]')),
    BeforeValidator(parse_json),
]
FieldNamePatterns = Annotated[
    tuple[str, ...],
    BeforeValidator(validate_texts(r"[A-Za-z0-9_.*?]+", '["stage_id", "x_*"]')),
    BeforeValidator(parse_json),
]
DomainTerms = Annotated[Domain, BeforeValidator(parse_domain_argument)]
