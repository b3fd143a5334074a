"""Errors that the user can fix."""


class UserError(Exception):
    """An error in a file, key or archive entry that the user provided.

    The user sees the message only, without a traceback. It has to name the file, the key or entry,
    what is wrong, and what to do.
    """


def listing(offences: list[str], limit: int = 20) -> str:
    """List the first ``limit`` offences, one per line, and how many more there are."""
    lines = [f"  {offence}" for offence in offences[:limit]]
    if len(offences) > limit:
        lines.append(f"  ... and {len(offences) - limit} more ({len(offences)} in all)")
    return "\n".join(lines)
