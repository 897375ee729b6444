"""Masks: what is stored in place of values that say who somebody is.

A hash is made with a key, so that nobody without it can find out a value by trying. Equal values have equal hashes in
all entities, so that documents can still be joined by them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

HIDDEN = "(masked from now on)"
"""What is shown in place of a stored value that is not masked yet."""
MAX_INITIALS = 5
"""Number of words that initials are made of at most."""

_HASH = re.compile(r"h:[0-9a-f]{40}")
_INITIALS = re.compile(r"\w\.(?: \w\.){0,4}")
_FIRST_LETTER = re.compile(r"\w")
_HASH_DIGITS, _KEY_DIGITS = 32, 8


class MaskKind(StrEnum):
    """What becomes of a value, the mildest first."""

    INITIALS = "initials"
    HASH = "hash"
    DROP = "drop"


def describe_masks(masks: Mapping[str, str]) -> str:
    """Describe masks by dotted path: ``"email (hash), phone (drop)"``; empty where there are none."""
    return ", ".join(f"{path.removeprefix('data.')} ({kind})" for path, kind in sorted(masks.items()))


def choose_strictest(kinds: Iterable[MaskKind]) -> MaskKind | None:
    """Choose the mask that leaves least of a value; ``None`` where there is none."""
    order = list(MaskKind)
    return max(kinds, key=order.index, default=None)


class Masker:
    """Maker of masks with one key.

    Args:
        key: the secret key.

    Attributes:
        fingerprint: tells this key from others, and says nothing about it.
        row_key: the key of the fingerprints of rows, which would else let one try values.
        row_start: how these fingerprints begin.
    """

    def __init__(self, key: str) -> None:
        self._key = hashlib.sha256(key.encode()).digest()
        self.fingerprint = self._digest("the key itself", 16)
        self.row_key = hmac.digest(self._key, b"fingerprints of rows", "sha256")
        self.row_start = f"k{self.fingerprint[:_KEY_DIGITS]}:"
        self._hash_start = f"h:{self.fingerprint[:_KEY_DIGITS]}"

    def mask_values(self, kind: MaskKind, values: Sequence[object]) -> list[object]:
        """Mask the values of one field, equal texts once; what is no text has no mask but null."""
        texts = {value for value in values if isinstance(value, str)} if kind is not MaskKind.DROP else set[str]()
        masked = {text: self._mask_text(kind, text) for text in texts}
        return [masked.get(value) if isinstance(value, str) else None for value in values]

    def mask_stored(self, kind: MaskKind, value: object) -> object:
        """Mask a value that may have been masked before, also by another kind or key: doing it twice changes nothing.

        What another mask has left is not enough to make this one of: it becomes null.
        """
        if not isinstance(value, str) or kind is MaskKind.DROP or self.is_masked(kind, value):
            return value if self.is_masked(kind, value) else None
        is_other_mask = (_INITIALS if kind is MaskKind.HASH else _HASH).fullmatch(value)
        return None if is_other_mask else self._mask_text(kind, value)

    def is_masked(self, kind: MaskKind, value: object) -> bool:
        """Whether a stored value is what this mask leaves."""
        if value is None:
            return True
        form = self.stored_form(kind)
        return isinstance(value, str) and form is not None and re.fullmatch(form, value) is not None

    def stored_form(self, kind: MaskKind) -> str | None:
        """Return the regular expression of what a mask leaves of a text; ``None``: nothing."""
        forms = {MaskKind.HASH: f"{self._hash_start}[0-9a-f]{{{_HASH_DIGITS}}}", MaskKind.INITIALS: _INITIALS.pattern}
        return forms.get(kind)

    def _mask_text(self, kind: MaskKind, text: str) -> str | None:
        if kind is MaskKind.INITIALS:
            return make_initials(text)
        return f"{self._hash_start}{self._digest(f'value:{text}', _HASH_DIGITS)}" if text else None

    def _digest(self, text: str, digits: int) -> str:
        return hmac.digest(self._key, text.encode(errors="surrogatepass"), "sha256").hex()[:digits]


class FieldMask(NamedTuple):
    """The mask of one field of documents, with what makes it."""

    kind: MaskKind
    masker: Masker

    def apply(self, values: Sequence[object]) -> list[object]:
        """Mask the values of the field."""
        return self.masker.mask_values(self.kind, values)


def make_initials(text: str) -> str | None:
    """Make the initials of the first words: ``"Anna Berg"`` becomes ``"A. B."``; ``None`` for a text without a letter.

    What Unicode makes of one letter in capitals may be two: they stay as they are.
    """
    letters = [found.group() for word in text.split() if (found := _FIRST_LETTER.search(word))][:MAX_INITIALS]
    initials = [each.upper() if len(each.upper()) == 1 else each for each in letters]
    return " ".join(f"{each}." for each in initials) or None


@dataclass(frozen=True, slots=True)
class Masking:
    """The masks that the settings want for one entity, yet to be applied.

    Attributes:
        fields: masks by Odoo field.
        names: masks of the names of related records, by their model.
        masker: makes them; ``None``: the settings have no key, and no run may begin.
    """

    fields: Mapping[str, MaskKind] = field(default_factory=dict[str, MaskKind])
    names: Mapping[str, MaskKind] = field(default_factory=dict[str, MaskKind])
    masker: Masker | None = field(default=None, repr=False)
