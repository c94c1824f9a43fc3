"""Death of the process at every step of redeeming a code or refreshing: tokens are given once or not at all."""

from tests.faults.wire import Lifeline
from tests.oauth.flows import Application, Request
from tests.platform import Partner


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


def _code(application: Application, account: Partner) -> str:
    return Request(application).allowed_by(account.key)["code"]
