# SPDX-License-Identifier: Apache-2.0
"""OCSP stapling for certificates that arrived after the start; the responder
is `openssl ocsp`."""

import contextlib
import socket
import subprocess
import threading

import pytest

from vso import wait_for
from vso.ca import openssl
from vso.ports import free_port, port_is_free
from vso.server import Vhost, die_with_parent

STAPLING = "SSLStaplingCache shmcb:${VSO_RUN_DIR}/stapling(32768)"


def make(make_server, **options):
    extra = STAPLING + "\n" + options.pop("extra", "")
    server = make_server(start=False, extra=extra, vhosts=[
        Vhost("s.test", "server", extra="SSLUseStapling on")], **options)
    # mod_ssl's word on the bootstrap certificate.
    server.expect_log("AH02217|AH02604", optional=True)
    return server.start()


def sign(api, ca, port, folder, path=""):
    """The CA signs, with the responder's address."""
    aia = folder / "aia.ext"
    aia.write_text("authorityInfoAccess=OCSP;"
                   f"URI:http://127.0.0.1:{port}{path}\n")
    if not api.versions():
        api.create("s.test")
    leaf = ca.sign(api.get("/certificate/csr").text, "-extfile", aia)
    (folder / "leaf.pem").write_text(leaf)
    return leaf


def serve(api, ca, leaf):
    """The CA's reply; details of the certificate. Its response is due at
    once."""
    return api.post("/certificate/reply", {
        "reply": leaf + ca.issuing}).ok()["certificate"]


def certify(api, ca, port, folder, path=""):
    """Both. Returns its details."""
    return serve(api, ca, sign(api, ca, port, folder, path))


@contextlib.contextmanager
def responder(ca, port, folder, state="V"):
    """Knows the leaf as good (V) or revoked (R)."""
    serial = openssl("x509", "-in", folder / "leaf.pem", "-noout",
                     "-serial").decode().strip().split("=")[1]
    index = folder / "index.txt"
    revoked = "200101000000Z" if state == "R" else ""
    index.write_text(f"{state}\t490101000000Z\t{revoked}\t{serial}\tunknown"
                     "\t/CN=s.test\n")
    process = subprocess.Popen(
        ["openssl", "ocsp", "-index", index, "-port", str(port), "-rsigner",
         ca.path("issuing.pem"), "-rkey", ca.path("issuing.key"), "-CA",
         ca.path("issuing.pem"), "-ndays", "1"], preexec_fn=die_with_parent,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: not port_is_free(port), "the responder")
        yield
    finally:
        process.kill()
        process.wait()


def stapled(server):
    return server.s_client("s.test", "-status").output


def test_a_response_is_stapled_and_shared(make_server, ca, tmp_path):
    port = free_port()
    server = make(make_server)
    api = server.api("server")
    leaf = sign(api, ca, port, tmp_path)
    assert "no response sent" in stapled(server)
    with responder(ca, port, tmp_path):
        made = serve(api, ca, leaf)
        wait_for(lambda: all("Cert Status: good" in stapled(server)
                             for _ in range(8)), "a response")
        handshake = server.s_client("s.test", "-status", "-CAfile",
                                    str(ca.path("root.pem")))
        assert handshake.verified
        assert server.served("s.test") == made["fingerprint"]
        assert "OCSP Response Status: successful" in handshake.output
    # The responder is gone; the other node takes what the first one fetched.
    second = make(make_server, keys=server.keys, db=server.database)
    wait_for(lambda: all("Cert Status: good" in stapled(second)
                         for _ in range(8)), "the same")
    assert "Cert Status: good" in stapled(server)


def test_a_renewed_issuer_leaves_the_response(make_server, ca, tmp_path):
    """The chain changes, the certificate does not: what was fetched goes on."""
    port = free_port()
    server = make(make_server)
    api = server.api("server")
    leaf = sign(api, ca, port, tmp_path)
    with responder(ca, port, tmp_path):
        made = serve(api, ca, leaf)
        wait_for(lambda: all("Cert Status: good" in stapled(server)
                             for _ in range(8)), "a response")
    renewed = ca.renewed(3000)
    done = api.post("/certificate/reply", {"reply": renewed}).ok()
    assert done["certificate"]["fingerprint"] == made["fingerprint"]
    for _ in range(8):
        # The response's own certificate stands among those of -status.
        assert "Cert Status: good" in stapled(server)
        assert server.s_client("s.test").pems[1].strip() == renewed.strip()


def test_a_responder_that_hangs_delays_no_handshake(make_server, ca, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = make(make_server)
        server.expect_log("no OCSP response for version .* does not answer as")
        made = certify(server.api("server"), ca, silent.getsockname()[1],
                       tmp_path, "/ocsp?for=us")
        handshakes = [stapled(server) for _ in range(5)]
        assert all("no response sent" in one for one in handshakes)
        assert server.served("s.test") == made["fingerprint"]
        silent.settimeout(15)
        with silent.accept()[0] as asked:
            assert asked.recv(4096).startswith(b"POST /ocsp?for=us HTTP/1.0")
            server.wait_log("no OCSP response for version .*timeout")


def test_a_responder_that_hangs_keeps_no_other_back(make_server, ca, tmp_path):
    """Those of other certificates are asked meanwhile."""
    port = free_port()
    with contextlib.ExitStack() as stack:
        server = make(make_server)
        server.expect_log("no OCSP response for version", optional=True)
        for i in range(3):
            silent = stack.enter_context(
                socket.create_server(("127.0.0.1", 0)))
            certify(server.api(f"hangs{i}"), ca, silent.getsockname()[1],
                    tmp_path)
        leaf = sign(server.api("server"), ca, port, tmp_path)
        stack.enter_context(responder(ca, port, tmp_path))
        serve(server.api("server"), ca, leaf)
        wait_for(lambda: "Cert Status: good" in stapled(server), "a response")


@contextlib.contextmanager
def hanging():
    """Takes connections and says nothing; they are kept, and its port."""
    held = []

    def run(listener):
        with contextlib.suppress(OSError):      # closed at the end
            while True:
                held.append(listener.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run, args=(listener,), daemon=True)
        thread.start()
        yield held, listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        for one in held:
            one.close()


def test_one_that_hangs_is_not_asked_for_all_it_signed(make_server, ca,
                                                       tmp_path):
    """All of its certificates are due, and another one's after them."""
    port = free_port()
    server = make_server(start=False, extra=STAPLING,
                         vhosts=[Vhost("s.test", "server")])
    server.expect_log("AH02217|AH02604", optional=True)
    server.expect_log("no OCSP response for version .*timeout")
    server.start()
    with hanging() as (asked, silent):
        for i in range(24):
            certify(server.api(f"hangs{i}"), ca, silent, tmp_path)
        leaf = sign(server.api("server"), ca, port, tmp_path)
        server.vhosts[0].extra = "SSLUseStapling on"
        server.graceful()
        wait_for(lambda: asked, "the one that hangs is asked")
        with responder(ca, port, tmp_path):
            serve(server.api("server"), ca, leaf)
            wait_for(lambda: "Cert Status: good" in stapled(server),
                     "a response")
            # by each thread, and while that was on its way
            assert len(asked) <= 8


@contextlib.contextmanager
def talker(answer):
    """Answers everybody with the same bytes; what it was asked, and its port."""
    asked = []

    def run(listener):
        with contextlib.suppress(OSError):      # closed at the end
            while True:
                with listener.accept()[0] as client:
                    asked.append(client.recv(4096))
                    client.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run, args=(listener,), daemon=True)
        thread.start()
        yield asked, listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response\r\n\r\n"


@pytest.mark.parametrize("answer, said", [
    (None, "cannot be reached: .*refused"),
    (b"", "does not answer as it should"),
    (b"HTTP/1.0 404 Not Found\r\n\r\nnobody", "does not answer as it should"),
    (b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
     "does not answer as it should"),
    (HEAD + b"no DER", "does not answer as it should"),
    (HEAD + b"\x30\x83\x01\x86\xa0" + b"x" * 100000,
     "(does not answer as it should|answers with more than)"),
], ids=["refuses", "nothing", "404", "elsewhere", "text", "large"])
def test_a_responder_that_makes_no_sense(make_server, ca, tmp_path, answer,
                                         said):
    server = make(make_server)
    server.expect_log(f"no OCSP response for version .*{said}")
    # The other child may ask when the talker is gone.
    server.expect_log("cannot be reached: .*refused", optional=True)
    with talker(answer or b"") as (asked, port):
        if answer is None:
            port = free_port()
        certify(server.api("server"), ca, port, tmp_path, "/ca:1?x=a@b:c")
        server.wait_log("no OCSP response for version")
        for one in asked:
            head = one.split(b"\r\n\r\n")[0].decode().split("\r\n")
            assert head[0] == "POST /ca:1?x=a@b:c HTTP/1.0"
            assert f"Host: 127.0.0.1:{port}" in head
            assert "Content-Type: application/ocsp-request" in head
        assert bool(asked) == (answer is not None)
    assert "no response sent" in stapled(server)


def test_what_the_responder_has_no_right_to_say(make_server, ca, ec_ca,
                                                tmp_path):
    """Signed by another CA: not handed on."""
    port = free_port()
    server = make(make_server)
    server.expect_log("no OCSP response for version")
    leaf = sign(server.api("server"), ca, port, tmp_path)
    with responder(ec_ca, port, tmp_path):
        serve(server.api("server"), ca, leaf)
        server.wait_log("no OCSP response for version .*(does not know|not "
                        "signed by)")
        assert "no response sent" in stapled(server)


def test_a_revoked_certificate_is_told(make_server, ca, tmp_path):
    port = free_port()
    server = make(make_server)
    server.expect_log("is revoked: replace it")
    leaf = sign(server.api("server"), ca, port, tmp_path)
    with responder(ca, port, tmp_path, "R"):
        serve(server.api("server"), ca, leaf)
        wait_for(lambda: "Cert Status: revoked" in stapled(server),
                 "a response")


def test_without_stapling_nothing_is_sent(make_server, ca, tmp_path):
    port = free_port()
    server = make_server(vhosts=[Vhost("s.test", "server")])
    certify(server.api("server"), ca, port, tmp_path)
    assert "no response sent" in stapled(server)
