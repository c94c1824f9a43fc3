"""How other mission systems ask a partner, and how a partner answers them: one small module a dialect.

Each has both sides: as the mission system `prepare` lays out the call and `read` reads the answer; as the partner
`answer` words a verdict.
"""

from chalicelib.space3.dialects import galxe, questn, space3, taskon, zealy
from chalicelib.space3.dialects.asking import Dialect

DIALECTS: dict[str, Dialect] = {
    "space3": space3.Space3(),
    "galxe": galxe.Galxe(),
    "zealy": zealy.Zealy(),
    "questn": questn.QuestN(),
    "taskon": taskon.TaskOn(),
}
