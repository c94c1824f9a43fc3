"""Redeeming and refreshing at once, and death at every step of both: tokens are given once or not at all."""

from dataclasses import replace

from tests.faults.crowd import SharedPlatform, at_once
from tests.faults.wire import Lifeline
from tests.oauth.flows import Application, Request, holder_of
from tests.platform import Answer, Partner


def test_code_is_redeemed_once_whatever_step_the_process_dies_at(shop: Application, account: Partner) -> None:
    """The client saw no answer. It may ask again where nothing was stored; else it gets nothing, and nobody does."""
    lifeline = Lifeline()
    first = _code(shop, account)
    with lifeline.held():
        assert shop.redeem(first).status == 200
    assert len(lifeline.points) >= 6
    for fatal in range(1, len(lifeline.points) + 1):
        code = _code(shop, account)
        with Lifeline(fatal).held():
            shop.redeem(code)
        answers = [shop.redeem(code).status for _ in range(2)]
        assert answers in ([200, 400], [400, 400]), lifeline.points[fatal - 1]


def test_refresh_is_whole_whatever_step_the_process_dies_at(shop: Application, account: Partner) -> None:
    given = shop.tokens_of(account)["refresh_token"]
    lifeline = Lifeline()
    with lifeline.held():
        assert shop.refresh(given).status == 200
    for fatal in range(1, len(lifeline.points) + 1):
        token = shop.tokens_of(account)["refresh_token"]
        with Lifeline(fatal).held():
            shop.refresh(token)
        answers = [shop.refresh(token).status for _ in range(2)]
        assert answers in ([200, 400], [400, 400]), lifeline.points[fatal - 1]


def test_code_redeemed_at_once_gives_tokens_once_and_then_takes_them_back(shop: Application, account: Partner) -> None:
    together = _together(shop)
    code = _code(shop, account)
    answers = at_once([lambda: together.redeem(code)] * 6)
    _assert_one_at_most(answers)


def test_token_refreshed_at_once_is_refreshed_once_and_then_ends(shop: Application, account: Partner) -> None:
    together = _together(shop)
    token = shop.tokens_of(account)["refresh_token"]
    answers = at_once([lambda: together.refresh(token)] * 6)
    _assert_one_at_most(answers)


def _assert_one_at_most(answers: list[Answer]) -> None:
    good = [answer.json for answer in answers if answer.status == 200]
    assert len(good) <= 1
    assert {answer.json["error"] for answer in answers if answer.status != 200} == {"invalid_grant"}
    assert all(holder_of(given["access_token"]) is None for given in good)


def _together(application: Application) -> Application:
    return replace(application, platform=SharedPlatform(application.platform))


def _code(application: Application, account: Partner) -> str:
    return Request(application).allowed_by(account.key)["code"]
