"""The types of events about missions."""

from typing import Final

COMPLETED_EVENT: Final = "mission.completed"
FINISHED_EVENT: Final = "job.finished"
