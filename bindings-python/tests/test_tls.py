"""What a connection tells of its encryption, and trust in every form an option takes it."""

import pathlib
import ssl

import pytest

import tdsec


def test_what_tls_negotiated_is_told(connection):
    assert connection.tls.version == "TLSv1.3" and connection.tls.cipher_suite.startswith("TLS_")


def test_a_pin_replaces_the_roots(server, options):
    del options["tls_ca"]
    with tdsec.connect(server["url"], **options, tls_pin=[server["pin"], "0" * 64]) as connection:
        assert list(connection.query("SELECT 1")) == [(1,)]
    with pytest.raises(tdsec.TlsPinMismatchError):
        tdsec.connect(server["url"], **options, tls_pin="0" * 64)


@pytest.mark.parametrize("form", [str, pathlib.Path, pathlib.Path.read_text, pathlib.Path.read_bytes, "der"])
def test_a_ca_is_taken_as_path_as_text_and_as_bytes(server, options, form):
    path = pathlib.Path(options.pop("tls_ca"))
    given = ssl.PEM_cert_to_DER_cert(path.read_text()) if form == "der" else form(path)
    with tdsec.connect(server["url"], **options, tls_ca=given) as connection:
        assert list(connection.query("SELECT 1")) == [(1,)]


def test_a_plain_connection_tells_of_no_tls():
    from conftest import running

    for server in running("--tls", "off"):
        with tdsec.connect(server["url"], bearer_token=server["token"]) as connection:
            assert connection.tls is None
