"""What can be wrong with an identifier, each with a hint for whoever typed it.

A parser raises ``MalformedError(Problem.X)``: a program compares ``error.problem``, a person reads
the text. No text ever holds the identifier.
"""

from __future__ import annotations

import enum

__all__ = [
    "Problem",
]


class Problem(enum.StrEnum):
    """Why an identifier was refused, and what to do about it."""

    EMPTY = "is empty"
    TOO_LONG = "is too long for any identifier"
    FULL_WIDTH = "has full-width characters: switch the keyboard to half-width"
    SPACES = "has spaces or invisible characters inside: leave them out"
    LOWER_CASE = "has a lower-case letter: write capitals (a final x is X)"
    CHARACTERS = "has characters that do not belong there: compare with the document"
    LENGTH = "is too short or too long: count the characters on the document"
    CHECK_DIGIT = (
        "fails its check digit: a character is mistyped or two are swapped; compare with the "
        "document"
    )
    OLD_CITIZEN_ID = (
        "has 15 digits, as identity cards had before 1999; those are abolished: use the 18 "
        "characters on the present card"
    )
    BIRTH_DATE = "holds a birth date that no calendar has: compare digits 7 to 14 with the document"
    BIRTH_AFTER = "holds a birth date later than the day asked about"
    DIVISION = "starts with a division that does not exist: compare the first digits"
    UNKNOWN_DIVISION = "is no division code known here: two, four or six digits, as 51 or 510100"
    ISSUER_ID = "is no issuer id: write CN-51, or CN-51-01 for a sub-issuer"
    OTHER_DOCUMENT = (
        "is the number of another kind of document: choose the kind that the card names"
    )
    REGISTERING_AUTHORITY = "starts with a registering authority that GB 32100 does not list"
    PASSPORT = "is no passport number: 5 to 9 letters and digits, with a digit among them"
    TRAVEL_PERMIT = "is no travel permit number: compare letter and digits with the card"
    LICENCE_ROOT = "does not start with 1.2.156.3005.2, the root of electronic licences"
    LICENCE_PARTS = (
        "must have type, issuer, serial, version and check character after the root: five parts"
    )
    LICENCE_FILE_NAME = "ends as a file name does: leave out the extension and what precedes it"
    LICENCE_TYPE = "has a type that is not a credit code and three digits"
    LICENCE_ISSUER = "has an issuer that is neither a credit code nor a division code"
    LICENCE_VERSION = "has a version that is not three digits from 001"
    MRZ_LENGTH = "has not 3 lines of 30, 2 of 36 or 2 of 44: scan the whole machine-readable zone"
    MRZ_DATE = "holds a date in the machine-readable zone that no calendar has"
    MRZ_NAME = "has no name where the machine-readable zone holds it"
