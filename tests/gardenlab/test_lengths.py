"""How long each text may be, counted in characters; and that the longest of everything works together."""

from typing import Any

import pytest

from tests.gardenlab.api import acting, announced, applied, assert_refused, interaction, minting, saved, saving
from tests.platform import Partner, Platform


def address(length: int) -> str:
    """A valid e-mail address of a length from 200 up."""
    local, domain = "a" * 64, "b" * 63 + "." + "b" * 63
    return f"{local}@{domain}.{'b' * (length - len(local) - len(domain) - 5)}.co"


def attributes(size: int) -> dict[str, str]:
    """An object of so many bytes as compact JSON."""
    return {"k": "é" * ((size - 8) // 2) + "x" * (size % 2)}


# Route, field, the greatest length, and the code of what is just not too long but names nothing.
TEXTS: list[tuple[str, str, int, str | None]] = [
    ("saveActionInteraction", "contract_id", 128, "RESOURCE_NOT_FOUND"),
    ("saveActionInteraction", "interactionId", 128, "RESOURCE_NOT_FOUND"),
    ("saveActionInteraction", "interaction.type", 128, None),
    ("saveActionInteraction", "interaction.name", 128, None),
    ("saveActionInteraction", "interaction.action_id", 128, None),
    ("saveActionInteraction", "interaction.description", 4096, None),
    ("newUserForPartner", "uid", 256, None),
    ("newUserForPartner", "user_category_id", 128, "RESOURCE_NOT_FOUND"),
    ("newUserForPartner", "nft_info.name", 128, None),
    ("newUserForPartner", "nft_info.description", 4096, None),
    ("newUserForPartner", "nft_info.imgUrl", 2048, None),
    ("newActionForUser", "contract_id", 128, "RESOURCE_NOT_FOUND"),
    ("newActionForUser", "action_id", 128, "RESOURCE_NOT_FOUND"),
    ("newActionForUser", "guest.uid", 256, "RESOURCE_NOT_FOUND"),
    ("mintTokenForUser", "uid", 256, "RESOURCE_NOT_FOUND"),
    ("mintTokenForUser", "contract_id", 128, "RESOURCE_NOT_FOUND"),
]


def complete(partner: Partner, route: str, uid: str) -> dict[str, Any]:
    bodies = {
        "saveActionInteraction": lambda: saving(partner, interaction=interaction()),
        "newUserForPartner": lambda: partner.user(uid, nft_info={}),
        "newActionForUser": lambda: acting(partner, uid, "any"),
        "mintTokenForUser": lambda: minting(partner, uid),
    }
    return bodies[route]()


@pytest.mark.parametrize(("route", "path", "greatest", "code"), TEXTS)
def test_a_text_may_have_its_greatest_length_and_no_character_more(
    club: Partner, uid: str, route: str, path: str, greatest: int, code: str | None
) -> None:
    *parents, last = path.split(".")

    def send(length: int) -> Any:
        body = complete(club, route, uid)
        place = body
        for parent in parents:
            place = place[parent]
        place[last] = uid + "🎉" * (length - len(uid))
        return club.post(route, body)

    longest = send(greatest)
    if code is None:
        assert longest.status == 200, longest
    else:
        assert_refused(longest, code)
    assert path in assert_refused(send(greatest + 1), "QUERY_INCOMPLETE")


@pytest.mark.parametrize(
    ("route", "field"), [("newUserForPartner", "email"), ("newActionForUser", "guest"), ("mintTokenForUser", "email")]
)
def test_an_email_has_at_most_254_characters(club: Partner, uid: str, route: str, field: str) -> None:
    for length in (254, 255):
        email: Any = address(length)
        assert len(email) == length
        answer = club.post(
            route, {**complete(club, route, uid), field: {"email": email} if field == "guest" else email}
        )
        if length == 255:
            assert "email" in assert_refused(answer, "QUERY_INCOMPLETE")
        elif answer.status != 200:
            assert_refused(answer, "RESOURCE_NOT_FOUND")


def test_attributes_have_at_most_16_kb_as_json(club: Partner, uid: str) -> None:
    for number, size in enumerate((16_384, 16_383)):
        assert club.announce(f"{uid}{number}", nft_info={"attributes": attributes(size)}).status == 200
    for wrong in (attributes(16_385), attributes(16_386)):
        assert "attributes" in assert_refused(club.announce(uid, nft_info={"attributes": wrong}), "QUERY_INCOMPLETE")


def test_the_longest_of_everything_works_together(platform: Platform) -> None:
    party = "🎉" * 128
    partner = platform.new_partner(collection=False)
    place: dict[str, Any] = {"contract_id": party}
    partner.add_collection(party, name=party)
    partner.add_category(party, party, description="🎉" * 4096, imgUrl="🎉" * 2048, attributes=attributes(16_384))
    saved(partner, party, contract_id=party, type=party, name=party, description="🎉" * 4096)
    uid, email = "🎉" * 256, address(254)
    info = {"attributes": {"own": "\u0001" * 2_700}, "name": party}
    user = {**place, "email": email, "user_category_id": party}
    token_id = announced(partner, uid, **user, nft_info=info)
    for guest in ({"uid": uid}, {"email": email}, {"uid": uid, "email": email}):
        applied(partner, uid, party, **place, guest=guest)
    assert partner.mint(uid, **place, email=email).status == 200
    applied(partner, uid, party, **place)
    platform.drain()
    nft = partner.nft(token_id, contract_id=party)
    assert (nft["status"], nft["xp"], nft["attributes"][party]) == ("minted", 20, 4)
    listed = partner.get("getBlockchainTxForToken", origin=partner.origin, contract_id=party, tokenId=token_id)
    assert [row["interactionName"] for row in listed.json] == ["mint", party]


def test_an_nft_with_no_room_for_one_more_attribute_refuses_new_ones_alone(
    club: Partner, uid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("Visit", "Party"):
        saved(club, f"{uid}{kind}", type=kind)
    announced(club, uid)
    applied(club, uid, f"{uid}Visit")
    monkeypatch.setattr("chalicelib.gardenlab.domain.MAX_GROWN_ATTRIBUTES_BYTES", 30)
    assert_refused(club.act(uid, action_id=f"{uid}Party"), "MISC_ERROR")
    assert applied(club, uid, f"{uid}Visit")["attributes"] == {"tier": "gold", "Visit": 2}
