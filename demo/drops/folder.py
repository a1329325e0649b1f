"""A drop folder with everything that goes wrong in one."""

from collections.abc import Mapping
from pathlib import Path


def drop(folder: Path, files: Mapping[str, bytes], *, mark: bool = True) -> None:
    """Files whole in a folder, each with its mark behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
        if mark:
            (folder / f"{name}.done").touch()


def with_traps(folder: Path, files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files in the folder but for one day that is missing; those that come later are given.

    One file is only half there and has no mark; one holds a line less, until its correction.
    """
    names = sorted(files)
    missing, partial, wrong = names[1], names[2], names[3]
    drop(folder, {name: files[name] for name in names if name not in (missing, partial, wrong)})
    drop(folder, {partial: files[partial][: len(files[partial]) // 2]}, mark=False)
    drop(folder, {wrong: shortened(files[wrong])})
    return {name: files[name] for name in (partial, wrong)}


def shortened(content: bytes) -> bytes:
    """A file of lines without its last row."""
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:-2], lines[-1]])
