"""Bring a store up to date: from a web server, or from one file on a stick.

Everything goes through the TUF workflow of python-tuf's client, in a folder of its own; the store
changes in one step at the end, or not at all.
"""

from trustcert.sync.http import HttpFetcher, Patience
from trustcert.sync.run import SyncResult, sync, sync_file

__all__ = ["HttpFetcher", "Patience", "SyncResult", "sync", "sync_file"]
