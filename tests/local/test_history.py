"""The demo partner's past: thirty days in the console's charts, made once."""

from contextlib import suppress

from chalicelib import demo
from chalicelib.gardenlab.service import timeline
from chalicelib.partners import service as partners
from chalicelib.partners.errors import PartnerExists
from chalicelib.partners.schemas import PartnerCreate
from chalicelib.webhooks.service import statistics
from local.history import COLLECTION, DAYS, make_history
from tests.platform import Platform


def test_history_fills_thirty_days_once_and_mints_some_nfts(platform: Platform) -> None:
    with suppress(PartnerExists):
        partners.create_partner(PartnerCreate(origin=demo.ORIGIN, display_name="SpaceX"))
    make_history()
    platform.drain()
    platform.sweep()
    platform.drain()
    days = timeline.daily(demo.ORIGIN).days
    assert len(days) == DAYS
    assert sum(1 for day in days if day.announced) >= DAYS // 3
    assert sum(1 for day in days if day.scanned) >= DAYS // 2
    assert sum(day.minted for day in days) == 3
    attempts = statistics.by_day(demo.ORIGIN, days=DAYS).values()
    assert sum(day.succeeded for day in attempts) > sum(day.failed for day in attempts) > 0
    make_history()
    assert timeline.daily(demo.ORIGIN).days == days


def test_history_has_a_collection_of_its_own() -> None:
    assert COLLECTION != demo.COLLECTION
