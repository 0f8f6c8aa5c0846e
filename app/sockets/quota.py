"""How many links an address may hold, and how many may wait without having said who they are."""

from protocol.errors import RateLimited


class LinkQuota:
    """Counts Engine.IO links by address (checklist S29)."""

    def __init__(self, *, per_address: int, unidentified: int) -> None:
        self._per_address = per_address
        self._max_unidentified = unidentified
        self._address_of: dict[str, str] = {}
        self._links: dict[str, set[str]] = {}
        self._unidentified: set[str] = set()

    def enter(self, link: str, address: str) -> None:
        """Count a link in.

        Raises:
            RateLimited: the address holds too many, or too many wait to say who they are.
        """
        links = self._links.setdefault(address, set())
        if len(links) >= self._per_address or len(self._unidentified) >= self._max_unidentified:
            if not links:
                del self._links[address]
            raise RateLimited("too many connections", retry_after=5.0)
        links.add(link)
        self._address_of[link] = address
        self._unidentified.add(link)

    def identify(self, link: str) -> None:
        """Note that a link has said who it is."""
        self._unidentified.discard(link)

    def leave(self, link: str) -> None:
        """Count a link out."""
        self._unidentified.discard(link)
        address = self._address_of.pop(link, None)
        if address is not None:
            self._links[address].discard(link)
            if not self._links[address]:
                del self._links[address]

    def address_of(self, link: str) -> str | None:
        """Return where a link comes from."""
        return self._address_of.get(link)

    def use(self) -> dict[str, int]:
        """Return how many links each address holds."""
        return {address: len(links) for address, links in self._links.items()}
