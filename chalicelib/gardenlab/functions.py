"""What Lambda runs for Gardenlab besides the API: queues of the chain and of rewards, what looks at chains."""

from chalicelib.activity.queues import REWARDS
from chalicelib.chain.queues import JOBS, LOOKS
from chalicelib.core.functions import Event, QueueFunction, ScheduledFunction
from chalicelib.core.messages import BatchAnswer


def work_chain_jobs(event: Event) -> BatchAnswer:
    """Mints and URI updates; one chain's jobs in order."""
    from chalicelib.chain import tasks
    from chalicelib.gardenlab.service.outcomes import GardenlabTokens

    return tasks.work(event, GardenlabTokens())


def follow_chains(event: Event) -> BatchAnswer:
    """Transactions on their way to finality, and jobs that are tried again."""
    from chalicelib.chain import tasks
    from chalicelib.gardenlab.service.outcomes import GardenlabTokens

    return tasks.follow(event, GardenlabTokens())


def read_chains() -> int:
    """Follows minted tokens: sales, gifts, burns, and who may mint."""
    from chalicelib.chain import tasks
    from chalicelib.gardenlab.service.outcomes import GardenlabTokens

    return tasks.read(GardenlabTokens())


def watch_chains() -> None:
    """Looks at the signers' balances, and for chains that forgot what was sent."""
    from chalicelib.chain import tasks
    from chalicelib.gardenlab.service.signers import GardenlabCollections

    tasks.watch(GardenlabCollections())


def grant_rewards(event: Event) -> BatchAnswer:
    """Rewards of missions: interactions applied to the users' NFTs."""
    from chalicelib.activity import tasks
    from chalicelib.gardenlab.service.rewards import GardenlabRewards

    return tasks.work(event, GardenlabRewards())


FUNCTIONS = (
    QueueFunction(work_chain_jobs, JOBS, batch_size=10),
    QueueFunction(follow_chains, LOOKS, batch_size=1),
    ScheduledFunction(read_chains, minutes=1),
    ScheduledFunction(watch_chains, minutes=5),
    QueueFunction(grant_rewards, REWARDS, batch_size=10),
)
