"""Jobs that a killed worker left running: taken up again by whoever looks next."""

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

_log = structlog.get_logger("work")
# A worker that was killed leaves its job running; after this long another one takes it up.
_STALLED_SECONDS = 30


async def take_up_stalled(queue: procrastinate.App) -> None:
    """Let every such job run again, so that none keeps its like from running for good."""
    for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS):
        _log.warning("job taken up again", task=job.task_name)
        try:
            await queue.job_manager.retry_job(job)
        except UniqueViolation:
            await _leave_to_the_next(queue, job)
        except ConnectorException:  # it ended, or another process took it up
            _log.info("job was taken up elsewhere", task=job.task_name)


async def _leave_to_the_next(queue: procrastinate.App, job: Job) -> None:
    """Its like waits already, and does the same: two of them may not."""
    await queue.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
