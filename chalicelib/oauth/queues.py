"""The queue of rotations: keys are made and replaced by a function that does nothing else."""

from chalicelib.core.queues import Message, Queue

ROTATE_KEYS = "RotateSigningKeys"
ROTATIONS = Queue("key-rotations", visibility_seconds=90)
QUEUES = (ROTATIONS,)


def rotate_message(rotation_id: str) -> Message:
    """Asks a worker to carry out a rotation, or the steps of it that are left."""
    return Message(ROTATE_KEYS, {"rotation_id": rotation_id})
