"""``config init``: ask for what has to be set, try it, and write it to a new settings file."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.stdout import emit
from odoo_sync_tui.cli.parser import get_config_path
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.diagnosis import Diagnosis, Grade
from odoo_sync_tui.runtime.paths import config_file
from odoo_sync_tui.settings.names import is_secret_value, to_env_variable

if TYPE_CHECKING:  # the settings load pydantic
    from odoo_sync_tui.settings.layers import Layer

_QUESTIONS = {
    "odoo.url": "Address of Odoo, such as https://odoo.example.com",
    "odoo.database": "Database of Odoo",
    "odoo.username": "Odoo user (the login)",
    "odoo.api_key": "API key of that user (it is not shown)",
    "mongo.uri": "MongoDB that keeps the records: its address, or embedded for a private one",
}
_OPTIONS = {
    "odoo.url": "url",
    "odoo.database": "database",
    "odoo.username": "username",
    "odoo.api_key_file": "api_key_file",
    "mongo.uri": "mongo_uri",
    "mongo.uri_file": "mongo_uri_file",
}
_SAVE = "save"


def run(session: Session) -> int:
    """Write the settings file; return 2 or 3 where a server refuses them, and nobody is there to ask again.

    Raises:
        ConfigurationError: there is a file already, an answer is wrong or missing, or the file cannot be written.
    """
    from odoo_sync_tui.settings.layers import read_environment_layer, read_option_layer
    from odoo_sync_tui.settings.writer import refuse_existing, write_settings

    path = get_config_path(session.options) or config_file()
    refuse_existing(path)
    answers = _read_options(session.options)
    stronger = [read_option_layer(session.load_overrides()), read_environment_layer(os.environ)]
    try:
        diagnosis = _complete(session, answers, stronger)
    except EOFError:
        session.progress_writer.print("Nothing was written.")
        return exit_codes.FAILED
    if diagnosis is not None:
        session.progress_writer.print("Nothing was written. --no-test writes without trying.")
        return exit_codes.of_diagnosis(diagnosis)
    emit(f"{write_settings(path, answers)} is written.")
    session.progress_writer.print(*_describe_overrides(answers, stronger[1]))
    return exit_codes.SUCCESS


def _read_options(options: Namespace) -> dict[str, str]:
    """Read the answers that the command line gives, by the name of the setting.

    Raises:
        ConfigurationError: one is a secret.
    """
    answers = {name: value for name, option in _OPTIONS.items() if (value := getattr(options, option)) is not None}
    if is_secret_value("mongo.uri", answers.get("mongo.uri", "embedded")):
        raise ConfigurationError(
            "--mongo-uri holds a secret: command lines show in the process list.", "Use --mongo-uri-file PATH."
        )
    for name in ("odoo.api_key_file", "mongo.uri_file"):
        if name in answers:
            answers[name] = str(Path(answers[name]).expanduser().absolute())
    return answers


def _complete(session: Session, answers: dict[str, str], stronger: list[Layer]) -> Diagnosis | None:
    """Ask for what is missing and try it; return what failed, or ``None`` where the answers are to be written.

    Raises:
        ConfigurationError: an answer is wrong or missing, and nobody is there to ask.
        EOFError: the operator leaves.
    """
    can_ask = sys.stdin.isatty()
    if not can_ask:
        answers |= {} if "mongo.uri_file" in answers else {"mongo.uri": answers.get("mongo.uri", "embedded")}
        _refuse_missing(answers)
    asked = [name for name in _QUESTIONS if name not in answers and f"{name}_file" not in answers]
    while True:
        for name in asked:
            answers[name] = _ask(session, name, answers.get(name, ""))
        diagnosis = None if session.options.no_test else _try(session, answers, stronger)
        if diagnosis is None or not can_ask:
            return diagnosis
        session.progress_writer.print(f'Enter: answer again. "{_SAVE}": write it all the same. Ctrl+C: write nothing.')
        if _read_line() == _SAVE:
            return None
        answers.pop("odoo.api_key_file", None)
        answers.pop("mongo.uri_file", None)
        asked = list(_QUESTIONS)


def _refuse_missing(answers: Mapping[str, str]) -> None:
    missing = [name for name in _OPTIONS if name.startswith("odoo.") and name not in answers]
    if missing:
        options = " ".join(f"--{_OPTIONS[name].replace('_', '-')}" for name in missing)
        raise ConfigurationError(f"Nobody is there to be asked for what is missing: {options}.", "Give these options.")


def _ask(session: Session, name: str, before: str) -> str:
    """Ask until the answer can be used; an empty one means the one before, or the default.

    Raises:
        EOFError: the operator leaves.
    """
    from odoo_sync_tui.settings.writer import find_flaw

    default = before or ("embedded" if name == "mongo.uri" else "")
    shown = "as before" if is_secret_value(name, default) else default
    question = f"{_QUESTIONS[name]}{f' [{shown}]' if default else ''}:"
    while True:
        if name == "odoo.api_key":
            answer = getpass(f"{question}\n").strip() or default  # it asks when nothing is echoed any more
        else:
            session.progress_writer.print(question)
            answer = _read_line() or default
        flaw = find_flaw(name, answer)
        if not flaw:
            return answer
        session.progress_writer.print(flaw)


def _read_line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


def _try(session: Session, answers: Mapping[str, str], stronger: list[Layer]) -> Diagnosis | None:
    """Try what will hold with the answers in a file, tell what fails, and return it; ``None``: nothing does."""
    from odoo_sync_tui.pipeline.doctor.examination import check_connections
    from odoo_sync_tui.settings.layers import read_answer_layer
    from odoo_sync_tui.settings.load import build_settings

    session.progress_writer.print("Trying to reach Odoo and MongoDB ...")
    settings = build_settings([*stronger, read_answer_layer(answers)])
    diagnosis = Diagnosis(tuple(check_connections(settings)))
    for check in diagnosis.checks:
        if check.health is Grade.FAIL:
            session.progress_writer.print(f"{check.message} {check.hint}".strip())
    return diagnosis if diagnosis.health is Grade.FAIL else None


def _describe_overrides(answers: Mapping[str, str], environment: Layer) -> Iterator[str]:
    """Describe each answer in the file that a variable of the environment outdoes."""
    for name in answers:
        setting = name.removesuffix("_file")
        if environment.values.get(setting, answers[name]) != answers[name]:
            yield f"{to_env_variable(setting)} is set in the environment, and counts more than {setting} in the file."
