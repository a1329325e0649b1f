"""What a killed worker left running is taken up, also where its like waits already."""

import secrets

import psycopg

from work.queue import open_queue, prepare
from work.stalled import take_up_stalled

PATH = "-c search_path=work"
JOBS = "SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id"


async def test_a_job_whose_like_waits_already_is_left_to_it(postgres):
    database = postgres.create_database(f"stalled_{secrets.token_hex(4)}")
    prepare(database)
    queue = open_queue(database)

    async def work():
        """Nothing."""

    names = ("alone", "followed")
    tasks = {one: queue.task(name=one, lock=one, queueing_lock=one)(work) for one in names}
    async with queue.open_async():
        for task in tasks.values():
            await task.defer_async()
        with psycopg.connect(database, autocommit=True, options=PATH) as connection:
            connection.execute("UPDATE procrastinate_jobs SET status = 'doing'")
            await tasks["followed"].defer_async()
            await take_up_stalled(queue)
            found = connection.execute(JOBS).fetchall()
    assert sorted(found) == [("alone", "todo"), ("followed", "todo")]
