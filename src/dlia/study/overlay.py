"""Layers of settings, and the paths of what stands in them.

Blocks are merged key by key, but a block that states its ``name`` replaces the whole block, and so
does a list.
"""

from collections.abc import Iterator


def overlay(settings: dict[str, object], layer: dict[str, object]) -> None:
    """Lay ``layer`` over ``settings``, in place by the rule above."""
    for key, value in layer.items():
        under = settings.get(key)
        if isinstance(value, dict) and isinstance(under, dict) and "name" not in value:
            overlay(under, value)
        else:
            settings[key] = value


def paths(block: dict[str, object], prefix: str = "", blocks: bool = False) -> Iterator[str]:
    """Walk the paths of all leaves, and with ``blocks`` those of the blocks around them too."""
    for key, value in block.items():
        if blocks or not isinstance(value, dict):
            yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from paths(value, f"{prefix}{key}.", blocks)


def covers(path: str, leaf: str) -> bool:
    """Tell whether ``path`` is ``leaf`` or a block around it."""
    return leaf == path or leaf.startswith(f"{path}.")


def layer_of(places: dict[str, str], path: str, where: str) -> str:
    """Say which layer ``path``, or the innermost block around it, was written in."""
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places.get(path, where)


def replaced_blocks(layer: dict[str, object]) -> list[str]:
    """Give the blocks that ``layer`` replaces as a whole, because it states their name."""
    return [key for key, value in layer.items() if isinstance(value, dict) and "name" in value]
