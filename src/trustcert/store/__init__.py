"""The directory of verified trust data on disk: replaced whole, verified again when opened."""

from trustcert.store.directory import DEFAULT, TrustStore, Writer
from trustcert.store.state import Pin

__all__ = ["DEFAULT", "Pin", "TrustStore", "Writer"]
