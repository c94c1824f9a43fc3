"""No answer reveals another partner's data: what is foreign is answered exactly as what does not exist."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.gardenlab.api import FAR_TOKEN, NOBODYS_CONTRACT, acting, announced, applied, minting, saved, saving
from tests.platform import Answer, Partner, Platform


@dataclass(frozen=True)
class Treasure:
    """What a partner has and no other may learn of."""

    owner: Partner
    contract: str
    contract_id: str
    category: str
    uid: str
    token_id: str
    interaction_id: str
    action_id: str


NOTHING = {
    "contract": NOBODYS_CONTRACT,
    "contract_id": "no_such_collection",
    "category": "no_such_category",
    "uid": "no_such_user",
    "token_id": FAR_TOKEN,
    "interaction_id": "0000000000000000000X",
    "action_id": "no_such_action",
}


@pytest.fixture(scope="module")
def treasure(platform: Platform) -> Treasure:
    owner = platform.new_partner(collection=False)
    contract = owner.add_collection("hidden_party")
    owner.add_category("hidden_party", "HIDDEN")
    interaction_id = saved(owner, "hidden_action", contract_id="hidden_party")
    place = {"contract_id": "hidden_party", "user_category_id": "HIDDEN"}
    token_id = [announced(owner, f"hidden{number}", **place) for number in range(3)][-1]
    applied(owner, "hidden2", "hidden_action", contract_id="hidden_party")
    return Treasure(owner, contract, "hidden_party", "HIDDEN", "hidden2", token_id, interaction_id, "hidden_action")


Call = Callable[[Partner, dict[str, str]], Answer]


def at(body: dict[str, Any], reference: dict[str, str]) -> dict[str, Any]:
    """The body with the collection named in this way and no other."""
    return {name: value for name, value in body.items() if name != "contract_id"} | reference


CALLS: dict[str, tuple[tuple[str, ...], Call]] = {
    "saveActionInteraction, collection": (
        ("contract", "contract_id"),
        lambda me, it: me.post("saveActionInteraction", at(saving(me), it)),
    ),
    "saveActionInteraction, interaction": (
        ("interaction_id",),
        lambda me, it: me.post("saveActionInteraction", saving(me, interactionId=it["interaction_id"])),
    ),
    "newUserForPartner, collection": (
        ("contract", "contract_id"),
        lambda me, it: me.post("newUserForPartner", at(me.user("new"), it)),
    ),
    "newUserForPartner, category": (
        ("category",),
        lambda me, it: me.post("newUserForPartner", me.user("new", user_category_id=it["category"])),
    ),
    "newUserForPartner, array": (
        ("contract", "contract_id"),
        lambda me, it: me.post("newUserForPartner", [at(me.user("new"), it)]),
    ),
    "newActionForUser, collection": (
        ("contract", "contract_id"),
        lambda me, it: me.post("newActionForUser", at(acting(me, "mine", "mine"), it)),
    ),
    "newActionForUser, action": (
        ("action_id",),
        lambda me, it: me.post("newActionForUser", acting(me, "mine", it["action_id"])),
    ),
    "newActionForUser, uid": (
        ("uid",),
        lambda me, it: me.post("newActionForUser", acting(me, it["uid"], "mine")),
    ),
    "newActionForUser, e-mail": (
        ("uid",),
        lambda me, it: me.post("newActionForUser", acting(me, "", "mine", guest={"email": f"{it['uid']}@example.com"})),
    ),
    "newActionForUser, token": (
        ("token_id",),
        lambda me, it: me.post("newActionForUser", acting(me, "mine", "mine", token_id=it["token_id"])),
    ),
    "newActionForUser, dry run": (
        ("uid",),
        lambda me, it: me.post("newActionForUser", acting(me, it["uid"], "mine"), query={"dry_run": "true"}),
    ),
    "mintTokenForUser, collection": (
        ("contract", "contract_id"),
        lambda me, it: me.post("mintTokenForUser", at(minting(me, "hidden2"), it)),
    ),
    "mintTokenForUser, guest": (
        ("uid",),
        lambda me, it: me.post("mintTokenForUser", minting(me, it["uid"])),
    ),
    "mintTokenForUser, token": (
        ("token_id",),
        lambda me, it: me.post("mintTokenForUser", minting(me, "mine", token_id=it["token_id"])),
    ),
    "getNftByTokenId, collection": (
        ("contract", "contract_id"),
        lambda me, it: me.get("getNftByTokenId", tokenId="1", **it),
    ),
    "getNftByTokenId, token": (
        ("token_id",),
        lambda me, it: me.get("getNftByTokenId", contract_id="summer_party", tokenId=it["token_id"]),
    ),
    "getAllInteractions": (
        ("contract", "contract_id"),
        lambda me, it: me.get("getAllInteractions", origin=me.origin, **it),
    ),
    "getAllInteractionScansForToken, collection": (
        ("contract", "contract_id"),
        lambda me, it: me.get("getAllInteractionScansForToken", origin=me.origin, tokenId="1", **it),
    ),
    "getAllInteractionScansForToken, token": (
        ("token_id",),
        lambda me, it: me.get(
            "getAllInteractionScansForToken", origin=me.origin, contract_id="summer_party", tokenId=it["token_id"]
        ),
    ),
    "getBlockchainTxForToken, collection": (
        ("contract", "contract_id"),
        lambda me, it: me.get("getBlockchainTxForToken", origin=me.origin, token_id="1", **it),
    ),
    "getBlockchainTxForToken, token": (
        ("token_id",),
        lambda me, it: me.get(
            "getBlockchainTxForToken", origin=me.origin, contract_id="summer_party", token_id=it["token_id"]
        ),
    ),
}


def references(names: tuple[str, ...], source: dict[str, str]) -> Iterator[dict[str, str]]:
    """One way to name something after the other: a collection by address, by alias, by own alias and its address."""
    if names == ("contract", "contract_id"):
        yield {"contract": source["contract"], "contract_id": "summer_party"}
    yield from ({name: source[name]} for name in names)


@pytest.fixture(scope="module")
def stranger(platform: Platform) -> Partner:
    me = platform.new_partner()
    saved(me, "mine")
    announced(me, "mine")
    return me


@pytest.mark.parametrize("name", CALLS)
def test_foreign_is_answered_as_unknown(stranger: Partner, treasure: Treasure, name: str) -> None:
    names, call = CALLS[name]
    for foreign, unknown in zip(references(names, vars(treasure)), references(names, NOTHING), strict=True):
        answered, expected = call(stranger, foreign), call(stranger, unknown)
        assert (answered.status, answered.json) == (expected.status, expected.json)
        assert "RESOURCE_NOT_FOUND" in str(answered.json)


def test_a_stranger_who_tried_everything_changed_nothing(stranger: Partner, treasure: Treasure) -> None:
    owner = treasure.owner

    def everything() -> list[Any]:
        place = {"origin": owner.origin, "contract_id": "hidden_party"}
        return [
            owner.nft(treasure.token_id, contract_id="hidden_party"),
            owner.get("getAllInteractions", **place).json,
            owner.get("getAllInteractionScansForToken", tokenId=treasure.token_id, **place).json,
        ]

    before = everything()
    for names, call in CALLS.values():
        for foreign in references(names, vars(treasure)):
            call(stranger, foreign)
    assert everything() == before
    assert len(before[2]) == 1


def test_a_foreign_address_is_unknown_where_both_use_the_same_alias(club: Partner, rival: Partner, uid: str) -> None:
    contract = club.announce(uid).json["contract"]
    for place in ({"contract": contract}, {"contract": contract, "contract_id": "summer_party"}):
        refused = rival.post("newUserForPartner", at(rival.user(uid), place))
        assert (refused.status, refused.error_code) == (400, "RESOURCE_NOT_FOUND")
        assert rival.get("getNftByTokenId", tokenId="1", **place).status == 404


def test_partners_may_use_the_same_names(club: Partner, rival: Partner, uid: str, action_id: str) -> None:
    for partner, xp in ((club, 5), (rival, 7)):
        saved(partner, action_id, xpIncrement=xp)
        announced(partner, uid)
    mine, theirs = (applied(partner, uid, action_id) for partner in (club, rival))
    assert club.nft(mine["tokenId"])["xp"] == 5
    assert rival.nft(theirs["tokenId"])["xp"] == 7
    assert mine["contract"] != theirs["contract"]
