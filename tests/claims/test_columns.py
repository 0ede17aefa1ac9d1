from __future__ import annotations

import pytest
from tests.fields_doc import PAGE, page

from trustcert.claims.application import FIELDS, fields_of_type
from trustcert.claims.columns import COLUMNS, Content, column_of, value_of, words_of
from trustcert.claims.types import CredentialType


def test_the_page_of_fields_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_field_of_an_application_has_a_column() -> None:
    assert set(COLUMNS) == set(FIELDS)


def test_no_name_and_no_word_means_two_things() -> None:
    for column in COLUMNS.values():
        for name in (column.field, *column.chinese, *column.english):
            assert column_of(name) is column, name
        for member in column.choices or ():
            for word in (member.value, *words_of(member)):
                assert value_of(column, word) == member.value, word


@pytest.mark.parametrize(
    "header", ["姓名", " Name ", "NAME", "姓名 name", "姓 名", "姓名（必填）", "姓名*", "Full Name"]
)
def test_headers_are_known_however_they_are_written(header: str) -> None:
    assert column_of(header) is COLUMNS["name"]


@pytest.mark.parametrize("header", ["", "手机号", "colr", "序号", "nam"])
def test_other_headers_are_unknown(header: str) -> None:
    assert column_of(header) is None


@pytest.mark.parametrize("kind", list(CredentialType))
def test_every_type_has_its_fields(kind: CredentialType) -> None:
    fields = fields_of_type(kind)
    assert fields["type"]
    assert set(fields) <= set(COLUMNS)
    assert {"name", "expires", "document_number"} <= set(fields)


def test_lists_have_values_and_nothing_else_has() -> None:
    for column in COLUMNS.values():
        assert (column.choices is not None) == (column.content is Content.CHOICE)
