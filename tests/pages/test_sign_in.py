"""Sign-in by a mailed code: whom it lets in, what it tells, how often it may be tried, and whose forms are taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from chalicelib.core import mail
from chalicelib.core.clock import now, travelled
from chalicelib.core.ids import random_token
from chalicelib.pages.service.mailed_codes import BY_ADDRESS, BY_ASKER, BY_NETWORK, MOST_TRIES
from tests.budgets.metering import metered
from tests.letters import Letters
from tests.pages.conftest import signed_in
from tests.pages.forms import Surfer
from tests.platform import Partner, Platform


@pytest.fixture
def email() -> str:
    """An address nobody else has."""
    return f"{random_token(10)}@example.com"


def _asked(platform: Platform, email: str, *, ip: str | None = None) -> Surfer:
    surfer = Surfer(platform) if ip is None else Surfer(platform, ip=ip)
    surfer.get("/claim")
    surfer.submit("/claim/sign-in", email=email)
    assert surfer.path.startswith("/claim/code"), surfer.words
    return surfer


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_known_and_unknown_addresses_are_answered_alike_and_cost_the_same(
    platform: Platform, letters: Letters, club: Partner, email: str
) -> None:
    club.announce(email.partition("@")[0])
    told = []
    for address in (email, f"nobody-{email}"):
        surfer = Surfer(platform)
        surfer.get("/claim/sign-in")
        with metered() as bill:
            surfer.submit("/claim/sign-in", email=address)
        told.append((surfer.page.status, surfer.words, bill.operations))
        assert letters.code_for(address)
    assert told[0] == told[1]


def test_code_signs_in_once_and_the_cookie_changes(platform: Platform, letters: Letters, email: str) -> None:
    surfer = _asked(platform, email)
    before = dict(surfer.cookies)
    code = letters.code_for(email)
    surfer.submit("/claim/code", code=f" {code[:3]} {code[3:]} ")
    assert "Nothing is reserved to this address" in surfer.words
    assert surfer.cookies != before
    stale = Surfer(platform, cookies=before)
    stale.get("/claim/code")
    stale.submit("/claim/code", code=code)
    assert "no longer counts" in stale.words


def test_code_of_another_browser_is_none(platform: Platform, letters: Letters, email: str) -> None:
    _asked(platform, email)
    thief = Surfer(platform)
    thief.get("/claim/code")
    thief.submit("/claim/code", code=letters.code_for(email))
    assert thief.page.status == 400
    assert "no longer counts" in thief.words


def test_five_tries_are_all(platform: Platform, letters: Letters, email: str) -> None:
    surfer = _asked(platform, email)
    code = letters.code_for(email)
    for number in range(MOST_TRIES):
        surfer.submit("/claim/code", code=_other(code))
        assert surfer.page.status == 400
        assert ("no longer counts" in surfer.words) == (number == MOST_TRIES - 1)
    surfer.submit("/claim/code", code=code)
    assert "no longer counts" in surfer.words


@pytest.mark.parametrize("wrong", ["", "12345", "abcdef", "٠١٢٣٤٥", "0" * 500])
def test_what_is_no_code_is_refused(platform: Platform, letters: Letters, email: str, wrong: str) -> None:
    surfer = _asked(platform, email)
    assert letters.code_for(email) != wrong
    assert surfer.submit("/claim/code", code=wrong).status == 400
    assert 'role="alert"' in surfer.html or 'aria-invalid="true"' in surfer.html


def test_code_is_good_for_ten_minutes(platform: Platform, letters: Letters, email: str) -> None:
    surfer = _asked(platform, email)
    with travelled(timedelta(minutes=10, seconds=1)):
        surfer.submit("/claim/code", code=letters.code_for(email))
    assert "no longer counts" in surfer.words


def test_a_new_code_takes_the_place_of_the_old(platform: Platform, letters: Letters, email: str) -> None:
    surfer = _asked(platform, email)
    first = letters.code_for(email)
    surfer.get("/claim/sign-in")
    surfer.submit("/claim/sign-in", email=email)
    second = letters.code_for(email)
    if first != second:
        surfer.submit("/claim/code", code=first)
        assert surfer.page.status == 400
    surfer.submit("/claim/code", code=second)
    assert "My NFTs" in surfer.words


def test_a_stranger_who_asks_for_an_address_keeps_its_holder_from_nothing(
    platform: Platform, letters: Letters, email: str
) -> None:
    with _at_the_beginning_of_a_window(BY_ASKER.seconds):
        early = _asked(platform, email)
        code = letters.code_for(email)
        for _ in range(BY_ASKER.most):
            _asked(platform, email, ip="203.0.113.7")
        stranger = Surfer(platform, ip="203.0.113.7")
        stranger.get("/claim/sign-in")
        stranger.submit("/claim/sign-in", email=email.upper())
        assert stranger.page.status == 429
        early.submit("/claim/code", code=code)
        assert "My NFTs" in early.words
        late = _asked(platform, email)
        late.submit("/claim/code", code=letters.code_for(email))
        assert "My NFTs" in late.words


def test_an_address_gets_thirty_letters_in_half_an_hour_from_whatever_networks(
    platform: Platform, letters: Letters, email: str
) -> None:
    with _at_the_beginning_of_a_window(BY_ADDRESS.seconds):
        for number in range(BY_ADDRESS.most):
            _asked(platform, email, ip=f"203.0.113.{number // BY_ASKER.most}")
        sent = len(letters.sent)
        surfer = Surfer(platform, ip="198.51.100.1")
        surfer.get("/claim/sign-in")
        surfer.submit("/claim/sign-in", email=email.upper())
        assert surfer.page.status == 429
        assert int(surfer.page.headers["retry-after"]) > 0
        assert "Please try again in 30 minutes" in surfer.words
        assert len(letters.sent) == sent


def test_a_network_asks_sixty_times_in_half_an_hour(platform: Platform, letters: Letters) -> None:
    del letters
    with _at_the_beginning_of_a_window(BY_NETWORK.seconds):
        surfer = Surfer(platform, ip="2001:db8::1")
        surfer.get("/claim/sign-in")
        [(form, held)] = surfer.forms()
        del form
        for number in range(BY_NETWORK.most):
            surfer.ip = f"2001:db8::{number + 1:x}"
            answer = surfer.post("/claim/sign-in", {**held, "email": f"{random_token(12)}@example.com"})
            assert answer.status == 200
        assert surfer.post("/claim/sign-in", {**held, "email": f"{random_token(12)}@example.com"}).status == 429


@contextmanager
def _at_the_beginning_of_a_window(seconds: int) -> Iterator[None]:

    with travelled(timedelta(seconds=10 * seconds - now().timestamp() % seconds + 1)):
        yield


@pytest.mark.parametrize("address", ["", "ada", "ada@", "Ada <ada@example.com>", "a" * 250 + "@example.com", "a@b@c"])
def test_what_is_no_address_is_asked_for_again(platform: Platform, letters: Letters, address: str) -> None:
    sent = len(letters.sent)
    surfer = Surfer(platform)
    surfer.get("/claim/sign-in")
    surfer.submit("/claim/sign-in", email=address)
    assert surfer.page.status == 400
    assert "This is not an e-mail address" in surfer.words
    assert len(letters.sent) == sent


def test_a_letter_that_cannot_be_sent_is_told(platform: Platform, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise mail.MailNotSent("throttled")

    monkeypatch.setattr("chalicelib.pages.service.mailed_codes.send_mail", fail)
    surfer = Surfer(platform)
    surfer.get("/claim/sign-in")
    surfer.submit("/claim/sign-in", email=email)
    assert surfer.page.status == 503
    assert "could not be sent" in surfer.words


@pytest.mark.parametrize(
    ("onward", "arrives"),
    [
        ("/i", "/i"),
        ("//evil.example", "/claim"),
        ("https://evil.example/claim", "/claim"),
        ("/claim/../console", "/claim"),
        ("/claim\\evil", "/claim"),
        ("/oauth/authorize", "/claim"),
        ("", "/claim"),
    ],
    ids=["own", "other host", "other site", "climbs", "backslash", "other pages", "nothing"],
)
def test_sign_in_leads_on_to_the_holders_pages_alone(
    platform: Platform, letters: Letters, email: str, onward: str, arrives: str
) -> None:
    surfer = Surfer(platform)
    surfer.get("/claim/sign-in")
    surfer.submit("/claim/sign-in", email=email, next=onward)
    surfer.submit("/claim/code", code=letters.code_for(email), next=onward)
    assert surfer.path == arrives


def test_sign_out_ends_the_session_for_every_copy_of_the_cookie(
    platform: Platform, letters: Letters, email: str
) -> None:
    surfer = signed_in(platform, letters, email)
    copy = Surfer(platform, cookies=dict(surfer.cookies))
    surfer.submit("/claim/sign-out")
    assert surfer.path == "/claim/sign-in"
    assert surfer.cookies.keys() <= {"sg_holder"}
    copy.get("/claim")
    assert copy.path.startswith("/claim/sign-in")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://spacegarden.test"}, 200),
    ],
    ids=["own", "cross-site", "sibling", "other origin", "hidden origin", "own origin"],
)
def test_only_our_own_pages_may_send_a_form(
    platform: Platform, email: str, headers: dict[str, str], status: int
) -> None:
    surfer = Surfer(platform)
    surfer.get("/claim/sign-in")
    [(_, held)] = surfer.forms()
    answer = surfer.post("/claim/sign-in", {**held, "email": email}, **headers)
    assert answer.status == status
    if status == 403:
        assert "<h1>That is not allowed</h1>" in surfer.html


@pytest.mark.parametrize(
    "path", ["/claim/sign-in", "/claim/code", "/claim/sign-out", "/i", f"/claim/0x{'1' * 40}/1/mint"]
)
def test_form_without_this_browsers_token_is_refused(platform: Platform, path: str) -> None:
    other, surfer = Surfer(platform), Surfer(platform)
    other.get("/claim/sign-in")
    surfer.get("/claim/sign-in")
    [(_, held)] = other.forms()
    for fields in ({}, {"csrf": ""}, {"csrf": "ü"}, {"csrf": held["csrf"]}):
        assert surfer.post(path, {**fields, "email": "ada@example.com"}).status == 403
    assert Surfer(platform).post(path, {"csrf": held["csrf"]}).status == 403, "a browser without a cookie"


def test_cookie_is_set_once_and_out_of_scripts_reach(platform: Platform) -> None:
    surfer = Surfer(platform)
    first = surfer.get("/claim/sign-in").headers["set-cookie"]
    assert first.endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert "set-cookie" not in surfer.get("/claim/sign-in").headers
