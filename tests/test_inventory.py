"""Tables and queues are found where features declare them, and rows expire where they say so."""

import pytest
from pynamodb.attributes import TTLAttribute

from chalicelib import inventory
from chalicelib.core import aws
from chalicelib.core.functions import QueueFunction
from chalicelib.core.settings import settings
from chalicelib.core.table_definitions import TwoExpiries, expiry_attributes
from chalicelib.core.tables import Row
from tests.platform import Platform


class _Passing(Row):
    table = "passing"


class _Session(_Passing):
    ends = TTLAttribute(attr_name="ttl")


class _Permanent(Row):
    table = "permanent"


class _Torn(Row):
    table = "torn"


class _First(_Torn):
    first = TTLAttribute()


class _Second(_Torn):
    second = TTLAttribute()


def test_each_feature_is_found_once() -> None:
    tables = [row.table for row in inventory.rows()]
    assert {"activity", "chain", "gardenlab", "idempotency", "partners", "webhooks"} <= set(tables)
    assert len(tables) == len(set(tables))
    names = [queue.name for queue in inventory.queues()]
    assert {"chain-jobs", "webhooks-fast", "webhooks-slow"} <= set(names)
    assert len(names) == len(set(names))


def test_each_queue_has_one_function_that_works_it() -> None:
    worked = [each.queue for each in inventory.functions() if isinstance(each, QueueFunction)]
    assert sorted(worked) == sorted(inventory.queues())


def test_every_declared_function_is_a_handler_of_the_app(platform: Platform) -> None:
    names = [each.name for each in inventory.functions()]
    assert len(names) == len(set(names))
    assert sorted(source.name for source in platform.app.event_sources) == sorted(names)


def test_a_kind_of_row_that_expires_makes_its_table_expire_rows() -> None:
    assert expiry_attributes([_Passing, _Permanent]) == {f"{settings().prefix}passing": "ttl"}


def test_two_expiries_in_one_table_are_refused() -> None:
    with pytest.raises(TwoExpiries, match=r"torn.*first.*second"):
        expiry_attributes([_Torn])


def test_a_local_runs_tables_expire_their_rows_as_a_deployed_stages(platform: Platform) -> None:
    del platform
    for table, attribute in expiry_attributes(inventory.rows()).items():
        described = aws.client("dynamodb").describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        assert (described["TimeToLiveStatus"], described["AttributeName"]) == ("ENABLED", attribute)
