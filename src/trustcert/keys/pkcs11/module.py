"""PKCS #11 modules, loaded once a process and for several threads.

``python-pkcs11`` initialises a module with ``C_Initialize(NULL)``, which promises that one thread
at a time calls it; a module such as SoftHSM then drops its own locks and crashes under several.
So a module is initialised again with ``CKF_OS_LOCKING_OK`` (PKCS #11 v2.40, section 5.4); where it
cannot lock, a lock here admits one call at a time. A process that already had sessions open in
the same module through ``python-pkcs11`` loses them at its first use here.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock, RLock
from typing import Any, Final

from trustcert.errors import SigningError, UnsupportedError
from trustcert.values import PublicValue

__all__ = ["Module", "load", "translated"]

_OS_LOCKING_OK: Final = 2
_OK: Final = 0
_CANNOT_LOCK: Final = {0x0A, 0x07}
"""CKR_CANT_LOCK, and CKR_ARGUMENTS_BAD of modules that take no arguments at all."""

_loaded: dict[str, Module] = {}
_lock: Final = Lock()


class Module(PublicValue, frozen=True, kw_only=True, eq=False):
    """A loaded module: ``library`` is python-pkcs11's, ``guard`` is held around each call."""

    path: str
    library: Any
    guard: AbstractContextManager[Any]


class _Arguments(ctypes.Structure):
    """CK_C_INITIALIZE_ARGS."""

    _pack_ = 1 if sys.platform == "win32" else 0
    _fields_ = (
        ("mutexes", ctypes.c_void_p * 4),
        ("flags", ctypes.c_ulong),
        ("reserved", ctypes.c_void_p),
    )


class _Functions(ctypes.Structure):
    """The beginning of CK_FUNCTION_LIST."""

    _pack_ = 1 if sys.platform == "win32" else 0
    _fields_ = (("version", ctypes.c_ubyte * 2), ("initialize", ctypes.c_void_p))


def load(path: str) -> Module:
    """Return the module in the shared library ``path``.

    Raises:
        SigningError: there is none, or it does not start.
        UnsupportedError: ``python-pkcs11`` is not installed.
    """
    with _lock:
        if path not in _loaded:
            _loaded[path] = _open(path)
        return _loaded[path]


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn what ``python-pkcs11`` raises into :class:`SigningError`, ``doing`` before it."""
    import pkcs11

    try:
        yield
    except pkcs11.PKCS11Error as error:
        raise SigningError(f"{doing}: {type(error).__name__}") from None


def _open(path: str) -> Module:
    try:
        import pkcs11
    except ImportError:
        raise UnsupportedError(
            "keys in hardware need the extra pkcs11: pip install 'trustcert[pkcs11]'"
        ) from None
    with translated(f"{path}: this PKCS #11 module does not start"):
        library = pkcs11.lib(path)
        library.finalize()
        if _initialise_for_threads(path):
            return Module(path=path, library=library, guard=nullcontext())
        library.initialize()
    return Module(path=path, library=library, guard=RLock())


def _initialise_for_threads(path: str) -> bool:
    """Return whether the module now serves several threads."""
    functions = ctypes.POINTER(_Functions)()
    get_functions = ctypes.CDLL(path).C_GetFunctionList
    get_functions.restype = ctypes.c_ulong
    if get_functions(ctypes.byref(functions)) != _OK:
        return False
    call = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)(functions.contents.initialize)
    arguments = _Arguments(flags=_OS_LOCKING_OK)
    result = call(ctypes.addressof(arguments))
    if result not in {_OK, *_CANNOT_LOCK}:
        raise SigningError(f"{path}: this PKCS #11 module does not start: 0x{result:x}")
    return bool(result == _OK)
