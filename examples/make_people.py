"""Write ``data/train.csv``: 588 invented workers with valid document numbers, the same every time.

Given a folder, write there the same people as offices would keep them: a workbook, and CSV in
GB18030, in UTF-16 with tabs, and with semicolons, with Chinese headers and words.

Names are drawn from lists of common surnames and given names, numbers from a seeded generator;
whoever has such a name or number has it by chance.
"""

from __future__ import annotations

import csv
import random
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook

from trustcert.claims.columns import COLUMNS, words_of
from trustcert.identifiers.check_digits import mod_11_2

TARGET = Path(__file__).parent / "data" / "train.csv"
WORKERS = 588
EVENING = "2026-03-01T{hour:02}:{minute:02}:00+08:00"

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰志建国文辉力健世广义兴良海山仁波宁贵福"
SITES = [
    "成都市第一人民医院",
    "绵阳市中心医院",
    "宜宾市疾控中心",
    "南充市中心医院",
    "达州市中心医院",
]
COUNTIES = ["510104", "510107", "510703", "511502", "511302", "511702", "510304", "511802"]

Row = dict[str, str]


def number(rng: random.Random, county: str, born: date) -> str:
    """Return an 18-character citizen number of ``county`` and birth date."""
    body = f"{county}{born:%Y%m%d}{rng.randrange(1, 999):03}"
    return body + mod_11_2(body)


def person(rng: random.Random, name: str, born: date | None = None) -> Row:
    """Return the row of a citizen."""
    born = born or date(1964, 1, 1) + timedelta(days=rng.randrange(14_000))
    return {
        "name": name,
        "document_type": "citizen_id",
        "document_number": number(rng, rng.choice(COUNTIES), born),
    }


def special(rng: random.Random) -> dict[int, Row]:
    """Return the rows that tests and the demo look for, by their place on the list."""
    shared = date(1988, 5, 17)
    broken = person(rng, "周建国")
    last = broken["document_number"][-1]
    broken["document_number"] = broken["document_number"][:-1] + ("0" if last != "0" else "1")
    return {
        17: person(rng, "胡𠅤𬭎"),
        42: person(rng, "古丽娜尔·阿不都热依木"),
        99: {
            "name": "MARTINEZ LOPEZ ANA MARIA",
            "name_latin": "MARTINEZ LOPEZ ANA MARIA",
            "document_type": "passport",
            "document_number": "XDB204816",
        },
        150: {
            "name": "陈嘉慧",
            "document_type": "hk_macau_residents_permit",
            "document_number": number(rng, "810000", date(1991, 11, 3)),
        },
        200: person(rng, "张伟", shared),
        201: person(rng, "张伟", shared),
        313: broken,
        400: person(rng, "何平") | {"expires": "2026-03-02T12:00:00+08:00"},
    }


def rows() -> list[Row]:
    """Return all rows."""
    rng = random.Random(20_260_301)  # noqa: S311 - reproducible, and nothing secret
    fixed = special(rng)
    out = []
    for place in range(1, WORKERS + 1):
        drawn = rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2))))
        row = fixed.get(place) or person(rng, drawn)
        minutes = rng.randrange(180)
        sampled = EVENING.format(hour=15 + minutes // 60, minute=minutes % 60)
        out.append({"colour": "green", "result": "no_abnormality", "sampled_at": sampled,
                    "site": rng.choice(SITES)} | row)  # fmt: skip
    return out


FIELDS = [
    "name", "name_latin", "document_type", "document_number", "colour", "result", "sampled_at",
    "site", "expires",
]  # fmt: skip


def of_an_office(row: Row) -> list[str]:
    """Return a row in an office's words: ``居民身份证``, ``绿``, ``2026/3/1 15:42``."""
    return [_word(field, row.get(field, "")) for field in FIELDS]


def _word(field: str, value: str) -> str:
    column = COLUMNS[field]
    if not value:
        return ""
    if column.choices is not None:
        return words_of(column.choices(value))[0]
    if field in {"sampled_at", "expires"}:
        moment = datetime.fromisoformat(value)
        return f"{moment.year}/{moment.month}/{moment.day} {moment:%H:%M}"
    return value


def write_all(folder: Path) -> list[Path]:
    """Write the people in every form that offices keep; return the files."""
    table = [[COLUMNS[field].chinese[0] for field in FIELDS], *map(of_an_office, rows())]
    forms = {"gb18030.csv": ("gb18030", ","), "utf-16.csv": ("utf-16", "\t"),
             "semicolons.csv": ("utf-8-sig", ";"), "utf-8.csv": ("utf-8", ",")}  # fmt: skip
    for name, (encoding, separator) in forms.items():
        with (folder / name).open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=separator).writerows(table)
    book = Workbook()
    for number, row in enumerate(table):
        book.worksheets[0].append(row if number == 0 else list(map(_cell, row)))
    book.save(folder / "workbook.xlsx")
    return [folder / "workbook.xlsx", *(folder / name for name in forms)]


def _cell(text: str) -> object:
    """Return a time as the date cell that a spreadsheet makes of it."""
    try:
        return datetime.strptime(text, "%Y/%m/%d %H:%M")  # noqa: DTZ007 - a cell has no zone
    except ValueError:
        return text or None


def main() -> None:
    """Write the file, or all forms into a folder."""
    if len(sys.argv) > 1:
        print(*write_all(Path(sys.argv[1])), sep="\n")
        return
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())


if __name__ == "__main__":
    main()
