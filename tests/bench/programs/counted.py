"""A command of ours that counts its calls to Odoo, and tells their number in the last line of stderr.

``python -m tests.bench.programs.counted ARGUMENTS OF THE COMMAND``
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

from odoo_sync_tui.__main__ import exit_process
from odoo_sync_tui.cli.main import main
from odoo_sync_tui.runtime.http.session import Session

if __name__ == "__main__":
    numbers, send = itertools.count(), Session._send

    def count(session: Session, *arguments: Any) -> Any:
        next(numbers)
        return send(session, *arguments)

    Session._send = count  # type: ignore[method-assign]
    code = main()
    sys.stderr.write(f"\n{next(numbers)}\n")
    exit_process(code)
