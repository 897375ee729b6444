"""The operator's own keys: validated before the dashboard opens, then used wherever a key is shown.

Textual has a keymap too, but it treats a key as taken even if the other command belongs to another screen, and it
drops a clashing binding silently; so this keymap is applied to the registry of commands before any binding is made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.tui.commands.command import Command, display_key
from odoo_sync_tui.tui.commands.registry import COMMANDS, COMMANDS_BY_ID
from odoo_sync_tui.tui.model.state import DashboardState

KEYMAP_SETTING = "ui.keymap"

MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "meta", "hyper"})

RESERVED_KEYS = {
    **dict.fromkeys(("up", "down", "j", "k", "pageup", "pagedown", "home", "end", "enter"), "moves in lists"),
    **dict.fromkeys(("tab", "shift+tab"), "goes to the next part of the screen"),
    **dict.fromkeys(("left", "right", "space"), "chooses between buttons"),
    **dict.fromkeys(("ctrl+c", "ctrl+q"), "leaves, whatever the keymap says"),
}
"""Keys with the same meaning on every screen, and that meaning."""


def apply_keymap(keymap: Mapping[str, str], commands: Sequence[Command] = COMMANDS) -> tuple[Command, ...]:
    """Apply the keymap: return the commands, with the keymap's keys instead of the default ones.

    Args:
        keymap: command id -> key; several keys are separated by commas ("x,delete").
        commands: the registry.

    Raises:
        ConfigurationError: a command or a key does not exist, is taken, or would do two things on one screen.
    """
    known = {command.id for command in commands}
    unknown = [name for name in keymap if name not in known]
    if unknown:
        raise ConfigurationError(
            f'{KEYMAP_SETTING} names "{sanitize(unknown[0], 60)}", but there is no such command.',
            f"There are: {', '.join(sorted(known))}.",
        )
    own_keys = {name: _validate_keys(name, keys) for name, keys in keymap.items()}
    mapped = tuple(replace(command, key=own_keys.get(command.id, command.key)) for command in commands)
    for one, other in combinations(mapped, 2):
        _refuse_clash(one, other)
    return mapped


def build_action(command: Command) -> str:
    """Build the name of the Textual action that runs the command."""
    return "command_palette" if command.id == "app.palette" else f"command('{command.id}')"


def build_bindings(commands: Iterable[Command]) -> list[Binding]:
    """Build the commands' key bindings, one per key: if one key is typed text, another may still be offered."""
    return [
        Binding(
            key,
            build_action(command),
            command.label,
            show=command.in_footer or command.wide_footer_only,
            key_display=display_key(key),
            tooltip=command.description,
            id=command.id,
        )
        for command in commands
        for key in command.key.split(",")
    ]


def get_key_display(state: DashboardState, command_id: str) -> str:
    """Return the key of a command in the form for people: the operator's own key, or the default."""
    return state.keys.get(command_id) or COMMANDS_BY_ID[command_id].key_display


def format_key_table(commands: Iterable[Command] = COMMANDS) -> str:
    """Format the commands as a Markdown table: key, screens, effect, and the command's id for a keymap."""
    lines = ["| key | where | what it does | command |", "|---|---|---|---|"]
    for command in commands:
        keys = " ".join(f"`{key}`" for key in f"{command.key_display} {command.extra_keys}".split())
        where = ", ".join(command.screens) or "everywhere"
        lines.append(f"| {keys} | {where} | {command.description} | `{command.id}` |")
    return "\n".join(lines)


def normalize_keys(keys: str) -> list[str]:
    """Convert a comma-separated list of keys to Textual's names: "?" is "question_mark"."""
    return [binding.key for binding in Binding.make_bindings([Binding(keys, "nothing")])]


def _validate_keys(name: str, keys: str) -> str:
    listed = [key.strip() for key in keys.split(",")]
    for key in listed:
        if not _key_exists(key):
            raise ConfigurationError(
                f'{KEYMAP_SETTING} gives {name} the key "{sanitize(key, 40)}", which does not exist.',
                'A key is a letter, a sign ("/"), or a name such as f5, delete, ctrl+r or question_mark.',
            )
    for key in normalize_keys(keys):
        if key in RESERVED_KEYS:
            raise ConfigurationError(
                f'{KEYMAP_SETTING} gives {name} the key "{key}", which {RESERVED_KEYS[key]}.', "Choose another one."
            )
    return ",".join(normalize_keys(keys))


def _key_exists(key: str) -> bool:
    *modifiers, name = key.split("+") if len(key) > 1 else [key]
    if not all(modifier in MODIFIERS for modifier in modifiers):
        return False
    return (len(name) == 1 and name.isprintable()) or name in _named_keys() or _is_character_name(name)


def _named_keys() -> frozenset[str]:
    return frozenset(key.value for key in Keys) | frozenset(KEY_NAME_REPLACEMENTS.values())


def _is_character_name(name: str) -> bool:
    """Whether `name` is the name of a character in Textual's spelling."""
    try:
        unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return False
    return name.islower() and len(name) > 1


def _refuse_clash(one: Command, other: Command) -> None:
    shared_screens = set(one.screens) & set(other.screens) if one.screens and other.screens else {"every screen"}
    shared_keys = set(normalize_keys(one.key)) & set(normalize_keys(other.key))
    if shared_screens and shared_keys:
        raise ConfigurationError(
            f'{KEYMAP_SETTING}: the key "{min(shared_keys)}" would mean both {one.id} and {other.id}.',
            f"Give one of them another key in [{KEYMAP_SETTING}].",
        )
