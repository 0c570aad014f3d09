"""`aparte serve` as a child that ends with its parent, however the parent ends.

The parent holds the other end of the standard input: when that closes, the service is told to stop, and
after a grace it is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

GRACE_S = 20.0


def _end_with_parent() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(GRACE_S)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Serve as the command line does, with the settings of the named file, until the parent lets go."""
    from assistant.cli.service import run_service
    from assistant.settings import Settings, force_offline

    threading.Thread(target=_end_with_parent, daemon=True).start()
    force_offline()
    run_service(Settings.model_validate_json(Path(sys.argv[1]).read_bytes()))


if __name__ == "__main__":
    main()
