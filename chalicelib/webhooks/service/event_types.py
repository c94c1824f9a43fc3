"""The event types that endpoints can ask for, each with a sample for tests; surfaces register theirs at import."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.webhooks.service.errors import EventTypeUnknown

Content = Mapping[str, Any]
Sample = Callable[[str], Content]

_samples: dict[str, Sample] = {}


def register_event_types(*names: str, sample: Sample) -> None:
    """Makes these types known; `sample` gives the content of a test event of a type. Again: the last one counts."""
    for name in names:
        _samples[name] = sample


def known_event_types() -> tuple[str, ...]:
    """Every registered type, in order of the alphabet."""
    return tuple(sorted(_samples))


def check_event_type(event_type: str) -> None:
    """Raises `EventTypeUnknown`."""
    if event_type not in _samples:
        raise EventTypeUnknown(event_type)


def sample_content(event_type: str) -> dict[str, Any]:
    """The content of a test event, marked by `"test": true`. Raises `EventTypeUnknown`."""
    check_event_type(event_type)
    return {**_samples[event_type](event_type), "test": True}
