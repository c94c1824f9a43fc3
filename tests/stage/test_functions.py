"""The functions' host, which is closed with whatever was put up of a stage."""

from threading import Thread

from stage.functions import Functions


def test_a_host_that_was_never_started_is_closed_at_once() -> None:
    host = Functions()
    closing = Thread(target=host.close, daemon=True)
    closing.start()
    closing.join(30)
    assert not closing.is_alive(), "it waits for a server that does not serve"
    assert host.socket.fileno() == -1
