"""Everything pika can raise has a meaning of ours, and every meaning has advice."""

import inspect
import ssl

import pytest
from pika import exceptions as amqp
from pika.adapters.utils import connection_workflow as workflow

from adapters.rabbit.codes import CODES
from adapters.rabbit.errors import MEANINGS, code_of, foreign, translate

RAISED = [
    kind
    for _, kind in inspect.getmembers(amqp, inspect.isclass)
    if issubclass(kind, Exception) and kind.__module__ == amqp.__name__
]


def test_every_exception_of_pika_has_a_meaning_of_its_own() -> None:
    assert [] == [kind.__name__ for kind in RAISED if kind not in MEANINGS]
    assert len(RAISED) > 30


def test_every_meaning_has_advice() -> None:
    assert set() == set(MEANINGS.values()) - CODES.keys()


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (403, "channel_not_permitted"),
        (404, "topology_missing"),
        (406, "channel_protocol"),
        (530, "channel_not_permitted"),
        (320, "channel_away"),
    ],
)
def test_a_reply_code_of_the_broker_decides(reply: int, code: str) -> None:
    assert code == code_of(amqp.ChannelClosedByBroker(reply, "text"))
    assert code == code_of(amqp.ConnectionClosedByBroker(reply, "text"))


def test_an_alert_of_tls_is_found_below_the_wrappings() -> None:
    alert = ssl.SSLError(1, "tlsv13 alert certificate required")
    setup = workflow.AMQPConnectorTransportSetupError(alert)
    for error in (
        alert,
        amqp.AMQPConnectionError(alert),
        workflow.AMQPConnectionWorkflowFailed([setup]),
    ):
        assert "channel_tls_refused" == code_of(error)


def test_what_pika_does_not_know_is_away() -> None:
    for error in (OSError("no route"), workflow.AMQPConnectionWorkflowFailed([]), None):
        assert "channel_away" == code_of(error)
    assert "one" == translate(amqp.StreamLostError("gone"), "one").context["channel"]


def test_a_dial_that_was_given_up_is_silent_and_foreign() -> None:
    given_up = workflow.AMQPConnectorStackTimeout("given up")
    assert "channel_silent" == code_of(given_up)
    for error in (given_up, amqp.StreamLostError("gone"), ConnectionResetError(), gone()):
        assert foreign(error)


def test_a_fault_of_ours_is_not_foreign() -> None:
    for error in (ValueError("ours"), AssertionError(), KeyError("ours")):
        assert not foreign(error)


def gone() -> Exception:
    """What pika raises where the peer is gone before it looks."""
    error = ValueError("no peer")
    error.__context__ = OSError("not connected")
    return error
