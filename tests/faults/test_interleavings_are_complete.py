"""Nothing that changes anything is outside the scenes of interleavings."""

from tests.faults.interleavings.missing import MISSING
from tests.faults.interleavings.operations import mutating, named
from tests.faults.interleavings.scenes import all_scenes
from tests.platform import Platform


def test_every_operation_is_a_step_of_a_scene(platform: Platform) -> None:
    steps = [each for scene in all_scenes().values() for each in scene.steps.values()]
    covered = {named(platform.app, call) for each in steps for call in each.calls}
    known = mutating(platform.app)
    assert {name for name in covered - known if not name.startswith("GET ")} == set()
    assert known - covered == MISSING
