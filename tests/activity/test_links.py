"""Whom some identities may be."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from chalicelib.activity.domain import MAX_IDENTITIES, Closure, Identity, Link
from chalicelib.core.ids import random_token
from tests.platform import Partner, Platform
from tests.space3.missions import Missions

ADA, BOB, EVE = (Identity("email", f"{name}@example.com") for name in ("ada", "bob", "eve"))
PURSE = Identity("wallet", "0x" + "1" * 40)
UID = Identity("uid", "u1")
DISCORD = Identity("discord", "42")
_NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def closed(given: list[Identity], links: list[Link]) -> Closure:
    """The closure over these links, each found from both of its ends."""
    closure = Closure(given)
    while fresh := closure.unread:
        closure.add_links(
            {identity: [link for link in links if identity in (link.first, link.second)] for identity in fresh}
        )
    return closure


CLAIMS = [Link(ADA, PURSE, automatic=True), Link(BOB, PURSE, automatic=True), Link(ADA, UID, automatic=True)]


@pytest.mark.parametrize(
    ("given", "emails"),
    [
        ([ADA], {ADA}),
        ([ADA, PURSE], {ADA}),
        ([UID, PURSE], {ADA}),
        ([PURSE], {ADA, BOB}),
        ([BOB, PURSE], {BOB}),
        ([EVE, PURSE], {EVE, ADA, BOB}),
        ([EVE], {EVE}),
    ],
    ids=[
        "e-mail",
        "e-mail and wallet",
        "uid and wallet",
        "wallet alone",
        "the other e-mail",
        "a third e-mail",
        "other",
    ],
)
def test_a_wallet_joins_no_two_emails(given: list[Identity], emails: set[Identity]) -> None:
    closure = closed(given, CLAIMS)
    assert {identity for identity in closure.identities if identity.kind == "email"} == emails
    persons = [{each for each in person if each.kind == "email"} for person in closure.persons()]
    assert sorted(map(len, persons)) == [1] * len(emails)


def test_a_link_that_was_set_up_joins_whatever_it_names() -> None:
    links = [*CLAIMS, Link(ADA, DISCORD, automatic=False), Link(DISCORD, EVE, automatic=False)]
    closure = closed([EVE], links)
    assert set(closure.identities) == {EVE, DISCORD, ADA, UID, PURSE}
    assert len(closure.persons()) == 1


def test_a_wallet_belongs_to_each_who_claimed_for_it() -> None:
    assert all(PURSE in person for person in closed([PURSE], CLAIMS).persons())


def test_a_closure_ends_at_32_identities() -> None:
    chain = [Identity("discord", str(number)) for number in range(100)]
    links = [Link(one, other, automatic=False) for one, other in pairwise(chain)]
    assert closed([chain[0]], links).identities == chain[:MAX_IDENTITIES]


def test_a_wallet_of_many_is_nobodys_beside_another_identity() -> None:
    many = [Link(Identity("email", f"{number}@example.com"), PURSE, automatic=True) for number in range(MAX_IDENTITIES)]
    assert closed([EVE, PURSE], many).identities == [EVE, PURSE]
    assert len(closed([PURSE], many).identities) == MAX_IDENTITIES


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    return platform.new_partner(collection=False)


@pytest.fixture
def links(partner: Partner) -> Missions:
    return Missions(partner)


def test_a_link_is_shown_listed_and_taken_back(platform: Platform, links: Missions) -> None:
    path = f"/{links.origin}/links"
    created = links.link(("email", "Ada@Example.com"), ("wallet", "0x" + "A" * 40)).json
    assert created["a"] == {"kind": "email", "value": "ada@example.com"}
    assert created["b"] == {"kind": "wallet", "value": "0x" + "a" * 40}
    assert platform.admin("GET", f"{path}/{created['id']}").json == created
    assert platform.admin("GET", path).json["data"] == [created]
    assert platform.admin("DELETE", f"{path}/{created['id']}").json == created
    assert platform.admin("GET", f"{path}/{created['id']}").status == 404
    log = platform.admin("GET", f"/{links.origin}/audit").json["data"]
    assert [entry["action"] for entry in log[:2]] == ["link.delete", "link.create"]


@pytest.mark.parametrize(
    "kinds",
    [("email", "uid"), ("uid", "email"), ("email", "email"), ("x", "discord"), ("space3", "twitch")],
    ids=lambda kinds: "-".join(kinds),
)
def test_a_link_is_found_from_both_ends(links: Missions, kinds: tuple[str, str]) -> None:
    name = random_token(8)
    first, second = ((kind, f"{side}{name}@example.com") for kind, side in zip(kinds, "ab", strict=True))
    number = links.answer_for(activity="dreamspace:plain", target=1)
    assert links.link(first, second).status == 200
    assert links.link(second, first).status == 409
    for asked, acting in ((first, second), (second, first)):
        links.link(acting, ("twitch", f"t{acting[1]}"))
        links.record(Identity("twitch", f"t{acting[1]}"), _NOON, activity_name="dreamspace:plain")
        name_of = {"x": "xId", "discord": "discordId", "space3": "uid", "twitch": None}.get(asked[0], asked[0])
        if name_of is not None:
            assert links.ask(str(number), **{name_of: asked[1]}).json == {"success": True}, (asked, acting)


@pytest.mark.parametrize(
    "ends",
    [
        {"a": {"kind": "email", "value": "a@example.com"}},
        {"a": {"kind": "email", "value": "a"}, "b": {"kind": "x", "value": "1"}},
        {"a": {"kind": "nobody", "value": "a"}, "b": {"kind": "x", "value": "1"}},
        {"a": {"kind": "x", "value": "1"}, "b": {"kind": "x", "value": "1"}},
        {"a": {"kind": "x", "value": ""}, "b": {"kind": "x", "value": "1"}},
        {"a": {"kind": "wallet", "value": "0x1"}, "b": {"kind": "x", "value": "1"}},
        {"a": {"kind": "x", "value": "1"}, "b": {"kind": "x", "value": "2"}, "c": 1},
        [],
    ],
    ids=["half", "no e-mail", "no kind", "itself", "empty", "no wallet", "unknown field", "no object"],
)
def test_what_is_no_link_is_refused(platform: Platform, links: Missions, ends: object) -> None:
    assert platform.admin("POST", f"/{links.origin}/links", ends).status == 400
