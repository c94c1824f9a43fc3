"""Cookies and forms: whom a session belongs to, and whose forms are taken."""

from datetime import timedelta

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import travelled
from chalicelib.core.settings import settings
from chalicelib.pages.service.sessions import Realm, Visit, find_visit, sign_in, sign_out
from tests.package.gateway_events import unrouted
from tests.platform import Platform

REALM = Realm("test", seconds=3600)


def test_new_browser_gets_a_secret_and_costs_no_request() -> None:
    for cookie in (None, "", "short", "x" * 44, "ü" * 43):
        visit = find_visit(REALM, cookie)
        assert visit.is_new
        assert visit.content is None


def test_sign_in_changes_the_secret_and_is_found_by_the_new_one_alone(platform: Platform) -> None:
    del platform
    before = find_visit(REALM, None)
    after = sign_in(before, {"email": "ada@example.com"})
    assert after.secret != before.secret
    assert find_visit(REALM, before.secret).content is None
    found = find_visit(REALM, after.secret)
    assert (found.content, found.is_new) == ({"email": "ada@example.com"}, False)
    assert find_visit(Realm("other", seconds=60), after.secret).content is None
    again = sign_in(found, {"email": "bob@example.com"})
    assert find_visit(REALM, after.secret).content is None, "what the browser was before is over"
    with travelled(timedelta(seconds=REALM.seconds + 1)):
        assert find_visit(REALM, again.secret).content is None
    sign_out(again)
    assert find_visit(REALM, again.secret).content is None


def test_table_holds_no_secret(platform: Platform) -> None:
    del platform
    visit = sign_in(find_visit(REALM, None), {})
    row = aws.client("dynamodb").get_item(
        TableName=f"{settings().prefix}pages",
        Key={"pk": {"S": f"SESSION#{visit.hash}"}, "sk": {"S": "SESSION"}},
    )["Item"]
    assert visit.secret not in str(row)


def test_token_of_a_form_belongs_to_its_browser() -> None:
    mine, other = Visit(REALM, "a" * 43, is_new=False), Visit(REALM, "b" * 43, is_new=False)
    assert mine.is_csrf_token(mine.csrf)
    assert not mine.is_csrf_token(other.csrf)
    assert not mine.is_csrf_token("ü" * len(mine.csrf))
    assert not mine.is_csrf_token("")


@pytest.mark.parametrize("path", ["/claim/nothing", "/nft/nothing", "/i/a/b", "/tx/0x0"])
def test_unknown_page_is_a_page(platform: Platform, path: str) -> None:
    answer = platform.app(unrouted("GET", path), None)
    assert answer["statusCode"] == 404
    assert "<h1>There is nothing here</h1>" in answer["body"]
