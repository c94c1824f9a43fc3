"""The demo partner's past: thirty days in the console's charts, made once."""

from contextlib import suppress

from chalicelib import demo
from chalicelib.core.clock import travelled
from chalicelib.gardenlab.service import timeline
from chalicelib.partners import service as partners
from chalicelib.partners.errors import PartnerExists
from chalicelib.partners.schemas import PartnerCreate
from chalicelib.webhooks.service import statistics
from local.history import COLLECTION, DAYS, SPAN, make_history
from tests.platform import Platform


def test_history_fills_thirty_days_once_and_its_mints_lie_on_three_of_them(platform: Platform) -> None:
    with suppress(PartnerExists):
        partners.create_partner(PartnerCreate(origin=demo.ORIGIN, display_name="SpaceX"))
    with travelled(-SPAN) as further:
        make_history(further)
    days = timeline.daily(demo.ORIGIN).days
    assert len(days) == DAYS
    assert sum(1 for day in days if day.announced) >= DAYS // 3
    assert sum(1 for day in days if day.scanned) >= DAYS // 2
    assert [day.minted for day in days if day.minted] == [1, 1, 2]
    attempts = statistics.by_day(demo.ORIGIN, days=DAYS).values()
    assert sum(day.succeeded for day in attempts) > sum(day.failed for day in attempts) > 0
    platform.drain()
    platform.sweep()
    platform.drain()
    with travelled(-SPAN) as further:
        make_history(further)
    assert timeline.daily(demo.ORIGIN).days == days


def test_history_has_a_collection_of_its_own() -> None:
    assert COLLECTION != demo.COLLECTION
