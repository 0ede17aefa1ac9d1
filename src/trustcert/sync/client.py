"""The TUF client: python-tuf's ``Updater`` with our fetchers, limits and errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuf.api import exceptions
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from trustcert.errors import RollbackError, StaleError, SyncError, TrustError
from trustcert.limits import (
    REGISTRY_METADATA_BYTES,
    REGISTRY_ROLES,
    REGISTRY_ROOT_BYTES,
    REGISTRY_TIMESTAMP_BYTES,
    ROOT_ROTATIONS,
)
from trustcert.registry import layout, schemes
from trustcert.registry.archive import Archive

__all__ = ["Files", "Layered", "plain_updater", "translated", "updater"]


def updater(
    folder: Path, url: str, fetcher: FetcherInterface, *, bootstrap: bytes | None
) -> Updater:
    """Return a client whose metadata stands in ``folder`` and comes from ``url``.

    ``bootstrap`` is the pinned root; None takes ``root.json`` in ``folder`` for it.

    Raises:
        RepositoryError: the root is not signed by itself.
        OSError: the disk failed.
    """
    schemes.enable()
    base = url if url.endswith("/") else f"{url}/"
    return Updater(
        str(folder),
        base + layout.METADATA,
        target_base_url=base + layout.TARGETS,
        fetcher=fetcher,
        config=_config(),
        bootstrap=bootstrap,
    )


def plain_updater(
    folder: Path,
    metadata: str,
    fetcher: FetcherInterface,
    *,
    targets: str | None,
    target_folder: Path | None,
) -> Updater:
    """Return a client of any TUF repository, whose pinned root is ``root.json`` in ``folder``.

    Raises:
        RepositoryError: the root is not signed by itself.
        OSError: the disk failed.
    """
    return Updater(
        str(folder),
        metadata,
        target_dir=None if target_folder is None else str(target_folder),
        target_base_url=targets,
        fetcher=fetcher,
        config=_config(),
        bootstrap=None,
    )


def _config() -> UpdaterConfig:
    return UpdaterConfig(
        max_root_rotations=ROOT_ROTATIONS,
        max_delegations=REGISTRY_ROLES,
        root_max_length=REGISTRY_ROOT_BYTES,
        timestamp_max_length=REGISTRY_TIMESTAMP_BYTES,
        snapshot_max_length=REGISTRY_METADATA_BYTES,
        targets_max_length=REGISTRY_METADATA_BYTES,
    )


class Files(FetcherInterface):
    """A fetcher over files in memory, for what came as one archive."""

    def __init__(self, archive: Archive, url: str) -> None:
        """Serve ``archive`` as if its files stood below ``url``."""
        self._archive = archive
        self._base = url if url.endswith("/") else f"{url}/"
        self.last = ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        self.last = url
        data = self._archive.read(url.removeprefix(self._base))
        if data is None:
            raise exceptions.DownloadHTTPError(f"{url}: not in the file", 404)
        yield data


class Layered(FetcherInterface):
    """A fetcher that looks into an archive first, once it has one, and then asks another."""

    def __init__(self, below: FetcherInterface, url: str) -> None:
        """Ask ``below`` for whatever stands below ``url``."""
        self.archive: Archive | None = None
        self.last = ""
        self._below, self._base = below, url

    def _fetch(self, url: str) -> Iterator[bytes]:
        self.last = url
        data = self.archive.read(url.removeprefix(self._base)) if self.archive else None
        return self._below.fetch(url) if data is None else iter((data,))


@contextmanager
def translated(fetcher: FetcherInterface, held: str) -> Iterator[None]:
    """Turn what python-tuf raises into this library's errors.

    The file is the last one asked for; ``held`` says what stays in use.

    Raises:
        RollbackError: a version older than one that is held.
        StaleError: metadata past its expiry.
        TrustError: any other rule of TUF.
        SyncError: the network or the disk.
    """
    try:
        yield
    except exceptions.ExpiredMetadataError as error:
        raise StaleError(f"{_place(fetcher)}{error}; {held}") from error
    except exceptions.BadVersionNumberError as error:
        raise RollbackError(f"{_place(fetcher)}{error}; {held}") from error
    except exceptions.RepositoryError as error:
        raise TrustError(f"{_place(fetcher)}{error}; {held}") from error
    except exceptions.DownloadHTTPError as error:
        kind = TrustError if isinstance(fetcher, Files) else SyncError
        raise kind(f"{error}; {held}") from error
    except exceptions.DownloadError as error:
        raise SyncError(f"{error}; {held}") from error
    except OSError as error:
        raise SyncError(f"disk: {error.strerror or error}; {held}") from error


def _place(fetcher: FetcherInterface) -> str:
    """Return the last file asked for and its role, as a beginning of a sentence."""
    url = getattr(fetcher, "last", "")
    name = url.rpartition("/")[2]
    if not name.endswith(".json") or layout.TARGETS in url:
        return f"{name}: " if name else ""
    return f"{name} (role {name.removesuffix('.json').rpartition('.')[2]}): "
