"""Every bound on hostile input, with the origin of its number."""

from __future__ import annotations

from typing import Final

TEXT_CHARACTERS: Final = 7_089
"""Characters of one credential text: what the largest QR symbol (40-L) holds in numeric mode
(ISO/IEC 18004:2015, table 7)."""

INFLATED_BYTES: Final = 64 * 1024
"""Bytes of an inflated payload; the largest real certificate of 573 measured inflates to 870."""

DEPTH: Final = 16
"""Nesting of CBOR and JSON in credentials; the deepest real one (a FHIR bundle) nests 11."""

INTEGER_DIGITS: Final = 20
"""Decimal digits of a JSON integer: 64 bits need 20 with the sign."""

KEYS_PER_KID: Final = 16
"""Keys tried under one kid; four random bytes name one of 340 keys twice once in 75,000."""

TIME_MAX: Final = 253_402_300_799
"""9999-12-31T23:59:59Z, the last second that RFC 3339 can write."""

NAME_CHARACTERS: Final = 120
"""Characters of a personal or company name; a passport's machine-readable zone cuts at 39 (ICAO
Doc 9303), Chinese registration rules know no longer personal names than about 40, and registered
company names stay below 100."""

CLAIM_CHARACTERS: Final = 400
"""Characters of any other text claim."""

IDENTIFIER_CHARACTERS: Final = 128
"""Characters of an identifier as typed; the longest form, an electronic licence identifier whose
serial is a UUID, has 95."""

CLAIMS_BYTES: Final = 16 * 1024
"""Bytes of a claims file for one credential."""

CSV_FIELD_CHARACTERS: Final = 1_000
"""Characters of one field of a batch file."""

IMAGE_BYTES: Final = 20 * 1024 * 1024
"""Bytes of an image file: a 40-megapixel photo as JPEG stays below 20 MB."""

IMAGE_PIXELS: Final = 40_000_000
"""Pixels of an image: above common phone cameras' 12, below Pillow's warning at 89 million."""

IMAGE_CODES: Final = 16
"""Codes read from one picture."""

KEY_FILE_BYTES: Final = 64 * 1024
"""Bytes of a key, certificate or key-set file that an application pins."""

REGISTRY_DOCUMENT_BYTES: Final = 4 * 1024 * 1024
"""Bytes of one registry document (issuers, key set, policy): 34 provinces with 1,000 keys each,
at about 300 bytes a key, are below it by ten times."""

REGISTRY_DOCUMENT_ITEMS: Final = 10_000
"""Entries of one list in a registry document."""

STATUS_LIST_SIZE: Final = 1 << 31
"""Indices of one status list: more than one credential for everybody on earth is not one list."""

STATUS_LIST_BYTES: Final = 256 * 1024 * 1024
"""Bytes of one status list on the wire."""

STATUS_LIST_ID: Final = (1 << 31) - 1
"""Largest number of a status list of one issuer."""
