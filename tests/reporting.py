"""What the agent reports when all that is wanted exists, and nothing else."""

from sqlalchemy import select

from landbridge.store import dependence, observed
from landbridge.store.engine import Store
from landbridge.store.tables.observed import ObservedResource


def report_all_built(agent: Store) -> None:
    """Claim what is wanted, and report it as built and the rest as gone."""
    with agent.writing() as session:
        seen = session.scalars(select(ObservedResource.id))
        for part in {*dependence.parts(session), *dependence.affected(session, seen)}:
            observed.claim(session, observed.resources(session, part))
            session.flush()
            wanted = observed.resources(session, part)
            observed.report(session, wanted, failed=(), gone=True)
