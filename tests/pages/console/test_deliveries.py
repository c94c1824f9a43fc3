"""Deliveries in the console: how they ended, in words, and their cancel."""

from datetime import timedelta

from chalicelib.core.clock import travelled
from tests.pages.console.world import sign_in
from tests.platform import Partner
from tests.receivers import Answer, Receiver

_DELIVERIES = "/console/webhooks/deliveries"


def _sent(partner: Partner, receiver: Receiver) -> str:
    """A sample that was sent once; its delivery's page."""
    endpoint = partner.add_endpoint(receiver.url)["id"]
    path = f"/webhooks/endpoints/{endpoint}/test"
    sent = partner.platform.call("POST", path, key=partner.key, body={"event_type": "newBcNftMint"}).json["id"]
    partner.platform.drain()
    return f"{_DELIVERIES}/{sent}"


def test_scheduled_delivery_is_canceled_on_its_page(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)]) as receiver:
        page = _sent(partner, receiver)
        surfer = sign_in(partner)
        surfer.get(page)
        surfer.submit(f"{page}/cancel")
        assert "The delivery was canceled." in surfer.words
        assert "Canceled after 1 attempt" in surfer.words
        assert f"{page}/cancel" not in surfer.html
        surfer.get(f"{_DELIVERIES}?status=canceled")
        assert page in surfer.html
        surfer.get(page)
        surfer.submit(f"{page}/replay")
        partner.platform.drain()
        surfer.get(page)
        assert "Delivered after" not in surfer.words
        assert "Delivered" in surfer.words


def test_what_the_receiver_asked_for_is_said(partner: Partner) -> None:
    with Receiver(answers=[Answer(422, {"webhook-delivery": "abort-message, disable"})]) as receiver:
        page = _sent(partner, receiver)
    surfer = sign_in(partner)
    surfer.get(page)
    assert "Canceled by the receiver after 1 attempt" in surfer.words
    assert "The receiver asked for no further attempt." in surfer.words
    assert "the endpoint was disabled" in surfer.words


def test_how_long_is_kept_is_shown_and_what_is_not_kept_any_more(partner: Partner) -> None:
    kept = {"retention": {"webhook_bodies": 5, "attempts": 30}}
    assert partner.platform.admin("PATCH", f"/{partner.origin}", kept).status == 200
    with Receiver() as receiver:
        page = _sent(partner, receiver)
    with travelled(timedelta(days=6)):
        surfer = sign_in(partner)
        surfer.get("/console/webhooks")
        assert "An event of today is kept for 5 days, an attempt for 30" in surfer.words
        surfer.get(page)
        assert "is not kept any more: its body cannot be shown, nor sent again." in surfer.words
        assert "HTTP 204" in surfer.words
        assert f"{page}/replay" not in surfer.html
        surfer.get("/console/webhooks/deliveries")
        assert page in surfer.html
    with travelled(timedelta(days=31)):
        surfer = sign_in(partner)
        surfer.get("/console/webhooks/deliveries")
        assert page not in surfer.html
        surfer.get(page)
        assert surfer.page.status == 404
