"""Codes by which holders apply interactions themselves: making them, using them, and all that ends them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, travelled
from chalicelib.core.ids import random_token
from chalicelib.gardenlab.errors import CodeUsedUp, ResourceNotFound
from chalicelib.gardenlab.service import codes
from chalicelib.gardenlab.service.holders import apply_to_token
from chalicelib.idempotency.service import Guard
from tests.letters import Letters
from tests.pages.conftest import signed_in
from tests.pages.forms import Surfer
from tests.platform import Partner, Platform


def _path(club: Partner) -> str:
    interactions = club.get("getAllInteractions", origin=club.origin, contract_id="summer_party").json
    return f"/{club.origin}/collections/summer_party/interactions/{interactions[0]['id']}/codes"


def _make(club: Partner, **fields: Any) -> dict[str, Any]:
    answer = club.platform.admin("POST", _path(club), fields)
    assert answer.status == 200, answer
    return dict(answer.json)


@pytest.fixture
def holder(platform: Platform, letters: Letters, club: Partner) -> Surfer:
    """A holder of one NFT, signed in."""
    uid = random_token(10)
    club.announce(uid)
    return signed_in(platform, letters, f"{uid}@example.com", onward="/i")


def test_operator_makes_lists_shows_and_revokes_codes(platform: Platform, club: Partner) -> None:
    made = _make(club, name="At the door", password="Roof  Garden 7", max_uses=3)
    assert made["url"] == f"http://spacegarden.test/i/{made['code']}"
    assert (made["used"], made["per_holder"], made["revoked_at"]) == (0, 1, None)
    path = _path(club)
    second = _make(club)
    listed = platform.admin("GET", path, query={"limit": 1}).json
    assert ([row["id"] for row in listed["data"]], listed["has_more"]) == ([second["id"]], True)
    listed = platform.admin("GET", path, query={"starting_after": second["id"]}).json
    assert listed["data"][0]["id"] == made["id"]
    assert platform.admin("GET", f"{path}/{made['id']}").json == made
    assert platform.admin("POST", path, {"password": "roofgarden7"}).status == 409
    revoked = platform.admin("DELETE", f"{path}/{made['id']}").json
    assert revoked["revoked_at"] is not None
    assert platform.admin("DELETE", f"{path}/{made['id']}").json == revoked
    assert _make(club, password="roofgarden7")["id"] != made["id"], "a revoked code's password is free again"
    audit = platform.admin("GET", f"/{club.origin}/audit").json["data"]
    assert {"code.create", "code.revoke"} <= {entry["action"] for entry in audit}
    assert "roofgarden7" not in str(audit)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"max_uses": 0}, 400),
        ({"max_uses": 10**7}, 400),
        ({"per_holder": 0}, 400),
        ({"password": "short"}, 400),
        ({"password": "a b c d e"}, 400),
        ({"password": "x" * 65}, 400),
        ({"expires_at": "2020-01-01"}, 400),
        ({"expires_at": "2999-01-01"}, 400),
        ({"expires_at": "soon"}, 400),
        ({"unknown": 1}, 400),
    ],
    ids=str,
)
def test_code_that_cannot_be_is_refused(platform: Platform, club: Partner, body: dict[str, Any], status: int) -> None:
    assert platform.admin("POST", _path(club), body).status == status


def test_codes_belong_to_an_interaction_of_the_partner(platform: Platform, club: Partner) -> None:
    made, path = _make(club), _path(club)
    elsewhere = path.replace(path.split("/")[-2], "unknown")
    for method, address in (
        ("POST", elsewhere),
        ("GET", elsewhere),
        ("GET", f"{path}/unknown"),
        ("DELETE", f"{path}/x"),
    ):
        assert platform.admin(method, address, {} if method == "POST" else None).status == 404
    rival = platform.new_partner(collection=False)
    assert platform.admin("GET", f"{path.replace(club.origin, rival.origin)}/{made['id']}").status == 404
    assert platform.call("GET", f"/admin/partners{path}").status == 401


def test_stranger_sees_what_the_code_does_and_signs_in(platform: Platform, letters: Letters, club: Partner) -> None:
    uid = random_token(10)
    club.announce(uid)
    code = _make(club)["code"]
    surfer = Surfer(platform)
    surfer.get(f"/i/{code}")
    assert "Check-in" in surfer.words
    assert "+5 XP" in surfer.words
    assert club.origin not in surfer.html
    surfer.get(f"/claim/sign-in?next=/i/{code}")
    surfer.submit("/claim/sign-in", email=f"{uid}@example.com")
    surfer.submit("/claim/code", code=letters.code_for(f"{uid}@example.com"))
    assert surfer.path == f"/i/{code}"
    surfer.submit(f"/i/{code}")
    assert "Check-in has been applied to your NFT" in surfer.words
    assert "5 of 100 XP" in surfer.words


def test_code_counts_once_for_a_holder_however_often_it_is_sent(club: Partner, holder: Surfer) -> None:
    made = _make(club)
    holder.get(f"/i/{made['code']}")
    [held] = [held for form, held in holder.forms() if form.get("action") == f"/i/{made['code']}"]
    for _ in range(2):
        assert holder.post(f"/i/{made['code']}", held).status == 200
        assert "has been applied" in holder.words
    holder.get(f"/i/{made['code']}")
    assert "You have used this code already" in holder.words
    assert "Apply it" not in holder.words
    assert holder.post(f"/i/{made['code']}", {**held, "once": "another"}).status == 400
    assert club.platform.admin("GET", f"{_path(club)}/{made['id']}").json["used"] == 1


def test_code_without_a_limit_for_each_holder_follows_the_interaction(platform: Platform, letters: Letters) -> None:
    partner = platform.new_partner()
    partner.save_interaction(authScanCount=2)
    partner.announce("ada")
    code = _make(partner, per_holder=None)["code"]
    surfer = signed_in(platform, letters, "ada@example.com", onward=f"/i/{code}")
    for _ in range(2):
        surfer.get(f"/i/{code}")
        assert surfer.submit(f"/i/{code}").status == 200
    surfer.get(f"/i/{code}")
    assert "as often as it may be" in surfer.words
    assert "Apply it" not in surfer.words


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ({"valid_from": "2999-01-01"}, "The interaction is not valid yet"),
        ({"valid_until": "2020-01-01"}, "The interaction is no longer valid"),
    ],
    ids=["not yet", "no longer"],
)
def test_code_outside_its_interactions_window_is_not_offered(
    platform: Platform, window: dict[str, str], words: str
) -> None:
    partner = platform.new_partner()
    partner.save_interaction()
    code = _make(partner)["code"]
    platform.admin("PATCH", _path(partner).removesuffix("/codes"), window)
    stranger = Surfer(platform)
    stranger.get(f"/i/{code}")
    assert words in stranger.words
    assert "Continue with my e-mail address" not in stranger.words


def test_only_nfts_that_can_take_it_are_offered(platform: Platform, letters: Letters) -> None:
    partner = platform.new_partner()
    partner.save_interaction(authScanCount=1)
    email = f"{random_token(10)}@example.com"
    past = {"additional_fields": {"expiration_date": "2020-01-01"}}
    used, free, _ = [
        str(partner.announce(uid, email=email, **fields).json["tokenId"])
        for uid, fields in (("one", {}), ("two", {}), ("three", past))
    ]
    partner.act("one")
    code = _make(partner, per_holder=None)["code"]
    surfer = signed_in(platform, letters, email, onward=f"/i/{code}")
    assert (f"#{free}" in surfer.words, f"#{used}" in surfer.words, "Which NFT?" in surfer.words) == (
        True,
        False,
        False,
    )
    surfer.submit(f"/i/{code}")
    assert partner.nft(free)["xp"] == 5
    surfer.get(f"/i/{code}")
    assert "Apply it" not in surfer.words


def test_password_leads_to_the_code_in_any_capitals(club: Partner, holder: Surfer) -> None:
    password = f"Perseid {random_token(8)}"
    made = _make(club, password=password)
    holder.get("/i")
    holder.submit("/i", password=f" {password.upper()} ")
    assert holder.path == f"/i/{made['code']}"
    holder.get("/i")
    assert holder.submit("/i", password="no such password").status == 400
    assert "There is no such password" in holder.words


def test_each_partner_has_passwords_of_its_own(platform: Platform, letters: Letters) -> None:
    password = f"Perseid {random_token(8)}"
    partners = [platform.new_partner(), platform.new_partner()]
    made = []
    for partner in partners:
        partner.save_interaction()
        made.append(_make(partner, password=password))
        assert platform.admin("POST", _path(partner), {"password": password.upper()}).status == 409
        assert made[-1]["password_url"] == f"http://spacegarden.test/i?partner={partner.origin}"
    stranger = Surfer(platform)
    for each in made:
        stranger.get(each["password_url"].removeprefix("http://spacegarden.test"))
        stranger.submit("/i", password=password)
        assert stranger.path == f"/i/{each['code']}"
    uid = random_token(10)
    partners[1].announce(uid)
    holder = signed_in(platform, letters, f"{uid}@example.com", onward="/i")
    holder.submit("/i", password=password)
    assert holder.path == f"/i/{made[1]['code']}", "of the partner whose NFT the holder has"
    partners[0].announce(uid)
    holder.get("/i")
    holder.submit("/i", password=password)
    assert "More than one of your hosts" in holder.words
    assert all(f'href="/i/{each["code"]}"' in holder.html for each in made)


def test_password_without_a_partner_or_a_sign_in_leads_nowhere(platform: Platform, club: Partner) -> None:
    password = f"Perseid {random_token(8)}"
    _make(club, password=password)
    stranger = Surfer(platform)
    stranger.get("/i")
    assert stranger.submit("/i", password=password).status == 400
    assert "sign in with your e-mail address first" in stranger.words
    rival = platform.new_partner(collection=False)
    stranger.get(f"/i?partner={rival.origin}")
    assert stranger.submit("/i", password=password).status == 400
    assert "There is no such password" in stranger.words


def test_passwords_cannot_be_tried_without_end(platform: Platform, club: Partner) -> None:
    del club
    surfer = Surfer(platform)
    surfer.get("/i")
    with travelled(timedelta(seconds=6000 - now().timestamp() % 600)):
        statuses = [surfer.submit("/i", password=f"guess number {number}").status for number in range(30)]
        assert set(statuses) == {400}
        assert surfer.submit("/i", password="one more guess").status == 429


def test_what_ended_a_code_is_told_in_words(
    platform: Platform, letters: Letters, club: Partner, holder: Surfer
) -> None:
    revoked, expired, used_up = _make(club), _make(club), _make(club, max_uses=1)
    other = random_token(10)
    club.announce(other)
    second = signed_in(platform, letters, f"{other}@example.com", onward=f"/i/{used_up['code']}")
    second.submit(f"/i/{used_up['code']}")
    holder.get(f"/i/{used_up['code']}")
    assert "used as often as it may be" in holder.words
    assert "Apply it" not in holder.words
    holder.get(f"/i/{revoked['code']}")
    platform.admin("DELETE", f"{_path(club)}/{revoked['id']}")
    assert holder.submit(f"/i/{revoked['code']}").status == 400
    assert "it was withdrawn" in holder.words
    holder.get(f"/i/{expired['code']}")
    assert "Apply it" in holder.words
    row = codes.get_code(club.origin, "summer_party", _path(club).split("/")[-2], expired["id"])
    row.update(actions=[type(row).expires_at.set(now())])
    holder.get(f"/i/{expired['code']}")
    assert "has expired" in holder.words


@pytest.mark.parametrize("change", ["signature", "id", "short", "empty", "markup"])
def test_code_that_we_have_not_signed_is_not_found(club: Partner, holder: Surfer, change: str) -> None:
    code = _make(club)["code"]
    changed = {
        "signature": code[:-1] + ("a" if code[-1] != "a" else "b"),
        "id": ("a" if code[0] != "a" else "b") + code[1:],
        "short": code[:-1],
        "empty": "%20",
        "markup": "%3Cscript%3E",
    }[change]
    for path in ("", "/qr.svg"):
        assert holder.get(f"/i/{changed}{path}").status == 404
        assert "<h1>There is nothing here</h1>" in holder.html


def test_qr_code_of_a_code_is_drawn(club: Partner, holder: Surfer) -> None:
    answer = holder.get(f"/i/{_make(club)['code']}/qr.svg")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")


def test_limit_holds_when_many_use_the_code_at_once(platform: Platform, club: Partner) -> None:
    """Through the service, since Chalice keeps one request at a time in a process."""
    del platform
    made = _make(club, max_uses=3)
    uids = [random_token(10) for _ in range(8)]
    club.post("newUserForPartner", [club.user(uid) for uid in uids])
    found = codes.find(made["code"])

    def redeem(uid: str) -> bool:
        try:
            codes.redeem(found, email=f"{uid}@example.com", token_id=None, once=uid)
        except CodeUsedUp:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(redeem, uids)) == 3
    grown = [club.act(uid, query={"dry_run": "true"}).json["xpBefore"] for uid in uids]
    assert sorted(grown) == [0] * 5 + [5] * 3
    assert club.platform.admin("GET", f"{_path(club)}/{made['id']}").json["used"] == 3


def test_holder_of_several_nfts_chooses(platform: Platform, letters: Letters, club: Partner) -> None:
    email = f"{random_token(10)}@example.com"
    tokens = [str(club.announce(random_token(10), email=email).json["tokenId"]) for _ in range(2)]
    code = _make(club)["code"]
    surfer = signed_in(platform, letters, email, onward=f"/i/{code}")
    assert "Which NFT?" in surfer.words
    surfer.submit(f"/i/{code}", token=tokens[0])
    assert surfer.page.status == 200
    assert [club.nft(token)["xp"] for token in tokens] == [5, 0]


def test_who_holds_no_nft_of_the_collection_is_told(platform: Platform, letters: Letters, club: Partner) -> None:
    code = _make(club)["code"]
    surfer = signed_in(platform, letters, f"{random_token(10)}@example.com", onward=f"/i/{code}")
    assert "You hold no NFT of Summer Party" in surfer.words


def test_operator_applies_an_interaction_to_the_nft_before_them(platform: Platform, club: Partner) -> None:
    uid = random_token(10)
    made = club.announce(uid).json
    named = {"contract": made["contract"], "token_id": made["tokenId"], "action_id": "checkin"}
    answer = apply_to_token(club.origin, **named, guard=Guard(None))
    assert answer["attributes"]["IRL Event"] == 1
    rival = platform.new_partner()
    rival.save_interaction()
    with pytest.raises(ResourceNotFound):
        apply_to_token(rival.origin, **named, guard=Guard(None))
