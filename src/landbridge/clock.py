"""The one place that reads the clock; everywhere else time is an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """Tell the current time, UTC, to the millisecond, as AWS writes timestamps."""
    moment = datetime.now(UTC)  # noqa: TID251
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
