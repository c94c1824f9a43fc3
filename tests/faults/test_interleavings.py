"""Changes that fall exactly between what a call reads and what it writes: the condition of the write notices each."""

from functools import partial
from typing import Any

from tests.faults.invariants import assert_sound
from tests.faults.wire import meanwhile
from tests.platform import HOLDER, OTHER_HOLDER, Partner, Platform


def _announced(partner: Partner, **interaction: Any) -> str:
    partner.save_interaction(**interaction)
    return str(partner.announce().json["tokenId"])


def _window(partner: Partner, interaction_id: str, **window: str) -> None:
    path = f"/{partner.origin}/collections/summer_party/interactions/{interaction_id}"
    assert partner.platform.admin("PATCH", path, window).status == 200


def test_action_counts_on_top_of_the_one_that_came_between(partner: Partner) -> None:
    token_id = _announced(partner)
    with meanwhile(partner.act, partner.act) as made:
        assert partner.act().json["attributes"]["IRL Event"] == 3
    assert len(made) == 2
    assert [scan["xpAfter"] for scan in partner.scans(token_id)] == [5, 10, 15]
    assert_sound(partner)


def test_action_named_by_token_counts_on_top_as_well(partner: Partner) -> None:
    token_id = _announced(partner)
    with meanwhile(partner.act, partner.act):
        assert partner.act(token_id=token_id).status == 200
    assert [scan["xpAfter"] for scan in partner.scans(token_id)] == [5, 10, 15]


def test_action_is_refused_when_the_one_that_came_between_used_it_up(partner: Partner) -> None:
    token_id = _announced(partner, authScanCount=1)
    with meanwhile(partner.act):
        assert partner.act().error_code == "INTERACTION_ALREADY_CONSUMED"
    assert len(partner.scans(token_id)) == 1


def test_action_is_refused_when_the_one_that_came_between_reached_the_level(partner: Partner) -> None:
    partner.save_interaction(xpIncrement=100)
    token_id = partner.announce(additional_fields={"max_level": 2}).json["tokenId"]
    with meanwhile(partner.act, partner.act):  # at 200 XP; a third would be level 3
        assert partner.act().error_code == "MAX_LEVEL_REACHED"
    assert partner.nft(token_id)["xp"] == 200


def test_action_goes_to_the_nft_that_the_guest_was_given_in_between(partner: Partner) -> None:
    first = _announced(partner)
    partner.add_category("summer_party", "BACKSTAGE")
    with meanwhile(partial(partner.announce, user_category_id="BACKSTAGE")):
        acted = partner.act().json["tokenId"]
    assert acted != first
    assert partner.scans(first) == []
    assert len(partner.scans(acted)) == 1


def test_action_on_an_nft_that_was_claimed_in_between_is_carried_to_the_chain(
    platform: Platform, chain_partner: Partner
) -> None:
    token_id = _announced(chain_partner)
    with meanwhile(chain_partner.mint):
        assert chain_partner.act().status == 200
    platform.drain()
    assert [row["interactionName"] for row in chain_partner.transactions(token_id)] == ["mint", "Check-in"]
    assert_sound(chain_partner)


def test_mint_takes_along_the_xp_that_came_in_between(platform: Platform, chain_partner: Partner) -> None:
    token_id = _announced(chain_partner)
    before = chain_partner.mint(user_addr=HOLDER, token_id="999999")
    assert before.error_code == "RESOURCE_NOT_FOUND"
    with meanwhile(chain_partner.act):
        uri = chain_partner.mint().json["tokenUrl"]
    document = platform.call("GET", f"/ipfs/{uri.removeprefix('ipfs://')}").json
    assert {"trait_type": "xp", "value": 5} in document["attributes"]
    platform.drain()
    assert [row["interactionName"] for row in chain_partner.transactions(token_id)] == ["mint"]
    assert_sound(chain_partner)


def test_mint_for_another_address_in_between_wins(platform: Platform, chain_partner: Partner) -> None:
    token_id = _announced(chain_partner)
    with meanwhile(partial(chain_partner.mint, user_addr=OTHER_HOLDER)):
        assert chain_partner.mint(user_addr=HOLDER).error_code == "MISC_ERROR"
    platform.drain()
    assert chain_partner.nft(token_id)["owner"] == OTHER_HOLDER
    assert_sound(chain_partner)


def test_same_mint_in_between_is_the_same_mint(platform: Platform, chain_partner: Partner) -> None:
    _announced(chain_partner)
    others = []
    with meanwhile(lambda: others.append(chain_partner.mint().json)):
        assert [chain_partner.mint().json] == others
    platform.drain()
    assert_sound(chain_partner)


def test_same_announcement_in_between_gives_its_nft(partner: Partner) -> None:
    others = []
    with meanwhile(lambda: others.append(partner.announce().json)):
        assert [partner.announce().json] == others
    assert_sound(partner)


def test_announcement_of_the_uid_with_another_email_in_between_wins(partner: Partner) -> None:
    with meanwhile(partial(partner.announce, email="other@example.com")):
        assert partner.announce().error_code == "MISC_ERROR"
    assert_sound(partner)


def test_last_place_of_a_category_goes_to_who_came_in_between(partner: Partner) -> None:
    partner.add_category("summer_party", "LIMITED", max_supply=1)
    with meanwhile(partial(partner.announce, "bob", user_category_id="LIMITED")):
        assert partner.announce("ada", user_category_id="LIMITED").error_code == "MISC_ERROR"
    assert_sound(partner)


def test_token_id_of_a_refused_announcement_is_used_by_the_next(partner: Partner) -> None:
    partner.add_category("summer_party", "LIMITED", max_supply=1)
    taken: list[int] = []
    with meanwhile(lambda: taken.append(int(partner.announce("bob", user_category_id="LIMITED").json["tokenId"]))):
        partner.announce("ada", user_category_id="LIMITED")
    free = [number for number in range(1, taken[0] + 2) if number != taken[0]]
    assert int(partner.announce("eve").json["tokenId"]) in free
    assert_sound(partner)


def test_action_name_goes_to_the_interaction_that_came_in_between(partner: Partner) -> None:
    with meanwhile(partial(partner.save_interaction, xpIncrement=7)):
        assert partner.save_interaction(xpIncrement=9).error_code == "MISC_ERROR"
    listed = partner.get("getAllInteractions", origin=partner.origin, contract_id="summer_party").json
    assert [one["xpIncrement"] for one in listed] == [7]


def test_edit_keeps_the_window_that_was_set_in_between(partner: Partner) -> None:
    saved = partner.save_interaction().json["id"]
    window = partial(_window, partner, saved, valid_until="2100-01-01T00:00:00Z")
    with meanwhile(window) as made:
        body = {
            "origin": partner.origin,
            "contract_id": "summer_party",
            "interactionId": saved,
            "interaction": {"type": "Shop", "name": "Purchase", "action_id": "checkin"},
        }
        answer = partner.post("saveActionInteraction", body)
    assert made
    assert answer.status == 200
    [listed] = partner.get("getAllInteractions", origin=partner.origin, contract_id="summer_party").json
    assert listed["name"] == "Purchase"
    assert listed["valid_until"].startswith("2100-01-01")


def test_call_under_a_key_answers_what_the_same_call_in_between_was_answered(partner: Partner) -> None:
    token_id = _announced(partner)
    act = partial(partner.act, headers={"Idempotency-Key": "k"})
    others = []
    with meanwhile(lambda: others.append(act().json)):
        assert [act().json] == others
    assert len(partner.scans(token_id)) == 1


def test_call_under_a_key_is_refused_when_the_key_served_another_body_in_between(partner: Partner) -> None:
    token_id = _announced(partner)
    key = {"Idempotency-Key": "k"}
    with meanwhile(partial(partner.act, headers=key, guest={"email": "ada@example.com"})):
        assert partner.act(headers=key).error_code == "MISC_ERROR"
    assert len(partner.scans(token_id)) == 1


def test_scan_that_comes_while_the_worker_signs_gets_an_update_of_its_own(
    platform: Platform, chain_partner: Partner
) -> None:
    token_id = _announced(chain_partner)
    chain_partner.mint()
    platform.drain()
    chain_partner.act()
    with meanwhile(chain_partner.act) as made:  # between the jobs read and the signed transaction stored
        platform.drain()
    assert made
    rows = chain_partner.transactions(token_id)
    assert [row["xpAfter"] for row in rows] == [0, 5, 10]
    assert len({row["txHash"] for row in rows}) == 3
    assert_sound(chain_partner)


def test_scan_that_comes_while_the_mint_is_recorded_takes_nothing_from_it(
    platform: Platform, chain_partner: Partner
) -> None:
    token_id = _announced(chain_partner)
    chain_partner.mint()
    with meanwhile(lambda: None, chain_partner.act) as made:  # the second transaction of the worker ends the mint
        platform.drain()
    assert len(made) == 2
    nft = chain_partner.nft(token_id)
    assert (nft["status"], nft["xp"]) == ("minted", 5)
    assert_sound(chain_partner)
