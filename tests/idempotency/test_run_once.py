"""One key, one change: what is stored, what is answered again, and who wins a race."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.core.errors import BadRequest
from chalicelib.core.http.target import Target
from chalicelib.core.ids import digest, random_token
from chalicelib.core.transactions import Transaction
from chalicelib.idempotency.repository import answer_of, find_answer
from chalicelib.idempotency.service import Guard, KeyReused, claim_whole, guard_for, run_once
from tests.platform import Platform


@pytest.fixture(scope="module", autouse=True)
def tables(platform: Platform) -> Platform:
    return platform


ORDERS = Target("POST", "/orders", "/orders", "")
PAID = Target("POST", "/orders/{id}/pay", "/orders/1/pay", "")


def fresh(body: bytes = b"{}", *, header: str | None = None, target: Target = ORDERS) -> Guard:
    return guard_for(header or random_token(12), partner="p", route="r", target=target, body=body)


class Operation:
    """Writes nothing but its guard's row, and counts how often it was asked."""

    def __init__(self, answer: Any = "done", *, refusal: BadRequest | None = None, seals: bool = True) -> None:
        self.calls = 0
        self.answer, self.refusal, self.seals = answer, refusal, seals

    def __call__(self, guard: Guard) -> Any:
        self.calls += 1
        if self.refusal is not None:
            raise self.refusal
        if self.seals:
            transaction = Transaction()
            guard.seal(transaction, self.answer)
            transaction.commit()
        return self.answer


@pytest.mark.parametrize("seals", [True, False])
def test_the_first_answer_is_given_again(seals: bool) -> None:
    key = random_token(12)
    assert run_once(fresh(header=key), Operation({"n": [1, 0.5, None]}, seals=seals)) == {"n": [1, 0.5, None]}
    assert run_once(fresh(header=key), Operation("another", seals=seals)) == {"n": [1, 0.5, None]}


def test_without_a_key_nothing_is_stored() -> None:
    guard = guard_for(None, partner="p", route="r", target=ORDERS, body=b"{}")
    operation = Operation()
    assert [run_once(guard, operation) for _ in range(2)] == ["done", "done"]
    assert operation.calls == 2


def test_a_refusal_is_not_stored() -> None:
    key = random_token(12)
    with pytest.raises(BadRequest, match="no"):
        run_once(fresh(header=key), Operation(refusal=BadRequest("no")))
    assert run_once(fresh(header=key), Operation()) == "done"


def test_a_refusal_that_the_first_call_caused_is_the_first_answer() -> None:
    key = random_token(12)
    run_once(fresh(header=key), Operation("first"))
    assert run_once(fresh(header=key), Operation(refusal=BadRequest("used up"))) == "first"


@pytest.mark.parametrize("second", [Operation(), Operation(seals=False), Operation(refusal=BadRequest("no"))])
def test_other_bytes_are_refused_whatever_would_become_of_them(second: Operation) -> None:
    key = random_token(12)
    run_once(fresh(b"{}", header=key), Operation())
    with pytest.raises(KeyReused):
        run_once(fresh(b"{} ", header=key), second)


@pytest.mark.parametrize(
    "other",
    [
        PAID._replace(path="/orders/2/pay"),
        PAID._replace(query="dry_run=true"),
        PAID._replace(method="PUT"),
        PAID._replace(path="/orders/1", query="pay"),
    ],
)
def test_another_target_is_refused(other: Target) -> None:
    key = random_token(12)
    run_once(fresh(header=key, target=PAID), Operation("first"))
    with pytest.raises(KeyReused):
        run_once(fresh(header=key, target=other), Operation("second"))
    assert run_once(fresh(header=key, target=PAID), Operation("again")) == "first"


def test_partner_route_and_key_each_make_another_key() -> None:
    keys = {
        guard_for(header, partner=partner, route=route, target=ORDERS, body=b"").pk
        for header in ("a", "b", "ab")
        for partner in ("p", "pa")
        for route in ("r", "ra")
    }
    assert len(keys) == 12


@pytest.mark.parametrize("length", [0, 256, 10_000])
def test_a_key_of_a_wrong_length_is_refused(length: int) -> None:
    with pytest.raises(BadRequest, match="Idempotency-Key"):
        guard_for("k" * length, partner="p", route="r", target=ORDERS, body=b"")


def test_items_have_keys_of_their_own_and_none_without_the_arrays() -> None:
    guard = fresh()
    assert len({guard.pk, *(guard.item(number).pk for number in range(100))}) == 101
    assert guard.item(3).body_digest == guard.body_digest
    assert Guard(None).item(0).pk is None


def test_a_whole_array_is_claimed_once_for_its_bytes() -> None:
    key = random_token(12)
    claim_whole(fresh(b"[1]", header=key))
    claim_whole(fresh(b"[1]", header=key))
    with pytest.raises(KeyReused):
        claim_whole(fresh(b"[2]", header=key))


def test_a_row_is_gone_after_24_hours_whether_it_was_removed_or_not() -> None:
    key = random_token(12)
    guard = fresh(header=key)
    run_once(guard, Operation("first"))
    with travelled(timedelta(hours=23, minutes=59)):
        assert find_answer(guard.pk or "") is not None
    with travelled(timedelta(hours=24, seconds=1)):
        assert find_answer(guard.pk or "") is None
        assert run_once(fresh(b"other", header=key), Operation("second")) == "second"
        assert run_once(fresh(b"other", header=key), Operation("third")) == "second"


def test_a_change_that_did_not_commit_leaves_the_answer_to_be_stored() -> None:
    """A writer is overtaken, and finds on its next look that there is nothing left to write."""
    key = random_token(12)

    def overtaken(guard: Guard) -> str:
        guard.seal(Transaction(), "lost")
        guard.unseal()
        return "found"

    assert run_once(fresh(header=key), overtaken) == "found"
    assert run_once(fresh(header=key), Operation("again")) == "found"


def test_of_concurrent_calls_one_wins_and_all_answer_its_answer() -> None:
    key, barrier = random_token(12), Barrier(6)

    def call(number: int) -> Any:
        def operation(guard: Guard) -> int:
            barrier.wait(timeout=120)
            transaction = Transaction()
            guard.seal(transaction, number)
            transaction.commit()
            return number

        return run_once(fresh(header=key), operation)

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(call, range(6)))
    assert len(answers) == 1
    row = find_answer(digest("p", "r", key))
    assert row is not None
    assert {answer_of(row)} == answers
