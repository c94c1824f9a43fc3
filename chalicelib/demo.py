"""The names of a local run's demo data. No deployed stage has any of it, so nothing here is secret."""

from typing import Final

ORIGIN: Final = "spacex"
COLLECTION: Final = "summer_party"
CATEGORY: Final = "VIP"
ACTION: Final = "event_checkin"
MISSION: Final = 1
CLIENT_ID: Final = "demo"
CLIENT_SECRET: Final = "demo-secret"
# Where the demo application gets its authorization code: a page that shows the code and the next call.
CALLBACK: Final = "/oauth/demo"
