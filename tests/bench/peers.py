# SPDX-License-Identifier: Apache-2.0
"""What the module is measured against: the same httpd with a certificate in a
file, and HAProxy."""

import os
import re
import shutil
import socket
import subprocess

from vso import wait_for, wire
from vso.ports import free_port
from vso.server import CONF, HTTPD, Server, die_with_parent

# Not the module's, but used by nothing else in conf/run.conf.
OURS = re.compile(r'^(LoadModule vsocert_module|Include "\$\{VSO_CONF\}|'
                  r"\s+VSOCert)")
PAGE = "page.txt"
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}


def page(folder):
    """Directives for a small file that all servers have, at /page.txt."""
    (folder / PAGE).write_text("ok\n")
    return (f'Alias "/{PAGE}" "{folder}/{PAGE}"\n'
            f'<Directory "{folder}">\nRequire all granted\n</Directory>\n')


def ours(folder, extra="", **options):
    """The module as it is shipped: the tests poll more often."""
    server = Server(folder, **options)
    server.extra = f"VSOCertPollInterval 250ms\n{page(server.folder)}{extra}"
    return server


class FileServer(Server):
    """The same httpd with conf/run.conf, but the module is not there and the
    certificate is in a file, which may change."""

    def __init__(self, folder, key, cert):
        super().__init__(folder)
        # What openssl signs for itself is a CA, it says.
        self.expect_log("AH01906", optional=True)
        self.pem = self.folder / "server.pem"
        self.put(key, cert)

    def put(self, key, cert, pem=None):
        """Replace the file at once, key and certificate in one."""
        new = self.folder / "new.pem"
        new.touch(0o600)
        new.write_text(key + cert)
        os.replace(new, pem or self.pem)

    def write_conf(self):
        super().write_conf()
        lines = []
        for line in (CONF / "run.conf").read_text().splitlines():
            if "VSOCertEngine on" in line:
                lines.append(f'    SSLCertificateFile "{self.pem}"')
            elif not OURS.match(line):
                lines.append(line)
        (self.folder / "run.conf").write_text("\n".join(lines) + "\n")
        main = self.folder / "httpd.conf"
        main.write_text(main.read_text().replace(
            f'Include "{CONF}/run.conf"',
            f'Include "{self.folder}/run.conf"'))
        (self.folder / "conf.d/test.conf").write_text(page(self.folder))

    def change(self, key, cert, pem=None):
        """As an administrator does: `apachectl graceful` is this command."""
        self.put(key, cert, pem)
        subprocess.run([HTTPD, "-f", self.folder / "httpd.conf", "-k",
                        "graceful"], check=True, capture_output=True,
                       timeout=60, env=ENV)


class HaProxy:
    """One process that answers by itself, changed over its socket.

    certificates  of its bind line; None: of one file, with key and cert
    """

    def __init__(self, folder, key, cert, certificates=None):
        self.folder = folder
        self.port = free_port()
        self.socket = folder / "admin.sock"
        self.pem = folder / "server.pem"
        self.process = None
        folder.mkdir(mode=0o700)
        self.pem.touch(0o600)
        self.pem.write_text(key + cert)
        (folder / "haproxy.cfg").write_text(f"""\
global
    stats socket {self.socket} mode 600 level admin
    nbthread {os.cpu_count()}
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
frontend bench
    bind 127.0.0.1:{self.port} ssl {certificates or f"crt {self.pem}"}
    http-request return status 200 content-type text/plain string "ok"
""")

    def start(self, wait=True):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [shutil.which("haproxy", path=ENV["PATH"]), "-db", "-f",
                 self.folder / "haproxy.cfg"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, preexec_fn=die_with_parent, env=ENV)
        if wait:
            wait_for(self.answers, "HAProxy to answer", 30)
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text())
        try:
            return wire.served(self.port)
        except OSError:
            return None

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def command(self, text):
        with socket.socket(socket.AF_UNIX) as admin:
            admin.settimeout(10)
            admin.connect(str(self.socket))
            admin.sendall(text.encode())
            reply = b""
            while data := admin.recv(4096):
                reply += data
        return reply.decode()

    def change(self, key, cert, pem=None):
        """pem: which of its files; None: the one of the start."""
        pem = pem or self.pem
        said = self.command(f"set ssl cert {pem} <<\n{key}{cert}\n\n")
        said += self.command(f"commit ssl cert {pem}\n")
        if "Success" not in said:
            raise RuntimeError(f"HAProxy: {said}")
