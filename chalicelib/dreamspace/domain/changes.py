"""The event types of changes: one for each kind of change of each model."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from chalicelib.dreamspace.domain.models import Model

Verb = Literal["created", "updated", "deleted"]
VERBS: Final[tuple[Verb, ...]] = ("created", "updated", "deleted")


class Kind(NamedTuple):
    """A kind of change."""

    model: Model
    verb: Verb

    @property
    def event_type(self) -> str:
        """Such as `dreamspace.user.created`."""
        return f"dreamspace.{self.model.noun}.{self.verb}"

    @property
    def is_of_several(self) -> bool:
        """True of created stamps: one event has all that a call has created."""
        return self == (Model.STAMPS, "created")


# A transaction cannot be changed, and is removed only together with its user.
KINDS: Final[Mapping[str, Kind]] = {
    kind.event_type: kind
    for kind in (Kind(model, verb) for model in Model for verb in VERBS)
    if kind.model is not Model.TRANSACTIONS or kind.verb == "created"
}
