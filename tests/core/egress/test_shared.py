"""The client that everything shares."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chalicelib.core.egress import client
from chalicelib.core.egress.policy import EgressPolicy
from chalicelib.core.egress.shared import egress, shared_client


def test_threads_that_come_at_once_share_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[EgressPolicy] = []
    at_once = Barrier(4)

    class Counted(client.EgressClient):
        def __init__(self, policy: EgressPolicy) -> None:
            made.append(policy)
            super().__init__(policy)

    def ask() -> object:
        at_once.wait(30)
        return egress()

    monkeypatch.setattr(client, "EgressClient", Counted)
    before = egress()
    made.clear()
    shared_client.cache_clear()
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(ask) for _ in range(4)]
        clients = {id(each.result()) for each in asked}
    egress().close()
    shared_client.cache_clear()
    before.close()
    assert (len(clients), len(made)) == (1, 1)
