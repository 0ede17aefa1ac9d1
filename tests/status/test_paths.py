from __future__ import annotations

import pytest

from trustcert.errors import MalformedError
from trustcert.status import paths
from trustcert.status.paths import Target


def test_paths_are_read_as_they_are_written() -> None:
    assert paths.snapshot("CN-51", 7) == "CN-51/status/7.snapshot"
    assert paths.delta("CN-51", 7, 41, 44) == "CN-51/status/7.41-44.delta"
    assert paths.parse("CN-51/status/7.snapshot") == Target(issuer="CN-51", number=7)
    assert paths.parse("CN-51/status/7.snapshot").is_snapshot
    read = paths.parse("CN-51/status/0.41-44.delta")
    assert read == Target(issuer="CN-51", number=0, base=41, to=44)
    assert not read.is_snapshot


@pytest.mark.parametrize(
    "path",
    [
        "",
        "CN-51/keys.json",
        "CN-51/status/7",
        "CN-51/status/07.snapshot",
        "CN-51/status/7.44-44.delta",
        "CN-51/status/7.44-41.delta",
        "CN-51/status/7.41-44.snapshot",
        "CN-51/status/7.delta",
        "CN-51/status/2147483648.snapshot",
        "CN-51/status/9999999999.1-2.delta",
        "CN-51/status/1.1-2147483648.delta",
        "CN-51/status/٧.snapshot",
        "CN-51/status/7.snapshot\n",
        "../CN-51/status/7.snapshot",
        "./status/7.snapshot",
        "-/status/7.snapshot",
        "a/b/status/7.snapshot",
    ],
)
def test_other_paths_name_no_list(path: str) -> None:
    with pytest.raises(MalformedError):
        paths.parse(path)


@pytest.mark.parametrize("issuer", ["", "..", "a/b", "CN 51", "粤", "a" * 65, "CN-51\n"])
def test_an_issuer_that_would_leave_its_folder_gets_no_path(issuer: str) -> None:
    with pytest.raises(MalformedError):
        paths.snapshot(issuer, 1)
