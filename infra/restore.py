"""Puts a stage's tables back as they were at a second of the last 35 days; docs/operations.md says when.

    python -m infra.restore STAGE copy 2026-11-22T04:00:00Z    makes a table NAME-restored of each table
    python -m infra.restore STAGE compare                      counts the rows that differ from the copies
    python -m infra.restore STAGE write                        makes the tables what the copies are
    python -m infra.restore STAGE drop                         deletes the copies

Nothing else may write meanwhile: `write` reads a row and then replaces it. Each command may be repeated after it was
interrupted. A time without an offset is UTC.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core.times import InvalidTime, parse_time
from infra.aws_session import aws_session
from infra.reader import ended_with_reader
from infra.template.stage import Stage, tables

_SUFFIX: Final = "-restored"
_PARTS: Final = 8  # of a table, read side by side
_READ_AT_ONCE: Final = 100  # BatchGetItem's most
_POLL_SECONDS: Final = 10.0

Item = dict[str, Any]


class RestoreFailed(Exception):
    """AWS refused, or a table or copy is missing; the message says which."""


class Table(NamedTuple):
    """A table of the stage; its key's attributes are `key`."""

    name: str
    key: tuple[str, ...]

    @property
    def copy(self) -> str:
        """The name of the table that holds its earlier state."""
        return f"{self.name}{_SUFFIX}"


class Difference(NamedTuple):
    """How many rows differ from the copy or are missing (`changed`), and how many are not in the copy (`newer`)."""

    changed: int
    newer: int


class Restore:
    """The tables of one stage beside their copies."""

    def __init__(self, stage: str, session: Any, *, poll_seconds: float = _POLL_SECONDS) -> None:
        self._dynamodb = session.create_client("dynamodb", config=Config(max_pool_connections=2 * _PARTS))
        self._poll_seconds = poll_seconds
        prefix = Stage(stage, {}).prefix
        self.tables = [
            Table(f"{prefix}{own}", tuple(each["AttributeName"] for each in definition["KeySchema"]))
            for own, definition in sorted(tables().items())
        ]

    def copy(self, at: datetime) -> Iterator[str]:
        """Makes the copies that are not there yet, without indexes, and gives the name of each that is ready."""
        for table in self.tables:
            if self._status(table.copy) is None:
                self._dynamodb.restore_table_to_point_in_time(
                    SourceTableName=table.name,
                    TargetTableName=table.copy,
                    RestoreDateTime=at,
                    GlobalSecondaryIndexOverride=[],
                )
        for table in self.tables:
            while self._status(table.copy) != "ACTIVE":
                time.sleep(self._poll_seconds)
            yield table.copy

    def apply(self, table: Table, *, writes: bool) -> Difference:
        """Counts the rows of a table that differ from its copy, and makes them the same if `writes`.

        Raises `RestoreFailed` where one of the two is missing.
        """
        for name in (table.name, table.copy):
            if self._status(name) != "ACTIVE":
                advice = ": `copy` makes it" if name == table.copy else ""
                raise RestoreFailed(f"{name} is not there or not ready{advice}.")
        with ThreadPoolExecutor(_PARTS) as pool:
            changed = sum(pool.map(lambda part: self._put_back(table, part, writes=writes), range(_PARTS)))
            newer = sum(pool.map(lambda part: self._remove_newer(table, part, writes=writes), range(_PARTS)))
        return Difference(changed, newer)

    def drop(self) -> Iterator[str]:
        """Deletes the copies; gives the name of each that was there."""
        for table in self.tables:
            if self._status(table.copy) is not None:
                self._dynamodb.delete_table(TableName=table.copy)
                yield table.copy

    def _put_back(self, table: Table, part: int, *, writes: bool) -> int:
        count = 0
        for items in self._pages(table.copy, part):
            present = self._found(table.name, table.key, items)
            for item in items:
                if _comparable(present.get(_key_of(item, table.key))) != _comparable(item):
                    count += 1
                    if writes:
                        self._dynamodb.put_item(TableName=table.name, Item=item)
        return count

    def _remove_newer(self, table: Table, part: int, *, writes: bool) -> int:
        count = 0
        for items in self._pages(table.name, part):
            kept = self._found(table.copy, table.key, items)
            for item in items:
                if _key_of(item, table.key) not in kept:
                    count += 1
                    if writes:
                        self._dynamodb.delete_item(TableName=table.name, Key={name: item[name] for name in table.key})
        return count

    def _pages(self, name: str, part: int) -> Iterator[list[Item]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=name,
            ConsistentRead=True,
            Segment=part,
            TotalSegments=_PARTS,
            PaginationConfig={"PageSize": _READ_AT_ONCE},
        )
        return (page["Items"] for page in pages if page["Items"])

    def _found(self, name: str, key: Sequence[str], items: Sequence[Item]) -> dict[tuple[str, ...], Item]:
        """The rows of a table that have the keys of `items`."""
        asked = {name: {"Keys": [{each: item[each] for each in key} for item in items], "ConsistentRead": True}}
        found: dict[tuple[str, ...], Item] = {}
        while asked:
            answer = self._dynamodb.batch_get_item(RequestItems=asked)
            found |= {_key_of(item, key): item for item in answer["Responses"].get(name, [])}
            asked = answer.get("UnprocessedKeys") or {}
        return found

    def _status(self, name: str) -> str | None:
        try:
            return str(self._dynamodb.describe_table(TableName=name)["Table"]["TableStatus"])
        except self._dynamodb.exceptions.ResourceNotFoundException:
            return None


def _key_of(item: Item, key: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(item[name]) for name in key)


def _comparable(value: Any) -> Any:
    """A value in DynamoDB's JSON, without the order in which the members of a set happened to come."""
    if isinstance(value, dict):
        return {
            name: sorted(each) if name in ("SS", "NS", "BS") and isinstance(each, list) else _comparable(each)
            for name, each in value.items()
        }
    return [_comparable(each) for each in value] if isinstance(value, list) else value


def _moment(text: str) -> datetime:
    try:
        at = parse_time(text)
    except InvalidTime as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if at > datetime.now(UTC):
        raise argparse.ArgumentTypeError("is yet to come")
    return at


def _run(restore: Restore, given: argparse.Namespace) -> None:
    if given.command == "copy":
        for name in restore.copy(given.at):
            print(f"{name} is ready", flush=True)
    elif given.command == "drop":
        for name in restore.drop():
            print(f"{name} is being deleted", flush=True)
    else:
        writes = given.command == "write"
        said = "put back", "removed"
        if not writes:
            said = "to put back", "to remove"
        with click.progressbar(
            restore.tables,
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
            item_show_func=lambda each: each and each.name,
        ) as bar:
            for table in bar:
                changed, newer = restore.apply(table, writes=writes)
                print(f"{table.name:40} {changed} {said[0]}, {newer} {said[1]}", flush=True)


def main() -> None:
    """Runs the command; ends with the reason if it failed."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.restore", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("copy").add_argument("at", type=_moment, metavar="TIME")
    for name in ("compare", "write", "drop"):
        commands.add_parser(name)
    given = parser.parse_args()
    try:
        _run(Restore(given.stage, aws_session()), given)
    except (RestoreFailed, BotoCoreError, ClientError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    with ended_with_reader():
        main()
