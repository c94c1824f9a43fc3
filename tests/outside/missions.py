"""Mission platforms and their partners, as their public pages describe them, against both sides of our missions."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import requests

from tests.outside import asked
from tests.outside.askers import Carv, Galxe, Intract, Misunderstood, Person, QuestN, Space3, TaskOn, Zealy

SECRET = "hush-hush"
ADA = Person(
    email="lovelace@example.com",
    wallet="0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    discord_id="1084460817220641111",
    x_id="44196397",
    x_handle="AdaLovelace",
    telegram_id="6881505111",
)
EVE = Person(
    email="eve@example.com",
    wallet="0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    discord_id="1084460817220642222",
    x_id="55196397",
    x_handle="EveMoneypenny",
    telegram_id="7881505111",
)


class Place(NamedTuple):
    """An address that serves the platform, and a partner there whose user Ada has one act and Eve none.

    `open_urls` and `urls` are a simple mission's addresses by dialect, without a secret and with `SECRET`; `counted` an
    accumulative one's. `call` is the mission system with the partner's key. `hosting` serves a partner of somebody
    else's at an address that the platform may call.
    """

    open_urls: dict[str, str]
    urls: dict[str, str]
    counted: dict[str, str]
    pattern: str
    call: Callable[[str, str, Any], requests.Response]
    hosting: Callable[[asked.Partner], AbstractContextManager[str]]


def identities(person: Person) -> list[tuple[str, str]]:
    """What the partner tells us of a person beside the e-mail address: kind and value of each identity."""
    return [
        ("wallet", person.wallet),
        ("discord", person.discord_id),
        ("x", person.x_id),
        ("x", person.x_handle),
        ("telegram", person.telegram_id),
    ]


class MissionPlatforms:
    """Platforms that ask us, for the fixture `place`."""

    def test_space3(self, place: Place) -> None:
        """Filled placeholders, and a boolean."""
        assert Space3().verifies(place.pattern, ADA, secret=SECRET) is True
        assert Space3().verifies(place.pattern, EVE, secret=SECRET) is False

    @pytest.mark.parametrize(
        ("query", "method"), [("?address=$address", "GET"), ("?address=$addressWithout0x", "GET"), ("", "POST")]
    )
    @pytest.mark.parametrize("form", [None, "object"])
    def test_galxe(self, place: Place, query: str, method: str, form: str | None) -> None:
        """The preflight when the credential is saved, and verifications by GET and POST."""
        asks = f"{query}{'&' if query else '?'}format={form}" if form else query
        endpoint = place.urls["galxe"] + asks
        Galxe().registers(endpoint, method)
        body = {"address": "$address"} if method == "POST" else None
        path = "result" if form else None
        for person, is_done in ((ADA, True), (EVE, False)):
            assert Galxe().verifies(endpoint, person.wallet, secret=SECRET, body=body, path=path) is is_done

    @pytest.mark.parametrize("name", ["email", "discord", "twitter", "telegram"])
    def test_galxe_by_social_ids(self, place: Place, name: str) -> None:
        """An id type that is no address stands in the body."""
        values = {"email": 0, "discord": 2, "twitter": 3, "telegram": 5}
        for person, is_done in ((ADA, True), (EVE, False)):
            value = person[values[name]]
            found = Galxe().verifies(place.urls["galxe"], value, secret=SECRET, body={name: "$value"})
            assert found is is_done

    @pytest.mark.parametrize("path", ["galxe:999999?address=$address", "<Email>/1?wallet=<wallet>", "{email}/galxe:1"])
    def test_preflights_pass_wherever_a_mission_may_be(self, place: Place, path: str) -> None:
        """The address is asked as it stands, whatever it leads to, and a refusal can be read too."""
        address = f"{place.urls['galxe'].rpartition('/')[0]}/{path}"
        Galxe().registers(address, "GET")
        refused = requests.get(
            f"{place.urls['galxe']}?address=0x1", timeout=60, headers={"Origin": "https://a.example"}
        )
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "*")

    def test_zealy(self, place: Place) -> None:
        """Each account leads to its user, a wallet in zealy-connect too."""
        for person, is_done in ((ADA, True), (EVE, False)):
            for accounts in (
                {"email": person.email},
                {"wallet": person.wallet},
                {"discord": {"id": person.discord_id, "handle": "somebody"}},
                {"twitter": {"id": person.x_id, "username": person.x_handle}},
                {"zealy-connect": person.wallet},
                {"zealy-connect": f'"{person.wallet.lower()}"', "email": "nobody@example.com"},
            ):
                assert Zealy().verifies(place.urls["zealy"], accounts, secret=SECRET)[0] is is_done, accounts

    def test_zealy_is_told_what_is_wrong_by_400(self, place: Place) -> None:
        """A wrong key and an unknown mission are 400 as well, and the message says which."""
        accounts = {"email": ADA.email}
        _, wrong_key = Zealy().verifies(place.urls["zealy"], accounts, secret="wrong")
        unknown = place.urls["zealy"].rpartition(":")[0] + ":999999"
        _, no_mission = Zealy().verifies(unknown, accounts, secret=SECRET)
        _, not_done = Zealy().verifies(place.urls["zealy"], {"email": EVE.email}, secret=SECRET)
        assert "secret" in wrong_key
        assert "no such mission" in no_mission
        assert "not completed" in not_done

    def test_questn(self, place: Place) -> None:
        """An open API, asked by wallet."""
        assert QuestN().verifies(place.open_urls["questn"], ADA.wallet) is True
        assert QuestN().verifies(place.open_urls["questn"], EVE.wallet) is False

    def test_taskon(self, place: Place) -> None:
        """Whatever identifier the task uses, in lower case, with the Bearer token."""
        for person, is_done in ((ADA, True), (EVE, False)):
            for identifier in person:
                found = TaskOn().verifies(place.urls["taskon"], identifier, token=SECRET)
                assert found is is_done, identifier
        with pytest.raises(Misunderstood):
            TaskOn().verifies(place.urls["taskon"], ADA.email, token="wrong")

    def test_taskon_counts_points(self, place: Place) -> None:
        """A performance-based task of an accumulative mission."""
        assert TaskOn().points(place.counted["taskon"], ADA.wallet, token=SECRET) == 1
        assert TaskOn().points(place.counted["taskon"], EVE.wallet, token=SECRET) == 0
        assert TaskOn().verifies(place.counted["taskon"], ADA.x_handle, token=SECRET) is True

    @pytest.mark.parametrize("method", ["POST", "GET"])
    def test_intract(self, place: Place, method: str) -> None:
        """The task's keys, and the window of a recurring task."""
        for person, is_done in ((ADA, True), (EVE, False)):
            for keys in ({"address": person.wallet.lower()}, {"twitter": person.x_id}, {"email": person.email}):
                found = Intract().verifies(place.urls["intract"], keys, secret=SECRET, method=method)
                assert found is is_done, keys
        today = datetime.now(UTC).date()
        for day, is_done in ((today, True), (today - timedelta(days=7), False)):
            window = {"startTimestamp": f"{day}T00:00:00.000Z", "endTimestamp": f"{day}T23:59:59.999Z"}
            keys = {"email": ADA.email, **window}
            assert Intract().verifies(place.urls["intract"], keys, secret=SECRET, method=method) is is_done, window

    def test_carv(self, place: Place) -> None:
        """One identifier of each kind, within the quest's time."""
        now = int(datetime.now(UTC).timestamp() * 1000)
        week = 7 * 24 * 3600 * 1000
        for person, is_done in ((ADA, True), (EVE, False)):
            for name, value in (
                ("address", person.wallet),
                ("email", person.email),
                ("telegram_id", person.telegram_id),
            ):
                begin, end = now - week, now + week
                found = Carv().verifies(place.urls["carv"], name, value, secret=SECRET, begin=begin, end=end)
                assert found is is_done, name
        begin, end = now - 2 * week, now - week
        assert Carv().verifies(place.urls["carv"], "email", ADA.email, secret=SECRET, begin=begin, end=end) is False


_HEADER = {"x-api-key": asked.PARTNERS_SECRET}
_ZEALY = {"community_id": "c1", "subdomain": "acme", "quest_id": "q1"}
# By platform: the partner, the path of its address, and the fields of our mission.
PARTNERS: dict[str, tuple[Callable[[Person], asked.Partner], str, dict[str, Any]]] = {
    "space3": (asked.space3, "/<Email>/1?wallet=<wallet>", {"dialect": "space3", "headers": _HEADER}),
    "galxe by GET": (
        asked.galxe, "/check?wallet=$address", {"dialect": "galxe", "options": {"result_path": "data.is_ok"}},
    ),
    "galxe without 0x": (
        asked.galxe, "/check?wallet=$addressWithout0x",
        {"dialect": "galxe", "galxe": {"result_path": "resp.data.is_ok"}},
    ),
    "galxe by POST": (
        asked.galxe, "/check", {"dialect": "galxe", "options": {
            "result_path": 'resp["data"].is_ok', "method": "POST", "body": {"check_user_address": "$address"},
        }},
    ),
    "zealy": (asked.zealy, "/zealy", {"dialect": "zealy", "headers": _HEADER, "zealy": _ZEALY}),
    "questn": (asked.questn, "/quest", {"dialect": "questn"}),
    "taskon": (
        asked.taskon, "/api/task/verification",
        {"dialect": "taskon", "headers": {"Authorization": f"Bearer {asked.PARTNERS_SECRET}"}},
    ),
    "taskon by points": (
        asked.taskon_points, "/points", {"dialect": "taskon", "kind": "accumulative", "target": 100},
    ),
    "intract": (asked.intract, "/verify", {"dialect": "intract", "options": {"keys": ["address", "twitter"]}}),
    "carv": (asked.carv, "/quest", {"dialect": "carv"}),
}  # fmt: skip


class MissionPartners:
    """Partners whom we ask, for the fixture `place`."""

    @pytest.mark.parametrize("name", PARTNERS)
    def test_partner_is_asked_as_its_platform_asks(self, place: Place, name: str) -> None:
        """Both verdicts are right, and the evidence says why where they are not."""
        behave, path, fields = PARTNERS[name]
        with place.hosting(behave(ADA)) as url:
            report = _report(place, {"name": name, "kind": "simple", "url_template": url + path, **fields})
        assert report["ok"], report

    @pytest.mark.parametrize("dialect", ["questn", "taskon", "intract", "carv"])
    def test_failure_with_200_is_never_not_done(self, place: Place, dialect: str) -> None:
        """An error beside the result means that there is no result."""
        with place.hosting(asked.failing(ADA)) as url:
            report = _report(place, {"name": dialect, "kind": "simple", "url_template": f"{url}/x", "dialect": dialect})
        for part in (report["completed"], report["not_completed"]):
            assert (part["verdict"], part["reason"]) == ("unknown", "bad_response"), report


# What a trial says of a machine that is busy, and how often it is tried then.
_BUSY, _TRIALS = {"timeout", "partner_down"}, 5


def _report(place: Place, mission: dict[str, Any]) -> dict[str, Any]:
    """What the trial of a mission says, of Ada who has done it and of Eve who has not."""
    uids = {}
    for name, person in (("completed_uid", ADA), ("not_completed_uid", EVE)):
        user = place.call("POST", "/space3/users", _user(person))
        assert user.status_code == 200, user.text
        uids[name] = user.json()["uid"]
    made = place.call("POST", "/space3/missions", mission)
    assert made.status_code == 200, made.text
    for _ in range(_TRIALS):
        tried = place.call("POST", f"/space3/missions/{made.json()['id']}/test", uids)
        assert tried.status_code == 200, tried.text
        report: dict[str, Any] = tried.json()
        if {report[part]["reason"] for part in ("completed", "not_completed")}.isdisjoint(_BUSY):
            break
    return report


def _user(person: Person) -> dict[str, str]:
    return {
        "email": person.email,
        "wallet": person.wallet,
        "discord_id": person.discord_id,
        "discord_username": person.x_handle.lower(),
        "x_id": person.x_id,
        "x_username": person.x_handle,
        "telegram_id": person.telegram_id,
    }
