"""Secrets: nothing that is printed, logged, pickled or inspected shows one (TOK-5)."""

import copy
import gc
import logging
import pickle
import traceback
import warnings

import pytest

import tdsec

BAIT = "bait-token-7c0ffee7c0ffee"


def forms(secret):
    import base64
    import urllib.parse

    return [secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex(), urllib.parse.quote(secret)]


def shown(thing):
    texts = [repr(thing), str(thing), format(thing), repr(getattr(thing, "__dict__", None)), repr(dir(thing))]
    for name in dir(thing):
        try:
            texts.append(repr(getattr(thing, name)))
        except Exception as error:  # noqa: BLE001 - its text may show something too
            texts.append(repr(error))
    for keep in (pickle.dumps, copy.copy, copy.deepcopy):
        try:
            texts.append(repr(keep(thing)))
        except Exception as error:  # noqa: BLE001
            texts.append(repr(error))
    return " ".join(texts)


def assert_hidden(secret, text):
    assert not [form for form in forms(secret) if form in text]


@pytest.fixture
def everything_logged(caplog):
    caplog.set_level(logging.NOTSET)
    return caplog


def test_nothing_of_a_connection_shows_the_token(connection, server, everything_logged, capfd):
    result = connection.query("SELECT * FROM tdsec_gen(10, 5)")
    natives = [connection._native, result._native]
    for thing in [connection, connection.cursor(), result, tdsec.aio.Connection(connection._native), *natives]:
        assert_hidden(server["token"], shown(thing))
    output = capfd.readouterr()
    assert_hidden(server["token"], everything_logged.text + output.out + output.err)


def test_nothing_of_a_configuration_shows_the_token_or_the_password():
    for options in ({"bearer_token": BAIT}, {"user": "u", "password": BAIT}):
        config = tdsec._tdsec.Config("wss://db.example:6041/d", options)
        assert_hidden(BAIT, shown(config))
        assert "db.example" in repr(config)


def test_a_configuration_and_a_connection_cannot_be_pickled(connection):
    for thing in (connection, connection._native, tdsec._tdsec.Config("wss://h", {"bearer_token": BAIT})):
        with pytest.raises(TypeError):
            pickle.dumps(thing)


BAD = [
    {"url": f"wss://h/db?bearerToken={BAIT}&nonsense=1"},
    {"url": f"wss://h/db?token={BAIT}"},
    {"url": f"wss://u:{BAIT}@h/db", "bearer_token": BAIT},
    {"url": f"wss://h:70000/?bearerToken={BAIT}"},
    {"url": "wss://h", "bearer_token": BAIT + "\n"},
    {"url": "wss://h", "bearer_token": BAIT, "user": "root"},
    {"url": "wss://h", "bearer_token": BAIT, "tls_version": BAIT},
    {"url": "ws://db.example", "bearer_token": BAIT},
    {"url": "wss://127.0.0.1:1", "bearer_token": BAIT},
    {"url": "wss://h", "bearer_token": [BAIT, object()]},
    {"url": f"wss(h:6041/db?bearerToken={BAIT}"},
]


@pytest.mark.parametrize("options", BAD, ids=range(len(BAD)))
def test_no_error_shows_the_token(options):
    with pytest.raises(tdsec.Error) as caught:
        tdsec.connect(**options)
    error = caught.value
    chain = [error, str(error), vars(error), error.args, error.__cause__, error.__context__, pickle.dumps(error)]
    assert_hidden(BAIT, repr(chain))
    # The lines of the source are the caller's; the rest of a traceback is ours.
    assert_hidden(BAIT, "".join(traceback.format_exception_only(type(error), error)))


def test_a_warning_shows_no_token():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(tdsec.Error):
            tdsec.connect("wss://127.0.0.1:1", bearer_token=BAIT, tcp_nodelay=True)
    assert caught and issubclass(caught[0].category, tdsec.SecurityWarning)
    assert caught[0].filename == __file__
    assert_hidden(BAIT, " ".join(str(warning) for warning in caught))


def test_no_object_of_python_keeps_the_token_after_connect(server, options):
    token = "".join(options["bearer_token"])
    with tdsec.connect(server["url"], **options) as connection:
        held = [thing for thing in gc.get_objects() if "tdsec" in repr(type(thing))]
        assert any(thing is connection for thing in held)
        for thing in held:
            assert_hidden(token, repr(getattr(thing, "__dict__", "")))
