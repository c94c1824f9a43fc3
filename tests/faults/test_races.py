"""Many callers at the same moment: nothing is lost, nothing happens twice, no limit is passed."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from tests.faults.crowd import at_once
from tests.faults.invariants import assert_sound, rows_of
from tests.faults.recovery import heard, listen
from tests.platform import Answer, Partner, Platform
from tests.receivers import Receiver


def _codes(answers: list[Answer]) -> Counter[str]:
    return Counter("OK" if answer.status == 200 else f"{answer.status} {answer.error_code}" for answer in answers)


def test_fifty_actions_on_one_nft_lose_no_xp(partner: Partner) -> None:
    partner.save_interaction()
    token_id = partner.announce().json["tokenId"]
    answers = at_once([partner.act] * 50)
    assert _codes(answers) == {"OK": 50}
    scans = partner.scans(token_id)
    assert [scan["xpBefore"] for scan in scans] == list(range(0, 250, 5))
    assert [scan["xpAfter"] for scan in scans] == list(range(5, 255, 5))
    assert partner.nft(token_id)["xp"] == 250
    assert {answer.json["attributes"]["IRL Event"] for answer in answers} == set(range(1, 51))
    assert_sound(partner)


def test_fifty_equal_announcements_make_one_nft(partner: Partner) -> None:
    answers = at_once([partner.announce] * 50)
    assert _codes(answers) == {"OK": 50}
    assert len({answer.json["tokenId"] for answer in answers}) == 1
    assert_sound(partner)


def test_forty_users_for_ten_places_get_ten_nfts(partner: Partner) -> None:
    partner.add_category("summer_party", "LIMITED", max_supply=10)
    answers = at_once([partial(partner.announce, f"u{n}", user_category_id="LIMITED") for n in range(40)])
    assert _codes(answers) == {"OK": 10, "400 MISC_ERROR": 30}
    assert_sound(partner)


def test_twenty_applications_of_an_interaction_for_three_apply_three(partner: Partner) -> None:
    partner.save_interaction(authScanCount=3)
    token_id = partner.announce().json["tokenId"]
    answers = at_once([partner.act] * 20)
    assert _codes(answers) == {"OK": 3, "400 INTERACTION_ALREADY_CONSUMED": 17}
    assert partner.nft(token_id)["xp"] == 15
    assert_sound(partner)


def test_of_many_creators_of_one_action_one_wins(partner: Partner) -> None:
    answers = at_once([partial(partner.save_interaction, xpIncrement=n) for n in range(8)])
    assert _codes(answers) == {"OK": 1, "400 MISC_ERROR": 7}
    [winner] = [answer.json for answer in answers if answer.status == 200]
    listed = partner.get("getAllInteractions", origin=partner.origin, contract_id="summer_party").json
    assert [(one["id"], one["xpIncrement"]) for one in listed] == [(winner["id"], winner["interaction"]["xpIncrement"])]


def test_twenty_mints_of_one_nft_are_one_token_and_one_webhook(
    platform: Platform, chain_partner: Partner, receiver: Receiver
) -> None:
    listen(chain_partner, receiver)
    chain_partner.announce()
    answers = at_once([chain_partner.mint] * 20)
    assert _codes(answers) == {"OK": 20}
    assert len({str(answer.json) for answer in answers}) == 1
    assert [row["sk"] for row in rows_of(chain_partner.origin, "chain")] == ["MINT#0001"]
    platform.drain()
    assert len(heard(chain_partner, receiver)) == 1
    assert_sound(chain_partner, heard(chain_partner, receiver))


def test_twenty_calls_under_one_key_change_once_and_answer_alike(partner: Partner) -> None:
    partner.save_interaction()
    token_id = partner.announce().json["tokenId"]
    key = {"Idempotency-Key": "one"}
    acts = at_once([partial(partner.act, headers=key)] * 20)
    announced = at_once([partial(partner.announce, "bob", headers=key)] * 20)
    saved = at_once([partial(_save_under, partner, "one")] * 20)
    for answers in (acts, announced, saved):
        assert _codes(answers) == {"OK": 20}
        assert len({str(answer.json) for answer in answers}) == 1
    assert len(partner.scans(token_id)) == 1
    assert_sound(partner)


def _save_under(partner: Partner, key: str) -> Answer:
    body = {
        "origin": partner.origin,
        "contract_id": "summer_party",
        "interaction": {"type": "Shop", "name": "Purchase", "action_id": "buy"},
    }
    return partner.post("saveActionInteraction", body, headers={"Idempotency-Key": key})


def test_actions_that_race_a_mint_are_all_carried_to_the_chain(
    platform: Platform, chain_partner: Partner, receiver: Receiver
) -> None:
    listen(chain_partner, receiver)
    chain_partner.save_interaction()
    token_id = chain_partner.announce().json["tokenId"]
    answers = at_once([chain_partner.act, chain_partner.act, chain_partner.mint, chain_partner.act, chain_partner.act])
    assert _codes(answers) == {"OK": 5}
    assert chain_partner.act().status == 200
    platform.drain()
    assert chain_partner.nft(token_id)["xp"] == 25
    assert len(heard(chain_partner, receiver)) == len(chain_partner.transactions(token_id)) >= 2
    assert_sound(chain_partner, heard(chain_partner, receiver))


def test_array_that_races_single_announcements_makes_one_nft_a_user(partner: Partner) -> None:
    users = [partner.user(f"u{n % 10}") for n in range(20)]
    calls = [partial(partner.post, "newUserForPartner", users)]
    calls += [partial(partner.announce, f"u{n}") for n in range(10)]
    array, *singles = at_once(calls)
    assert array.status == 200
    assert _codes(singles) == {"OK": 10}
    token_of = {answer.json["uid"]: answer.json["tokenId"] for answer in singles}
    assert [item["tokenId"] for item in array.json] == [token_of[f"u{n % 10}"] for n in range(20)]
    assert_sound(partner)


def test_actions_that_race_a_new_nft_of_the_guest_are_each_counted_once(partner: Partner) -> None:
    partner.add_category("summer_party", "BACKSTAGE")
    partner.save_interaction()
    partner.announce()
    calls: list[Callable[[], Answer]] = [partner.act] * 17
    calls[8] = partial(partner.announce, user_category_id="BACKSTAGE")
    answers = at_once(calls)
    assert _codes(answers) == {"OK": 17}
    assert sum(row["sk"].startswith("SCAN#") for row in rows_of(partner.origin, "gardenlab")) == 16
    assert partner.act().json["tokenId"] == answers[8].json["tokenId"]
    assert_sound(partner)
