"""Open jobs of a collection in the operator's hands: listed, tried at once, cancelled."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.chain import rpc_errors
from chalicelib.chain.domain import pressing
from chalicelib.chain.service import submissions
from chalicelib.chain.service.submissions import Sent
from chalicelib.core.clock import travelled
from tests.faults.recovery import let_time_pass
from tests.platform import HOLDER, OTHER_HOLDER, Answer, Partner, Platform
from tests.receivers import Receiver


@pytest.fixture
def partner(platform: Platform) -> Partner:
    """A partner of this test's own."""
    return platform.new_partner()


@contextmanager
def _without_coins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise rpc_errors.InsufficientFunds("the signer has nothing")

    with monkeypatch.context() as patch:
        patch.setattr(submissions, "_assert_funds", refuse)
        yield


def _jobs(partner: Partner, query: str = "") -> Any:
    answer = partner.platform.admin("GET", f"/{partner.origin}/collections/summer_party/jobs{query}")
    assert answer.status == 200, answer.json
    return answer.json


def _act(partner: Partner, job: str, what: str) -> Answer:
    return partner.platform.admin("POST", f"/{partner.origin}/collections/summer_party/jobs/{job}/{what}")


def _actions(partner: Partner) -> list[tuple[str, str]]:
    found = partner.platform.admin("GET", f"/{partner.origin}/audit?limit=100").json["data"]
    return [(each["action"], each["target"]) for each in found if each["action"].startswith("job.")]


def test_waiting_mint_is_listed_with_its_reason_and_goes_on_when_tried_again(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = partner.announce().json["tokenId"]
    partner.mint()
    [job] = _jobs(partner)["data"]
    assert (job["id"], job["state"], job["recipient"]) == (f"{token}-mint-1", "waiting", HOLDER)
    assert (job["waits_for"], job["why"]) == (None, "It is sent with the next transaction.")
    with _without_coins(monkeypatch):
        partner.platform.drain()
        [job] = _jobs(partner)["data"]
        assert (job["waits_for"], job["failures"]) == ("out_of_funds", 1)
        assert job["why"] == "The signer has too few coins; it goes on once it has more."
        assert "the signer has nothing" in job["error"]
    assert _act(partner, job["id"], "retry").json["failures"] == 0
    partner.platform.drain()
    assert partner.nft(token)["owner"] == HOLDER
    assert _jobs(partner)["data"] == []
    assert _actions(partner) == [("job.retry", f"summer_party/{job['id']}")]


def test_mint_tried_again_while_a_worker_signs_it_is_minted_and_ends(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = partner.announce().json["tokenId"]
    partner.mint()
    original, answers = submissions.sign_and_store, list[int]()

    def sign_and_store(*given: Any, **named: Any) -> Any:
        if not answers:
            answers.append(_act(partner, f"{token}-mint-1", "retry").status)
        return original(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(submissions, "sign_and_store", sign_and_store)
        partner.platform.drain()
    let_time_pass(partner.platform)
    assert answers == [200]
    assert (partner.nft(token)["status"], partner.nft(token)["owner"]) == ("minted", HOLDER)
    assert _jobs(partner)["data"] == []


def test_cancelled_mint_is_told_to_the_partner_who_may_mint_again(partner: Partner) -> None:
    token = partner.announce().json["tokenId"]
    with Receiver() as receiver:
        partner.add_endpoint(receiver.url)
        partner.mint()
        cancelled = _act(partner, f"{token}-mint-1", "cancel")
        assert (cancelled.status, cancelled.json["kind"]) == (200, "mint")
        partner.platform.drain()
        [told] = [json.loads(each.body) for each in receiver.wait_for(1, 5)]
    assert (told["success"], told["code"]) == (False, "cancelled")
    assert partner.nft(token)["status"] == "mint_failed"
    assert _act(partner, f"{token}-mint-1", "cancel").status == 404
    assert partner.mint(user_addr=OTHER_HOLDER).status == 200
    partner.platform.drain()
    assert partner.nft(token)["owner"] == OTHER_HOLDER
    assert _actions(partner) == [("job.cancel", f"summer_party/{token}-mint-1")]


def test_job_that_was_sent_is_left_to_the_chain(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    token = partner.announce().json["tokenId"]
    partner.mint()
    with monkeypatch.context() as patch:
        patch.setattr(submissions, "broadcast", lambda *_: Sent(pressing.Answer.SILENT, "the node is silent"))
        partner.platform.drain()
        [job] = _jobs(partner)["data"]
    assert (job["state"], job["bids"], job["waits_for"]) == ("sent", 1, "chain_unreachable")
    assert job["why"] == "The chain's node does not answer."
    assert float(job["most_cost"]) == pytest.approx(job["gas"] * float(job["max_fee_gwei"]) / 10**9)
    assert (job["most_share"], job["most_share_value"]) == (job["most_cost"], None)
    assert job["transaction_hash"] in job["transaction_url"]
    for what in ("retry", "cancel"):
        assert _act(partner, job["id"], what).status == 409
    with travelled(timedelta()) as further:
        for _ in range(4):
            further(timedelta(minutes=20))
            partner.platform.pump.tick("sweep_chain")
            partner.platform.drain()
    assert partner.nft(token)["owner"] == HOLDER


@pytest.mark.parametrize("job", ["1-mint-1", "1-burn-1", "nothing", "1-mint-"])
def test_job_that_is_not_open_is_not_found(partner: Partner, job: str) -> None:
    assert [_act(partner, job, what).status for what in ("retry", "cancel")] == [404, 404]
    assert _actions(partner) == []


def test_list_says_whether_there_are_more(partner: Partner) -> None:
    for uid in ("ada", "bob", "cy"):
        partner.announce(uid)
        partner.mint(uid)
    found = _jobs(partner, "?limit=2")
    assert (found["count"], found["has_more"]) == (2, True)
    rest = _jobs(partner, f"?starting_after={found['data'][-1]['cursor']}")
    assert (rest["count"], rest["has_more"]) == (1, False)
    assert sorted(job["id"] for job in [*found["data"], *rest["data"]]) == ["1-mint-1", "2-mint-1", "3-mint-1"]
    assert (_jobs(partner)["count"], _jobs(partner)["has_more"]) == (3, False)
    other = partner.platform.new_partner()
    assert _jobs(other)["data"] == []
    partner.platform.drain()


def test_longest_list_is_shown_though_more_wait(partner: Partner) -> None:
    for number in range(101):
        partner.announce(f"u{number}")
        partner.mint(f"u{number}")
    found = _jobs(partner, "?limit=100")
    assert (found["count"], found["has_more"]) == (100, True)
    partner.platform.drain()


def test_list_goes_on_from_what_is_sent_to_what_waits_though_the_first_page_has_ended(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for uid in ("ada", "bob"):
        partner.announce(uid)
        partner.mint(uid)
    with monkeypatch.context() as patch:
        patch.setattr(submissions, "broadcast", lambda *_: Sent(pressing.Answer.SILENT, "the node is silent"))
        partner.platform.drain()
    for uid in ("cy", "dan"):
        partner.announce(uid)
        partner.mint(uid)
    everything = _jobs(partner)["data"]
    assert [job["state"] for job in everything] == ["sent", "sent", "waiting", "waiting"]
    pages = [_jobs(partner, f"?limit=1&starting_after={job['cursor']}") for job in everything]
    assert [[job["id"] for job in page["data"]] for page in pages] == [[job["id"]] for job in everything[1:]] + [[]]
    assert [page["has_more"] for page in pages] == [True, True, False, False]
    assert _act(partner, everything[2]["id"], "cancel").status == 200
    assert _jobs(partner, f"?starting_after={everything[2]['cursor']}")["data"] == everything[3:]
    let_time_pass(partner.platform)


@pytest.mark.parametrize("cursor", ["1-mint-1", "nothing", "d2FpdHMgMQ", "x" * 300])
def test_list_is_not_begun_where_no_job_ever_was(partner: Partner, cursor: str) -> None:
    path = f"/{partner.origin}/collections/summer_party/jobs?starting_after={cursor}"
    assert partner.platform.admin("GET", path).status == 400
