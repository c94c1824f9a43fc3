"""docs/operations.md tells today's costs, parameters and targets."""

import json
import re
from itertools import takewhile
from pathlib import Path
from typing import Any

import click

from bench import costs
from cli.main import root
from infra import ROOT
from infra.template import stage

_GUIDE = (ROOT / "docs" / "operations.md").read_text()


def test_the_cost_tables_are_what_prices_capacity_and_template_give(sam_template: dict[str, Any]) -> None:
    lines = _GUIDE.splitlines()
    for table in (costs.table(), costs.at_rest(sam_template["Resources"])):
        begin = lines.index(table[0])
        assert lines[begin : begin + len(table)] == table, "run `python -m bench.costs`"


def test_every_parameter_that_may_be_set_is_explained(sam_template: dict[str, Any]) -> None:
    unexplained = {
        name
        for name in sam_template["Parameters"]
        if f"`{name}`" not in _GUIDE
        and name not in ("CodeBucket", "CodeKey", "PublicUrl", "Release", "TablesProtected")
    }
    assert unexplained == set()


def test_every_alarm_of_the_template_has_one_row_and_every_row_an_alarm(sam_template: dict[str, Any]) -> None:
    """A row says what the alarm means, what to look at and what to do."""
    names = {
        resource["Properties"]["AlarmName"].removeprefix("spacegarden-prod-")
        for resource in sam_template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }
    beginnings = {name.removesuffix("-throttles") for name in names}
    functions = {name for name in beginnings if f"{name}-errors" in names}
    kinds = {
        "function": functions,
        "table": set(stage.tables()),
        "queue": {queue.name for queue in stage.queues()},
        "chain": {"polygon"},
    }
    told: list[str] = []
    for row in _rows("## Alarms"):
        [pattern] = re.findall(r"`([^`]+)`", row[0])
        assert len(row) == 4
        assert all(row), row
        [*kind] = re.findall(r"<([a-z]+)>", pattern)
        meant = {pattern.replace(f"<{kind[0]}>", each) for each in kinds[kind[0]]} if kind else {pattern}
        assert meant & names, pattern
        told += meant & names
    assert sorted(told) == sorted(names)


def test_every_function_is_told_with_what_waits_while_it_fails(sam_template: dict[str, Any]) -> None:
    deployed = {
        resource["Properties"]["FunctionName"].removeprefix("spacegarden-prod-")
        for resource in sam_template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    rows = _rows("## Functions")
    assert sorted(row[0].strip("`") for row in rows) == sorted(deployed)
    works = " ".join(row[1] for row in rows)
    assert [queue.name for queue in stage.queues() if f"`{queue.name}`" not in works] == []


def _rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading."""
    lines = _GUIDE[_GUIDE.index(f"\n{heading}\n") :].splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("| ---"))
    table = takewhile(lambda line: line.startswith("|"), lines[begin + 1 :])
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_every_command_of_ours_is_there() -> None:
    for words in set(re.findall(r"(?:`|bin/)spacegarden ((?:[a-z-]+ ?)+)", _GUIDE)):
        command: Any = root
        for word in words.split():
            command = command.commands.get(word) if isinstance(command, click.Group) else command
            assert command is not None, f"there is no `spacegarden {words}`"


def test_every_name_in_a_command_of_aws_is_one_that_the_stack_has(sam_template: dict[str, Any]) -> None:
    said = json.dumps(sam_template["Resources"]).replace("-prod-", "-")
    named = {
        name.replace("-staging-", "-prod-") for name in re.findall(r"spacegarden-(?:prod|staging)-[a-z0-9-]+", _GUIDE)
    }
    assert named
    for name in named - {"spacegarden-prod-gardenlab-restored"}:
        assert name.replace("-prod-", "-") in said, name


def test_every_make_target_it_names_is_there() -> None:
    makefile = Path(ROOT / "Makefile").read_text()
    named = set(re.findall(r"make ([a-z-]+)", _GUIDE)) - {"if"}
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert {name for name in named if f"make {name} STAGE" in _GUIDE or f"`make {name}`" in _GUIDE} <= targets
