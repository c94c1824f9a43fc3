"""Whose mailbox a code proves, and that nothing reserved to another one is shown for it."""

import pytest

from chalicelib.core.ids import random_token
from chalicelib.gardenlab.models import TokenRow
from chalicelib.gardenlab.repository.tokens import email_key, find_token, holder_key
from tests.letters import Letters
from tests.pages.conftest import signed_in
from tests.pages.forms import Surfer
from tests.platform import HOLDER, Partner, Platform

# What somebody may take for the letters of another mailbox, and has no part in it.
_LOOKALIKES = [("maßmann", "massmann"), ("\u017fam", "sam"), ("ﬁn", "fin"), ("\u212aim", "kim")]


def _reserved(club: Partner, email: str) -> tuple[str, str]:
    """The token id of an NFT that is reserved to an address, and its page in `/claim`."""
    answer = club.announce(random_token(10), email=email)
    assert answer.status == 200, answer
    return answer.json["tokenId"], f"/claim/{answer.json['contract']}/{answer.json['tokenId']}"


@pytest.mark.parametrize(("own", "other"), _LOOKALIKES)
def test_reader_of_another_mailbox_is_shown_nothing_and_claims_nothing(
    platform: Platform, letters: Letters, club: Partner, own: str, other: str
) -> None:
    tail = f"{random_token(8)}@example.com"
    token, path = _reserved(club, f"{own}{tail}")
    stranger = signed_in(platform, letters, f"{other}{tail}")
    assert "Nothing is reserved to this address" in stranger.words
    assert stranger.get(path).status == 404
    stranger.get("/claim")
    held = next(held for _, held in stranger.forms() if "csrf" in held)
    assert stranger.post(f"{path}/mint", {**held, "address": HOLDER}).status == 404
    assert club.nft(token)["status"] == "reserved"


def test_row_whose_keys_are_of_the_older_form_is_not_shown_to_the_other_mailbox(
    platform: Platform, letters: Letters, club: Partner
) -> None:
    tail = f"{random_token(8)}@example.com"
    token, path = _reserved(club, f"maßmann{tail}")
    row, joined = find_token(club.origin, "summer_party", token), f"massmann{tail}"
    assert row is not None
    row.update(
        actions=[
            TokenRow.email_canonical.set(joined),
            TokenRow.email_key.set(email_key(club.origin, "summer_party", joined)),
            TokenRow.holder_key.set(holder_key(joined)),
        ]
    )
    stranger = signed_in(platform, letters, joined)
    assert "Nothing is reserved to this address" in stranger.words
    assert stranger.get(path).status == 404
    guest = {"origin": club.origin, "contract_id": "summer_party", "action_id": "checkin"}
    assert club.post("newActionForUser", {**guest, "guest": {"email": joined}}).error_code == "RESOURCE_NOT_FOUND"
    whole = {"uid": row.uid, "email": row.email}
    assert club.post("newActionForUser", {**guest, "guest": whole}).status == 200, "the row is still read"


def test_letter_goes_to_the_domain_in_a_labels_and_shows_what_is_reserved_to_any_spelling(
    platform: Platform, letters: Letters, club: Partner
) -> None:
    name = random_token(10)
    _, path = _reserved(club, f"{name}@bücher.example")
    surfer = Surfer(platform)
    surfer.get("/claim/sign-in")
    surfer.submit("/claim/sign-in", email=f"{name.upper()}@BÜCHER.example")
    surfer.submit("/claim/code", code=letters.code_for(f"{name}@xn--bcher-kva.example"))
    assert f'href="{path}"' in surfer.html


@pytest.mark.parametrize("local_part", ["adä", "a" * 65])
def test_address_that_no_code_can_be_sent_to_is_told_so_at_once(
    platform: Platform, letters: Letters, local_part: str
) -> None:
    sent = len(letters.sent)
    surfer = Surfer(platform)
    surfer.get("/claim/sign-in")
    surfer.submit("/claim/sign-in", email=f"{local_part}@example.com")
    assert surfer.page.status == 400
    assert "We cannot send a code to this address: it has" in surfer.words
    assert len(letters.sent) == sent
