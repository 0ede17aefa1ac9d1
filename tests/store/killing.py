"""Kill a syncing writer again and again, and look at the store that it leaves.

Run as a program of its own, since it forks: prints one JSON object.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.registry.simulator import URL, Mirror, world

from trustcert.store import TrustStore
from trustcert.sync import sync

WRITES = frozenset({
    "open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link",
    "os.truncate", "shutil.rmtree", "tempfile.mkdtemp", "tempfile.mkstemp",
})  # fmt: skip


class Scene:
    """A store that holds one publication, and the next one that a writer is to bring."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        made = world(["CN-51"])
        self.root, self.old = made.root, made.mirror()
        self.before = made.at
        made.new_key("CN-51")
        made.publish()
        self.new, self.after = made.mirror(), made.at
        self.full = folder / "full"
        sync(TrustStore(self.full), URL, root=self.root, fetcher=self.old)
        self.outcomes = {"old": 0, "new": 0}

    def attempt(
        self, kill: Callable[[int], None], doom: Callable[[], None], *, first: bool
    ) -> bool:
        """Run a writer that dies; return whether it lived to its end."""
        place = self.folder / "store"
        shutil.rmtree(place, ignore_errors=True)
        if not first:
            shutil.copytree(self.full, place)
        child = os.fork()
        if child == 0:
            doom()
            sync(TrustStore(place), URL, root=self.root, fetcher=Mirror(self.new.files))
            os._exit(0)
        kill(child)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
        self.look(place, first=first)
        return not os.WIFSIGNALED(status)

    def look(self, place: Path, *, first: bool) -> None:
        """The store opens with the old data or the new, and the next writer finishes the work."""
        store = TrustStore(place)
        if first and not store.names:
            self.outcomes["old"] += 1
        else:
            trust = store.open(at=self.after)
            assert trust.as_of in (self.before, self.after)
            assert trust.read_everything() == ()
            self.outcomes["new" if trust.as_of == self.after else "old"] += 1
        if sum(self.outcomes.values()) % 4:
            return
        sync(store, URL, root=self.root, fetcher=Mirror(self.new.files))
        assert store.open(at=self.after).as_of == self.after
        left = {path.name for path in place.iterdir()}
        assert left == {"lock", "registry.zip"}, left


def at_every_write(scene: Scene, *, first: bool) -> int:
    """Kill at the first write, at the second, and so on, until a writer lives to its end."""
    for number in itertools.count(1):
        if scene.attempt(lambda _child: None, lambda: dies_at(number), first=first):  # noqa: B023
            return number - 1
    raise AssertionError


def dies_at(number: int) -> None:
    """Kill this process at its ``number``-th write to the disk, or fsync."""
    left = [number]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda event, args: count() if _writes(event, args) else None)
    real = os.fsync

    def fsync(handle: int) -> None:
        count()
        real(handle)

    os.fsync = fsync  # type: ignore[assignment]


def _writes(event: str, args: tuple[object, ...]) -> bool:
    reading = event == "open" and args[1] in ("r", "rb")
    return event in WRITES and not reading


def at_random(scene: Scene, times: int, seed: int) -> None:
    """Kill after a random time, from the first instruction to just behind the last."""
    rng = random.Random(seed)  # noqa: S311 - points in time, not keys
    began = time.perf_counter()
    scene.attempt(lambda _child: None, lambda: None, first=False)
    whole = time.perf_counter() - began

    def kill(child: int) -> None:
        time.sleep(rng.uniform(0, 0.7 * whole))
        os.kill(child, signal.SIGKILL)

    for _ in range(times):
        scene.attempt(kill, lambda: None, first=False)


def main(times: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        writes = at_every_write(scene, first=False)
        first_writes = at_every_write(scene, first=True)
        at_random(scene, times, seed=5)
        told = {"writes": writes, "first_writes": first_writes, **scene.outcomes}
        sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
