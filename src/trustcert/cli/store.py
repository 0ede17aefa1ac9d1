"""``trustcert store``: show or move this machine's trust data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from trustcert.cli import output, store_table
from trustcert.cli.options import FILE, PATH, at_option, force_option, read_bounded, store_option
from trustcert.encoding.instants import rfc3339
from trustcert.errors import TrustError
from trustcert.limits import REGISTRY_BYTES, REGISTRY_ROOT_BYTES
from trustcert.registry.load import RegistryTrust
from trustcert.store import DEFAULT, TrustStore

__all__ = ["command", "export", "import_", "remove", "show"]

_name_option = click.option(
    "--name", default=DEFAULT, show_default=True, help="Which registry of the store."
)


@click.group(name="store")
def command() -> None:
    """Show or move this machine's store of trust data."""


@command.command(name="show")
@store_option
@at_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show(store: Path, at: int, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show issuers, keys, types, recognitions, ages, and what expires next."""
    held = _described(TrustStore(store).open(at=at))
    if as_json:
        output.data(held)
        return
    store_table.show(held)
    for problem in held["problems"]:
        output.talk(f"trustcert: {problem}")


@command.command(name="export")
@click.argument("file", type=PATH)
@store_option
@_name_option
@force_option
def export(file: Path, store: Path, name: str, force: bool) -> None:  # noqa: FBT001 - a flag
    """Write the registry as one FILE, to be carried to a machine without a network."""
    from trustcert.files import refuse_other, write_whole

    held = TrustStore(store).held(name)
    if held is None:
        raise TrustError(f"{store}: no registry {name} is held")
    refuse_other(file, _is_registry, limit=REGISTRY_BYTES + 1, force=force)
    write_whole(file, held.published())


def _is_registry(data: bytes) -> bool:
    """Return whether these are the bytes of a registry in one file."""
    from trustcert.registry.archive import Archive

    try:
        return "metadata/timestamp.json" in Archive(data).names
    except (TrustError, ValueError):
        return False


@command.command(name="import")
@click.argument("file", type=FILE)
@click.option("--root", type=FILE, help="Root metadata, brought by hand; for the first time.")
@click.option("--stale", is_flag=True, help="Take it though expired; its age still holds codes.")
@store_option
@_name_option
def import_(file: Path, root: Path | None, stale: bool, store: Path, name: str) -> None:  # noqa: FBT001 - a flag
    """Take the registry in FILE, verified like a sync; the store stays as it was if refused."""
    from trustcert.sync import sync_file

    result = sync_file(
        TrustStore(store),
        read_bounded(file, REGISTRY_BYTES),
        root=None if root is None else read_bounded(root, REGISTRY_ROOT_BYTES),
        name=name,
        stale=stale,
    )
    click.echo(f"{len(result.roles)} roles changed" if result.changed else "nothing new")


@command.command(name="remove")
@click.argument("name")
@store_option
def remove(name: str, store: Path) -> None:
    """Trust the registry NAME no longer."""
    with TrustStore(store).writing() as writer:
        writer.remove(name)


def _described(trust: RegistryTrust) -> dict[str, Any]:
    """Return what is held, as a JSON document."""
    roles = sorted(trust.ages, key=lambda role: role.expires)
    return {
        "registries": [
            {
                "name": registry.name,
                "as_of": rfc3339(registry.chain.as_of),
                "age": trust.at - registry.chain.as_of,
                "issuers": None if registry.scope is None else sorted(registry.scope),
            }
            for registry in trust.registries
        ],
        "clock_floor": rfc3339(trust.clock_floor),
        "issuers": [_issuer(trust, issuer) for issuer in trust.issuers],
        "roles": [_role(role) for role in roles],
        "next": [_role(role) for role in roles if not role.expired][:3],
        "problems": list(trust.read_everything()),
    }


def _issuer(trust: RegistryTrust, name: str) -> dict[str, Any]:
    issuer = trust.issuers[name]
    lists = [
        (number, held)
        for owner, number in trust.lists()
        if owner == name and (held := trust.status_list(owner, number))
    ]
    return {
        "id": issuer.id,
        "name": f"{issuer.name_zh} {issuer.name_en}",
        "state": issuer.state.value,
        "types": sorted(issuer.types),
        "contact": issuer.contact,
        "keys": [
            {
                "kid": trusted.key.kid.hex(),
                "algorithm": trusted.key.algorithm.name,
                "state": trusted.state.value,
                "types": sorted(trusted.types or ()),
                "not_before": _time(trusted.not_before),
                "not_after": _time(trusted.not_after),
            }
            for trusted in trust.every_key()
            if trusted.issuer == name
        ],
        "lists": [
            {
                "list": number,
                "version": held.list.version,
                "size": held.list.size,
                "age": trust.at - held.as_of,
            }
            for number, held in lists
        ],
        "recognises": _recognised(trust, name),
    }


def _recognised(trust: RegistryTrust, destination: str) -> list[str]:
    document = trust.policy_document(destination) or {}
    return [
        f"{entry.get('issuer')}: {', '.join(map(str, entry.get('types') or ()))}"
        for entry in document.get("recognises") or ()
        if isinstance(entry, dict)
    ]


def _role(role: Any) -> dict[str, Any]:
    return {
        "registry": role.registry,
        "role": role.role,
        "version": role.version,
        "age": role.age,
        "expires": rfc3339(role.expires),
        "expired": role.expired,
    }


def _time(seconds: int | None) -> str | None:
    return None if seconds is None else rfc3339(seconds)
