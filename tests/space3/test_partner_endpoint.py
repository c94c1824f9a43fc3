"""What mission systems are told: both kinds, three ways of counting, identities, windows, secrets, dialects."""

import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.platform import Partner, Platform
from tests.space3.missions import CHECKIN, OTHER_WALLET, WALLET, Missions
from tests.times import NO_TIMES

DONE, NOT_DONE = {"success": True}, {"success": False}
TIMES = ("2023-12-03T23:59:59.999999", "2023-12-04T07:09:03.186", "2023-12-04T09:00:00", "2023-12-05T07:09:03.186")


@pytest.fixture
def email(uid: str, missions: Missions) -> str:
    """Somebody with four acts on three days."""
    missions.act(f"{uid}+vip@example.com", *TIMES)
    return f"{uid}+vip@example.com"


@pytest.fixture(scope="module")
def simple(missions: Missions) -> int:
    return missions.answer_for(target=4)


def test_a_real_scan_is_counted(club: Partner, missions: Missions, uid: str) -> None:
    number = missions.answer_for()
    club.announce(uid)
    assert missions.ask(f"{uid}@example.com/{number}").json == NOT_DONE
    club.act(uid)
    assert missions.ask(f"{uid}@example.com/{number}").json == DONE
    assert missions.ask(str(number), uid=uid).json == DONE


def test_a_final_mint_is_counted_by_its_wallet(platform: Platform, uid: str) -> None:
    partner = platform.new_partner()
    missions = Missions(partner)
    number = missions.answer_for(activity="gardenlab:summer_party:mint")
    partner.announce(uid)
    partner.mint(uid, user_addr=OTHER_WALLET)
    assert missions.ask(str(number), wallet=OTHER_WALLET).json == NOT_DONE
    platform.drain()
    assert missions.ask(str(number), wallet=OTHER_WALLET.lower()).json == DONE


def test_success_is_one_boolean_and_no_other_field(missions: Missions, simple: int, email: str) -> None:
    assert missions.ask(f"{quote(email)}/{simple}").json == DONE
    assert missions.ask(f"nobody@example.com/{simple}").json == NOT_DONE


@pytest.mark.parametrize(
    "written",
    ["{raw}", "{upper}", "{encoded}"],
    ids=["plus and at as they are", "capitals", "percent-encoded"],
)
def test_a_path_is_decoded_once(missions: Missions, simple: int, email: str, written: str) -> None:
    path = written.format(raw=email, upper=email.upper(), encoded=email.replace("+", "%2B").replace("@", "%40"))
    assert missions.ask(f"{path}/{simple}").json == DONE
    assert missions.ask(f"{email.replace('+', '%252B')}/{simple}").json == NOT_DONE


@pytest.mark.parametrize("parameter", ["email", "Email", "EMAIL"])
def test_a_space_in_a_query_email_counts_as_plus(missions: Missions, simple: int, email: str, parameter: str) -> None:
    for written in (email.replace("+", " "), email):
        assert missions.ask(str(simple), **{parameter: written}).json == DONE


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("uid", "uid"),
        ("uid", "space3"),
        ("wallet", "wallet"),
        ("discordId", "discord"),
        ("xId", "x"),
        ("twitterId", "x"),
        ("telegramId", "telegram"),
    ],
)
def test_every_identity_leads_to_its_person(
    missions: Missions, simple: int, email: str, uid: str, query: str, kind: str
) -> None:
    value = f"0x{uid.encode().hex():0>40}"[:42] if kind == "wallet" else f"id of {uid}"
    assert missions.ask(str(simple), **{query: value}).json == NOT_DONE
    assert missions.link((kind, value), ("email", email)).status == 200
    assert missions.ask(str(simple), **{query: value}).json == DONE
    assert missions.ask(f"nobody@example.com/{simple}", **{query: value}).json == DONE


def test_several_identities_are_a_union(missions: Missions, uid: str) -> None:
    number = missions.answer_for(target=2)
    missions.act(f"a{uid}@example.com", TIMES[0])
    missions.act(f"b{uid}@example.com", TIMES[1])
    assert missions.ask(f"a{uid}@example.com/{number}").json == NOT_DONE
    assert missions.ask(f"a{uid}@example.com/{number}", email=f"b{uid}@example.com").json == DONE


@pytest.mark.parametrize("unfilled", ["", "<Email>", "{email}", "%3CEmail%3E"])
def test_empty_values_and_unfilled_placeholders_are_ignored(
    missions: Missions, simple: int, email: str, unfilled: str
) -> None:
    path = unfilled or "nobody@example.com"
    query = {"wallet": "<wallet>", "uid": "", "discordId": "{discordId}", "fromDate": "", "toDate": "<toDate>"}
    assert missions.ask(f"{path}/{simple}", **query).json == NOT_DONE
    assert missions.ask(f"{path}/{simple}", email=email, **query).json == DONE


def test_nobody_named_has_done_nothing(missions: Missions, simple: int) -> None:
    assert missions.ask(str(simple)).json == NOT_DONE
    listing = missions.answer_for(kind="accumulative")
    assert missions.ask(str(listing)).json == []
    assert missions.ask(f"not-an-address/{listing}", wallet="0x12").json == []


LISTS = {
    "per_day": [("2023-12-05T07:09:03.186Z", 1), ("2023-12-04T09:00:00.000Z", 2), ("2023-12-03T23:59:59.999Z", 1)],
    "per_act": [
        ("2023-12-05T07:09:03.186Z", 1),
        ("2023-12-04T09:00:00.000Z", 1),
        ("2023-12-04T07:09:03.186Z", 1),
        ("2023-12-03T23:59:59.999Z", 1),
    ],
    "running_total": [
        ("2023-12-05T07:09:03.186Z", 4),
        ("2023-12-04T09:00:00.000Z", 3),
        ("2023-12-04T07:09:03.186Z", 2),
        ("2023-12-03T23:59:59.999Z", 1),
    ],
}


@pytest.mark.parametrize("counting", LISTS)
def test_accumulative_missions_list_newest_first(missions: Missions, email: str, counting: str) -> None:
    number = missions.answer_for(kind="accumulative", counting=counting)
    expected = [{"timestamp": timestamp, "completedTimes": times} for timestamp, times in LISTS[counting]]
    assert missions.ask(f"{email}/{number}").json == expected


def test_a_window_is_half_open(missions: Missions, email: str) -> None:
    number = missions.answer_for(kind="accumulative", counting="per_act")
    window = {"fromDate": "2023-12-04T07:09:03.186Z", "toDate": "2023-12-04T09:00:00.000Z"}
    assert [entry["timestamp"] for entry in missions.ask(f"{email}/{number}", **window).json] == [window["fromDate"]]
    assert missions.ask(f"{email}/{number}", fromDate=window["toDate"], toDate=window["toDate"]).json == []


@pytest.mark.parametrize(
    "window",
    [
        {"fromDate": "2023-12-05T00:00:00+01:00"},
        {"fromDate": "2023-12-05T00:00:00 01:00"},
        {"fromDate": "2023-12-04T23:00:00"},
        {"fromDate": "2023-12-05"},
    ],
    ids=["offset", "offset after a space", "naive", "date"],
)
def test_times_are_iso_8601(missions: Missions, email: str, window: dict[str, str]) -> None:
    number = missions.answer_for(kind="accumulative")
    assert [entry["completedTimes"] for entry in missions.ask(f"{email}/{number}", **window).json] == [1]


@pytest.mark.parametrize(
    "window",
    [{"fromDate": "soon"}, {"toDate": "2023-13-01"}, {"fromDate": "2023-12-05", "toDate": "2023-12-04"}],
    ids=["no time", "no date", "the wrong way round"],
)
def test_a_window_that_cannot_be_is_refused(missions: Missions, simple: int, window: dict[str, str]) -> None:
    refused = missions.ask(str(simple), **window)
    assert (refused.status, set(refused.json)) == (400, {"message"})


@pytest.mark.parametrize("text", NO_TIMES.values(), ids=NO_TIMES)
@pytest.mark.parametrize("name", ["fromDate", "toDate"])
def test_what_is_no_iso_time_is_refused_and_never_misread(
    missions: Missions, simple: int, name: str, text: str
) -> None:
    refused = missions.ask(str(simple), **{name: text})
    assert (refused.status, refused.json["message"].partition(":")[0]) == (400, name)


def test_a_long_time_is_refused_at_once(missions: Missions, simple: int) -> None:
    begun = time.process_time()
    assert missions.ask(str(simple), fromDate="T" + "0 " * 50_000).status == 400
    assert time.process_time() - begun < 1


def test_what_is_unknown_is_404(missions: Missions, simple: int) -> None:
    paths = ["999999", "none", f"0{simple}", f"a@example.com/{10**9}", f"nothing:{simple}", f"-{simple}"]
    answers = [missions.ask(path) for path in paths]
    answers.append(missions.platform.call("GET", f"/missions/nobody/{simple}"))
    assert [(answer.status, set(answer.json)) for answer in answers] == [(404, {"message"})] * len(answers)


def test_a_secret_must_be_sent(missions: Missions, email: str) -> None:
    number = missions.answer_for(secret="hush-hush")
    for headers in (None, {"x-api-key": "hush"}, {"x-api-key": ""}, {"x-api-key": "hush-hüsh"}):
        refused = missions.ask(f"{email}/{number}", headers=headers)
        assert (refused.status, set(refused.json)) == (401, {"message"})
    assert missions.ask(f"{email}/{number}", headers={"X-API-KEY": "hush-hush"}).json == DONE


DIALECTS: dict[str, tuple[Any, Any]] = {
    "space3": (DONE, NOT_DONE),
    "galxe": (1, 0),
    "questn": ({"data": {"result": True}}, {"data": {"result": False}}),
    "taskon": ({"result": {"isValid": True}}, {"result": {"isValid": False}}),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_has_an_address_and_words_of_its_own(
    missions: Missions, simple: int, email: str, dialect: str
) -> None:
    missions.claim(email, WALLET)
    name = "wallet" if dialect == "space3" else "address"
    done, not_done = DIALECTS[dialect]
    assert missions.ask(f"{dialect}:{simple}", **{name: WALLET.lower()}).json == done
    assert missions.ask(f"{dialect}:{simple}", **{name: OTHER_WALLET}).json == not_done


def test_zealy_posts_accounts(missions: Missions, simple: int, email: str) -> None:
    def post(accounts: Any) -> tuple[int, set[str]]:
        path = f"/missions/{missions.origin}/zealy:{simple}"
        answer = missions.platform.call("POST", path, body={"userId": "u", "accounts": accounts})
        return answer.status, set(answer.json)

    assert post({"email": email}) == (200, {"message"})
    assert post({"email": "nobody@example.com", "discord": {"id": "1", "handle": "x"}}) == (400, {"message"})
    assert post({"discord": 5, "wallet": None, "twitter": {"id": 1}}) == (400, {"message"})
    assert missions.ask(f"zealy:{simple}").status == 405
    posted = missions.platform.call("POST", f"/missions/{missions.origin}/{simple}", body={})
    assert (posted.status, set(posted.json)) == (405, {"message"})


def test_an_accumulative_mission_is_done_at_its_target_in_other_dialects(missions: Missions, email: str) -> None:
    missions.claim(email, WALLET)
    reached, missed = (missions.answer_for(kind="accumulative", target=target) for target in (4, 5))
    assert missions.ask(f"galxe:{reached}", email=email).json == 1
    assert missions.ask(f"galxe:{missed}", email=email).json == 0


def test_one_partners_acts_are_not_anothers(rival: Missions, email: str) -> None:
    number = rival.answer_for(activity=CHECKIN, allow_unknown=True)
    assert rival.ask(f"{email}/{number}").json == NOT_DONE
