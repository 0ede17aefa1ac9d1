"""Strict codecs: each rejects what it would not have written itself.

Foreign exceptions are translated here, once a codec; above this floor a malformed input is a
:class:`~trustcert.errors.MalformedError` with a place, whatever its format.
"""
