"""Electronic licence identifiers (电子证照标识, GB/T 36904).

::

    1.2.156.3005.2 . 11100000000013338W011 . 11430000006122244L . 20230000403 . 001 . U
    root             type                    issuer               serial        version check

The type is the credit code of the body that defined it and three digits; the issuer is a credit
code, or, against the rule but in use, a six-digit division code. The check character is ISO 7064
MOD 37,36 over type, issuer, serial and version without the dots and without the root.

Identifiers with a wrong check character are in circulation: an importer that must take them
passes ``strict_check=False`` and finds the deviation in ``warnings``. Names of files are not
identifiers: one in the wild ends in ``.001.0.OFD`` because its maker left out the check
character, and a reader that stops after five parts would take the 0 for it.
"""

from __future__ import annotations

import enum
import re
from typing import Final

from trustcert.errors import MalformedError
from trustcert.identifiers import divisions, uscc
from trustcert.identifiers.check_digits import mod_37_36
from trustcert.identifiers.entry import bounded, refuse
from trustcert.identifiers.problems import Problem
from trustcert.values import PublicValue

__all__ = [
    "ROOT",
    "Deviation",
    "LicenceId",
    "build",
    "is_issued_in",
    "parse",
]

ROOT: Final = "1.2.156.3005.2"
"""The object identifier of electronic licences."""

_ALLOWED: Final = re.compile(r"[0-9A-Z.]+")
_PART: Final = re.compile(r"[0-9A-Z]+")
_FILE_NAME: Final = re.compile(r".*\.(?:OFD|PDF|XML|ZIP|JPE?G|PNG)", re.IGNORECASE)
_TYPE: Final = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_VERSION: Final = re.compile(r"(?!000)[0-9]{3}")


class Deviation(enum.Enum):
    """A deviation that was accepted."""

    DIVISION_AS_ISSUER = "the issuer is a division code, not a credit code"
    CHECK_DIGIT = "a check character is wrong and was not enforced"


class LicenceId(PublicValue, frozen=True, kw_only=True):
    """A licence identifier in its parts; only :func:`parse` and :func:`build` make one."""

    type_code: str
    issuer: str
    serial: str
    version: str
    check: str
    warnings: tuple[Deviation, ...] = ()

    def __str__(self) -> str:
        """Return the identifier as it travels."""
        return ".".join((ROOT, *self._body, self.check))

    @property
    def _body(self) -> tuple[str, str, str, str]:
        return self.type_code, self.issuer, self.serial, self.version

    @property
    def defined_by(self) -> str:
        """The credit code of the body that defined the type."""
        return self.type_code[:18]

    @property
    def division(self) -> str:
        """The six-digit code of the division whose authority issued (GB/T 2260)."""
        return _division(self.issuer)

    @property
    def province(self) -> divisions.Province:
        """The province of the issuer, the national level for a ministry."""
        return divisions.province(_division(self.issuer))

    def issued_in(self, province: str) -> bool:
        """Decide whether the issuer is of ``province``, a division code of 2 to 6 digits.

        A credential that carries the identifier must be signed by a key of that province.

        Raises:
            MalformedError: ``province`` is no division code.
        """
        return self.province == divisions.province(province)


def parse(text: str, *, strict_check: bool = True) -> LicenceId:
    """Return the parts of an identifier.

    With ``strict_check=False`` wrong check characters, its own and those of the credit codes in
    it, become :attr:`Deviation.CHECK_DIGIT`; everything else is enforced all the same.

    Raises:
        LimitExceededError: longer than any identifier.
        MalformedError: ``problem`` is the :class:`~trustcert.identifiers.problems.Problem`.
    """
    bounded(text)
    if _FILE_NAME.fullmatch(text):
        raise MalformedError(Problem.LICENCE_FILE_NAME)
    if not _ALLOWED.fullmatch(text):
        raise refuse(text, Problem.CHARACTERS)
    if not text.startswith(ROOT + "."):
        raise MalformedError(Problem.LICENCE_ROOT)
    parts = text[len(ROOT) + 1 :].split(".")
    if len(parts) != 5 or not all(parts) or len(parts[4]) != 1:
        raise MalformedError(Problem.LICENCE_PARTS)
    return _checked(parts, strict_check=strict_check)


def is_issued_in(text: str, issuer: str) -> bool:
    """Decide whether an identifier is of the province of ``issuer``, an id as ``CN-51``.

    An identifier that is none, or an issuer that is no region of China, is of no province. Wrong
    check characters are in circulation and are no objection here.
    """
    try:
        found = parse(text, strict_check=False)
        return found.province == divisions.parse_id(issuer).province
    except MalformedError:
        return False


def build(*, type_code: str, issuer: str, serial: str, version: int = 1) -> LicenceId:
    """Return the identifier of these parts, with its check character.

    Raises:
        MalformedError: a part that :func:`parse` would refuse.
    """
    if not 0 < version < 1000:
        raise MalformedError(Problem.LICENCE_VERSION)
    parts = [type_code, issuer, serial, f"{version:03}"]
    if not all(_PART.fullmatch(part) for part in parts):
        raise MalformedError(Problem.CHARACTERS)
    return parse(".".join((ROOT, *parts, mod_37_36("".join(parts)))))


def _checked(parts: list[str], *, strict_check: bool) -> LicenceId:
    type_code, issuer, serial, version, check = parts
    if not _VERSION.fullmatch(version):
        raise MalformedError(Problem.LICENCE_VERSION)
    if not _TYPE.fullmatch(type_code):
        raise MalformedError(Problem.LICENCE_TYPE)
    if len(issuer) not in (6, 18):
        raise MalformedError(Problem.LICENCE_ISSUER)
    divisions.province(_division(issuer))
    good = (
        _credit(type_code[:18], Problem.LICENCE_TYPE),
        len(issuer) == 6 or _credit(issuer, Problem.LICENCE_ISSUER),
        mod_37_36("".join(parts[:4])) == check,
    )
    if strict_check and not all(good):
        raise MalformedError(Problem.CHECK_DIGIT)
    found = {Deviation.DIVISION_AS_ISSUER: len(issuer) == 6, Deviation.CHECK_DIGIT: not all(good)}
    return LicenceId(
        type_code=type_code,
        issuer=issuer,
        serial=serial,
        version=version,
        check=check,
        warnings=tuple(warning for warning, is_so in found.items() if is_so),
    )


def _division(issuer: str) -> str:
    return issuer if len(issuer) == 6 else issuer[2:8]


def _credit(code: str, problem: Problem) -> bool:
    """Decide whether a credit code's check character is right; refuse what is no such code."""
    try:
        return uscc.parse(code, strict_check=False).check_is_right
    except MalformedError:
        raise MalformedError(problem) from None
