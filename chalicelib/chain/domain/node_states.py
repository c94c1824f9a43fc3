"""How a node of a chain stands among the others."""

from enum import StrEnum


class NodeState(StrEnum):
    """Whether a node is used, and why not."""

    USED = "used"
    SILENT = "silent"
    LAGGING = "lagging"
    FORKED = "forked"
    DISTRUSTED = "distrusted"
