"""What the ledger offers: acts and links to write within a change, counts to read, rewards to owe and to grant."""

from chalicelib.activity.repository.acts import ActRecorded, ActUnknown
from chalicelib.activity.service.ledger import erase, record
from chalicelib.activity.service.links import link, linked
from chalicelib.activity.service.rewards import wake_rewards

__all__ = ["ActRecorded", "ActUnknown", "erase", "link", "linked", "record", "wake_rewards"]
