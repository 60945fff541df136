"""The statements behind `hub.exchange.ahead`, as the verbs of the same names run them."""

from collections.abc import Iterator

from adapters.store import journal, records, recovery, trust
from adapters.store.session import Form, Question
from hub.exchange.ahead import Ahead


def questions(ahead: Ahead) -> Iterator[Question]:
    """Statements with their values; a verb that finds other values here asks by itself."""
    among = (
        (recovery.lives_of, "peers", ahead.lives),
        (records.layers_by_id, "ids", ahead.layers),
        (records.deliveries_by_id, "ids", ahead.deliveries),
        (records.refusals_by_digest, "digests", ahead.refusals),
        (records.stacks_among, "digests", ahead.stacks),
    )
    for form, name, wanted in among:
        if wanted:
            yield form, {name: sorted(wanted)}
    whole: tuple[tuple[Form, bool], ...] = (
        (recovery.the_restore, ahead.restore),
        (journal.peer_states, ahead.recovering),
        (trust.number_in_force, ahead.trust_number),
    )
    for one, asked in whole:
        if asked:
            yield one, {}
