"""What an address of the internet is: never to be connected to, private, or public."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Where clouds tell a machine who it is, and hand out its credentials.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",  # AWS, Azure, GCP, Oracle, DigitalOcean, Tencent
            "169.254.169.253",  # AWS, its resolver
            "169.254.170.2",  # AWS, containers
            "169.254.170.23",  # AWS, pods
            "169.254.0.23",  # Tencent
            "100.100.100.200",  # Alibaba
            "168.63.129.16",  # Azure, which is a public address
            "192.0.0.192",  # Oracle
            "fd00:ec2::254",  # AWS
            "fd00:ec2::23",  # AWS, pods
            "fd20:ce::254",  # GCP
            "fe80::a9fe:a9fe",
        ),
    )
)
# Forms of IPv6 that lead to an address of IPv4: what is meant is written plainly.
_TRANSITION = tuple(
    map(
        ipaddress.ip_network,
        ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"),
    )
)
_KINDS = (
    ("a loopback address", ("127.0.0.0/8", "::1/128")),
    ("a link-local address", ("169.254.0.0/16", "fe80::/10")),
    ("a private address", ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")),
    ("a shared address of a provider", ("100.64.0.0/10",)),
)
_NAMED = tuple((name, tuple(map(ipaddress.ip_network, networks))) for name, networks in _KINDS)
_NOBODY = tuple(map(ipaddress.ip_network, ("0.0.0.0/8", "240.0.0.0/4")))
_LOOPBACK = ipaddress.ip_address("::1")


def why_never(address: Address) -> str | None:
    """Why nobody connects to an address, whatever is allowed."""
    if address in _METADATA:
        return "it is the metadata service of a cloud"
    if address.is_multicast:
        return "it is a multicast address"
    if address.is_unspecified or _within(address, _NOBODY):
        return "it is no address of a machine"
    if address != _LOOPBACK and _within(address, _TRANSITION):
        return "it hides an address of IPv4 in one of IPv6"
    if getattr(address, "scope_id", None):
        return "it is an address of one interface"
    return None


def why_private(address: Address) -> str | None:
    """Why an address is not public; None where it is."""
    for name, networks in _NAMED:
        if _within(address, networks):
            return f"it is {name}"
    return None if address.is_global else "it is reserved"


def _within(
    address: Address, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
) -> bool:
    return any(address.version == one.version and address in one for one in networks)
