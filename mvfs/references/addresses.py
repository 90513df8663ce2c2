"""Which addresses an http reference may reach: public ones, and those the user's configuration allows.

A reference comes out of a shared store, so whoever wrote it would choose where this machine connects to.
Addresses that carry an IPv4 address inside are judged by that address too.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator

import msgspec

from mvfs import text
from mvfs.errors import InvalidInput, Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


class Allowed(msgspec.Struct, frozen=True):
    """What the user allows besides public addresses."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()


class Endpoint(msgspec.Struct, frozen=True):
    """An address that passed the check, as a socket connects to it."""

    family: int
    address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


def allowed(entries: list[str]) -> Allowed:
    """Return what host names, addresses and CIDR networks (``10.0.0.0/8``) say.

    Raises:
        InvalidInput: an entry with a slash that is no network.
    """
    hosts, networks = set(), []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
        except ValueError as exc:
            if "/" in entry:
                raise InvalidInput(f"allowed references: '{entry}' is neither a host nor a network") from exc
            hosts.add(entry.lower())
    return Allowed(frozenset(hosts), tuple(networks))


def resolve(host: str, port: int, permitted: Allowed) -> list[Endpoint]:
    """Look ``host`` up once and return the addresses that may be connected to.

    Raises:
        InvalidInput: all of them are refused.
        Unavailable: the host has no address.
    """
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise Unavailable(f"cannot look up the host '{text.line(host)}': {exc}") from exc
    fit: list[Endpoint] = []
    refusal = "no address of a known kind"
    for family, _, _, _, address in answers:
        why = refused(ipaddress.ip_address(address[0]), permitted)
        if host in permitted.hosts or why is None:
            fit.append(Endpoint(family, address))
        else:
            refusal = why
    if not fit:
        raise InvalidInput(
            f"references may not reach the host '{text.line(host)}': {refusal}; if you trust it, name it in "
            "allow_hosts under [references] of the configuration or in MVFS_REFERENCES_ALLOW",
            host=host,
        )
    return fit


def refused(address: Address, permitted: Allowed) -> str | None:
    """Say why ``address`` may not be reached; None if it may."""
    forms = list(_forms(address))
    if any(form in network for form in forms for network in permitted.networks):
        return None
    for form in forms:
        if (kind := _kind(form)) is not None:
            return f"{address} is {kind}"
    return None


def _forms(address: Address) -> Iterator[Address]:
    """The address itself, or the IPv4 address it leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    inner = address.ipv4_mapped
    if inner is None and (address in _NAT64 or (address in _COMPATIBLE and int(address) > 1)):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is None:
        inner = address.sixtofour
    yield address if inner is None else inner


def _kind(address: Address) -> str | None:
    for kind, applies in (
        ("unspecified", address.is_unspecified),
        ("a loopback address", address.is_loopback),
        ("a link-local address", address.is_link_local),
        ("a multicast address", address.is_multicast),
        ("a private address", address.is_private or address in _NAT64_LOCAL),
        ("a reserved address", address.is_reserved),
        ("not a public address", not address.is_global or getattr(address, "is_site_local", False)),
    ):
        if applies:
            return kind
    return None
