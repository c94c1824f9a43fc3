"""Bodies and queries nobody should send: 400 in one plain sentence, never a fault of ours."""

import gzip
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.dreamspace.world import Dream, compact, document, event

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "blank": b"  \n",
    "not JSON": b"{",
    "text": b"hello",
    "form": b"twitch_id=1&name=x",
    "null": b"null",
    "true": b"true",
    "number": b"5",
    "string": b'"x"',
    "array": b"[]",
    "array of objects": b'[{"twitch_id": "1", "name": "x"}]',
    "duplicate key": b'{"twitch_id": "1", "twitch_id": "2", "name": "x"}',
    "NaN": b'{"twitch_id": null, "name": NaN}',
    "Infinity": b'{"twitch_id": null, "name": -Infinity}',
    "1e999": b'{"twitch_id": 1e999, "name": "x"}',
    "endless number": b'{"twitch_id": ' + b"9" * 5000 + b', "name": "x"}',
    "deep": b'{"twitch_id": ' * 40 + b"1" + b"}" * 40,
    "deeper": b"[" * 100_000,
    "replaced by a gateway": '{"twitch_id": "\ufffd", "name": "x"}'.encode(),
    "not UTF-8": b'{"twitch_id": "\xff", "name": "x"}',
    "half a surrogate": b'{"twitch_id": "\\ud800", "name": "x"}',
    "NUL": b'{"twitch_id": "\\u0000", "name": "x"}',
    "byte order mark": b'\xef\xbb\xbf{"twitch_id": null, "name": "x"}',
    "gzip": gzip.compress(b'{"twitch_id": null, "name": "x"}'),
    "trailing comma": b'{"twitch_id": null, "name": "x",}',
    "unknown field": b'{"twitch_id": null, "name": "x", "\\u202e": 1}',
    "long unknown field": b'{"twitch_id": null, "name": "x", "' + b"y" * 100_000 + b'": 1}',
}
PLACES = [("POST", "/users"), ("PATCH", "/users/1"), ("POST", "/events"), ("PUT", "/stamps"), ("PATCH", "/documents/1")]


@pytest.fixture(scope="module", autouse=True)
def first(shared: Dream) -> dict[str, Any]:
    """A user and a document to change."""
    return {"user": shared.user("1"), "document": shared.document()}


@pytest.mark.parametrize("name", BODIES)
def test_body_that_makes_no_sense_is_400(shared: Dream, name: str) -> None:
    for method, path in PLACES:
        if name == "array" and method == "PUT":
            continue  # which adds nothing
        shared.refused(400, method, path, BODIES[name])
    assert len(shared.get("/users")) == 1


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=2000).filter(str.strip) | st.text("\r\n\x0b\x1b\x85\u2028", min_size=1))
@example("x\r\nSet-Cookie: a=1")
@example("\u202eeman" * 100)
@example("{")
def test_a_refusal_is_one_short_line_whatever_names_and_values_hold(shared: Dream, text: str) -> None:
    text = text.encode("utf-8", "ignore").decode().replace("\0", "") + "\n"
    shared.refused(400, "POST", "/users", {"twitch_id": None, "name": "x", text: 1})
    shared.refused(400, "POST", "/events", event(user={"twitch_id": None, "name": "x", text: {text: 1}}))
    shared.refused(400, "POST", "/events", event(event_type=text))
    shared.refused(400, "PATCH", "/users/1", {text: text})
    shared.refused(400, "GET", "/events", event_type=text)
    shared.refused(400, "GET", "/users", created_after=text)
    shared.refused(400, "GET", "/users", **{"user_id": text})
    shared.refused(404, "GET", f"/users/{quote(text, safe='')}")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", "", ";;"])
def test_body_is_json_whatever_its_content_type(shared: Dream, media_type: str) -> None:
    body = b'{"twitch_id": "1", "name": "typed"}'
    answer = shared.call("POST", "/users", body, headers={"Content-Type": media_type})
    assert (answer.status, answer.json["name"]) == (200, "typed")


def test_query_that_makes_no_sense_is_400(shared: Dream) -> None:
    for query in ("name=%00", "%00=1", "limit=", "limit=1e3", "limit=%D9%A1", "starting_after=", "starting_after=-1"):
        shared.refused(400, "GET", f"/users?{query}")


@pytest.mark.parametrize("text", ["\u202eabc\u202c", "\u200b", "🎉", "#%23/\\'\"{}", "a\tb\r\nc", "\u0001", "﷽" * 200])
def test_any_text_is_kept_and_found_again(shared: Dream, text: str) -> None:
    user = shared.user(text, text)
    assert (user["twitch_id"], user["name"]) == (text, text)
    assert [found["user_id"] for found in shared.get("/users", twitch_id=text)] == [user["user_id"]]
    assert [found["user_id"] for found in shared.get("/users", name=text)] == [user["user_id"]]
    made = shared.post("/documents", document(metadata=text, stamps=[{**_stamp(), "stamp_type": text}]))
    assert shared.get("/documents", metadata=text) == shared.get("/documents", stamp_type=text) == [made]
    assert shared.get("/stamps", stamp_type=text) == made["stamps"]


def _stamp() -> dict[str, Any]:
    return {"stamp_type": "x", "pos_x": 0, "pos_y": 0, "rotation": 0}


def test_largest_event_fits(dream: Dream) -> None:
    """Every field as long as it may be, in characters of four bytes: still one transaction."""
    long, short = "🎉" * 65_536, "🎉" * 255
    stamps = [{**_stamp(), "stamp_type": short} for _ in range(60)]
    body = event(
        user={"twitch_id": short, "name": short, "preferences": long},
        user_name=short,
        message=long,
        document=document(document_data="🎉" * 8192, metadata=long, stamps=stamps),
    )
    made = dream.post("/events", _raw(body))
    assert dream.get(f"/events/{made['event_id']}") == made
    assert dream.get("/events") == [made]
    assert made["document"]["metadata"] == long == made["message"]


def _raw(body: Any) -> bytes:
    return compact(body).encode()
