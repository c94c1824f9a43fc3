"""The ledger's interface: record acts and links in a transaction, count acts, create and grant rewards."""

from chalicelib.activity.repository.acts import ActRecorded, ActUnknown, record_act, remove_act
from chalicelib.activity.repository.links import link, linked
from chalicelib.activity.service.rewards import wake_rewards

__all__ = ["ActRecorded", "ActUnknown", "link", "linked", "record_act", "remove_act", "wake_rewards"]
