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


@dataclass
class Letters:
    """What SES was asked to send, newest last: address and words."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    def code_for(self, address: str) -> str:
        """The code of the last letter to an address."""
        for to, body in reversed(self.sent):
            if to == address:
                found = re.search(r"\b[0-9]{6}\b", body)
                assert found is not None
                return found[0]
        raise AssertionError(f"no letter to {address}")

    def note(self, request: Any) -> None:
        """A request to SES leaves."""
        fields = parse_qs(request.body.decode() if isinstance(request.body, bytes) else request.body)
        self.sent.append((fields["Destination.ToAddresses.member.1"][0], fields["Message.Body.Text.Data"][0]))


_listening: list[Letters] = []


@contextmanager
def collected() -> Iterator[Letters]:
    """Every letter that is sent in the block."""
    letters = Letters()
    _listening.append(letters)
    yield letters
    _listening.remove(letters)


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
