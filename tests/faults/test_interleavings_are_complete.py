"""Nothing that changes anything is outside the scenes of interleavings."""

from typing import Any

from chalice.app import Chalice, Rate

from tests.faults.interleavings.missing import MISSING
from tests.faults.interleavings.operations import mutating, named
from tests.faults.interleavings.scenes import all_scenes
from tests.platform import Platform


def test_every_operation_is_a_step_of_a_scene(platform: Platform) -> None:
    covered = _covered(platform.app)
    known = mutating(platform.app)
    assert {name for name in covered - known if not name.startswith("GET ")} == set()
    assert known - covered == MISSING


def test_a_new_route_queue_or_schedule_is_missed() -> None:
    app = Chalice("new")

    @app.route("/new/{id}", methods=["GET", "POST"])
    def change(_: str) -> dict[str, Any]:
        return {}

    @app.on_sqs_message("new", batch_size=1)
    def work_new(_: Any) -> None:
        pass

    @app.schedule(Rate(1, unit=Rate.MINUTES))
    def sweep_new(_: Any) -> None:
        pass

    assert mutating(app) - _covered(app) == {"POST /new/{id}", "task work_new", "task sweep_new"}


def _covered(app: Chalice) -> set[str]:
    steps = [each for scene in all_scenes().values() for each in scene.steps.values()]
    return {named(app, call) for each in steps for call in each.calls}
