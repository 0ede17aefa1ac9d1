"""Run :mod:`trustcert.sync.conformance` under its documented name.

The client downloads, so it lives upstairs with ``sync``; a module is started here, not imported,
and nothing of this floor depends on it.
"""

from __future__ import annotations

import runpy

if __name__ == "__main__":
    runpy.run_module("trustcert.sync.conformance", run_name="__main__")
