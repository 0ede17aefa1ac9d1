"""Every bound on hostile input, with the origin of its number."""

from __future__ import annotations

from typing import Final

TEXT_CHARACTERS: Final = 7_089
"""Characters of one credential text: what the largest QR symbol (40-L) holds in numeric mode
(ISO/IEC 18004:2015, table 7)."""

MESSAGE_CHARACTERS: Final = 64 * 1024
"""Characters of a credential that travels outside of QR codes (a file, a presentation) or in
several; the largest published SMART Health Card and mdoc examples have below 8,000."""

CODE_PARTS: Final = 16
"""Codes that one credential may be spread over: 16 of the 1,195 characters a SMART Health Card
puts into each are more than any card that was ever chunked."""

INFLATED_BYTES: Final = 64 * 1024
"""Bytes of an inflated payload; the largest real certificate of 573 measured inflates to 870."""

JSON_ITEMS: Final = 4_096
"""Commas and brackets of a foreign JSON payload; the largest published health card has below
1,000."""

DEPTH: Final = 16
"""Nesting of CBOR and JSON in credentials; the deepest real one (a FHIR bundle) nests 11."""

HEADER_BYTES: Final = 1024
"""Bytes of a header (COSE, JOSE) before its signature is checked; real ones have below 200."""

HEADER_ITEMS: Final = 32
"""Items of such a header, names and values counted each; real ones have below 16."""

HEADER_WITH_CHAIN_BYTES: Final = 16 * 1024
"""Bytes of a header that carries certificates: a chain of four with below 2,000 bytes each, in
base64."""

CBOR_ITEMS: Final = 4_096
"""Items of one CBOR message, counted before any is built: a mobile document of
:data:`DOCUMENT_ELEMENTS` elements has below 1,000."""

CBOR_UNUSUAL_KEYS: Final = 64
"""Keys of one CBOR message that are neither strings nor integers below 2^32: others can be chosen
so that their hashes collide. No format has such keys."""

INTEGER_DIGITS: Final = 20
"""Decimal digits of a JSON integer: 64 bits need 20 with the sign."""

KEYS_PER_KID: Final = 16
"""Keys tried under one kid; four random bytes name one of 340 keys twice once in 75,000."""

CLOCK_SKEW: Final = 60
"""Seconds by which the clock of whoever signed may be ahead of the verifier's, by default: for
credentials, status lists and proofs of a holder alike. It never prolongs."""

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

CSV_LINE_CHARACTERS: Final = 16_384
"""Characters of one line of a batch file: some forty fields of :data:`CLAIM_CHARACTERS`."""

WORKBOOK_ROWS: Final = 1_048_576
"""Rows of a worksheet (ECMA-376 as every spreadsheet implements it)."""

WORKBOOK_CELL_CHARACTERS: Final = 32_767
"""Characters of one cell of a worksheet: what spreadsheets let one hold."""

WORKBOOK_PARTS: Final = 1_000
"""Files inside a workbook; one with ten worksheets and their relations has below 50."""

WORKBOOK_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Bytes that the rows or the shared texts of a workbook inflate to: 1,048,576 rows of 50 cells
take about 2 GB. They are read as a stream."""

WORKBOOK_PART_BYTES: Final = 32 * 1024 * 1024
"""Bytes that any other part of a workbook inflates to; styles of real ones have below 5 MB."""

IMAGE_BYTES: Final = 32 * 1024 * 1024
"""Bytes of a picture file: a 48-megapixel photograph as JPEG stays below 25 MB."""

IMAGE_PIXELS: Final = 40_000_000
"""Pixels that a picture is decoded to: above common phone cameras' 12, below Pillow's warning at
89 million."""

IMAGE_JPEG_PIXELS: Final = 110_000_000
"""Pixels of a baseline JPEG, which is decoded at a smaller size: the largest common phone cameras
write 108 million."""

IMAGE_CANVAS_PIXELS: Final = 13_000_000
"""Pixels of a WebP, AVIF or HEIC picture, whose decoders hold up to 16 bytes for each before the
first is seen: phone cameras write 12.2 million (4032 x 3024)."""

PAGE_PIXELS: Final = 9_000_000
"""Pixels at which a page of a PDF is drawn: A4 at 300 dots an inch has 8.7 million."""

DOCUMENT_PAGES: Final = 50
"""Pages of a PDF or TIFF."""

LOOK_PIXELS: Final = 4_000_000
"""Pixels that a reader is given at once; more are looked at in parts. Readers take time by the
square of what resembles a finder pattern."""

BUSY_PIXELS: Final = 1_200_000
"""Pixels that a reader is given at once where neighbouring pixels differ nearly everywhere: as
many finder patterns of one pixel a module as fit in cost a reader about half a second."""

IMAGE_CODES: Final = 16
"""Codes read from one picture, unless told otherwise."""

DOCUMENT_CODES: Final = 2_000
"""Codes read from one picture or document where all of them are asked for: 50 pages of 40."""

IMAGE_SCANS: Final = 100
"""Scans of a progressive JPEG: encoders write about 10, the format allows any number."""

KEY_FILE_BYTES: Final = 64 * 1024
"""Bytes of a key, certificate or key-set file that an application pins."""

SCANNER_LINE_BYTES: Final = 4096
"""Bytes of the line that ``trustcert doctor scanner`` reads: its test text has below 100."""

SM2_DOCTOR_BYTES: Final = 1 << 20
"""Bytes of a message, key or signature that ``trustcert doctor sm2`` tries in all ways."""

SM2_TABLES: Final = 40
"""SM2 keys whose tables of multiples are kept: one in use in each of 34 provinces and a few more,
at 1 MB each."""

REGISTRY_DOCUMENT_BYTES: Final = 4 * 1024 * 1024
"""Bytes of one registry document (issuers, key set, policy): 34 provinces with 1,000 keys each,
at about 300 bytes a key, are below it by ten times."""

REGISTRY_DOCUMENT_ITEMS: Final = 10_000
"""Entries of one list in a registry document."""

STATUS_LIST_SIZE: Final = 1 << 28
"""Indices of one status list: two credentials for everybody in the most populous province
(Guangdong, 126 million by the census of 2020); a bitmap of them takes 32 MiB."""

STATUS_LIST_BYTES: Final = STATUS_LIST_SIZE // 8
"""Bytes of one status list on the wire: no set of indices needs more than the bitmap."""

STATUS_LIST_RUNS: Final = 1 << 20
"""Runs of neighbouring indices in the sets of one status list: a list of 20 million of which 5 %
are revoked at random has 950,000. Counted before a set is unpacked: a run takes 100 bytes then."""

STATUS_LIST_ID: Final = (1 << 31) - 1
"""Largest number of a status list of one issuer."""

FOREIGN_LIST_BYTES: Final = 64 * 1024 * 1024
"""Bytes of a revocation list as others publish it: an IETF list of 2^28 entries of two bits,
uncompressed."""

FOREIGN_LIST_ITEMS: Final = 1_000_000
"""Entries of a revocation list that names each: the EU gateway's batches hold at most 1,000, a
national app's day at most some 100,000."""

REGISTRY_ROOT_BYTES: Final = 512_000
"""Bytes of root metadata: what python-tuf's client takes."""

REGISTRY_TIMESTAMP_BYTES: Final = 16_384
"""Bytes of timestamp metadata: what python-tuf's client takes."""

REGISTRY_METADATA_BYTES: Final = 5_000_000
"""Bytes of any other registry metadata: what python-tuf's client takes for targets."""

REGISTRY_ROLES: Final = 4_000
"""Delegated roles of a registry: 34 provinces with 50 cities each, two roles each."""

REGISTRY_FILES: Final = 20_000
"""Files in the one-file form of a registry: each role's metadata and three targets besides."""

REGISTRY_BYTES: Final = 256 * 1024 * 1024
"""Bytes of one whole registry, status lists included; also what one sync may download. 34
provinces with ten lists of 10 million each, 5 % of them revoked, take 124 MB."""

PROVINCE_ROLES: Final = 800
"""Delegated roles of one province, its cities included: 399 cities with a role for their lists."""

PROVINCE_FILES: Final = 2_000
"""Targets of one province, its cities included: 399 cities with a key set and three lists each."""

PROVINCE_BYTES: Final = REGISTRY_BYTES // 8
"""Bytes of the targets of one province: eight such fill the registry; the mean of 34 is 7.9 MB."""

REGISTRY_PATH_CHARACTERS: Final = 96
"""Characters of a target path; the longest that this library writes has below 60."""

ROOT_ROTATIONS: Final = 256
"""Root versions that one sync may step through: what python-tuf's client takes."""

RSA_BITS_LEAST: Final = 2048
"""Smallest RSA key that verifies (NIST SP 800-131A; EU DCC technical specifications, vol. 1)."""

RSA_BITS_MOST: Final = 4096
"""Largest RSA key that verifies: ICAO and EU signers use up to 4096 bits."""

RSA_EXPONENT_MOST: Final = (1 << 32) - 1
"""Largest public exponent: 65537 in practice; a long one makes every check slow."""

CERTIFICATE_BYTES: Final = 8 * 1024
"""Bytes of one certificate inside a message; those of passport authorities have below 2,000."""

CHAIN_CERTIFICATES: Final = 4
"""Certificates inside one message, the signer's included: one authority between signer and root
is what occurs."""

BUNDLE_ENTRIES: Final = 500
"""Resources in one health card's bundle; the largest published example has 55."""

DCC_EVENTS: Final = 32
"""Events of one EU certificate; issuers write one."""

DISCLOSURES: Final = 256
"""Disclosures of one SD-JWT; the largest example of RFC 9901 has 26."""

DOCUMENT_ELEMENTS: Final = 256
"""Data elements of one mobile document; ISO/IEC 18013-5 defines 33 and an ``age_over`` a year."""

SHIFT_LOG_LINE_BYTES: Final = 16 * 1024
"""Bytes of one line of a shift's log; the last one, with every region, below 8,000."""

SHIFT_CREDENTIALS: Final = 1_000_000
"""Credentials that a checkpoint's shift tells apart: ten a second for a day; 100 bytes each."""

LOGIC_DEPTH: Final = 32
"""Nesting of a rule in CertLogic; the deepest of the EU's published rules nest below 20."""

LOGIC_STEPS: Final = 60_000
"""Steps of all rules of one check, about 50 ms; the longest of the EU's published rules take below
500, the rules of a country together some 3,000."""

LOGIC_RULES: Final = 500
"""Rules of one country; the EU's largest published set has below 100."""
