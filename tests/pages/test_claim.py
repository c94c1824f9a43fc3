"""Claiming without scripts: a typed address, and what becomes of it."""

import pytest

from chalicelib.core.ids import random_token
from chalicelib.gardenlab.models import TokenRow
from chalicelib.gardenlab.repository.tokens import find_token
from tests.gardenlab.roles import allow_minting, mint_elsewhere
from tests.letters import Letters
from tests.pages.conftest import signed_in
from tests.pages.forms import Surfer
from tests.platform import HOLDER, OTHER_HOLDER, Partner, Platform


class Claimant:
    """A holder with one reserved NFT, signed in."""

    def __init__(self, platform: Platform, letters: Letters, club: Partner) -> None:
        self.uid = random_token(10)
        self.club = club
        self.token = str(club.announce(self.uid).json["tokenId"])
        self.path = f"/claim/{club.nft(self.token)['contract']}/{self.token}"
        self.surfer = signed_in(platform, letters, f"{self.uid}@example.com", onward=self.path)

    def row(self) -> TokenRow:
        """The NFT's row."""
        row = find_token(self.club.origin, "summer_party", self.token)
        assert row is not None
        return row


@pytest.fixture
def claimant(platform: Platform, letters: Letters, club: Partner) -> Claimant:
    """A holder of this test's own."""
    return Claimant(platform, letters, club)


def test_holder_claims_for_a_typed_address_without_scripts(platform: Platform, claimant: Claimant) -> None:
    surfer = claimant.surfer
    surfer.submit(f"{claimant.path}/address", address=f" {HOLDER.lower()} ")
    assert HOLDER in surfer.words
    assert "typed it without capitals" in surfer.words
    surfer.submit(f"{claimant.path}/mint")
    assert "On its way to your wallet" in surfer.words
    part = surfer.get(f"{claimant.path}/state").json
    assert f'data-poll="{claimant.path}/state"' in part
    assert "<html" not in part
    platform.drain()
    part = surfer.get(f"{claimant.path}/state").json
    [row] = claimant.club.transactions(claimant.token)
    assert "data-poll" not in part
    assert row["txHash"] in part
    assert f'href="{row["transactionUrl"]}"' in part
    surfer.get(claimant.path)
    assert "It is yours" in surfer.words
    assert "Claim it" not in surfer.words
    assert claimant.club.nft(claimant.token)["owner"] == HOLDER


def test_claim_starts_the_one_job_that_the_api_would(platform: Platform, claimant: Claimant) -> None:
    fields = {"csrf": token_of(claimant.surfer), "address": HOLDER}
    for _ in range(2):
        assert claimant.surfer.post(f"{claimant.path}/mint", fields).status == 200
    again = claimant.club.mint(claimant.uid)
    assert (again.status, again.json["userAddr"]) == (200, HOLDER)
    other = claimant.surfer.post(f"{claimant.path}/mint", {**fields, "address": OTHER_HOLDER})
    assert other.status == 400
    assert "claimed for another address" in claimant.surfer.words
    platform.drain()
    assert len(claimant.club.transactions(claimant.token)) == 1


def test_claim_is_told_to_an_endpoint_that_names_it(platform: Platform, claimant: Claimant) -> None:
    club = claimant.club
    endpoint = club.add_endpoint("http://127.0.0.1:9/", event_types=["nft.claimed"])["id"]
    fields = {"csrf": token_of(claimant.surfer), "address": HOLDER}
    for _ in range(2):
        assert claimant.surfer.post(f"{claimant.path}/mint", fields).status == 200
    told = platform.call("GET", "/webhooks/events", key=club.key, query={"type": "nft.claimed"}).json["data"]
    assert platform.call("DELETE", f"/webhooks/endpoints/{endpoint}", key=club.key).status == 200
    assert len(told) == 1


def token_of(surfer: Surfer) -> str:
    """The token of this browser's forms, off the page that it shows."""
    return next(held["csrf"] for _, held in surfer.forms() if "csrf" in held)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "That does not look right"),
        ("ada.eth", "That does not look right"),
        (HOLDER[:-1], "That does not look right"),
        (HOLDER[:-1] + HOLDER[-1].swapcase() if HOLDER[-1].isalpha() else HOLDER.replace("C8", "c8"), "checksum"),
        (HOLDER.swapcase().replace("0X", "0x"), "checksum"),
        ("0x" + "0" * 40, "nobody"),
        ("<script>alert(1)</script>", "That does not look right"),
    ],
    ids=["empty", "name", "short", "one capital", "all swapped", "zero", "markup"],
)
def test_address_that_cannot_be_meant_is_asked_for_again(claimant: Claimant, address: str, words: str) -> None:
    surfer = claimant.surfer
    surfer.submit(f"{claimant.path}/address", address=address)
    assert surfer.page.status == 400
    assert words in surfer.words
    assert "<script>alert" not in surfer.html
    surfer.post(f"{claimant.path}/mint", {"csrf": token_of(surfer), "address": address})
    assert surfer.page.status == 400
    assert claimant.row().status == "reserved"


def test_failed_mint_is_told_and_may_be_claimed_for_another_wallet(platform: Platform, letters: Letters) -> None:
    claimant = Claimant(platform, letters, platform.new_partner())
    surfer, contract = claimant.surfer, claimant.path.split("/")[2]
    allow_minting(contract, False)
    surfer.submit(f"{claimant.path}/address", address=HOLDER)
    surfer.submit(f"{claimant.path}/mint")
    platform.drain()
    assert "data-poll" not in surfer.get(f"{claimant.path}/state").json
    surfer.get(claimant.path)
    assert "The mint did not succeed" in surfer.words
    assert "Nothing is lost" in surfer.words
    allow_minting(contract, True)
    surfer.submit(f"{claimant.path}/address", address=OTHER_HOLDER)
    surfer.submit(f"{claimant.path}/mint")
    platform.drain()
    surfer.get(claimant.path)
    assert "It is yours" in surfer.words
    assert claimant.row().owner == OTHER_HOLDER


def test_claim_of_a_token_that_somebody_else_minted_waits_for_leave_to_take_another_id(
    platform: Platform, letters: Letters
) -> None:
    club = platform.new_partner()
    claimant = Claimant(platform, letters, club)
    surfer, contract = claimant.surfer, claimant.path.split("/")[2]
    surfer.get(claimant.path)
    mint_elsewhere(contract, int(claimant.token))
    surfer.submit(f"{claimant.path}/address", address=HOLDER)
    surfer.submit(f"{claimant.path}/mint")
    platform.drain()
    surfer.get(claimant.path)
    assert "somebody else has the token that was kept for you" in surfer.words
    assert not [form for form, _ in surfer.forms() if form["action"].startswith(claimant.path)]
    platform.admin("PATCH", f"/{club.origin}/collections/summer_party", {"may_change_token_id": True})
    surfer.get(claimant.path)
    assert "The mint did not succeed" in surfer.words
    other = f"/claim/{contract}/{int(claimant.token) + 1}"
    surfer.submit(f"{claimant.path}/address", address=HOLDER)
    surfer.submit(f"{claimant.path}/mint")
    platform.drain()
    for path in (claimant.path, other):
        surfer.get(path)
        assert "It is yours" in surfer.words
    assert claimant.row().owner == HOLDER


def test_nobody_sees_or_claims_another_holders_nft(platform: Platform, letters: Letters, claimant: Claimant) -> None:
    stranger = signed_in(platform, letters, f"{random_token(10)}@example.com", onward="/i")
    token = token_of(stranger)
    assert stranger.get(claimant.path).status == 404
    assert stranger.get(f"{claimant.path}/state").status == 404
    for part in ("address", "mint", "message", "signed"):
        answer = stranger.post(f"{claimant.path}/{part}", {"csrf": token, "address": HOLDER})
        assert answer.status == 404, part
    assert claimant.row().status == "reserved"


def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(platform: Platform, claimant: Claimant) -> None:
    surfer = Surfer(platform)
    surfer.get(claimant.path)
    assert surfer.path == f"/claim/sign-in?next={claimant.path}"
    assert surfer.get(f"{claimant.path}/state").status == 401
    token = Surfer(platform, cookies=surfer.cookies)
    token.get("/claim/sign-in")
    for part in ("address", "mint", "signed"):
        surfer.post(f"{claimant.path}/{part}", {"csrf": token_of(token), "address": HOLDER})
        assert surfer.path.startswith("/claim/sign-in")


@pytest.mark.parametrize(
    "path", ["/claim/0x12/1", "/claim/{contract}/x", "/claim/{contract}/01", "/claim/{contract}/999"]
)
def test_unknown_nft_is_a_page_that_says_so(claimant: Claimant, path: str) -> None:
    contract = claimant.path.split("/")[2]
    claimant.surfer.get(path.format(contract=contract))
    assert claimant.surfer.page.status == 404
    assert "There is no such NFT" in claimant.surfer.words


def test_list_shows_the_nfts_of_every_partner_newest_first_in_pages(
    platform: Platform, letters: Letters, club: Partner
) -> None:
    email = f"{random_token(10)}@example.com"
    rival = platform.new_partner()
    names = []
    for number, partner in enumerate([club, rival] * 13):
        name = f"Number-{number:02d}-"
        users = partner.announce(f"{random_token(8)}", email=email, nft_info={"name": name})
        assert users.status == 200
        names.append(name)
    surfer = signed_in(platform, letters, email.upper().replace("EXAMPLE.COM", "example.com"))
    shown = [name for name in names if name in surfer.words]
    assert shown == names[2:]
    positions = [surfer.words.index(name) for name in shown]
    assert positions == sorted(positions, reverse=True)
    older = surfer.html.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
    surfer.get(older.replace("&amp;", "&"))
    assert [name for name in names if name in surfer.words] == names[:2]
