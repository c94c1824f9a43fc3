"""The command that puts a stage's tables back as they were."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.core.ids import random_token
from infra import restore
from infra.template.stage import tables

_STAGE = f"restored{random_token(6).lower()}"
_AT = "2026-11-22T04:00:00Z"
Say = Callable[..., str]


@pytest.fixture(name="dynamodb")
def _dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """moto with the tables of a stage, which go with the test."""
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-central-1")
        for own, definition in tables().items():
            client.create_table(**definition | {"TableName": f"spacegarden-{_STAGE}-{own}"})
        yield client
        for name in client.list_tables()["TableNames"]:
            if name.startswith(f"spacegarden-{_STAGE}-"):
                client.delete_table(TableName=name)


@pytest.fixture(name="say")
def _say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs the command and gives what it printed."""

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["restore", _STAGE, *words])
        restore.main()
        return capsys.readouterr().out

    return run


def _name(own: str) -> str:
    return f"spacegarden-{_STAGE}-{own}"


def _put(client: Any, own: str, pk: str, **attributes: Any) -> None:
    client.put_item(TableName=_name(own), Item={"pk": {"S": pk}, "sk": {"S": "ROW"}, **attributes})


def _rows(client: Any, own: str) -> dict[str, Any]:
    pages = client.get_paginator("scan").paginate(TableName=_name(own))
    return {item["pk"]["S"]: item for page in pages for item in page["Items"]}


def test_tables_are_what_they_were(dynamodb: Any, say: Say) -> None:
    many = [f"{random_token(8)}-{n}" for n in range(130)]  # more than one read of keys takes
    for pk in many:
        _put(dynamodb, "gardenlab", pk, xp={"N": "7"}, names={"SS": ["b", "a"]})
    _put(dynamodb, "webhooks", "event", body={"B": b"\x00\xff"})
    before = {own: _rows(dynamodb, own) for own in tables()}

    assert f"{_name('gardenlab')}-restored is ready" in say("copy", _AT)
    assert f"{_name('gardenlab'):40} 0 to put back, 0 to remove" in say("compare")
    for pk in many[:3]:
        _put(dynamodb, "gardenlab", pk, xp={"N": "9"})
    for pk in many[3:110]:
        dynamodb.delete_item(TableName=_name("gardenlab"), Key={"pk": {"S": pk}, "sk": {"S": "ROW"}})
    _put(dynamodb, "webhooks", "newer")

    assert f"{_name('gardenlab'):40} 110 to put back, 0 to remove" in say("compare")
    assert _rows(dynamodb, "webhooks").keys() == {"event", "newer"}
    said = say("write")
    assert f"{_name('gardenlab'):40} 110 put back, 0 removed" in said
    assert f"{_name('webhooks'):40} 0 put back, 1 removed" in said
    assert {own: _rows(dynamodb, own) for own in tables()} == before
    assert "1" not in {word for line in say("write").splitlines() for word in line.split()}

    assert f"{_name('gardenlab')}-restored is being deleted" in say("drop")
    assert not [name for name in dynamodb.list_tables()["TableNames"] if name.endswith("-restored")]


def test_nothing_is_written_without_copies(dynamodb: Any, say: Say) -> None:
    _put(dynamodb, "gardenlab", "nft")
    with pytest.raises(SystemExit, match="-restored is not there or not ready"):
        say("write")
    assert _rows(dynamodb, "gardenlab").keys() == {"nft"}


@pytest.mark.parametrize("at", ["2999-01-01T00:00:00Z", "yesterday"])
@pytest.mark.usefixtures("dynamodb")
def test_what_is_no_time_or_is_to_come_is_refused(at: str, say: Say) -> None:
    with pytest.raises(SystemExit) as refused:
        say("copy", at)
    assert refused.value.code == 2
