"""A partner whose NFTs these tests share, and the letters that are sent."""

import pytest

from chalicelib.core.emails import canonical_email
from tests.letters import Letters
from tests.pages.forms import Surfer
from tests.platform import Partner, Platform


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
    surfer.submit("/claim/code", code=letters.code_for(canonical_email(email)))
    assert surfer.page.status == 200, surfer.words
    return surfer
