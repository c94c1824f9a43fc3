"""The console's page of what is on its way to the chain."""

from datetime import timedelta

import pytest

from chalicelib.chain import rpc_errors
from chalicelib.chain.domain.pressing import Answer
from chalicelib.chain.service import submissions
from chalicelib.chain.service.submissions import Sent
from chalicelib.core.clock import travelled
from tests.pages.console.world import sign_in
from tests.platform import Platform

_QUEUE = "/console/collections/summer_party/queue"


def test_queue_says_why_each_job_waits_what_is_bid_for_it_and_who_pays(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = platform.new_partner()
    operator = sign_in(partner)
    operator.get(_QUEUE)
    assert "Nothing waits" in operator.words
    token = partner.announce("ada").json["tokenId"]
    partner.mint("ada")
    with monkeypatch.context() as patch:
        patch.setattr(submissions, "broadcast", lambda *_: Sent(Answer.SILENT, "the node is silent"))
        platform.drain()
    partner.announce("bob")
    partner.mint("bob")

    def refuse(*_: object) -> None:
        raise rpc_errors.InsufficientFunds("the signer has nothing")

    with monkeypatch.context() as patch:
        patch.setattr(submissions, "_assert_funds", refuse)
        patch.setattr(submissions, "broadcast", lambda *_: Sent(Answer.SILENT, "the node is silent"))
        platform.drain()
        operator.get(_QUEUE)
    for words in (f"#{token} Mint to", "The chain's node does not answer.", "gwei a gas", "1 bid", "coins at most"):
        assert words in operator.words
    assert "The signer has too few coins; it goes on once it has more." in operator.words
    with travelled(timedelta()) as further:
        for _ in range(4):
            further(timedelta(minutes=20))
            platform.pump.tick("sweep_chain")
            platform.drain()
    operator.get(_QUEUE)
    assert "Nothing waits" in operator.words
