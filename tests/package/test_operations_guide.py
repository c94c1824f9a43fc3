"""docs/operations.md tells today's costs, parameters and targets."""

import json
import re
from pathlib import Path
from typing import Any

import click

from bench import costs
from cli.main import root
from infra import ROOT

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
