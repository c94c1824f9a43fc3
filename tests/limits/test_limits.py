"""Uses are counted together, by subject and window, also when they come at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.core.clock import travelled
from chalicelib.core.ids import random_token
from chalicelib.core.transactions import Transaction
from chalicelib.limits.service import Limit, LimitReached, add_use, network_of, use
from tests.platform import Platform


def _limit(most: int) -> Limit:
    return Limit(f"test-{random_token(8)}", most, 600)


def _passes(limit: Limit, subject: str = "ada") -> bool:
    try:
        use(limit, subject)
    except LimitReached:
        return False
    return True


def test_as_many_pass_as_the_limit_says(platform: Platform) -> None:
    del platform
    limit = _limit(3)
    assert [_passes(limit) for _ in range(5)] == [True, True, True, False, False]
    with pytest.raises(LimitReached) as refused:
        use(limit, "ada")
    assert 1 <= refused.value.retry_after <= limit.seconds
    assert _passes(limit, "bob"), "another subject is counted for itself"
    with travelled(timedelta(seconds=limit.seconds)):
        assert _passes(limit), "the next window begins anew"


def test_of_many_at_once_no_more_pass(platform: Platform) -> None:
    del platform
    limit = _limit(4)
    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(lambda _: _passes(limit), range(12))) == 4


def test_a_refused_transaction_counts_none_of_its_uses(platform: Platform) -> None:
    del platform
    wide, full = _limit(2), _limit(1)
    use(full, "ada")
    transaction = Transaction()
    add_use(transaction, wide, "ada")
    add_use(transaction, full, "ada")
    with pytest.raises(LimitReached):
        transaction.commit()
    assert [_passes(wide), _passes(wide), _passes(wide)] == [True, True, False]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("", ""),
    ],
    ids=["v4", "v6", "v6 neighbour", "none"],
)
def test_neighbours_of_ipv6_are_one_subject(address: str, network: str) -> None:
    assert network_of(address) == network
