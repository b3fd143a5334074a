"""How much text about images is read: parsed, it takes many times its size in memory."""

from dlia.data.offences import EntryError

MAX_JSON_BYTES = 48 * 2**20  # of empty objects it takes 27 times as much
MAX_TABLE_BYTES = 32 * 2**20
MAX_XML_BYTES = 4 * 2**20  # of one photograph
# Of more faults in one file, the first ones are enough to mend it.
MOST_FAULTS = 1000


def check_bytes(data: bytes, most: int) -> None:
    """Raise EntryError if a file has more bytes than ``most``."""
    if len(data) > most:
        raise EntryError(
            f"has {len(data)} bytes, more than the {most} that are allowed of such a file",
            "are larger than allowed",
        )
