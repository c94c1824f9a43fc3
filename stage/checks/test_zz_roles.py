"""Runs last: what the other checks made the functions do was allowed by their roles."""

from stage.checks.conftest import DeployedStage


def test_every_call_was_allowed_by_its_functions_role(stage: DeployedStage) -> None:
    assert stage.refusals() == []
