"""Codes of other vocabularies for tests, vaccines and diseases, and what each means here.

One table for all formats. Sources:

- LOINC, tests for the presence of SARS-CoV-2 or of influenza viruses, or of antibodies;
- SNOMED CT, disorders and results (the codes of the EU's and of the health cards' value sets);
- the EU's value sets ``test-type``, ``disease-agent-targeted`` and ``vaccine-prophylaxis``
  (eHealth Network), which the WHO's digital documentation (DDCC) uses too;
- WHO: ICD-10 and ICD-11 codes of diseases and ICD-11 extension codes of vaccines;
- CDC: vaccine codes ``CVX``;
- ICAO: the words of a visible digital seal (TR *VDS for non-constrained environments* 1.4);
- HL7 v3 ``ObservationInterpretation``.

A code that is not in the table says nothing: no method, no disease.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from trustcert.claims.vocabulary import Disease, Outcome, TestMethod
from trustcert.values import PublicValue

__all__ = [
    "OUTCOMES",
    "TESTS",
    "KnownTest",
    "disease_of",
    "disease_of_code",
    "disease_of_vaccine",
]


class KnownTest(PublicValue, frozen=True, kw_only=True):
    """What a code says of a test: how it is made, and of which disease (None: it does not say)."""

    method: TestMethod
    disease: Disease | None = None


def _table(entries: Iterable[tuple[Any, str]]) -> dict[str, Any]:
    """Return a table of each code in the texts, which spaces part."""
    return {code: value for value, codes in entries for code in codes.split()}


_COVID_19: Final = Disease.COVID_19
_INFLUENZA: Final = Disease.INFLUENZA

TESTS: Final[Mapping[str, KnownTest]] = _table(
    (
        (
            KnownTest(method=TestMethod.NUCLEIC_ACID, disease=_COVID_19),
            """94306-8 94307-6 94308-4 94309-2 94314-2 94315-9 94316-7 94500-6 94531-1 94533-7
            94534-5 94559-2 94565-9 94639-2 94640-0 94641-8 94660-8 94756-4 94757-2 94758-0
            94759-8 94760-6 94765-5 94766-3 94767-1 94822-4 94845-5 95406-5 95409-9 95425-5
            95608-6 95609-4 95824-9""",
        ),
        (
            KnownTest(method=TestMethod.ANTIGEN, disease=_COVID_19),
            "94558-4 95209-3 96119-3 97097-0",
        ),
        (
            KnownTest(method=TestMethod.ANTIBODY, disease=_COVID_19),
            """94503-0 94504-8 94505-5 94506-3 94507-1 94508-9 94547-7 94562-6 94563-4 94564-2
            94661-6 94720-0 94761-4 94762-2 94768-9 94769-7 95125-1 95410-7 95411-5 95416-4
            95427-1 95428-9 95429-7 95542-7 96118-5 96603-6 96742-2""",
        ),
        (
            KnownTest(method=TestMethod.NUCLEIC_ACID, disease=_INFLUENZA),
            "34487-9 48509-4 76078-5 76080-1 85477-8 85478-6 92141-1 92142-9",
        ),
        (
            KnownTest(method=TestMethod.ANTIGEN, disease=_INFLUENZA),
            "80382-5 80383-3 46082-4 46083-2",
        ),
        (KnownTest(method=TestMethod.NUCLEIC_ACID), "LP6464-4 molecular(pcr) molecular(other)"),
        (KnownTest(method=TestMethod.ANTIGEN), "LP217198-3 antigen"),
        (KnownTest(method=TestMethod.ANTIBODY), "antibody"),
    )
)
"""Tests by LOINC code (presence of one agent or its antibodies), EU test type and ICAO word."""

OUTCOMES: Final[Mapping[str, Outcome]] = _table(
    (
        (Outcome.POSITIVE, "260373001 10828004 52101004 LA11882-0 LA6576-8 LA9633-4 POS DET"),
        (Outcome.POSITIVE, "positive abnormal"),
        (Outcome.NEGATIVE, "260415000 260385009 2667000 LA11883-8 LA6577-6 LA9634-2 NEG ND"),
        (Outcome.NEGATIVE, "negative normal"),
        (Outcome.INCONCLUSIVE, "419984006 42425007 280416009 82334004 LA11884-6 IND E"),
    )
)
"""Results by SNOMED CT and LOINC answer code, HL7 interpretation and ICAO word."""

_DISEASES: Final[Mapping[str, Disease]] = _table(
    (
        (
            Disease.COVID_19,
            """840539006 840533007 U07.1 U07.2 U071 U072 RA01 RA01.0 RA01.1 covid_19 covid-19
            covid19 sars-cov-2 新型冠状病毒感染 新冠病毒感染 新型冠状病毒肺炎""",
        ),
        (Disease.INFLUENZA, "6142004 J09 J10 J11 1E30 1E31 1E32 influenza flu 流感 流行性感冒"),
        (Disease.YELLOW_FEVER, "16541001 A95 A95.9 1D47 yellow_fever 黄热病"),
        (Disease.POLIOMYELITIS, "398102009 A80 A80.9 1C81 poliomyelitis polio 脊髓灰质炎"),
        (Disease.MEASLES, "14189004 B05 B05.9 1F03 measles 麻疹"),
        (Disease.MPOX, "359814004 B04 1E71 mpox monkeypox 猴痘"),
        (Disease.CHOLERA, "63650001 A00 A00.9 1A00 cholera 霍乱"),
        (Disease.RSV, "55735004 rsv"),
    )
)
_WORDS: Final = {code.casefold(): disease for code, disease in _DISEASES.items()}
"""Diseases by SNOMED CT, ICD-10 and ICD-11 code, and by common names."""

_VACCINES: Final[Mapping[str, Disease]] = _table(
    (
        (
            Disease.COVID_19,
            """207 208 210 211 212 213 217 218 219 221 225 226 227 228 229 230 300 301 302 308 309
            310 311 312 313 500 501 502 503 504 505 506 507 508 509 510 511 512 513 514 515 516
            517 518 519 520 521 1119305005 1119349007 J07BX03 J07BN J07BN01 J07BN02 J07BN03
            J07BN04 J07BN05 XM68M6 XM1NL1 XM5DF6 XM9QW8 XM0CX4 XM5JC5 XM1J92 XM6AT1 XM0GQ8""",
        ),
        (
            Disease.INFLUENZA,
            """15 16 88 111 123 125 126 127 128 135 140 141 144 149 150 151 153 155 158 160 161 166
            168 171 185 186 194 197 200 201 202 205 231 J07BB""",
        ),
        (Disease.YELLOW_FEVER, "37 183 184 J07BL"),
        (Disease.POLIOMYELITIS, "02 10 89 178 179 182"),
        (Disease.MEASLES, "05"),
        (Disease.CHOLERA, "26 172 173 174 J07AE"),
        (Disease.RSV, "303 304 305 326"),
    )
)
"""Vaccines against one disease, by CVX, SNOMED CT, ATC and ICD-11 extension code."""


def disease_of_code(code: str | None) -> Disease | None:
    """Return which disease a code or a common name stands for; None where it is not known."""
    return None if code is None else _WORDS.get(code.casefold())


def disease_of_vaccine(code: str | None) -> Disease | None:
    """Return against which disease a vaccine of this code is; None where it is not known."""
    return None if code is None else _VACCINES.get(code)


def disease_of(details: Any) -> Disease | None:
    """Return which disease a test, a vaccination or a recovery is about.

    By its claim ``disease``; where that says nothing known, a vaccination by its ``vaccine``.
    None where neither is in the table, and for credentials of other types.
    """
    named = disease_of_code(getattr(details, "disease", None))
    return named or disease_of_vaccine(getattr(details, "vaccine", None))
