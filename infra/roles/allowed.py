"""What the roles of the deployed functions allow: the calls that the tests saw, and those that the code may make."""

from infra.roles import permissions
from infra.roles.derived_calls import derived
from infra.roles.permissions import Call


def allowed() -> frozenset[Call]:
    """Every call that some role allows."""
    return permissions.load() | derived()
