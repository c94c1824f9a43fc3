"""A partner whose NFTs these tests share, and the letters that are sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.faults.wire import listening
from tests.pages.forms import Surfer
from tests.platform import Partner, Platform


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

    def note(self, request: Any, **_: Any) -> None:
        """A request to SES leaves."""
        fields = parse_qs(request.body.decode() if isinstance(request.body, bytes) else request.body)
        self.sent.append((fields["Destination.ToAddresses.member.1"][0], fields["Message.Body.Text.Data"][0]))


@pytest.fixture(scope="session")
def letters(platform: Platform) -> Iterator[Letters]:
    """Every letter from now on."""
    del platform
    letters = Letters()
    with listening("before-send.ses.SendEmail", letters.note):
        yield letters


@pytest.fixture(scope="package")
def club(platform: Platform) -> Partner:
    """A partner with a collection, the category VIP and the interaction checkin."""
    partner = platform.new_partner()
    partner.save_interaction()
    return partner


def signed_in(platform: Platform, letters: Letters, email: str, *, onward: str = "/claim") -> Surfer:
    """A browser whose user has signed in by a mailed code."""
    surfer = Surfer(platform)
    surfer.get(f"/claim/sign-in?next={onward}")
    surfer.submit("/claim/sign-in", email=email)
    surfer.submit("/claim/code", code=letters.code_for(email))
    assert surfer.page.status == 200, surfer.words
    return surfer
