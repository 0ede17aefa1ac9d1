"""Old public names, which go on working for a while and warn."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

__all__ = ["renamed"]


def renamed(old: str, new: str, module: Mapping[str, Any]) -> Any:
    """Return what ``new`` names in ``module``, and warn whoever asked for ``old``.

    For a module's ``__getattr__`` (PEP 562). The old name is removed in the next minor version.
    """
    name = module["__name__"]
    message = f"{name}.{old} is now {name}.{new}; the old name will be removed"
    warnings.warn(message, DeprecationWarning, stacklevel=3)
    if new in module:
        return module[new]
    return module["__getattr__"](new)
