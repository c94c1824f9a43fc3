"""docs/operations.md tells today's costs, parameters and targets."""

import re
from pathlib import Path
from typing import Any

from bench import costs
from infra.dependencies import ROOT

_GUIDE = (ROOT / "docs" / "operations.md").read_text()


def test_the_cost_table_is_what_prices_and_capacity_give() -> None:
    lines = _GUIDE.splitlines()
    begin = lines.index(costs.HEAD[0])
    table = costs.table()
    assert lines[begin : begin + len(table)] == table, "run `python -m bench.costs`"


def test_every_parameter_that_may_be_set_is_explained(sam_template: dict[str, Any]) -> None:
    unexplained = {
        name
        for name in sam_template["Parameters"]
        if f"`{name}`" not in _GUIDE and name not in ("CodeBucket", "CodeKey", "PublicUrl")
    }
    assert unexplained == set()


def test_every_make_target_it_names_is_there() -> None:
    makefile = Path(ROOT / "Makefile").read_text()
    named = set(re.findall(r"make ([a-z-]+)", _GUIDE)) - {"if"}
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert {name for name in named if f"make {name} STAGE" in _GUIDE or f"`make {name}`" in _GUIDE} <= targets
