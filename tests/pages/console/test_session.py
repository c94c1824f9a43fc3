"""Signing in to the console: by a key, for a while, and for what the key may do."""

from datetime import timedelta

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import travelled
from chalicelib.core.settings import settings
from chalicelib.pages.service.console import IDLE_SECONDS, LONGEST_SECONDS
from chalicelib.partners import service
from chalicelib.partners.sign_ins import FAILED_SIGN_INS
from tests.pages.console.world import sign_in
from tests.pages.forms import Surfer
from tests.platform import Partner, Platform


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    """A partner without anything."""
    return platform.new_partner(collection=False)


def test_the_key_is_called_by_its_name(partner: Partner) -> None:
    made = partner.platform.admin("POST", f"/{partner.origin}/keys", {"name": "Shop, production"}).json
    surfer = sign_in(partner, made["key"])
    assert "Signed in with the key “Shop, production”" in surfer.words
    surfer.get("/console/keys")
    surfer.submit("/console/keys", name="Till")
    surfer.get("/console/audit")
    assert f"Shop, production console:{made['id']} key.create" in surfer.words


def _is_signed_in(surfer: Surfer) -> bool:
    surfer.get("/console")
    return surfer.path == "/console"


def test_key_is_in_no_cookie_page_or_row(partner: Partner) -> None:
    surfer = Surfer(partner.platform)
    surfer.get("/console")
    assert surfer.path == "/console/sign-in"
    secret = partner.key.rpartition("_")[2]
    answer = surfer.submit("/console/sign-in", key=partner.key)
    assert answer.status == 200
    assert secret not in surfer.html
    assert secret not in str(surfer.cookies)
    table = aws.client("dynamodb").scan(TableName=f"{settings().prefix}pages")
    assert secret not in str(table["Items"])


def test_cookie_is_out_of_reach_and_strict(partner: Partner) -> None:
    surfer = Surfer(partner.platform)
    answer = surfer.get("/console/sign-in")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=Strict" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "key", ["", "nonsense", "sg_dev_unknown_0123456789abcdef0123"], ids=["empty", "no key", "unknown"]
)
def test_wrong_key_is_refused_in_words_and_not_shown_again(partner: Partner, key: str) -> None:
    surfer = Surfer(partner.platform)
    surfer.get("/console/sign-in")
    assert surfer.submit("/console/sign-in", key=key).status == 401
    assert "The API key is" in surfer.words
    assert not key or key not in surfer.html
    assert not _is_signed_in(surfer)


@pytest.mark.parametrize(
    "place",
    [
        "/console/collections/summer_party",
        "/console/dreamspace/users",
        "/console/dreamspace/users?after=5",
        "/console/collections/a%20b%2Fc/nfts/7",
    ],
)
def test_sign_in_leads_back_to_a_page_with_ids_in_its_address(partner: Partner, place: str) -> None:
    surfer = Surfer(partner.platform)
    surfer.get(place)
    surfer.submit("/console/sign-in", key=partner.key)
    assert surfer.path == place


def test_sign_in_leads_to_what_was_asked_for_and_never_elsewhere(partner: Partner) -> None:
    surfer = Surfer(partner.platform)
    surfer.get("/console/webhooks/deliveries?status=exhausted")
    surfer.submit("/console/sign-in", key=partner.key)
    assert surfer.path == "/console/webhooks/deliveries?status=exhausted"
    outside = ["https://evil.example", "//evil.example", "/console/..//evil", "/claim", "/console\\evil"]
    climbing = ["/console/../claim", "/console/webhooks/.", "/console/%2E%2e/claim"]
    unsendable = ["/console/nfts?q=\xe9", "/console/nfts?q=\u65e5", "/console/nfts?q=\n", "/console/\xe9"]
    for elsewhere in (*outside, *climbing, *unsendable):
        other = Surfer(partner.platform)
        other.get("/console/sign-in")
        other.submit("/console/sign-in", key=partner.key, then=elsewhere)
        assert other.path == "/console"


def test_sign_out_ends_the_session_for_every_holder_of_the_cookie(partner: Partner) -> None:
    surfer = sign_in(partner)
    thief = Surfer(partner.platform, cookies=dict(surfer.cookies))
    assert _is_signed_in(thief)
    surfer.submit("/console/sign-out")
    assert not _is_signed_in(thief)


def test_session_lasts_while_somebody_is_there_and_eight_hours_at_most(partner: Partner) -> None:
    surfer = sign_in(partner)
    step = timedelta(seconds=IDLE_SECONDS - 60)
    with travelled(timedelta(0)) as further:
        for _ in range(LONGEST_SECONDS // (IDLE_SECONDS - 60)):
            further(step)
            assert _is_signed_in(surfer)
        further(step)
        assert not _is_signed_in(surfer)


def test_session_ends_without_anybody_whatever_the_page_asks_by_itself(partner: Partner) -> None:
    surfer = sign_in(partner)
    with travelled(timedelta(0)) as further:
        for _ in range(3):
            further(timedelta(seconds=IDLE_SECONDS / 3 - 10))
            assert surfer.get("/console/figures", **{"X-Fragment": "1"}).status == 200
        further(timedelta(seconds=60))
        assert not _is_signed_in(surfer)


def test_session_ends_with_its_key(partner: Partner) -> None:
    created = partner.platform.admin("POST", f"/{partner.origin}/keys", {"name": "second"}).json
    surfer = sign_in(partner, created["key"])
    service.revoke_key(partner.origin, created["id"])
    assert not _is_signed_in(surfer)


def test_key_opens_the_sections_of_its_scopes_alone(partner: Partner) -> None:
    created = partner.platform.admin("POST", f"/{partner.origin}/keys", {"name": "hooks", "scopes": ["webhooks"]}).json
    surfer = sign_in(partner, created["key"])
    assert "Webhooks" in surfer.words
    assert "NFTs" not in surfer.words
    assert surfer.get("/console/webhooks").status == 200
    for section in ("collections", "interactions", "nfts", "missions", "spaces", "dreamspace/events", "keys", "audit"):
        assert surfer.get(f"/console/{section}").status == 403
        assert "needs a key with" in surfer.words


def test_too_many_wrong_keys_are_refused_for_a_while_and_the_right_one_never(partner: Partner) -> None:
    created = partner.platform.admin("POST", f"/{partner.origin}/keys", {"name": "tried"}).json
    wrong = created["key"][:-1]
    statuses = set()
    for _ in range(FAILED_SIGN_INS.most + 1):
        surfer = Surfer(partner.platform, ip="198.51.100.7")
        surfer.get("/console/sign-in")
        statuses.add(surfer.submit("/console/sign-in", key=wrong).status)
        if 429 in statuses:
            break
    assert statuses == {401, 429}
    assert int(surfer.page.headers["retry-after"]) > 0
    for ip in ("198.51.100.7", "198.51.100.8"):
        surfer = Surfer(partner.platform, ip=ip)
        surfer.get("/console/sign-in")
        surfer.submit("/console/sign-in", key=created["key"])
        assert _is_signed_in(surfer), ip
