"""Carries every connection that Home Assistant opens to the rehearsal's gateway.

Python imports this by its name when it starts, before any code of Home Assistant or of the
integration runs. It works below every HTTP library: a host's name gets an address that belongs to
nobody (198.18.0.0/15, set aside for tests by RFC 2544), and a connection, whatever its address,
goes to the gateway on loopback. What is sent is not touched; the gateway reads the host from it.

Nothing of appcred is imported here: this runs in Home Assistant's environment, on its Python.
"""

import errno
import ipaddress
import json
import os
import site
import socket

_SETTINGS = json.loads(os.environ.get("APPCRED_TRANSPORT", "null"))


def _install(tls, plain, own, guard, lookups):
    """Replace what opens connections.

    tls, plain: the gateway's ports; own: the port that Home Assistant itself serves;
    guard: whether datagrams have to be held back too, because there is no network namespace;
    lookups: a file for what is read of answers that are made up, empty if none are.
    """
    if lookups:
        import appcred_lookups

        appcred_lookups.install(lookups)
    addresses = {}
    real_getaddrinfo = socket.getaddrinfo
    real_connect = socket.socket.connect
    real_connect_ex = socket.socket.connect_ex
    real_sendto = socket.socket.sendto
    real_sendmsg = socket.socket.sendmsg

    def is_loopback(host):
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host in ("localhost", "")

    def is_name(host):
        if isinstance(host, bytes):
            host = host.decode("idna")
        if not host or host == "localhost":
            return False
        try:
            ipaddress.ip_address(host.split("%")[0])
        except ValueError:
            return True
        return False

    def address_of(host):
        if isinstance(host, bytes):
            host = host.decode("idna")
        if host not in addresses:
            number = len(addresses) + 1
            addresses[host] = f"198.18.{number // 256}.{number % 256}"
        return addresses[host]

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):  # noqa: A002
        if host in ("localhost", b"localhost"):
            host = "127.0.0.1"
        if not is_name(host):
            return real_getaddrinfo(host, port, family, type, proto, flags)
        if family == socket.AF_INET6:
            raise socket.gaierror(socket.EAI_NONAME, "the rehearsal has IPv4 only")
        return real_getaddrinfo(address_of(host), port, socket.AF_INET, type, proto, 0)

    def target(sock, address):
        if sock.family not in (socket.AF_INET, socket.AF_INET6):
            return address
        if sock.type & 0xF != socket.SOCK_STREAM:
            return address
        host, port = address[0], address[1]
        if is_loopback(host):
            return address if port in own else ("127.0.0.1", plain)
        if sock.family == socket.AF_INET6:
            raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
        return ("127.0.0.1", plain if port == 80 else tls)

    def connect(self, address):
        return real_connect(self, target(self, address))

    def connect_ex(self, address):
        try:
            return real_connect_ex(self, target(self, address))
        except OSError as error:
            return error.errno

    def leaves(sock, address):
        return (
            sock.family in (socket.AF_INET, socket.AF_INET6)
            and address is not None
            and not is_loopback(address[0].split("%")[0])
        )

    def sendto(self, data, *rest):
        if leaves(self, rest[-1]):
            return len(data)
        return real_sendto(self, data, *rest)

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None):
        if leaves(self, address):
            return sum(len(part) for part in buffers)
        return real_sendmsg(self, buffers, ancdata, flags, address)

    socket.getaddrinfo = getaddrinfo
    socket.gethostbyname = lambda host: address_of(host) if is_name(host) else host
    socket.socket.connect = connect
    socket.socket.connect_ex = connect_ex
    if guard:
        socket.socket.sendto = sendto
        socket.socket.sendmsg = sendmsg

    try:
        from aiohttp import TCPConnector, ThreadedResolver
    except ImportError:
        return

    real_init = TCPConnector.__init__

    def init(self, **options):
        # Others, aiohttp's and those of some releases, ask a name server through c-ares, which the
        # functions above do not reach.
        real_init(self, **{**options, "resolver": ThreadedResolver(options.get("loop"))})

    TCPConnector.__init__ = init


if _SETTINGS is not None:
    for _folder in os.environ["PYTHONPATH"].split(os.pathsep)[1:]:
        site.addsitedir(_folder)  # a layer of packages, whose .pth files count too
    _install(**_SETTINGS)
