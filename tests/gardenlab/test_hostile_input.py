"""Bodies nobody should send: each is 400 in the one form of refusals, and never a fault of ours."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.core import aws
from tests.gardenlab.api import (
    POSTS,
    acting,
    announced,
    assert_error,
    assert_refused,
    interaction,
    minting,
    saved,
    saving,
)
from tests.platform import Answer, Partner

MEGABYTE = 1024 * 1024

VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "minus zero": -0.0,
    "minus one": -1,
    "one": 1,
    "fraction": 1.5,
    "10^30": 10**30,
    "2^256": 2**256,
    "empty": "",
    "text": "x",
    "digits": "5",
    "bidi": "\u202eabc\u202c",
    "zero width": "\u200b",
    "emoji": "🎉",
    "key marks": "#%23/\\'\"{}",
    "long": "x" * 5000,
    "NUL": "a\u0000b",
    "half a surrogate pair": "a\ud800b",
    "list": [],
    "object": {},
    "object with a field": {"x": 1},
}
TEXT = {"text", "digits", "bidi", "zero width", "emoji", "key marks"}
LONG_TEXT = TEXT | {"empty"}
XP = {"zero", "minus zero", "one", "fraction"}
NONE: set[str] = set()

# The values that each field takes; every other one of the above must be refused.
FIELDS: dict[str, dict[str, set[str]]] = {
    "saveActionInteraction": {
        "origin": NONE,
        "contract_id": NONE,
        "contract": {"null"},
        "interactionId": {"null", "empty"},
        "interaction": NONE,
        "interaction.type": TEXT,
        "interaction.name": TEXT,
        "interaction.description": LONG_TEXT,
        "interaction.xpIncrement": XP,
        "interaction.noXp": {"true", "false"},
        "interaction.customXpIncrement": {"true", "false"},
        "interaction.authScanCount": {"minus one", "one"},
        "interaction.action_id": TEXT | {"null"},
        "interaction.unknown": NONE,
    },
    "newUserForPartner": {
        "origin": NONE,
        "contract_id": NONE,
        "contract": {"null"},
        "email": NONE,
        "uid": TEXT,
        "user_category_id": NONE,
        "additional_fields": {"object"},
        "additional_fields.expiration_date": {"null"},
        "additional_fields.max_level": {"null", "one"},
        "nft_info": {"object"},
        "nft_info.imgUrl": LONG_TEXT | {"null"},
        "nft_info.name": TEXT | {"null"},
        "nft_info.description": LONG_TEXT | {"null"},
        "nft_info.attributes": {"null", "object", "object with a field"},
    },
    "newActionForUser": {
        "origin": NONE,
        "contract_id": NONE,
        "contract": {"null"},
        "action_id": NONE,
        "guest": NONE,
        "guest.email": {"null"},
        "guest.uid": {"null"},
        "xpIncrement": XP | {"null"},
        "token_id": {"null"},
        "tokenId": {"null"},
    },
    "mintTokenForUser": {
        "origin": NONE,
        "contract_id": NONE,
        "contract": {"null"},
        "email": NONE,
        "uid": NONE,
        "user_addr": NONE,
        "token_id": {"null"},
        "tokenId": {"null"},
    },
}


@pytest.fixture(scope="module", autouse=True)
def guest(club: Partner) -> None:
    saved(club, "hostile")
    announced(club, "first")  # so that token 1 is not the guest's
    announced(club, "hostile")


def complete(partner: Partner, route: str, number: int) -> dict[str, Any]:
    """A body of the route that would be answered 200; of users and actions not used before where it creates."""
    return {
        "saveActionInteraction": lambda: saving(partner, interaction=interaction(f"hostile{number}")),
        "newUserForPartner": lambda: partner.user(f"hostile{number}"),
        "newActionForUser": lambda: acting(
            partner, "", "hostile", guest={"uid": "hostile", "email": "hostile@example.com"}
        ),
        "mintTokenForUser": lambda: minting(partner, "hostile"),
    }[route]()


def put(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *parents, last = path.split(".")
    place = body
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    return body


@pytest.mark.parametrize(("route", "path"), [(route, path) for route, paths in FIELDS.items() for path in paths])
def test_each_field_takes_its_own_type_and_refuses_every_other(
    club: Partner, rival: Partner, route: str, path: str
) -> None:
    caller = rival if route == "saveActionInteraction" else club  # what is saved would be found by later actions
    taken = set()
    for number, (name, value) in enumerate(VALUES.items()):
        answer = caller.post(route, put(complete(caller, route, hash((path, number))), path, value))
        if answer.status == 200:
            taken.add(name)
        else:
            foreign = path == "origin" and answer.status == 403
            assert foreign or answer.status == 400, (name, answer)
            assert_error(answer.json, answer.error_code, status=answer.status)
    assert taken == FIELDS[route][path]


@pytest.mark.parametrize("path", ["email", "origin", "nft_info", "nft_info.name", "additional_fields.max_level"])
def test_in_an_array_a_wrong_field_costs_its_item_alone(club: Partner, path: str) -> None:
    """Every value at once; what no JSON text can carry refuses the body whole, and is left out."""
    values = {name: value for name, value in VALUES.items() if name not in ("NUL", "half a surrogate pair")}
    items = [
        put(complete(club, "newUserForPartner", hash((path, "array", number))), path, value)
        for number, value in enumerate(values.values())
    ]
    good = complete(club, "newUserForPartner", hash((path, "good")))
    answer = club.post("newUserForPartner", [*items, good])
    assert answer.status == 200
    assert answer.json[-1]["uid"] == good["uid"]
    taken = {name for name, item in zip(values, answer.json, strict=False) if "error" not in item}
    assert taken == FIELDS["newUserForPartner"][path]


def deep(opening: bytes, closing: bytes, depth: int = 10_000) -> bytes:
    return opening * depth + b"1" + closing * depth


BODIES: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t ",
    "not JSON": b"origin=spacex",
    "open object": b"{",
    "open string": b'{"origin": "',
    "trailing comma": b'{"origin": "x",}',
    "two values": b"{} {}",
    "single quotes": b"{'origin': 'x'}",
    "comment": b"{} // no",
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"origin": "x"}'.encode("utf-16"),
    "Latin-1": '{"origin": "é"}'.encode("latin-1"),
    "gzip": gzip.compress(b"{}"),
    "raw NUL": b'{"origin": "a\x00b"}',
    "raw control character": b'{"origin": "a\nb"}',
    "encoded surrogate": b'{"origin": "\xed\xa0\x80"}',
    "escaped surrogate in a name": b'{"\\udfff": 1}',
    "escaped NUL in a name": b'{"\\u0000": 1}',
    "NaN": b'{"origin": NaN}',
    "Infinity": b'{"origin": Infinity}',
    "-Infinity": b'{"origin": -Infinity}',
    "1e999": b'{"origin": 1e999}',
    "-1e999": b'{"origin": -1e999}',
    "an integer beyond every range": b'{"origin": ' + b"9" * 400 + b"}",
    "an integer of 100,000 digits": b'{"origin": ' + b"9" * 100_000 + b"}",
    "leading zero": b'{"origin": 01}',
    "duplicate key": b'{"origin": "x", "origin": "x"}',
    "duplicate key below": b'{"interaction": {"a": 1, "a": 2}}',
    "duplicate key by escape": b'{"origin": "x", "\\u006frigin": "x"}',
    "null": b"null",
    "true": b"true",
    "number": b"5",
    "string": b'"{}"',
    "empty array": b"[]",
    "33 deep": deep(b"[", b"]", 33),
    "10,000 arrays deep": deep(b"[", b"]"),
    "10,000 objects deep": deep(b'{"a":', b"}"),
    "a megabyte of brackets": b"[" * MEGABYTE,
    "a byte over a megabyte": b'{"origin":"' + b"x" * (MEGABYTE - 12) + b'"}',
}


@pytest.mark.parametrize("route", POSTS)
def test_what_is_no_json_object_is_400(club: Partner, route: str) -> None:
    for name, body in BODIES.items():
        answer = club.post(route, body)
        assert answer.status == 400, name
        assert_refused(answer, "QUERY_INCOMPLETE")


def test_a_body_of_a_megabyte_is_read_and_one_byte_more_is_not(club: Partner) -> None:
    def body(size: int) -> bytes:
        start = json.dumps(saving(club, padding="")).encode()[:-2]
        return start + b"x" * (size - len(start) - 2) + b'"}'

    assert len(body(MEGABYTE)) == MEGABYTE
    assert "padding" in assert_refused(club.post("saveActionInteraction", body(MEGABYTE)), "QUERY_INCOMPLETE")
    message = assert_refused(club.post("saveActionInteraction", body(MEGABYTE + 1)), "QUERY_INCOMPLETE")
    assert "larger than" in message


def test_a_body_nests_32_deep_and_no_deeper(club: Partner, uid: str) -> None:
    def answer(levels: int) -> Answer:  # the body, nft_info and attributes are three
        nested: Any = 1
        for _ in range(levels - 3):
            nested = [nested]
        return club.announce(f"{uid}{levels}", nft_info={"attributes": {"nested": nested}})

    assert answer(32).status == 200
    assert "deep" in assert_refused(answer(33), "QUERY_INCOMPLETE")


@pytest.mark.parametrize(
    "body",
    [
        b"{" + b",".join(b'"k%d":1' % number for number in range(90_000)) + b',"z":1,"z":2}',
        b"{" + b",".join(b'"k%d":1' % number for number in range(90_000)) + b"}",
        b'{"' + b"k" * 1_000_000 + b'":1}',
        b"[" + b",".join([b"0"] * 500_000) + b"]",
        b'{"k":' + b"[" * 16 + b",".join([b'"\\u0041"'] * 100_000) + b"]" * 16 + b"}",
    ],
    ids=["a late duplicate", "many unknown fields", "a long name", "many items", "many strings"],
)
def test_a_body_made_to_take_long_is_refused_soon_and_in_few_words(club: Partner, body: bytes) -> None:
    started = time.thread_time()
    answer = club.post("newUserForPartner", body)
    assert time.thread_time() - started < 5
    assert len(assert_refused(answer, "QUERY_INCOMPLETE")) < 300


def test_a_name_that_the_caller_chose_is_cut_in_the_message(club: Partner) -> None:
    for body in (saving(club, **{"k" * 5000: 1}), saving(club, interaction={**interaction(), "k" * 5000: 1})):
        assert len(assert_refused(club.post("saveActionInteraction", body), "QUERY_INCOMPLETE")) < 200


@pytest.mark.parametrize("route", POSTS)
def test_unknown_fields_are_400(club: Partner, route: str) -> None:
    answer = club.post(route, {**complete(club, route, hash((route, "unknown"))), "extra": None})
    assert "extra" in assert_refused(answer, "QUERY_INCOMPLETE")


@pytest.mark.parametrize("route", POSTS)
@pytest.mark.parametrize(
    ("content_type", "read"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("text/json", True),
        ("application/vnd.api+json", True),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("application/xml", False),
        ("application/octet-stream", False),
        ("json", False),
        ("", False),
    ],
)
def test_bodies_are_read_as_json_alone(club: Partner, route: str, content_type: str, read: bool) -> None:
    body = complete(club, route, hash((route, content_type)))
    answer = club.post(route, body, headers={"Content-Type": content_type})
    if read:
        assert answer.status == 200, answer
    else:
        assert "JSON" in assert_refused(answer, "QUERY_INCOMPLETE")


def test_a_form_is_400(club: Partner) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = club.post("newUserForPartner", f"origin={club.origin}&uid=x".encode(), headers=form)
    assert_refused(answer, "QUERY_INCOMPLETE")


def test_a_body_without_a_content_type_is_read_as_json(club: Partner) -> None:
    body = json.dumps(complete(club, "newUserForPartner", hash("untyped"))).encode()
    headers = {"Authorization": f"Bearer {club.key}"}
    response = club.platform.client.http.request("POST", "/api/v1/newUserForPartner", headers=headers, body=body)
    assert response.status_code == 200


def test_strange_text_is_stored_and_answered_as_it_came(club: Partner, uid: str) -> None:
    strange = "\u202e\u200b\ufeff🎉\u0001\x7f\\\"'<script>&#%23{}\U0001d54fe\u0301"
    info = {"name": strange, "description": strange, "imgUrl": strange, "attributes": {strange: [strange]}}
    token_id = announced(club, uid + strange, email=f"{uid}@example.com", nft_info=info)
    nft = club.nft(token_id)
    assert nft["uid"] == uid + strange
    assert {name: nft[name] for name in ("name", "description", "imgUrl")} == {
        name: info[name] for name in ("name", "description", "imgUrl")
    }
    assert nft["attributes"] == {"tier": "gold", strange: [strange]}
    saved(club, uid + strange, type=strange, name=strange)
    answer = club.act(uid + strange, action_id=uid + strange)
    assert answer.json["attributes"] == {"tier": "gold", strange: 1}
    assert club.scans(token_id)[0]["interactionName"] == strange


@contextmanager
def broken_tables(error: Exception) -> Iterator[None]:
    """Every request to the tables fails with this, before it is sent."""

    def fail(**_: Any) -> None:
        raise error

    events = aws.client("dynamodb").meta.events
    events.register_first("before-send.dynamodb", fail)
    try:
        yield
    finally:
        events.unregister("before-send.dynamodb", fail)


SEND: dict[str, Callable[[Partner], Answer]] = {
    "newActionForUser": lambda me: me.act("hostile", action_id="hostile"),
    "getNftByTokenId": lambda me: me.get("getNftByTokenId", contract_id="nowhere", tokenId="1"),
}


@pytest.mark.parametrize("route", SEND)
def test_a_fault_of_ours_says_nothing_but_the_request_id(club: Partner, route: str) -> None:
    assert SEND[route](club).status in (200, 404)  # the key is known now
    with broken_tables(RuntimeError("secret table name and stack")):
        answer = SEND[route](club)
    message = assert_refused(answer, "INTERNAL", status=500)
    assert "secret" not in json.dumps(answer.json)
    assert str(answer.headers["x-request-id"]) in message
