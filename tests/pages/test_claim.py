"""Claiming without scripts: sign-in by mail, the NFTs, a typed address, and what becomes of it."""

from tests.pages.conftest import Letters, signed_in
from tests.platform import HOLDER, Partner, Platform


def test_holder_claims_for_a_typed_address_without_scripts(platform: Platform, letters: Letters, club: Partner) -> None:
    token = str(club.announce("claire").json["tokenId"])
    surfer = signed_in(platform, letters, "claire@example.com")
    assert "My NFTs" in surfer.words
    nft = club.nft(token)
    surfer.get(f"/claim/{nft['contract']}/{token}")
    assert surfer.page.status == 200, surfer.words
    surfer.submit(f"/claim/{nft['contract']}/{token}/address", address=HOLDER.lower())
    assert HOLDER in surfer.words
    surfer.submit(f"/claim/{nft['contract']}/{token}/mint")
    assert "On its way" in surfer.words
    platform.drain()
    surfer.get(f"/claim/{nft['contract']}/{token}")
    assert "It is yours" in surfer.words
    assert club.transactions(token)[0]["txHash"] in surfer.words
