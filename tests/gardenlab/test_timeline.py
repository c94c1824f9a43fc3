"""What happened, by time and by day, and NFTs as a partner looks for them."""

from datetime import timedelta

import pytest

from chalicelib.core.clock import travelled
from chalicelib.gardenlab.repository import timeline as repository
from chalicelib.gardenlab.service import collections, history, search, timeline
from tests.budgets.metering import metered
from tests.platform import Partner, Platform


@pytest.fixture
def busy(partner: Partner) -> Partner:
    """A partner with two users, three scans and a mint."""
    return _made_busy(partner)


@pytest.fixture(scope="module")
def read_only(platform: Platform) -> Partner:
    """Another one, for tests that change nothing and look at the present alone."""
    return _made_busy(platform.new_partner())


def _made_busy(partner: Partner) -> Partner:
    partner.save_interaction()
    partner.announce("ada")
    partner.announce("grace", email="Grace@Example.com")
    for uid in ("ada", "ada", "grace"):
        assert partner.act(uid).status == 200
    assert partner.mint("ada").status == 200
    partner.platform.drain()
    partner.platform.sweep()
    partner.platform.drain()
    assert partner.nft("1")["status"] == "minted"
    return partner


def test_day_counts_users_scans_and_mints_whether_they_were_counted_before_or_not(busy: Partner) -> None:
    def today() -> tuple[int, int, int]:
        last = timeline.daily(busy.origin).days[-1]
        return last.announced, last.scanned, last.minted

    assert today() == (2, 3, 1)
    assert repository.find_tally(busy.origin) is None  # too young to be kept
    with travelled(timedelta(seconds=timeline.SETTLED_SECONDS + 5)):
        whole = timeline.daily(busy.origin)
        assert sum(day.scanned for day in whole.days) == 3
        busy.act("grace")
        again = timeline.daily(busy.origin)
        assert sum(day.scanned for day in again.days) == 4
        with metered() as bill:
            timeline.daily(busy.origin)
    assert bill.operations == ["GetItem", "Query"]
    assert whole.is_complete
    assert len(whole.days) == timeline.DAYS


def test_older_days_stay_and_leave_after_thirty(busy: Partner) -> None:
    with travelled(timedelta(days=1)):
        days = timeline.daily(busy.origin).days
        assert (days[-1].scanned, days[-2].scanned) == (0, 3)
        assert (timeline.daily(busy.origin).days[-2].scanned) == 3
    with travelled(timedelta(days=timeline.DAYS)):
        assert sum(day.scanned for day in timeline.daily(busy.origin).days) == 0


def test_two_who_count_at_once_count_each_entry_once(busy: Partner) -> None:
    with travelled(timedelta(minutes=5)):
        entries, _ = repository.entries_after(busy.origin, "0", limit=10)
        counted = {"2026-01-01": {"scanned": 1}}
        assert repository.keep_tally(busy.origin, None, position=entries[-1].position, days=counted)
        assert not repository.keep_tally(busy.origin, None, position=entries[-1].position, days={})
        kept = repository.find_tally(busy.origin)
    assert kept is not None
    assert kept.days == counted


def test_latest_is_newest_first_and_goes_on(read_only: Partner) -> None:
    first, position = timeline.latest(read_only.origin, limit=4)
    rest, end = timeline.latest(read_only.origin, limit=4, before=position)
    assert [each.kind for each in (*first, *rest)] == [
        "minted",
        "scanned",
        "scanned",
        "scanned",
        "announced",
        "announced",
    ]
    assert end is None
    assert first[1].interaction == "Check-in"
    assert first[1].xp == 5_000_000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ada@example.com", ["1"]),
        ("GRACE@example.COM", ["2"]),
        ("grace", ["2"]),
        ("1", ["1"]),
        ("3", []),
        ("nobody@example.com", []),
        ("@", []),
        (" ", []),
        ("x" * 300, []),
    ],
)
def test_nfts_are_found_by_e_mail_uid_and_token_id(read_only: Partner, text: str, found: list[str]) -> None:
    assert [row.token_id for row in search.find_nfts(read_only.origin, text)] == found
    assert search.find_nfts(read_only.origin, text, contract_id="another") == []


@pytest.mark.usefixtures("read_only")
def test_search_finds_no_other_partners_nft(other_partner: Partner) -> None:
    assert search.find_nfts(other_partner.origin, "ada") == []
    assert timeline.latest(other_partner.origin, limit=5) == ([], None)


def test_newest_nfts_page_down_to_the_first(read_only: Partner) -> None:
    collection = collections.find(read_only.origin, "summer_party")
    assert collection is not None
    rows, below = search.newest_nfts(collection, below=None, limit=1)
    assert [row.token_id for row in rows] == ["2"]
    rows, end = search.newest_nfts(collection, below=below, limit=1)
    assert [row.token_id for row in rows] == ["1"]
    assert end is None
    assert search.newest_nfts(collection, below=1, limit=1) == ([], None)


def test_history_pages_down_and_tells_which_scans_wait_for_the_chain(busy: Partner) -> None:
    busy.act("ada")
    token = search.find_nfts(busy.origin, "1")[0]
    page = history.history(token, below=None, limit=2)
    assert [(each.number, each.is_waiting) for each in page.scans] == [(3, True), (2, False)]
    assert page.mint is not None
    rest = history.history(token, below=page.below, limit=2)
    assert ([each.number for each in rest.scans], rest.below) == ([1], None)
    for _ in range(2):
        busy.platform.drain()
        busy.platform.sweep()
    [newest] = history.history(token, below=None, limit=1).scans
    assert newest.transaction is not None
    assert not newest.is_waiting
