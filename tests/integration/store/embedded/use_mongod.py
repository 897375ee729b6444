"""Program: use the embedded mongod of a directory until standard input is closed."""

import json
import os
import sys
from pathlib import Path

from odoo_sync_tui.store.embedded.server import open_embedded

if __name__ == "__main__":
    with open_embedded(Path(sys.argv[1])) as mongo:
        os.write(1, f"{json.dumps({'uri': mongo.uri, 'pid': mongo.pid})}\n".encode())
        sys.stdin.read()
