"""Letters that the platform sends, as SES is asked for them.

Heard by every client that is made once this module is loaded, since tests of faults make clients anew.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import botocore.handlers
import pytest

from tests.platform import Platform


@dataclass(frozen=True)
class Letter:
    """One letter."""

    to: str
    subject: str
    text: str


@dataclass
class Letters:
    """What SES was asked to send, newest last."""

    sent: list[Letter] = field(default_factory=list)

    def code_for(self, address: str) -> str:
        """The code of the last letter to an address."""
        for letter in reversed(self.sent):
            if letter.to == address:
                found = re.search(r"\b[0-9]{6}\b", letter.text)
                assert found is not None
                return found[0]
        raise AssertionError(f"no letter to {address}")

    def note(self, request: Any) -> None:
        """A request to SES leaves."""
        fields = parse_qs(request.body.decode() if isinstance(request.body, bytes) else request.body)
        names = ("Destination.ToAddresses.member.1", "Message.Subject.Data", "Message.Body.Text.Data")
        self.sent.append(Letter(*(fields[name][0] for name in names)))


_listening: list[Letters] = []


@contextmanager
def collected() -> Iterator[Letters]:
    """Every letter that is sent in the block."""
    letters = Letters()
    _listening.append(letters)
    try:
        yield letters
    finally:
        _listening[:] = [each for each in _listening if each is not letters]


@pytest.fixture(scope="session")
def letters(platform: Platform) -> Iterator[Letters]:
    """Every letter from now on."""
    del platform
    with collected() as letters:
        yield letters


def _hear(request: Any, **_: Any) -> None:
    for letters in _listening:
        letters.note(request)


botocore.handlers.BUILTIN_HANDLERS.append(("before-send.ses.SendEmail", _hear))
