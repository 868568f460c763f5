"""The engine's process: ministack on a socket it was given, with durable tables and small services.

Started by `infra.local.engine.Engine` only: `python -m infra.local.engine_main <directory> <listening socket>`.
It ends when its standard input is closed, that is, when its parent ends in whatever way.
"""
from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from importlib.metadata import version
from pathlib import Path

DEFAULT_LOG_BYTES = 8_000_000
_NEW_FILES_ARE_PRIVATE = 0o077


async def serve(directory: Path, socket_descriptor: int) -> None:
    """Recover the state of `directory` and answer on the socket until told to end; then the process ends."""
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config
    from ministack import app as ministack

    from infra.local.durable_services import make_durable
    from infra.local.durable_tables import DurableTables
    from infra.local.engine_metrics import publish_what_aws_publishes, watch_queues
    from infra.local.expressions import remember
    from infra.local.fair_queues import make_fair
    from infra.local.shared_code import few_processes, share_code

    remember()
    tables = DurableTables(directory / "tables", int(os.environ.get("COMPTOIR_LOG_BYTES", DEFAULT_LOG_BYTES)))
    tables.install()
    make_durable(directory / "services")
    make_fair()
    share_code()
    few_processes()
    publish_what_aws_publishes()
    config = Config()
    config.bind = [f"fd://{socket_descriptor}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1.0
    config.loglevel = "WARNING"
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    watch, queues = asyncio.create_task(tables.watch()), asyncio.create_task(watch_queues())
    await hypercorn_serve(ministack.app, config, shutdown_trigger=ended.wait)
    watch.cancel()
    queues.cancel()
    await tables.flush()
    os._exit(0)  # the loop's own end would wait for every thread: a deployed function at work has minutes


def end_with_parent() -> None:
    """End at once when standard input closes. Nothing acknowledged is in memory alone, so nothing is lost."""
    while os.read(0, 4096):
        pass
    os._exit(0)


def main() -> None:
    """Refuse any other version of ministack: the durability stands on private functions of this one."""
    from infra.local.durable_tables import REQUIRED_VERSION

    if version("ministack") != REQUIRED_VERSION:
        sys.exit(f"the local engine needs ministack {REQUIRED_VERSION}, found {version('ministack')}")
    os.umask(_NEW_FILES_ARE_PRIVATE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, name="end-with-parent", daemon=True).start()
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "WARNING"))
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))


if __name__ == "__main__":
    main()
