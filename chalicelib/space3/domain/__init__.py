"""The rules of missions: pure, without I/O. Here are the types of the events about missions."""

from typing import Final

COMPLETED_EVENT: Final = "mission.completed"
FINISHED_EVENT: Final = "job.finished"
