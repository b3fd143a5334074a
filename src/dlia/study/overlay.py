"""Merging of layers of settings (study, exercise, variant), and the paths of their keys.

Blocks are merged key by key, but a block that states its ``name`` replaces the whole block, and so
does a list.
"""

from collections.abc import Iterator


def overlay(settings: dict[str, object], layer: dict[str, object]) -> None:
    """Merge ``layer`` into ``settings`` in place; values of ``layer`` win."""
    for key, value in layer.items():
        under = settings.get(key)
        if isinstance(value, dict) and isinstance(under, dict) and "name" not in value:
            overlay(under, value)
        else:
            settings[key] = value


def paths(block: dict[str, object], prefix: str = "", blocks: bool = False) -> Iterator[str]:
    """Yield the paths of all settings, such as "optimizer.momentum", and of blocks if asked."""
    for key, value in block.items():
        if blocks or not isinstance(value, dict):
            yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from paths(value, f"{prefix}{key}.", blocks)


def covers(path: str, leaf: str) -> bool:
    """Return whether ``path`` is ``leaf`` or a block that contains it."""
    return leaf == path or leaf.startswith(f"{path}.")


def layer_of(places: dict[str, str], path: str, where: str) -> str:
    """Return the layer that set ``path`` or the innermost block that contains it."""
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places.get(path, where)


def replaced_blocks(layer: dict[str, object]) -> list[str]:
    """Return the blocks that ``layer`` replaces completely, because it states their ``name``."""
    return [key for key, value in layer.items() if isinstance(value, dict) and "name" in value]
