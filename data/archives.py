"""Zip archives: their files, unpacked one by one within bounds, each as if it lay in a folder."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from data.kinds import SUFFIXES, kind_of
from data.store import NoRoom, Unreadable

MOST_FILES = 1000
MOST_BYTES = 8 << 30
"""Of all the files of an archive, unpacked."""
_MOST_TIMES = 200
"""How much larger all of them may be than the archive; exports, whose lines resemble each other, reach about 50."""
_ALWAYS = 64 << 20
"""Bytes that no ratio forbids."""
_BLOCK = 1 << 20


def unpack(path: Path, folder: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    """The files of an archive that can hold rows, as (name in the archive, path in the new `folder`), and the names of
    the others. Raises Unreadable for an archive that is damaged, locked, or made to fill a disk, and for one that holds
    another archive, and NoRoom when the disk is full; then there is no `folder`."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = list(_members(path, archive))
            _check_sizes(path, members)
            others = [info.filename for info in members if PurePosixPath(info.filename).suffix.lower() not in SUFFIXES]
            wanted = [info for info in members if info.filename not in others]
            return [(info.filename, _unpacked(path, archive, info, folder)) for info in wanted], others
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Unreadable(f"{path.name} is not an archive that can be read: {error}") from None
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise NoRoom(f"{path.name} could not be unpacked: {error.strerror}. Make room on the disk") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _members(path: Path, archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The files of an archive, without those that systems hide in it."""
    infos = archive.infolist()
    if len(infos) > MOST_FILES:
        raise Unreadable(f"{path.name} holds {len(infos):,} files; at most {MOST_FILES:,} can be read at once")
    seen: set[str] = set()
    for info in infos:
        parts = PurePosixPath(info.filename).parts
        if info.is_dir() or any(part.startswith((".", "~$", "__MACOSX")) and part != ".." for part in parts):
            continue
        if ".." in parts or info.filename.startswith("/") or "\\" in info.filename or ":" in info.filename:
            raise Unreadable(f"{path.name} names a file outside itself ({info.filename!r}): it is not to be trusted")
        if PurePosixPath(info.filename).suffix.lower() == ".zip":
            raise _nested(path, info)
        if info.filename in seen:
            raise Unreadable(f"{path.name} holds two files named {info.filename}: unpack it and give the right one")
        seen.add(info.filename)
        yield info


def _check_sizes(path: Path, members: list[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in members)
    if total > MOST_BYTES:
        raise Unreadable(
            f"{path.name} unpacks to {total >> 30:,} GB; at most {MOST_BYTES >> 30} GB can be read at once"
        )
    if total > max(_ALWAYS, _MOST_TIMES * path.stat().st_size):
        raise Unreadable(
            f"{path.name} unpacks to {total / path.stat().st_size:,.0f} times its size: no export does. "
            "If it is one, unpack it and give its files"
        )


def _unpacked(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: Path) -> Path:
    """One file on the disk; never longer than the archive says."""
    target = room.joinpath(*PurePosixPath(info.filename).parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with archive.open(info) as packed, target.open("wb") as file:
        while block := packed.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise Unreadable(
                    f"{path.name}: {info.filename} is longer than the archive says: it is not to be trusted"
                )
            file.write(block)
    if kind_of(target) == "zip":
        raise _nested(path, info)
    return target


def _nested(path: Path, info: zipfile.ZipInfo) -> Unreadable:
    return Unreadable(f"{path.name} holds another archive, {info.filename}: unpack it and give its files")
